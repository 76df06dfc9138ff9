"""Promises about what is asked: of trades, never of watches beyond the scale, in one order, likeliest first."""

from __future__ import annotations

from tests.interpreters.exports import (
    START,
    UNFLAGGED,
    Json,
    asked,
    at,
    box,
    candles,
    chart,
    charts,
    envelope,
    freeze_error,
    frozen,
    layout,
    level,
    line,
    position,
    read,
    read_back,
    saved,
)

STOPPED = "long break sl 1900.5"
ENDED: Json = {"state_extendRight": False}


def test_a_trade_whose_words_say_everything_asks_nothing() -> None:
    assert asked(read(layout(line("a", STOPPED)))) == {}


def test_watches_ask_nothing_but_the_scale() -> None:
    drawings = [line(f"l{at}", prices=(2000.0, 2000.0 + at), **ENDED) for at in range(1, 20)]
    drawings += [
        box("b", 1.0, 2.0, "valid 10d", **ENDED),
        position("p", text="watch", state_risk=3),
        level("h", 1.0, "stop"),
    ]
    raw = {"symbol": UNFLAGGED, "pricescale": None, "log": None, "interval": "240"}
    reading = read(layout(*drawings, **raw))
    assert asked(reading) == {"scale": ["linear", "log"]}
    assert asked(read(layout(*drawings, **(raw | {"log": False})))) == {}


def test_the_scale_is_asked_once_for_all_that_need_it_and_blocks_only_them() -> None:
    raw = layout(line("a", STOPPED), line("b"), level("c", 1.0, state_interval="240"), log=None)
    [question] = read(raw).questions
    assert (question.id, question.strategies) == ("scale", ("ethusdt-1h-long", "ethusdt-1h-watch"))
    assert read(raw, price_scale="log").questions == ()


def test_a_channel_and_a_fib_by_log_scale_need_the_scale_and_other_fibs_do_not() -> None:
    flat = saved("parallel_channel", at(0, 10.0), at(5, 10.0), at(0, 20.0), key="c")
    assert asked(read(layout(flat, log=None))) == {"scale": ["linear", "log"]}
    without = flat | {"state": flat["state"] | {"showMidline": False}}
    assert asked(read(layout(without, log=None))) == {}
    fib = saved("fib_retracement", at(0, 10.0), at(5, 20.0), key="f", state_level1=[0.5, "", True])
    assert asked(read(layout(fib, log=None))) == {}
    by_log = fib | {"state": fib["state"] | {"fibLevelsBasedOnLogScale": True}}
    assert asked(read(layout(by_log, log=None))) == {"scale": ["linear", "log"]}


def test_a_drawing_that_nobody_claimed_makes_all_wait_for_the_scale_that_may_claim_it() -> None:
    raw = layout(level("a", 1.0, "long break"), level("b", 1.0, "short break"), line("s", "stop"), log=None)
    scale = next(one for one in read(raw).questions if one.id == "scale")
    assert scale.strategies == ("ethusdt-1h-long", "ethusdt-1h-short")


def test_a_market_that_is_not_clear_is_asked_with_its_candidates_and_takes_any_other() -> None:
    reading = read(layout(level("a", 1.0), symbol="ETHUSDT", pricescale=None))
    assert list(asked(reading)) == ["market"]
    assert asked(reading)["market"][0] == "binance:ETH/USDT"
    assert asked(reading)["market"][-1] == "watch"
    found = [
        frozen(reading, None, {"market": answer})["market"]
        for answer in ("bybit:ETH/USDT", "watch", "gate:A/B:B-270326")
    ]
    assert found == [
        {"exchange": "bybit", "symbol": "ETH/USDT", "type": "spot", "tick_size": None, "reports_every_interval": False},
        None,
        {
            "exchange": "gate",
            "symbol": "A/B:B-270326",
            "type": "future",
            "tick_size": None,
            "reports_every_interval": False,
        },
    ]


def test_without_a_candidate_the_market_is_only_shown_unless_it_is_named() -> None:
    reading = read(layout(level("a", 1.0), symbol="CME_MINI:ES1!", pricescale=None))
    assert asked(reading) == {"market": ["watch"]}
    assert frozen(reading, None, {"market": "binance:ETH/USDT"})["market"]["reports_every_interval"] is True
    assert frozen(reading, None, {"market": "okx:ETH/USD:ETH"})["market"]["type"] == "swap"
    assert frozen(reading, None, {"market": "BYBIT:ETHUSDT.P"})["market"]["symbol"] == "ETH/USDT:USDT"


def test_two_symbols_of_one_ticker_are_asked_about_apart() -> None:
    symbols = {"a": "BINANCE:ETHUSDT", "b": "BYBIT:ETHUSDT", "c": "OKX:ETHUSDT"}
    entries = [
        chart(level(key, 1.0, "long break sl 0.5"), symbol=symbol, pricescale=None) for key, symbol in symbols.items()
    ]
    reading = read(charts(*entries))
    assert asked(reading) == {one: ["watch"] for one in ("tick", "tick.ethusdt", "tick.ethusdt-2")}
    answers = {"tick": "0.01", "tick.ethusdt": "0.5", "tick.ethusdt-2": "2"}
    ticks = [frozen(reading, one.id, answers)["market"]["tick_size"] for one in reading.strategies]
    assert ticks == [0.01, 0.5, 2.0]


def test_an_unnamed_chart_with_two_symbols_asks_about_each() -> None:
    shapes = [
        read_back("horizontal_line", (0, 1.0), key=key) | {"symbol": name}
        for key, name in (("a", "ETHUSDT"), ("b", "BTCUSDT"))
    ]
    assert list(asked(read(envelope(*shapes, symbol=None)))) == ["market.ethusdt", "market.btcusdt"]
    assert list(asked(read(envelope(shapes[0], read_back("horizontal_line", (0, 1.0), key="c"), symbol=None)))) == [
        "market", "market.unnamed",
    ]  # fmt: skip


def test_a_timeframe_that_is_not_known_is_asked_of_watches_too() -> None:
    nameless = line("a", state_interval="100R")
    reading = read(layout(nameless, interval="60"), candles=candles("15m", 40, step=900))
    assert asked(reading) == {"timeframe.ethusdt-any-watch": ["1h", "15m"]}
    assert asked(read(layout(nameless, interval="1T"))) == {"timeframe.ethusdt-any-watch": ["watch"]}
    on_days = asked(read(layout(nameless, interval="1D")))
    assert on_days == {"timeframe.ethusdt-any-watch": ["watch"]}, "on days it would be vertical"


def test_what_has_no_timeframe_may_be_shown_straight_in_time_and_is_not_evaluated() -> None:
    future = line("a", points=[at(0, 2000.0), at(0, 2010.0, offset=5)], state_interval="100R")
    reading = read(layout(future, box("b", 1.0, 2.0, state_interval="100R"), interval="1T"))
    strategy = frozen(reading, None, {"timeframe.ethusdt-any-watch": "watch"})
    assert (strategy["market"], strategy["timeframe"]) == (None, "1m")
    assert strategy["nodes"]["trend_line.a"]["geometry"] == {
        "shape": "line", "axis": "time", "scale": "linear",
        "a": {"time": START, "price": 2000.0, "offset": 0}, "b": {"time": START + 300, "price": 2010.0, "offset": 0},
        "bars": None, "extend_backward": False, "extend_forward": True, "approximate": True,
    }  # fmt: skip
    assert strategy["nodes"]["rectangle.b"]["geometry"]["start"] == {"time": START, "offset": 0}


def test_a_timeframe_may_be_named_and_is_then_counted_by_the_clock() -> None:
    for symbol, approximate in (("BINANCE:ETHUSDT", False), (UNFLAGGED, True)):
        raw = layout(line("a", state_interval=None), interval=None, symbol=symbol)
        strategy = frozen(read(raw), None, {"timeframe." + read(raw).strategies[0].id: "30m"})
        geometry = strategy["nodes"]["trend_line.a"]["geometry"]
        assert (strategy["timeframe"], geometry["bars"], geometry["approximate"]) == ("30m", 10, approximate)


def test_a_timeframe_on_which_a_line_is_vertical_is_refused() -> None:
    reading = read(layout(line("a", state_interval=None), interval=None))
    question = {"timeframe.ethusdt-any-watch": "1M"}
    assert freeze_error(reading, None, **question) == (
        "with these answers a drawing of ethusdt-any-watch has no shape: "
        "both its points stand on one bar: a vertical line has no price"
    )


def test_a_trade_drawn_on_another_timeframe_than_the_charts_asks_and_its_own_comes_first() -> None:
    drawing = line("a", STOPPED, state_interval="15")
    reading = read(layout(drawing))
    assert asked(reading) == {"timeframe.ethusdt-15m-long": ["15m", "1h"]}
    found = {}
    for frame in ("15m", "1h"):
        strategy = frozen(reading, None, {"timeframe.ethusdt-15m-long": frame})
        node = strategy["nodes"]["trend_line.a"]
        found[frame] = (strategy["timeframe"], node["timeframe"], node["geometry"]["bars"])
    assert found == {"15m": ("15m", "15m", 20), "1h": ("1h", "1h", 5)}


def test_a_timeframe_on_which_it_is_vertical_is_not_offered() -> None:
    assert asked(read(layout(line("a", STOPPED), interval="1D"))) == {"timeframe.ethusdt-1h-long": ["1h"]}


def test_the_draft_carries_the_bars_of_every_timeframe_that_it_offers() -> None:
    holes = candles("15m", 40, step=900, without=(6, 7, 8, 9, 10, 11))
    reading = read(layout(line("a", STOPPED, state_interval="15"), symbol=UNFLAGGED), candles=holes)
    bars = {
        frame: frozen(reading, None, {"timeframe.ethusd-15m-long": frame})["nodes"]["trend_line.a"]["geometry"]["bars"]
        for frame in ("15m", "1h")
    }
    assert bars == {"15m": 14, "1h": 4}


def test_words_that_contradict_themselves_ask_and_never_trade() -> None:
    reading = read(layout(line("a", "long short"), level("b", 1.0)))
    [question] = reading.questions
    assert (question.id, question.drawing, question.strategies) == ("intent.trend_line.a", "a", ("ethusdt-1h-watch",))
    assert question.text == (
        "The words say both 'long' and 'short': keep one. Change the text and export again, or watch the drawing."
    )
    assert [choice.id for choice in question.choices] == ["watch"]


def test_the_questions_come_in_one_order() -> None:
    drawings = (
        line("a", "long", state_interval="15", **ENDED),
        line("b", "short break", state_interval="15"),
        line("c", "long maybe"),
        line("s", "stop", state_interval="15"),
        position("p", state_interval="15", state_risk=3),
        line("v", "exit long valid 2h", state_interval="15"),
    )
    reading = read(layout(*drawings, symbol="ETHUSDT", log=None, pricescale=None))
    assert [one.id for one in reading.questions] == [
        "market",
        "timeframe.ethusdt-15m-long",
        "timeframe.ethusdt-15m-short",
        "intent.trend_line.c",
        "action.trend_line.a",
        "scale",
        "belongs.trend_line.s",
        "extend.trend_line.a",
        "bars.ethusdt-15m-long",
        "risk.ethusdt-15m-long",
        "valid.trend_line.v",
        "bars.ethusdt-15m-short",
        "stop.ethusdt-15m-long",
        "stop.ethusdt-15m-short",
        "tick",
    ]


def test_every_question_has_a_choice_and_none_begins_by_leaving_out() -> None:
    drawings = (
        line("a", "long", **ENDED),
        line("b", "short", **ENDED),
        level("s", 1.0, "stop"),
        position("p", state_risk=3),
    )
    for question in read(layout(*drawings, log=None, pricescale=None)).questions:
        ids = [choice.id for choice in question.choices]
        assert ids
        assert len(set(ids)) == len(ids)
        assert ids[0] not in {"watch", "none"} or ids == ["watch"]
