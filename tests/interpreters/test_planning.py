"""Promises about which drawings belong together, and where stop, target, exit and size of a trade come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.interpreters.exports import (
    DAY,
    HOUR,
    START,
    UNFLAGGED,
    Json,
    asked,
    at,
    box,
    chart,
    charts,
    frozen,
    layout,
    level,
    line,
    position,
    read,
)

if TYPE_CHECKING:
    from interpreters.report import Reading


MONTH = {"time_t": START + 60 * DAY, "offset": 0, "price": 2010.0}


def plans(reading: Reading) -> dict[str, list[str]]:
    """Drawings by the strategy or watch that they are part of."""
    return {one.id: [origin.drawing for origin in one.drawings] for one in reading.strategies}


def trade(*drawings: Json) -> dict[str, Any]:
    """Stop, targets and exit of the only trade, as they are proposed."""
    [one] = [one for one in read(layout(*drawings)).strategies if one.kind == "strategy"]
    return {name: one.strategy[name] for name in ("stop", "targets", "exit")}


def at_price(price: float) -> Json:
    return {"rule": "price", "price": price}


def target(price: float, share: float = 1.0) -> Json:
    return {"at": at_price(price), "share": share}


def prices_of(strategy: Json) -> list[float]:
    return [one["at"]["price"] for one in strategy["targets"]]


ENTRY = line("entry", "long break")


def test_a_worded_entry_is_a_strategy_and_everything_else_one_watch() -> None:
    reading = read(layout(ENTRY, level("a", 1.0), level("b", 2.0, "resistance"), box("c", 1.0, 2.0, "watch")))
    assert plans(reading) == {"ethusdt-1h-long": ["entry"], "ethusdt-1h-watch": ["a", "b", "c"]}
    assert [(one.kind, one.name) for one in reading.strategies] == [
        ("strategy", "long break on BINANCE:ETHUSDT 1h"),
        ("watch", "watch on BINANCE:ETHUSDT 1h"),
    ]


def test_there_is_one_watch_for_each_symbol_and_timeframe() -> None:
    other = {"state_symbol": UNFLAGGED}
    reading = read(
        layout(level("a", 1.0), level("b", 1.0, state_interval="240"), level("c", 1.0, **other), level("d", 1.0)),
        also=("all",),
    )
    assert plans(reading) == {"ethusdt-1h-watch": ["a", "d"], "ethusdt-4h-watch": ["b"], "ethusd-1h-watch": ["c"]}


def test_a_month_is_not_a_minute_in_an_id() -> None:
    points = [at(0, 2000.0), MONTH]
    reading = read(
        layout(
            line("a", "long break", state_interval="1M", points=points),
            level("b", 1.0, state_interval="1M"),
            interval="1M",
        )
    )
    assert plans(reading) == {"ethusdt-1mo-long": ["a"], "ethusdt-1mo-watch": ["b"]}
    assert frozen(reading, "ethusdt-1mo-watch")["timeframe"] == "1M"


def test_ids_never_repeat() -> None:
    drawings = (line("a", "long break"), line("b", "long break"), line("c", "long break group:long-2"))
    assert list(plans(read(layout(*drawings)))) == ["ethusdt-1h-long", "ethusdt-1h-long-2", "ethusdt-1h-long-2-2"]


def test_a_position_tool_alone_is_a_strategy_of_its_own() -> None:
    reading = read(layout(position("p")))
    assert plans(reading) == {"ethusdt-1h-long": ["p"]}
    assert reading.strategies[0].name == "long on BINANCE:ETHUSDT 1h"
    assert trade(position("p")) == {"stop": at_price(1990.0), "targets": [target(2030.0)], "exit": None}
    short = position("p", "short")
    assert trade(short) == {"stop": at_price(2010.0), "targets": [target(1970.0)], "exit": None}


def test_beside_the_only_worded_entry_of_its_side_it_supplies_stop_and_target_only() -> None:
    reading = read(layout(ENTRY, position("p")))
    assert plans(reading) == {"ethusdt-1h-long": ["entry", "p"]}
    strategy = frozen(reading, None)
    assert (strategy["entry"]["node"], list(strategy["nodes"])) == ("trend_line.entry", ["trend_line.entry"])
    assert trade(ENTRY, position("p")) == {"stop": at_price(1990.0), "targets": [target(2030.0)], "exit": None}


def test_beside_an_entry_of_the_other_side_or_another_timeframe_it_is_alone() -> None:
    assert plans(read(layout(ENTRY, position("p", "short")))) == {
        "ethusdt-1h-long": ["entry"],
        "ethusdt-1h-short": ["p"],
    }
    other = position("p", state_interval="240")
    assert plans(read(layout(ENTRY, other))) == {"ethusdt-1h-long": ["entry"], "ethusdt-4h-long": ["p"]}


def test_beside_several_entries_of_its_side_it_is_a_question() -> None:
    reading = read(layout(ENTRY, line("b", "long break"), position("p")))
    assert plans(reading) == {"ethusdt-1h-long": ["entry"], "ethusdt-1h-long-2": ["b"]}
    choices = ["ethusdt-1h-long", "ethusdt-1h-long-2", "none"]
    assert asked(reading)["belongs.long_position.p"] == choices
    answers = {"belongs.long_position.p": "ethusdt-1h-long-2"}
    strategy = frozen(reading, "ethusdt-1h-long-2", answers)
    assert (strategy["stop"], prices_of(strategy)) == (at_price(1990.0), [2030.0])


def test_stop_target_and_exit_join_the_only_entry() -> None:
    drawings = (ENTRY, level("s", 1950.0, "stop"), level("t", 2100.0, "target"), level("x", 1980.0, "exit"))
    assert plans(read(layout(*drawings))) == {"ethusdt-1h-long": ["entry", "s", "t", "x"]}
    assert trade(*drawings) == {"stop": at_price(1950.0), "targets": [target(2100.0)], "exit": "horizontal_line.x"}


def test_a_position_tool_alone_is_joined_too() -> None:
    assert trade(position("p"), level("t", 2500.0, "tp"))["targets"] == [target(2500.0)]


def test_a_side_on_a_stop_says_whose_it_is() -> None:
    drawings = (ENTRY, line("b", "short break"), level("s", 1950.0, "long stop"), level("t", 1900.0, "short tp"))
    assert plans(read(layout(*drawings))) == {"ethusdt-1h-long": ["entry", "s"], "ethusdt-1h-short": ["b", "t"]}


def test_a_group_in_words_or_of_the_chart_joins_its_own() -> None:
    drawings = (
        line("a", "long break group:one"),
        line("b", "long break group:two"),
        level("s", 1950.0, "stop group:two"),
        level("t", 2100.0, "tp group:one"),
    )
    assert plans(read(layout(*drawings))) == {"ethusdt-1h-one": ["a", "t"], "ethusdt-1h-two": ["b", "s"]}
    grouped = chart(line("a", "long break"), line("b", "long break"), level("s", 1950.0, "stop"))
    grouped["lineToolsGroups"] = {"groups": [{"id": "g", "name": "Breakout A", "lineTools": ["b", "s"]}]}
    assert plans(read(charts(grouped))) == {"ethusdt-1h-long": ["a"], "ethusdt-1h-breakout-a": ["b", "s"]}


def test_a_group_reaches_over_timeframes() -> None:
    stop = line("s", "stop group:one", (1950.0, 1960.0), state_interval="15")
    reading = read(layout(line("a", "long break group:one"), stop))
    assert plans(reading) == {"ethusdt-1h-one": ["a", "s"]}
    assert reading.strategies[0].strategy["stop"]["line"]["bars"] == 5


def test_a_drawing_without_a_shape_on_its_groups_timeframe_is_watched_on_its_own_and_named() -> None:
    entry = line("a", "long break group:one", points=[at(0, 2000.0), MONTH], state_interval="1D")
    stop = line("s", "stop group:one", (1950.0, 1960.0), state_interval="15")
    reading = read(layout(entry, stop, interval="1D"))
    assert plans(reading) == {"ethusdt-1d-one": ["a"], "ethusdt-15m-watch": ["s"]}
    assert reading.notes[-1] == "s says stop, but there is no entry in the group one: it is only watched"


@pytest.mark.parametrize(
    ("drawing", "note"),
    [
        (level("s", 1.0, "stop"), "s says stop, but there is no entry on its symbol and timeframe: it is only watched"),
        (
            level("x", 1.0, "exit short"),
            "x says exit, but there is no short entry on its symbol and timeframe: it is only watched",
        ),
    ],
)
def test_a_stop_target_or_exit_without_an_entry_is_watched_and_named(drawing: Json, note: str) -> None:
    reading = read(layout(drawing))
    assert [one.id for one in reading.strategies] == ["ethusdt-1h-watch"]
    assert reading.notes[-1] == note
    assert not reading.questions


def test_the_last_anchor_is_the_last_bar_that_a_drawing_stands_on() -> None:
    ahead = line("a", "long break", points=[at(0, 2000.0), at(5, 2010.0, offset=10)])
    reading = read(layout(ahead, position("p")))
    assert [one.last_anchor for one in reading.strategies] == [START + 6 * HOUR]
    assert [one.last_anchor for one in read(layout(level("a", 1.0))).strategies] == [None]
