"""The README: its commands run as they stand, its links lead somewhere, its make targets exist."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import LINK, ROOT, anchors, blocks, name_of, pages, prose, section

README = (ROOT / "README.md").read_text("utf-8")
MINUTES = "Five minutes on the command line"
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
PATH = re.compile(r"`((?:spec|interpreters|execution|server|docs|tests|examples|benchmarks)/[\w./-]*)`")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The code blocks of *Five minutes on the command line*, run by bash in a copy of what they need."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", folder / "examples")
    activate = folder / ".venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f'PATH="{Path(sys.executable).parent}:$PATH"\n')
    script = "\n".join(blocks(section(README, MINUTES)))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, check=False, capture_output=True, text=True
    )
    return folder, done


def test_the_five_minutes_run_as_they_are_written(
    walked: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = walked
    assert done.returncode == 0, done.stderr
    made = {path.name for path in folder.iterdir()} - {"examples", ".venv"}
    assert made == {"draft.yaml", "strategy.yaml", "trades.png", "report.html", "strategy.png"}


def test_they_print_results_to_standard_output_and_words_to_standard_error(
    walked: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = walked
    assert "trend_line.tRnd01,trendline_cross,up" in done.stdout
    assert "after the export (out of sample)" in done.stdout
    assert "drawn in strategy.png" in done.stderr
    assert "drawn in" not in done.stdout


def test_what_the_readme_says_of_the_draft_is_so(walked: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    draft = (walked[0] / "draft.yaml").read_text()
    assert draft.startswith("# 4 drawings: 3 understood, 1 left out, 0 questions open.\n")
    assert "\nquestions: []\n" in draft
    assert 'reason: "it is text or a mark, not a line, level or zone"' in draft
    assert re.findall(r"^- id: (.*)\n  kind: (.*)$", draft, re.MULTILINE) == [
        ("ethbtc-5m-long", "strategy"),
        ("ethbtc-5m-watch", "watch"),
    ]


def test_the_example_script_walks_the_same_way() -> None:
    script = (ROOT / "examples" / "walkthrough.sh").read_text("utf-8")
    for command in ("interpret", "freeze", "verify", "signals", "backtest", "chart"):
        assert f"drawbridge {command} " in section(README, MINUTES)
        assert f"drawbridge {command} " in script


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for found in LINK.finditer(prose(page.read_text("utf-8"))):
        target, _, anchor = found["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), found["target"]
        assert not anchor or anchor in anchors(linked.read_text("utf-8")), found["target"]


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = set(PATH.findall(prose(page.read_text("utf-8"))))
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    assert set(re.findall(r"`(?:[^`\n]* )?make ([a-z]+)", page.read_text("utf-8"))) <= TARGETS
