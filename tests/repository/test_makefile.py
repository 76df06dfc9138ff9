"""The make targets: each one explains itself and is in the README."""

from __future__ import annotations

import re

import pytest

from tests.repository.sources import ROOT, text

TARGET = re.compile(r"^(?P<name>[a-z]+):(?P<rest>.*)$", re.MULTILINE)


def test_every_make_target_explains_itself() -> None:
    assert {match["name"] for match in TARGET.finditer(text("Makefile")) if "## " not in match["rest"]} == set()


def test_every_make_target_is_in_the_readme() -> None:
    if not (ROOT / "README.md").exists():
        pytest.skip("there is no README yet")
    readme = text("README.md")
    targets = {match["name"] for match in TARGET.finditer(text("Makefile"))} - {"help"}
    assert {name for name in targets if f"make {name}" not in readme} == set()
