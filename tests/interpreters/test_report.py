"""Promises about the reading: the contract's keys, what a drawing was understood as, words, and prices at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from interpreters.reading import read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from tests.interpreters.exports import (
    HOUR,
    START,
    Json,
    at,
    box,
    candles,
    envelope,
    layout,
    level,
    line,
    position,
    read,
    read_back,
    saved,
    written,
)

if TYPE_CHECKING:
    from interpreters.listing import Understood


A, B = {"time": START, "price": 2000.0, "offset": 0}, {"time": START + 5 * HOUR, "price": 2010.0, "offset": 0}


def understood(*drawings: Json, **context: Any) -> Understood:
    """The last of these drawings, as it was understood."""
    return read(layout(*drawings), **context).understood[-1]


def nodes(*drawings: Json, **context: Any) -> list[Json]:
    return list(understood(*drawings, **context).nodes)


def test_the_reading_has_the_keys_of_the_contract() -> None:
    tree = written(
        read(layout(line("a", "long break", state_extendRight=False), saved("path", key="p"), log=None), at=START)
    )
    assert {"export_digest", "drawings", "understood", "left_out", "questions", "strategies"} <= tree.keys()
    assert tree["drawings"] == 2
    assert tree["understood"] == [
        {
            "drawing": "a",
            "tool": "trend_line",
            "symbol": "BINANCE:ETHUSDT",
            "nodes": [{"name": "trend_line.a", "kind": "trendline_cross", "anchors": [A, B]}],
            "timeframe": "1h",
            "text": "long break",
            "ended_at": START + 5 * HOUR,
            "values": {"trend_line.a": None},
        }
    ]
    assert tree["left_out"] == [
        {"drawing": "p", "tool": "path", "symbol": "BINANCE:ETHUSDT", "reason": "this kind of drawing is not read yet"}
    ]
    assert [one["id"] for one in tree["questions"]] == ["scale", "extend.trend_line.a", "stop.ethusdt-1h-long"]
    assert tree["questions"][2] == {
        "id": "stop.ethusdt-1h-long",
        "text": "The entry has no stop, and its size comes from the distance to it; where should it be?",
        "strategies": ["ethusdt-1h-long"],
        "choices": [
            {"id": "atr", "text": "2 x ATR(14) away from the entry price"},
            {"id": "watch", "text": "only watch it: a picture when it fires, no orders"},
        ],
        "answer": None,
        "drawing": "a",
        "free": {"form": "price"},
    }
    assert "drawing" not in tree["questions"][0]
    contract = ("id", "kind", "name", "symbol", "timeframe")
    assert [tuple(one[key] for key in contract) for one in tree["strategies"]] == [
        ("ethusdt-1h-long", "strategy", "long break on BINANCE:ETHUSDT 1h", "BINANCE:ETHUSDT", "1h")
    ]


def test_nothing_known_of_the_chart_is_null() -> None:
    tree = written(read(envelope(read_back("horizontal_line", (0, 5.0)), symbol=None, resolution=None, tick=None)))
    assert (tree["symbol"], tree["understood"][0]["symbol"]) == (None, None)
    assert [(one["symbol"], one["timeframe"], one["name"]) for one in tree["strategies"]] == [
        (None, None, "watch on unknown symbol")
    ]


def test_levels_zones_and_lines_are_listed_with_their_figures() -> None:
    assert nodes(level("a", 5.0)) == [{"name": "horizontal_line.a", "kind": "trendline_cross", "price": 5.0}]
    assert nodes(box("a", 1.0, 2.0)) == [{"name": "rectangle.a", "kind": "sr_proximity", "low": 1.0, "high": 2.0}]
    channel = saved("parallel_channel", at(0, 2000.0), at(5, 2010.0), at(0, 2050.0), key="c", text="near")
    upper = [anchor | {"price": anchor["price"] + 50.0} for anchor in (A, B)]
    assert nodes(channel) == [{"name": "parallel_channel.c", "kind": "sr_proximity", "anchors": [A, B, *upper]}]


def test_a_drawing_is_listed_by_the_nodes_of_its_strategy() -> None:
    assert [one["name"] for one in nodes(line("a", "long bounce"))] == ["trend_line.a.touch"]
    assert [one["name"] for one in nodes(line("a", "break retest"))] == ["trend_line.a.break", "trend_line.a.retest"]


@pytest.mark.parametrize(("text", "kind"), [("stop", "stop"), ("tp1", "target")])
def test_a_stop_or_target_is_listed_as_one(text: str, kind: str) -> None:
    entry = line("e", "long break")
    assert nodes(entry, level("s", 5.0, text)) == [{"name": "horizontal_line.s", "kind": kind, "price": 5.0}]
    assert nodes(level("s", 5.0, text)) == [{"name": "horizontal_line.s", "kind": "trendline_cross", "price": 5.0}]


def test_a_position_tool_is_listed_with_entry_stop_and_target() -> None:
    exits = [
        {"name": "long_position.p.stop", "kind": "stop", "price": 1990.0},
        {"name": "long_position.p.target", "kind": "target", "price": 2030.0},
    ]
    alone = {"name": "long_position.p.entry", "kind": "sr_proximity", "price": 2000.0}
    assert nodes(position("p")) == [alone, *exits]
    assert nodes(position("p", state_visible=False)) == [alone, *exits]
    assert nodes(line("e", "long break"), position("p")) == [alone | {"kind": "entry"}, *exits]
    assert nodes(position("p", state_stopLevel=0, state_profitLevel=0)) == [alone]


def test_without_a_tick_the_prices_of_a_position_tool_are_those_its_amounts_imply_or_unknown() -> None:
    def prices(**state: Any) -> list[float | None]:
        reading = read(layout(position("p", **state), pricescale=None))
        return [one["price"] for one in reading.understood[0].nodes]

    assert prices() == [2000.0, None, None]
    assert prices(state_qty=1, state_riskSize=25) == [2000.0, 1975.0, 2075.0]


def test_unknown_words_are_reported_and_explaining_shows_how_each_was_read() -> None:
    assert understood(line("a", "long brake demand")).unknown_words == ("brake", "demand")
    assert understood(line("a", "long brake")).words == ()
    explained = interpret(read_export(layout(line("a", "long brake"))), Context(), explain=True).understood[0]
    assert explained.words == (
        {"text": "long", "meaning": "read as side long"},
        {"text": "brake", "meaning": "not a word I know"},
    )


def test_a_watched_drawing_that_has_ended_says_so() -> None:
    flags: Json = {"state_extendRight": False}
    assert understood(line("a", **flags), exported_at=START + 9 * HOUR).ended_at == START + 5 * HOUR
    assert understood(line("a", **flags), exported_at=START + 4 * HOUR).ended_at is None
    assert understood(box("a", 1.0, 2.0, **flags), candles=candles("1h", 9)).ended_at == START + 5 * HOUR
    assert understood(line("a", "extend", **flags), exported_at=START + 9 * HOUR).ended_at is None


def values(drawing: Json, hours: float, **context: Any) -> dict[str, float | None] | None:
    return understood(drawing, at=START + round(hours * HOUR), **context).values


def test_the_price_of_every_line_and_level_at_a_time_is_given_by_node() -> None:
    assert values(line("a"), 2.5) == {"trend_line.a": 2004.0}
    assert values(level("a", 5.0), 0) == {"horizontal_line.a": 5.0}
    assert values(box("a", 1.0, 2.0), 0) == {}
    assert values(line("a", "long bounce"), 10) == {"trend_line.a.touch": 2020.0}
    assert values(position("p"), 0) == {
        "long_position.p.entry": 2000.0, "long_position.p.stop": 1990.0, "long_position.p.target": 2030.0,
    }  # fmt: skip


def test_a_line_is_followed_beyond_both_its_ends() -> None:
    assert values(line("a", state_extendRight=False), -5) == {"trend_line.a": 1990.0}
    assert values(line("a", state_extendRight=False), 20) == {"trend_line.a": 2040.0}


def test_a_log_line_is_straight_in_the_logarithm() -> None:
    found = values(line("a", prices=(1000.0, 4000.0)), 10, price_scale="log") or {}
    assert found["trend_line.a"] == pytest.approx(16_000.0, rel=1e-12)


def test_a_channel_gives_each_line_and_its_band_both_edges() -> None:
    drawn = {
        text: saved("parallel_channel", at(0, 2000.0), at(5, 2010.0), at(0, 2050.0), key="c", text=text)
        for text in ("", "near")
    }
    names = [f"parallel_channel.c.{name}" for name in ("lower", "upper", "middle")]
    assert values(drawn[""], 5) == dict(zip(names, (2010.0, 2060.0, 2035.0), strict=True))
    assert values(drawn["near"], 5) == dict(zip(names[:2], (2010.0, 2060.0), strict=True))


def test_prices_at_a_time_are_counted_in_bars_and_by_the_clock_beyond_them() -> None:
    holes = candles("1h", 12, without=(3, 4))
    drawn = line("a", prices=(2000.0, 2003.0))  # five hours, three bars
    assert values(drawn, 10, candles=holes) == {"trend_line.a": 2008.0}
    assert values(drawn, 14, candles=holes) == {"trend_line.a": 2012.0}


def test_a_line_without_a_scale_has_no_price_and_one_without_a_timeframe_is_straight_in_time() -> None:
    reading = read(layout(line("a"), log=None), at=START)
    assert reading.understood[0].values == {"trend_line.a": None}
    reading = read(layout(line("a", state_interval="100R"), interval="100R"), at=START + 9000)
    assert reading.understood[0].values == {"trend_line.a": 2005.0}
