"""Promises about counting in a reading: TradingView's worked example, the export's bars, candles, and future points."""

from __future__ import annotations

import pytest

from tests.interpreters.exports import (
    DAY,
    HOUR,
    START,
    UNFLAGGED,
    candles,
    chart,
    charts,
    envelope,
    layout,
    line,
    position,
    read,
    read_back,
    rows,
)

# Facts 5.1, sample 10: 67 weeks and an offset of ten are 77 bars
WEEKLY = [
    {"time_t": 1_670_803_200, "offset": 0, "price": 17761.1331},
    {"time_t": 1_711_324_800, "offset": 10, "price": 80507.5694},
]


@pytest.mark.parametrize("symbol", ["BINANCE:BTCUSDT", "BITSTAMP:BTCUSD"])
def test_the_worked_weekly_example_has_77_bars_and_its_price(symbol: str) -> None:
    raw = layout(line("w", points=WEEKLY, state_interval="1W", state_extendRight=False), symbol=symbol, interval="1W")
    reading = read(raw, at=1_711_324_800)
    [one] = reading.strategies
    geometry = one.strategy["nodes"]["trend_line.w"]["geometry"]
    assert (geometry["bars"], geometry["b"]) == (77, {"time": 1_711_324_800, "price": 80507.5694, "offset": 10})
    assert round((reading.understood[0].values or {})["trend_line.w"] or 0, 2) == 72358.68
    assert reading.understood[0].ended_at == 1_717_372_800


def test_the_worked_weekly_example_is_the_same_on_days() -> None:
    weeks = layout(line("w", points=WEEKLY, state_interval="1W"), symbol="BINANCE:BTCUSDT", interval="1W")
    days = candles("1d", 480, start=1_670_803_200, step=DAY)
    assert read(weeks, candles=days).strategies[0].strategy["nodes"]["trend_line.w"]["geometry"]["bars"] == 77


def test_the_exports_own_bars_count_before_the_candles() -> None:
    shape = read_back("trend_line", (0, 2000.0), (10, 2010.0), extendRight=True)
    with_bars = envelope(shape, bars=rows(12, without=(3,)), priceScaleMode=0)
    holes = candles("1h", 40, without=(3, 4))
    found = [
        read(raw, candles=holes).strategies[0].strategy["nodes"]["trend_line.aaaaaa"]["geometry"]["bars"]
        for raw in (with_bars, envelope(shape, priceScaleMode=0))
    ]
    assert found == [9, 8]


def test_a_time_read_back_from_beyond_the_exports_last_bar_becomes_an_offset() -> None:
    shape = read_back("trend_line", (0, 2000.0), (20, 2010.0))
    for raw, context in (
        (envelope(shape, bars=rows(12), priceScaleMode=0), {}),
        (envelope(shape, exported_at=START + 11 * HOUR + 5, priceScaleMode=0), {}),
        (envelope(shape, priceScaleMode=0), {"candles": candles("1h", 12)}),
    ):
        geometry = read(raw, **context).strategies[0].strategy["nodes"]["trend_line.aaaaaa"]["geometry"]
        assert geometry["b"] == {"time": START + 11 * HOUR, "price": 2010.0, "offset": 9}
        assert (geometry["bars"], geometry["approximate"]) == (20, False)


def test_a_future_point_counted_from_candles_that_may_be_old_is_approximate_where_bars_may_be_missing() -> None:
    shape = read_back("trend_line", (0, 2000.0), (20, 2010.0))
    raw = envelope(shape, symbol=UNFLAGGED, priceScaleMode=0)
    [one] = read(raw, candles=candles("1h", 12)).strategies
    assert one.strategy["nodes"]["trend_line.aaaaaa"]["geometry"]["approximate"] is True


def test_candles_belong_to_the_exported_chart_and_count_for_no_other_symbol() -> None:
    other = chart(line("b"), symbol=UNFLAGGED)
    reading = read(charts(chart(line("a")), other), candles=candles("1h", 40, without=(3, 4)))
    found = {
        name: (node["geometry"]["bars"], node["geometry"]["approximate"])
        for one in reading.strategies
        for name, node in one.strategy["nodes"].items()
    }
    assert found == {"trend_line.a": (3, False), "trend_line.b": (5, True)}


def test_each_chart_brings_the_tick_of_its_symbol() -> None:
    raw = charts(chart(position("a")), chart(position("b"), symbol=UNFLAGGED, pricescale=10))
    ticks = [one.strategy["market"]["tick_size"] for one in read(raw, tick=0.5).strategies]
    assert ticks == [0.5, 0.1]


def test_the_boundary_is_the_exports_last_bar_else_what_was_stated_else_when_it_was_received() -> None:
    shape = read_back("horizontal_line", (0, 1.0))
    bars, received = rows(5), {"exported_at": START + DAY}
    found = [
        (one.exported_at, one.exported_by)
        for one in (
            read(envelope(shape, bars=bars, **received), exported_at=START + 2 * DAY),
            read(envelope(shape, **received), exported_at=START + 2 * DAY),
            read(envelope(shape, **received)),
            read(envelope(shape)),
        )
    ]
    assert found == [(START + 4 * HOUR, "bars"), (START + 2 * DAY, "stated"), (START + DAY, "received"), (None, None)]
