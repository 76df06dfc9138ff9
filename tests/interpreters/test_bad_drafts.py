"""Promises about drafts and answers that cannot be used: each is refused in one sentence that says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from interpreters.freezing import BadDraft, Draft, StillOpen, choose, freeze_draft, read_draft
from tests.interpreters.exports import (
    box,
    draft,
    edited,
    freeze_error,
    layout,
    level,
    line,
    position,
    read,
)

TRADE = layout(line("a", "long break"), position("p"), box("b", 1.0, 2.0))
STOP = "stop.ethusdt-1h-long"
OPEN = layout(line("a", "long break"), log=None, pricescale=None)


def refused(source: Draft, identity: str | None = None, **answers: str) -> str:
    with pytest.raises(BadDraft) as refusal:
        freeze_draft(source, identity, answers)
    return str(refusal.value)


def unreadable(raw: bytes) -> str:
    with pytest.raises(BadDraft) as refusal:
        read_draft(raw)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"scale": "Log"}, "Log is no choice for scale; its choices are: linear, log"),
        ({"scale": "watch"}, "watch is no choice for scale; its choices are: linear, log"),
        ({STOP: "far"}, "far is no price; give one of the choices, or a number such as 0.0938"),
        ({STOP: "nan"}, "nan is no price; give one of the choices, or a number such as 0.0938"),
        ({"tick": "0"}, "0 is no tick size; give one of the choices, or a number above 0, such as 0.01"),
        ({"tick": "inf"}, "inf is no tick size; give one of the choices, or a number above 0, such as 0.01"),
        ({"tick": "small"}, "small is no tick size; give one of the choices, or a number above 0, such as 0.01"),
        ({"stop": "1"}, f"there is no question stop in the draft; its questions are: scale, {STOP}, tick"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(answers: dict[str, str], sentence: str) -> None:
    assert freeze_error(read(OPEN), None, **answers) == sentence


def test_markets_and_timeframes_of_ones_own_are_checked() -> None:
    reading = read(layout(line("a", state_interval=None), symbol="CME:ES1!", interval=None))
    market, frame = "market", "timeframe.es1-any-watch"
    assert freeze_error(reading, None, **{market: "Binance"}) == (
        "Binance is no market; write it like binance:BTC/USDT, bybit:BTC/USDT:USDT or BINANCE:BTCUSDT"
    )
    assert freeze_error(reading, None, **{market: "watch", frame: "soon"}) == (
        "'soon' is no timeframe; write it like 5m, 4h, 1d, 1w or 1M"
    )


def test_without_questions_there_is_none_to_answer() -> None:
    reading = read(layout(level("a", 1.0)))
    assert (
        freeze_error(reading, None, scale="log") == "there is no question scale in the draft; its questions are: none"
    )


def test_one_of_several_strategies_is_named() -> None:
    source = draft(read(TRADE))
    assert choose(source, "ethusdt-1h-watch").kind == "watch"
    several = "the draft holds several strategies; choose one with --strategy: ethusdt-1h-long, ethusdt-1h-watch"
    assert refused(source) == several
    assert refused(source, "long") == (
        "there is no strategy long in the draft; it holds ethusdt-1h-long, ethusdt-1h-watch"
    )
    empty = draft(read(layout(line("a", "ignore"))))
    assert refused(empty) == "there is nothing to freeze: the draft holds no strategy and no watch"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "it is no draft; make one with `drawbridge interpret EXPORT > draft.yaml`"),
        (b"[1, 2]", "it is no draft; make one with `drawbridge interpret EXPORT > draft.yaml`"),
        (b"drawbridge: 1\n", "it is no draft; make one with `drawbridge interpret EXPORT > draft.yaml`"),
        (b"a: [", "it is no draft: while parsing a flow node"),
        (b"\xff", "it is no draft: it is not UTF-8 text"),
        (b"export_digest: 5\n", "the draft is not valid: Expected `str`, got `int` - at `$.export_digest`"),
        (b"export_digest: x\n", "the draft is not valid: Object missing required field `interpreter`"),
    ],
)
def test_a_file_that_is_no_draft_is_refused(raw: bytes, sentence: str) -> None:
    assert unreadable(raw).startswith(sentence)


def test_a_basis_that_somebody_changed_is_refused() -> None:
    sentence = "the basis of the draft was changed; edit strategies and answers only, or interpret the export again"
    reading = read(TRADE)
    for steps, to in (
        (("basis", "drawings", 0, "points", 0, "price"), 5.0),
        (("basis", "tick"), 5.0),
        (("basis_digest",), "0" * 64),
        (("export_digest",), "0" * 64),
    ):
        with pytest.raises(BadDraft) as refusal:
            edited(reading, *steps, to=to)
        assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("steps", "to", "sentence"),
    [
        (("basis", "tick"), "much", "Expected `float | null`, got `str` - at `$.basis.tick`"),
        (("basis", "colour"), 1, "Object contains unknown field `colour` - at `$.basis`"),
        (("strategies", 0, "kind"), None, "Expected `str`, got `null` - at `$.strategies[0].kind`"),
        (("strategies", 0, "colour"), 1, "Object contains unknown field `colour` - at `$.strategies[0]`"),
        (("strategies", 0, "strategy"), 1, "Expected `object`, got `int` - at `$.strategies[0].strategy`"),
        (("strategies",), {}, "Expected `array`, got `object` - at `$.strategies`"),
        (("questions",), [{"answer": "x"}], "Object missing required field `id` - at `$.questions[0]`"),
        (("questions",), [{"id": "x", "answer": True}], "Expected `int | float | str | null`, got `bool`"),
    ],
)
def test_a_draft_of_the_wrong_form_is_refused_with_the_place(steps: tuple[Any, ...], to: object, sentence: str) -> None:
    with pytest.raises(BadDraft) as refusal:
        edited(read(TRADE), *steps, to=to)
    assert str(refusal.value).startswith(f"the draft is not valid: {sentence}")


@pytest.mark.parametrize("section", ["basis", "strategies", "interpreter", "basis_digest"])
def test_a_draft_without_one_of_its_sections_is_refused(section: str) -> None:
    with pytest.raises(BadDraft, match=f"missing required field `{section}`"):
        edited(read(TRADE), section, drop=True)


def test_a_draft_without_its_questions_asks_them_still() -> None:
    without = edited(read(OPEN), "questions", drop=True)
    with pytest.raises(StillOpen) as still:
        freeze_draft(without, None, {})
    assert [question.id for question in still.value.questions] == ["scale", STOP, "tick"]


def test_a_time_of_export_that_is_no_date_is_refused() -> None:
    sentence = freeze_error(read(layout(level("a", 1.0)), exported_at=-99_999_999_999), None)
    assert sentence.startswith("the draft is not valid: Expected `int` >= -62135596800 - at `$.exported_at`")
