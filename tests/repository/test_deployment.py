"""Dockerfile, compose.yaml and docs/deploy.md name what exists: commands, files, settings, ports and addresses."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml

from docker.unneeded import needed, unneeded
from server.cli.app import EVERY
from server.settings import Settings
from tests.repository.sources import ROOT, text

SETTING = re.compile(r"DRAWBRIDGE_[A-Z_]+")
WORDS = set(EVERY)
FILES = ("Dockerfile", "compose.yaml", "docs/deploy.md")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in text("Dockerfile").splitlines() if line[:1] != "#"))
    lines = [line for line in joined.splitlines() if line.strip()]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = {f"DRAWBRIDGE_{field.upper()}" for field in Settings.model_fields}
    assert set(SETTING.findall(text(name))) - known == set()


@pytest.mark.parametrize("name", FILES)
def test_every_command_that_is_named_exists(name: str) -> None:
    named = re.findall(r"(?:bin/|exec (?:server|drawbridge) |`)drawbridge ([a-z]+)", text(name))
    assert set(named) - WORDS == set()


def test_every_file_that_is_copied_exists_and_reaches_the_engine() -> None:
    copied = {
        path for name, rest in instructions() if name == "COPY" and not rest.startswith("--from")
        for path in rest.split()[:-1]
    }  # fmt: skip
    let_through = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    assert copied == let_through
    assert {path for path in copied if not (ROOT / path).exists()} == set()
    assert {"spec", "interpreters", "execution", "server", "examples", "requirements.lock", "Makefile"} <= copied


def test_the_image_is_set_up_by_make_and_serves_as_another_user_without_its_tools() -> None:
    stages = [rest for name, rest in instructions() if name == "FROM"]
    assert stages == ["python:3.13-slim AS build", "python:3.13-slim"]
    last = instructions()[instructions().index(("FROM", stages[1])) :]
    assert not [rest for _, rest in last if re.search(r"git |gcc|make ", rest)]
    [installed] = [rest for _, rest in last if "apt-get" in rest]
    assert re.findall(r"apt-get install((?: [a-z-]+)+)", installed) == [" --yes --no-install-recommends bubblewrap"]
    assert [rest for name, rest in last if name == "USER"] == ["drawbridge"]
    assert [rest for name, rest in last if name == "CMD"] == ['["drawbridge", "serve"]']
    [build] = [rest for name, rest in instructions() if name == "RUN" and "make setup" in rest]
    assert build.startswith("make setup && .venv/bin/python docker/unneeded.py | xargs")
    assert ".venv" in text("Makefile").split("VENV ?= ")[1].splitlines()[0]


def test_the_health_check_asks_an_address_that_answers_on_the_port_that_is_exposed() -> None:
    from server.doors.health import HEALTH_DOORS  # noqa: PLC0415 - the doors load the whole server

    [check] = [rest for name, rest in instructions() if name == "HEALTHCHECK"]
    [(port, path)] = re.findall(r"http://127\.0\.0\.1:(\d+)(/[a-z/]+)", check)
    assert path in {path for door in HEALTH_DOORS for path in door.paths}
    assert ("EXPOSE", port) in instructions()
    assert f"DRAWBRIDGE_PORT={port}" in text("Dockerfile")
    assert int(port) == Settings.model_fields["port"].default
    assert "127.0.0.1" in Settings.model_fields["allowed_hosts"].default


def test_compose_gives_the_server_its_database_and_opens_its_port_to_this_machine_only() -> None:
    compose = yaml.safe_load(text("compose.yaml"))
    server, database = compose["services"]["server"], compose["services"]["database"]
    assert server["ports"] == ["127.0.0.1:8422:8422"]
    url = server["environment"]["DRAWBRIDGE_DATABASE_URL"]
    assert url.startswith(f"postgres://{database['environment']['POSTGRES_USER']}:${{POSTGRES_PASSWORD:?")
    assert url.endswith(f"@database:5432/{database['environment']['POSTGRES_DB']}")
    assert database["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    volumes = [one.partition(":")[0] for service in (server, database) for one in service["volumes"]]
    assert sorted(volumes) == sorted(compose["volumes"])
    assert ("VOLUME", server["volumes"][0].partition(":")[2]) in instructions()


def test_what_the_image_leaves_out_is_nothing_that_the_program_needs() -> None:
    assert {"litestar", "granian", "tortoise-orm", "asyncpg", "dulwich", "uvloop", "aiosqlite"} <= needed("drawbridge")
    left_out = set(unneeded())
    assert {"pytest", "mypy", "ruff", "playwright", "schemathesis"} <= left_out
    assert left_out & needed("drawbridge") == set()


def test_the_command_of_the_image_exists() -> None:
    program = "import sys; from server.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "--help"], capture_output=True, text=True, check=True
    )
    assert "--demo" in done.stdout
