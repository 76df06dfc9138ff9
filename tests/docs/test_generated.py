"""The generated parts are fresh, and nothing that can be set or asked for is left out of them."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from docs.generate import GENERATORS, PART, documents, fresh, leaves
from server.cli.app import program
from server.settings import Settings
from tests.docs.pages import ROOT, name_of, pages

COMMANDS: dict[str, Any] = dict(leaves("", typer.main.get_command(program())))


@pytest.mark.parametrize("page", documents(), ids=name_of)
def test_the_generated_parts_of_a_page_are_fresh(page: Any) -> None:
    text = page.read_text("utf-8")
    assert text == fresh(text), "run make docs"


def test_every_part_that_can_be_made_stands_in_one_page() -> None:
    found = sorted(part["name"] for page in pages() for part in PART.finditer(page.read_text("utf-8")))
    assert found == sorted(GENERATORS)


def test_every_part_that_is_opened_is_closed() -> None:
    for page in pages():
        text = page.read_text("utf-8")
        assert text.count("<!-- generated: ") == text.count("<!-- end -->") == len(PART.findall(text)), page


def test_a_stale_part_is_noticed() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    stale = page.replace("| `10000.0` |", "| `1.0` |")
    assert stale != page == fresh(stale)


def test_a_part_that_nobody_makes_is_an_error() -> None:
    with pytest.raises(KeyError):
        fresh("<!-- generated: nothing -->\n<!-- end -->")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    row = f"| `DRAWBRIDGE_{name.upper()}` | `{name}` | `{field.default}` | {field.description} |"
    assert field.description
    assert row in (ROOT / "docs" / "settings.md").read_text("utf-8").splitlines()


def test_every_command_of_the_contract_is_there() -> None:
    assert set(COMMANDS) >= {
        "serve", "interpret", "freeze", "verify", "signals", "backtest", "chart", "token create", "token list",
        "token revoke", "kill", "resume",
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    _, _, rest = page.partition(f"\n### drawbridge {name}\n")
    part = rest.partition("\n### ")[0]
    for option in COMMANDS[name].params:
        assert option.help, option.name
        row = f"| {', '.join(f'`{spelling}`' for spelling in option.opts)} | {option.help} |"
        assert row in part.splitlines()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_parses(name: str) -> None:
    _, found, examples = (COMMANDS[name].help or "").partition("Example")
    lines = [line.strip() for line in examples.splitlines() if line.strip().startswith("drawbridge ")]
    assert found
    assert lines
    for line in lines:
        words = line.partition(" > ")[0].partition(" < ")[0].partition(" | ")[0].split()
        depth = 1 + len(name.split())
        assert words[:depth] == ["drawbridge", *name.split()]
        with COMMANDS[name].make_context(name, words[depth:]) as context:
            assert set(context.params) == {option.name for option in COMMANDS[name].params if option.expose_value}
