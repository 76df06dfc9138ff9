# Needs make and Python 3.11 or newer; everything else is installed into $(VENV).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := $(wildcard spec interpreters execution server tests benchmarks docker docs/*.py)

.DEFAULT_GOAL := help
.PHONY: help setup run walkthrough test check bench soak docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

setup: $(STAMP) ## install the locked environment and drawbridge into .venv

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make setup PYTHON=/path/to/python3.11" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## serve the demo: an inbox, paper trading on replayed candles, three commands to try
	$(BIN)/drawbridge serve --demo

walkthrough: setup ## walk through the bundled example on the command line
	PATH="$(abspath $(BIN)):$$PATH" examples/walkthrough.sh

test: setup ## run the tests with branch coverage
	$(BIN)/pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder -m "not soak" --cov --cov-report= --durations=40
	$(BIN)/coverage report

check: setup ## lint, format, types, import contracts, repository rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/repository

bench: setup ## measure speed
	$(BIN)/python -m benchmarks

soak: setup ## run the long tests at full size
	$(BIN)/pytest --hypothesis-profile=soak

docs: setup ## make the generated parts of the documentation anew
	$(BIN)/python -m docs.generate

lock: setup ## resolve requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-config \
		--no-emit-index-url --no-emit-find-links --no-strip-extras --custom-compile-command "make lock" \
		--group dev --output-file requirements.lock pyproject.toml

clean: ## remove what the targets made, except .venv
	rm -rf build dist *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
