"""Promises about where stop, targets, exit and size of a trade come from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interpreters.exports import (
    Json,
    asked,
    at,
    box,
    freeze_error,
    frozen,
    layout,
    level,
    line,
    position,
    read,
    saved,
)


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


def test_the_words_stop_or_target_make_a_position_tool_that_alone() -> None:
    entry = line("a", "long break sl 1960")
    assert trade(entry, position("p", text="target")) == {
        "stop": at_price(1960.0), "targets": [target(2030.0)], "exit": None,
    }  # fmt: skip
    assert trade(ENTRY, position("p", text="stop")) == {"stop": at_price(1990.0), "targets": [], "exit": None}
    none = position("p", text="target", state_profitLevel=0)
    assert trade(entry, none)["targets"] == []


def test_prices_in_words_are_stop_and_targets() -> None:
    text = "long break sl 1950.5 tp1 2100.5 50% tp2 2200.5"
    assert trade(line("a", text)) == {
        "stop": at_price(1950.5), "targets": [target(2100.5, 0.5), target(2200.5, 0.5)], "exit": None,
    }  # fmt: skip


def test_a_price_in_words_on_a_stop_drawing_is_its_price() -> None:
    assert trade(ENTRY, level("s", 1950.0, "sl 1940.5"))["stop"] == at_price(1940.5)


@pytest.mark.parametrize(("side", "price"), [("long", 1900.0), ("short", 1950.0)])
def test_a_stop_zone_stands_at_its_far_edge(side: str, price: float) -> None:
    assert trade(line("a", f"{side} break"), box("s", 1900.0, 1950.0, "stop"))["stop"] == at_price(price)


@pytest.mark.parametrize(("side", "price"), [("long", 2100.0), ("short", 2150.0)])
def test_a_target_zone_stands_at_its_near_edge(side: str, price: float) -> None:
    assert trade(line("a", f"{side} break"), box("t", 2100.0, 2150.0, "tp"))["targets"] == [target(price)]


@pytest.mark.parametrize(("side", "stop", "aim"), [("long", 1900.0, 1900.0), ("short", 1950.0, 1950.0)])
def test_a_stop_or_target_fib_stands_at_its_first_level(side: str, stop: float, aim: float) -> None:
    levels: Json = {"state_level1": [0, "", True], "state_level2": [1, "", True]}
    fib = saved("fib_retracement", at(0, 1900.0), at(5, 1950.0), key="f", **levels)
    for text, expected in (("stop", stop), ("tp", aim)):
        worded = fib | {"state": fib["state"] | {"text": text}}
        found = trade(line("a", f"{side} break"), worded)
        assert (found["stop"] or found["targets"][0]["at"]) == at_price(expected)


@pytest.mark.parametrize(
    ("text", "side", "first"),
    [("stop", "long", 1900.0), ("stop", "short", 1950.0), ("tp", "long", 1950.0), ("tp", "short", 1900.0)],
)
def test_a_stop_channel_is_the_edge_against_the_trade_and_a_target_channel_the_other(
    text: str, side: str, first: float
) -> None:
    channel = saved("parallel_channel", at(0, 1900.0), at(5, 1910.0), at(0, 1950.0), key="c", text=text)
    found = trade(line("a", f"{side} break"), channel)
    rule = found["stop"] or found["targets"][0]["at"]
    assert (rule["rule"], rule["line"]["a"]["price"]) == ("line", first)


def test_a_sloped_stop_moves_and_a_flat_one_is_a_price() -> None:
    sloped = trade(ENTRY, line("s", "stop", (1950.0, 1960.0)))["stop"]
    assert (sloped["rule"], sloped["line"]["b"]["price"]) == ("line", 1960.0)
    assert trade(ENTRY, line("s", "stop", (1950.0, 1950.0)))["stop"] == at_price(1950.0)


def test_targets_are_ordered_by_number_and_divide_what_is_left() -> None:
    drawings = (
        level("c", 2300.0, "tp3"),
        level("a", 2100.0, "tp1 50%"),
        level("b", 2200.0, "tp2"),
        level("d", 2400.0, "tp"),
    )
    sixth = 0.5 / 3
    assert trade(ENTRY, *drawings)["targets"] == [
        target(2100.0, 0.5), target(2200.0, sixth), target(2300.0, sixth), target(2400.0, sixth),
    ]  # fmt: skip


@pytest.mark.parametrize("texts", [("tp1 60%", "tp2 60%"), ("tp1 50%", "tp2 50%", "tp3")])
def test_shares_that_do_not_fit_are_a_question(texts: tuple[str, ...]) -> None:
    targets = [level(f"t{number}", 2100.0 + number, text) for number, text in enumerate(texts)]
    reading = read(layout(ENTRY, position("p"), *targets))
    assert asked(reading) == {"shares.ethusdt-1h-long": ["even", "watch"]}
    strategy = frozen(reading, None, {"shares.ethusdt-1h-long": "even"})
    assert [one["share"] for one in strategy["targets"]] == [1 / len(texts)] * len(texts)


def test_drawn_targets_come_before_those_of_a_position_tool() -> None:
    assert trade(ENTRY, position("p"), level("t", 2100.0, "tp"))["targets"] == [target(2100.0)]


def test_several_stops_are_a_question_that_names_them() -> None:
    drawings = (line("a", "long break sl 1960.5"), position("p"), level("s", 1950.0, "stop"))
    reading = read(layout(*drawings))
    choices = ["words", "horizontal_line.s", "long_position.p", "watch"]
    assert asked(reading) == {"stop.ethusdt-1h-long": choices}
    prices = [frozen(reading, None, {"stop.ethusdt-1h-long": one})["stop"]["price"] for one in (*choices[:3], "1970.5")]
    assert prices == [1960.5, 1950.0, 1990.0, 1970.5]


def test_a_position_tool_may_bring_a_stop_in_its_words() -> None:
    reading = read(layout(ENTRY, position("p", text="sl 1960.5 long")))
    assert asked(reading) == {"stop.ethusdt-1h-long": ["long_position.p.words", "long_position.p", "watch"]}
    alone = read(layout(position("p", text="sl 1960.5 long")))
    assert asked(alone) == {"stop.ethusdt-1h-long": ["words", "long_position.p", "watch"]}


def test_the_target_comes_from_the_position_tool_whose_stop_was_chosen() -> None:
    reading = read(layout(ENTRY, position("p"), position("q", entry=2005.0)))
    assert asked(reading) == {"stop.ethusdt-1h-long": ["long_position.p", "long_position.q", "watch"]}
    chosen = frozen(reading, None, {"stop.ethusdt-1h-long": "long_position.q"})
    assert (chosen["stop"], prices_of(chosen)) == (at_price(1995.0), [2035.0])
    own = frozen(reading, None, {"stop.ethusdt-1h-long": "1900"})
    assert own["targets"] == [target(2030.0, 0.5), target(2035.0, 0.5)]


def test_the_settings_size_a_trade() -> None:
    reading = read(layout(ENTRY, position("p")), risk_percent=0.5, max_exposure=3.0)
    strategy = frozen(reading, None)
    assert strategy["risk"] == {"percent": 0.5, "max_exposure": 3.0}


def test_a_target_on_the_losing_side_of_the_stop_cannot_be_frozen() -> None:
    reading = read(layout(ENTRY, level("s", 1950.0, "stop"), level("t", 1900.0, "tp")))
    assert "the target 1900.0 stands on the losing side of the stop 1950.0" in freeze_error(reading, None)
