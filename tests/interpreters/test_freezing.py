"""Promises about freezing: no candles, no export, every answer checked, the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interpreters.freezing import StillOpen, draft_of, freeze_draft, likeliest, read_draft
from interpreters.reading import read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from server.candles import read_candles
from spec.artifact import read as read_artifact
from spec.artifact import write
from spec.canonical import plain
from spec.yaml_form import dump
from tests.interpreters.exports import (
    START,
    Json,
    at,
    box,
    candles,
    draft,
    first_answers,
    freeze,
    frozen,
    layout,
    level,
    line,
    position,
    read,
    written,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
TRADE = layout(line("a", "long break"), position("p"), box("b", 1.0, 2.0))
STOP = "stop.ethusdt-1h-long"
OPEN = layout(line("a", "long break"), log=None, pricescale=None)


def test_a_frozen_strategy_is_an_artifact_that_verifies_and_says_where_it_comes_from() -> None:
    reading = read(TRADE, exported_at=START)
    artifact = freeze_draft(draft(reading), "ethusdt-1h-long", {}, proposer="ana")
    assert read_artifact(write(artifact)) == artifact
    assert (artifact.id, artifact.name) == ("ethusdt-1h-long", "long break on BINANCE:ETHUSDT 1h")
    assert plain(artifact.provenance) == {
        "export_digest": reading.export_digest,
        "interpreter": "1",
        "symbol": "BINANCE:ETHUSDT",
        "drawings": [
            {
                "drawing": "a", "tool": "trend_line", "text": "long break", "nodes": ["trend_line.a"],
                "points": [[START, 0, 2000.0], [START + 18_000, 0, 2010.0]],
            },
            {
                "drawing": "p", "tool": "long_position", "text": "", "nodes": [],
                "points": [[START + 21_600, 0, 2000.0], [START + 32_400, 0, 2000.0]],
            },
        ],
        "answers": {},
        "last_anchor": START + 21_600,
        "exported_at": START,
        "exported_by": "stated",
        "proposer": "ana",
        "edited": False,
    }  # fmt: skip


def test_a_json_reading_freezes_like_the_yaml_one_and_like_the_reading_itself() -> None:
    reading = read(TRADE, candles=candles("1h", 40))
    from_json = read_draft(json.dumps(written(reading)).encode())
    bytes_of = [
        write(freeze_draft(one, "ethusdt-1h-long", {})) for one in (draft(reading), from_json, draft_of(reading))
    ]
    assert bytes_of == [bytes_of[0]] * 3


def test_the_same_input_gives_the_same_draft() -> None:
    assert dump(plain(read(TRADE), sort=False)) == dump(plain(read(TRADE), sort=False))


def example() -> dict[str, str]:
    """Digests by id of what the bundled example freezes to."""
    context = Context(candles=read_candles(EXAMPLES / "ETHBTC-5m.csv"))
    reading = interpret(read_export((EXAMPLES / "ethbtc-export.json").read_bytes()), context)
    return {one.id: freeze(reading, one.id).digest for one in reading.strategies}


def test_the_example_freezes_to_the_same_digests_on_any_machine() -> None:
    assert example() == {
        "ethbtc-5m-long": "7c72fdb758d934d8b25fe8bd3af9b8140ccd0664e9e8d77511ffb3caf053566b",
        "ethbtc-5m-watch": "cc2a5710be0a9b6617b210f7769ecdb3820b77856dd98bcc00db767a5eef8198",
    }


def test_open_questions_are_listed_and_nothing_is_frozen() -> None:
    with pytest.raises(StillOpen) as still:
        freeze(read(OPEN), None)
    assert [question.id for question in still.value.questions] == ["scale", STOP, "tick"]
    with pytest.raises(StillOpen) as still:
        freeze(read(OPEN), None, {"scale": "log", STOP: "atr"})
    assert [question.id for question in still.value.questions] == ["tick"]
    assert str(still.value) == "1 open questions"


def test_answers_may_stand_in_the_draft_and_those_given_beside_it_win() -> None:
    reading = read(OPEN)
    answers: tuple[tuple[int, Any], ...] = ((0, "linear"), (1, 1900.5), (2, 1))
    tree = written(reading)
    for number, answer in answers:
        tree["questions"][number]["answer"] = answer
    answered = read_draft(json.dumps(tree).encode())
    first = freeze_draft(answered, None, {})
    assert first.provenance.answers == {"scale": "linear", STOP: "1900.5", "tick": "1"}
    assert first.provenance.edited is False
    second = freeze_draft(answered, None, {"scale": "log"})
    assert second.provenance.answers["scale"] == "log"
    assert first.digest != second.digest


def test_a_trade_that_is_given_up_needs_no_more_answers_than_a_watch() -> None:
    reading = read(OPEN)
    watch = freeze(reading, None, {STOP: "watch", "scale": "linear"})
    assert (watch.strategy.kind, watch.strategy.entry, watch.provenance.answers) == (
        "watch", None, {STOP: "watch", "scale": "linear"},
    )  # fmt: skip
    assert frozen(reading, None, {"tick": "watch", "scale": "linear"})["kind"] == "watch"


def test_an_answer_that_opens_a_question_leaves_it_open() -> None:
    reading = read(layout(line("a", "long break"), line("b", "short break"), level("s", 1900.0, "stop")))
    with pytest.raises(StillOpen) as still:
        freeze(reading, "ethusdt-1h-long", {"belongs.horizontal_line.s": "none"})
    assert [question.id for question in still.value.questions] == [STOP]
    answers = {"belongs.horizontal_line.s": "none", STOP: "atr"}
    assert freeze(reading, "ethusdt-1h-long", answers).provenance.answers == answers


def test_answers_about_other_strategies_do_not_matter_to_one() -> None:
    reading = read(layout(line("a", "long break"), line("b", "short break")))
    artifact = freeze(reading, "ethusdt-1h-long", {STOP: "atr", "stop.ethusdt-1h-short": "watch"})
    assert artifact.provenance.answers == {STOP: "atr"}


def test_an_answer_that_leaves_another_strategy_without_a_shape_is_nothing_to_one() -> None:
    reading = read(layout(line("a", state_interval="100R"), level("b", 1.0), interval="1T"))
    assert frozen(reading, "ethusdt-1h-watch", {"timeframe.ethusdt-any-watch": "1M"})["kind"] == "watch"


def test_a_dynamic_question_of_another_strategy_may_be_answered_too() -> None:
    reading = read(layout(line("a", "long break"), line("b", "short break"), level("s", 1900.0, "stop")))
    answers = {"belongs.horizontal_line.s": "ethusdt-1h-short", STOP: "atr"}
    assert frozen(reading, "ethusdt-1h-short", answers)["stop"] == {"rule": "price", "price": 1900.0}


def test_the_likeliest_answers_give_every_strategy_a_form() -> None:
    reading = read(layout(line("a", "long break"), line("b", state_interval="240"), log=None))
    found = likeliest(reading)
    assert list(found) == ["ethusdt-1h-long", "ethusdt-4h-watch"]
    assert found["ethusdt-1h-long"] == frozen(reading, "ethusdt-1h-long", first_answers(reading))
    assert found["ethusdt-1h-long"]["stop"]["rule"] == "atr"


def test_a_basis_carries_no_more_than_what_was_taken_up() -> None:
    def keys(*drawings: Json) -> list[str]:
        return [one.key for one in read(layout(*drawings)).basis.drawings]

    vertical = line("v", points=[at(0, 1.0), at(0, 2.0)])
    assert keys(line("a"), vertical, line("h", state_visible=False), level("o", 1.0, state_symbol="KRAKEN:ETHUSD")) == [
        "a"
    ]
