"""The published JSON Schema: fresh, and what was frozen validates against it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from spec import json_schema
from spec.artifact import write
from spec.canonical import plain
from spec.yaml_form import load
from tests.spec.frozen import large, managed, measured, sliced, small

PUBLISHED = Path(__file__).parents[2] / "docs" / "strategy.schema.json"


def test_the_published_schema_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    """If not: python -m spec.json_schema > docs/strategy.schema.json."""
    runpy.run_path(json_schema.__file__, run_name="__main__")
    assert capsys.readouterr().out == PUBLISHED.read_text("utf-8")


@pytest.mark.parametrize("make", [small, large, measured, managed, sliced])
def test_a_frozen_strategy_validates_as_it_was_made_and_as_it_is_written(make: Any) -> None:
    validator = jsonschema_rs.validator_for(json.loads(PUBLISHED.read_text("utf-8")))
    for tree in (plain(make()), load(write(make()))):
        assert [error.message for error in validator.iter_errors(tree)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("drawbridge",), 2),
        (("id",), "Not An Id"),
        (("seal",), "short"),
        (("strategy", "timeframe"), "1 hour"),
        (("strategy", "nodes", "break", "kind"), "unheard_of"),
        (("strategy", "nodes", "break", "geometry", "a", "price"), "high"),
        (("strategy", "risk", "percent"), 0),
        (("strategy", "extra"), 1),
    ],
)
def test_what_no_reader_would_accept_does_not_validate(path: tuple[str, ...], value: object) -> None:
    tree = plain(large())
    inner = tree
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert not jsonschema_rs.validator_for(json_schema.schema()).is_valid(tree)
