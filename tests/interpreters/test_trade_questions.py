"""Promises about what only a trade is asked: ended lines, bars, stop, risk, life, ticks, where a drawing belongs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interpreters.exports import (
    HOUR,
    START,
    UNFLAGGED,
    Json,
    asked,
    at,
    box,
    candles,
    frozen,
    layout,
    level,
    line,
    position,
    read,
)

STOPPED = "long break sl 1900.5"
ENDED: Json = {"state_extendRight": False}


@pytest.mark.parametrize(
    ("side", "price", "first"),
    [("long", 1900.0, "break"), ("long", 2100.0, "bounce"), ("short", 2100.0, "break"), ("short", 1900.0, "bounce")],
)
def test_how_price_has_to_meet_a_line_is_asked_and_the_likeliest_is_the_way_it_has_to_come(
    side: str, price: float, first: str
) -> None:
    second = "bounce" if first == "break" else "break"
    reading = read(layout(line("a", f"{side} sl 1.5")), candles=candles("1h", 6, close=price))
    assert asked(reading)["action.trend_line.a"] == [first, second, "watch"]


def test_the_price_of_a_line_drawn_from_right_to_left_is_that_of_its_later_point() -> None:
    drawing = line("a", "long sl 1.5", points=[at(5, 2010.0), at(0, 1990.0)], state_extendLeft=True)
    reading = read(layout(drawing), candles=candles("1h", 6, close=2000.0))
    assert asked(reading)["action.trend_line.a"][0] == "break"


@pytest.mark.parametrize(("price", "first"), [(1900.0, "break"), (1995.0, "bounce"), (2100.0, "bounce")])
def test_a_zone_is_broken_only_by_a_price_that_has_yet_to_reach_it(price: float, first: str) -> None:
    raw = layout(box("a", 1990.0, 2000.0, "long sl 1.5"))
    assert asked(read(raw, candles=candles("1h", 6, close=price)))["action.rectangle.a"][0] == first


def test_without_a_price_a_line_is_broken_and_a_zone_bounced_from() -> None:
    assert asked(read(layout(line("a", "long sl 1.5"))))["action.trend_line.a"][0] == "break"
    assert asked(read(layout(level("a", 5.0, "short sl 9.5"))))["action.horizontal_line.a"][0] == "break"
    assert asked(read(layout(box("a", 1.0, 2.0, "long sl 0.5"))))["action.rectangle.a"][0] == "bounce"


def test_a_trade_on_a_line_that_has_ended_asks_and_extending_it_comes_first() -> None:
    reading = read(layout(line("a", STOPPED, **ENDED)), exported_at=START + 5 * HOUR)
    assert asked(reading) == {"extend.trend_line.a": ["extend", "ended", "watch"]}
    assert reading.questions[0].choices[1].text.startswith("leave it as drawn: it ends at 2023-11-15 05:00 UTC")
    forward = {
        answer: frozen(reading, None, {"extend.trend_line.a": answer})["nodes"]["trend_line.a"]["geometry"][
            "extend_forward"
        ]
        for answer in ("extend", "ended")
    }
    assert forward == {"extend": True, "ended": False}


@pytest.mark.parametrize("context", [{"exported_at": START + 4 * HOUR + 3599}, {"candles": candles("1h", 5)}])
def test_a_line_that_runs_past_the_last_bar_has_not_ended(context: dict[str, Any]) -> None:
    assert asked(read(layout(line("a", STOPPED, **ENDED)), **context)) == {}


def test_without_a_last_bar_every_line_that_ends_is_asked_about() -> None:
    assert list(asked(read(layout(line("a", STOPPED, **ENDED))))) == ["extend.trend_line.a"]


@pytest.mark.parametrize("word", ["extend", "noextend"])
def test_a_word_answers_whether_it_goes_on(word: str) -> None:
    assert asked(read(layout(line("a", f"{STOPPED} {word}", **ENDED)))) == {}


def test_stops_and_targets_are_asked_about_only_where_they_move() -> None:
    drawings = (
        line("a", "long break"),
        box("s", 1900.0, 1950.0, "stop", **ENDED),
        line("t", "tp", (2100.0, 2110.0), **ENDED),
    )
    assert list(asked(read(layout(*drawings)))) == ["extend.trend_line.t"]


def test_bars_that_nobody_counted_are_asked_about_where_the_market_leaves_some_out() -> None:
    raw = layout(line("a", STOPPED), symbol=UNFLAGGED)
    assert asked(read(raw)) == {"bars.ethusd-1h-long": ["clock", "watch"]}
    assert frozen(read(raw), None, {"bars.ethusd-1h-long": "clock"})["nodes"]["trend_line.a"]["geometry"]["approximate"]
    assert asked(read(raw, candles=candles("1h", 40))) == {}


def test_a_trade_without_a_stop_asks_for_one() -> None:
    reading = read(layout(line("a", "long break")))
    assert asked(reading) == {"stop.ethusdt-1h-long": ["atr", "watch"]}
    stops = [frozen(reading, None, {"stop.ethusdt-1h-long": answer})["stop"] for answer in ("atr", "1950.5")]
    assert stops == [{"rule": "atr", "multiple": 2.0, "length": 14}, {"rule": "price", "price": 1950.5}]


def test_the_position_tools_own_risk_is_never_taken_silently() -> None:
    reading = read(layout(line("a", "long break"), position("p", state_risk=3)), risk_percent=0.5)
    assert asked(reading) == {"risk.ethusdt-1h-long": ["settings", "tool"]}
    answers = [
        frozen(reading, None, {"risk.ethusdt-1h-long": answer})["risk"]["percent"] for answer in ("settings", "tool")
    ]
    assert answers == [0.5, 3.0]
    assert asked(read(layout(position("p", state_risk=3)), risk_percent=3.0)) == {}


def test_how_long_a_trade_is_valid_is_asked_where_nobody_knows_since_when() -> None:
    reading = read(layout(line("a", f"{STOPPED} valid 2h")))
    assert asked(reading) == {"valid.trend_line.a": ["anchor", "endless"]}
    until = [
        frozen(reading, None, {"valid.trend_line.a": answer})["nodes"]["trend_line.a"]["valid_until"]
        for answer in ("anchor", "endless")
    ]
    assert until == [START + 7 * HOUR, None]
    assert asked(read(layout(line("a", f"{STOPPED} valid 2h")), exported_at=START)) == {}


@pytest.mark.parametrize(
    ("pricescale", "context", "choices"),
    [
        (100, {}, None),
        (None, {"tick": 0.5}, None),
        (None, {}, ["watch"]),
        (100, {"tick": 0.5}, None),
    ],
)
def test_a_trade_needs_its_markets_tick(pricescale: int | None, context: Json, choices: list[str] | None) -> None:
    reading = read(layout(line("a", STOPPED), pricescale=pricescale), **context)
    assert asked(reading).get("tick") == choices


def test_the_tick_that_a_position_tools_amounts_imply_is_offered() -> None:
    computed: Json = {"state_qty": 1, "state_riskSize": 25}  # 25 / (1 x 1000 ticks)
    raw = layout(position("p", **computed), pricescale=None)
    assert asked(read(raw)) == {"tick": ["0.025", "watch"]}
    assert frozen(read(raw), None, {"tick": "0.025"})["stop"] == {"rule": "price", "price": 1975.0}
    assert frozen(read(raw), None, {"tick": "0.5"})["stop"] == {"rule": "price", "price": 1500.0}


def test_ticks_that_disagree_are_a_question() -> None:
    raw = layout(position("p", state_qty=1, state_riskSize=25))
    assert asked(read(raw)) == {"tick": ["0.01", "0.025", "watch"]}
    assert asked(read(raw, tick=0.025)) == {}


def test_a_watch_asks_for_a_tick_only_if_its_tolerance_is_counted_in_them() -> None:
    raw = layout(level("a", 5.0, "near tolerance 5 ticks"), pricescale=None)
    assert asked(read(raw)) == {"tick": ["watch"]}
    assert frozen(read(raw), None, {"tick": "0.5"})["market"]["tick_size"] == 0.5
    assert asked(read(layout(level("a", 5.0, "near tolerance 5%"), pricescale=None))) == {}


def test_which_entry_a_drawing_belongs_to_is_asked_before_its_stop() -> None:
    reading = read(layout(line("a", "long break"), line("b", "short break"), level("s", 1900.0, "stop")))
    assert asked(reading) == {
        "belongs.horizontal_line.s": ["ethusdt-1h-long", "ethusdt-1h-short", "none"],
        "stop.ethusdt-1h-short": ["atr", "watch"],
    }
