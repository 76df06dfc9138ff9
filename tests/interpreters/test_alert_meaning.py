"""What the fields and sentences of an alert mean: symbol, action, price and times, and where nothing is guessed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from interpreters.alerts import Alert, read_alert

LONG_NAME = "x" * 100


def read(**fields: Any) -> Alert:
    return read_alert(msgspec.json.encode(fields))


def said(text: str) -> tuple[str | None, str | None, float | None]:
    alert = read_alert(text.encode())
    return alert.symbol, alert.action, alert.price


@pytest.mark.parametrize(
    ("fields", "symbol"),
    [
        ({"ticker": "BTCUSDT.P", "exchange": "BYBIT"}, "BYBIT:BTCUSDT.P"),
        ({"symbol": "BINANCE:BTCUSDT", "exchange": "BYBIT"}, "BINANCE:BTCUSDT"),
        ({"symbol": "BTC/USD", "exchange": "KRAKEN"}, "BTC/USD"),
        ({"ticker": "ES1!", "exchange": "not an exchange"}, "ES1!"),
        ({"ticker": "ES1!", "exchange": 7}, "ES1!"),
        ({"Ticker-ID": "btcusdt"}, "btcusdt"),
        ({"symbol": 600519}, "600519"),
        ({"symbol": True}, None),
        ({"symbol": "None", "pair": "ETHUSD"}, "ETHUSD"),
        ({"symbol": "a sentence about BTC"}, None),
        ({"symbol": "---"}, None),
        ({"data": {"ticker": "SOLUSD"}}, "SOLUSD"),
        ({"ticker": "SOLUSD", "data": {"ticker": "BTCUSD"}}, "SOLUSD"),
        ({"hedge": {"ticker": "SOLUSD"}}, None),
        ({"items": [{"symbol": "SOLUSD"}, {"symbol": "SOLUSD"}]}, "SOLUSD"),
        ({"items": [{"symbol": "SOLUSD"}, {"symbol": "BTCUSD"}]}, None),
        ({"items": [{"symbol": "SOLUSD"}] * 101}, None),
        ({"items": [{"symbol": "SOLUSD"}, "BTCUSD"]}, None),
        ({"items": "SOLUSD", "symbol": "BTCUSD"}, "BTCUSD"),
        ({LONG_NAME: 1, "ticker": "SOLUSD"}, "SOLUSD"),
    ],
)
def test_the_symbol_is_the_named_one_with_its_exchange(fields: dict[str, Any], symbol: str | None) -> None:
    assert read(**fields).symbol == symbol


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({"action": "BUY"}, "buy"),
        ({"direction": "SHORT"}, "sell"),
        ({"action": "entry", "side": "long"}, "buy"),
        ({"action": "exit", "side": "long"}, "close"),
        ({"action": "exit_short"}, "close"),
        ({"action": "cancel_all", "side": "sell"}, "cancel"),
        ({"order": {"action": "sell"}}, "sell"),
        ({"strategy-order-action": "buy"}, "buy"),
        ({"type": "limit", "event": "Sell"}, "sell"),
        ({"action": "buy", "side": "short"}, None),
        ({"action": "reduce"}, None),
        ({"action": 1}, None),
        ({"action": LONG_NAME}, None),
        ({"action": "do not buy"}, None),
    ],
)
def test_the_action_is_one_of_four_or_none(fields: dict[str, Any], action: str | None) -> None:
    assert read(**fields).action == action


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({"price": 171.5}, 171.5),
        ({"price": "171.50"}, 171.5),
        ({"price": "68,580.27"}, 68580.27),
        ({"price": "68,580"}, None),
        ({"price": "171.5 USD"}, None),
        ({"price": "1" * 50}, None),
        ({"price": True}, None),
        ({"price": 0, "close": 171.5}, 171.5),
        ({"price": "None", "close": "171.5"}, 171.5),
        ({"price": None, "order_price": -37.63}, -37.63),
        ({"close": 171.5, "price": 171}, 171.0),
        ({"order": {"price": 171.5}}, 171.5),
        ({"stop_loss": {"price": 160}}, None),
        ({"entry": 171.5}, None),
    ],
)
def test_the_price_is_a_named_number_and_never_a_doubtful_one(fields: dict[str, Any], price: float | None) -> None:
    assert read(**fields).price == price


@pytest.mark.parametrize("price", ["NaN", "nan", "-Infinity"])
def test_a_price_that_is_nan_parks_the_alert_even_in_quotes(price: str) -> None:
    alert = read(ticker="SOLUSDT", price=price)
    assert (alert.status, alert.price) == ("parked", None)
    assert "the price is NaN" in alert.reason
    assert read(ticker="SOLUSDT", price=171.5, close=price).status == "accepted"
    assert read(items=[{"price": 1}, {"price": price}]).status == "parked"


MINUTE = 1781762400  # 2026-06-18T06:00:00Z


@pytest.mark.parametrize(
    ("fields", "bar_time", "fired_at"),
    [
        ({"time": "2026-06-18T06:00:00Z", "timenow": "2026-06-18T06:00:01Z"}, MINUTE, MINUTE + 1),
        ({"time": "2026-06-18T06:00:00Z"}, MINUTE, None),
        ({"time": "2026-06-18T08:00:00+02:00"}, MINUTE, None),
        ({"time": "2026-06-18T06:00:22Z"}, None, MINUTE + 22),
        ({"time": "2026-06-18T06:00:15Z"}, None, None),
        ({"timestamp": MINUTE * 1000}, None, None),
        ({"timestamp": MINUTE * 1000 + 123}, None, MINUTE),
        ({"timestamp": f"{MINUTE}123"}, None, MINUTE),
        ({"timestamp": MINUTE + 0.5}, None, MINUTE),
        ({"bar_time": MINUTE, "fired_at": str(MINUTE)}, MINUTE, MINUTE),
        ({"time": "10:30", "timestamp": MINUTE}, None, None),
        ({"time": "2026-06-18T06:00:00"}, None, None),
        ({"time": "2026-06-18"}, None, None),
        ({"time": "1999-06-18T06:00:00Z"}, None, None),
        ({"time": "60"}, None, None),
        ({"time": True}, None, None),
        ({"time": 10**30}, None, None),
    ],
)
def test_times_are_told_apart_only_where_they_can_be(
    fields: dict[str, Any], bar_time: int | None, fired_at: int | None
) -> None:
    alert = read(**fields)
    assert (alert.bar_time, alert.fired_at) == (bar_time, fired_at)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("BTCUSD Crossing 68,580.27", ("BTCUSD", None, 68580.27)),
        ("BTCUSD Crossing 1,234,567", ("BTCUSD", None, 1234567.0)),
        ("BTCUSD Crossing 68,580", ("BTCUSD", None, None)),
        ("EURUSD Less Than 1.06304", ("EURUSD", None, 1.06304)),
        ("AGNC, 1D Exiting rectangle", ("AGNC", None, None)),
        ("BTCUSDT.P, 60 Entering Channel 100, 200", ("BTCUSDT.P", None, None)),
        ("ETHUSD Moving Up 5", ("ETHUSD", None, None)),
        ("UNP Crossing 277.50 AND Volume Crossing 3 M on UNP, 1D", ("UNP", None, None)),
        ("RSI Crossing 30.00 on BTCUSDT, 60", ("BTCUSDT", None, None)),
        ("order sell @ 24.798 filled on UNIUSDT", ("UNIUSDT", "sell", None)),
        ("S (1, 2): order buy @ 3 filled on ES1!. New strategy position is -3", ("ES1!", "buy", None)),
        ("the pair is BYBIT:SOLUSDT.P today", ("BYBIT:SOLUSDT.P", None, None)),
        ("BTCUSDT beats ETHUSDT", (None, None, None)),
        ("300USD for you", (None, None, None)),
        ("BTC SHORT 61000", (None, None, None)),
        ("SOLUSDT " + "and on " * 100, ("SOLUSDT", None, None)),
        ("XRPUSDT | 3.04 | 5M | RSI: 50", ("XRPUSDT", None, None)),
        ("ADAUSDT.P|$0.5678|5|Wave|Sell+", ("ADAUSDT.P", "sell", 0.5678)),
        ("A|$1|$2|buy|sell", (None, None, None)),
        ("key77|ES1!|close", ("ES1!", "close", None)),
        ("MSFT,buy,AAPL", (None, "buy", None)),
        ("AAPL,buy,150.25,10", ("AAPL", "buy", None)),
        ("600519,buy,150.25,10", (None, "buy", None)),
        ("id,sell,EURUSD,risk=1,sl=10", ("EURUSD", "sell", None)),
        ("up, down, sideways", (None, None, None)),
        ("desk SOL/USDT sell 200$ x2", ("SOL/USDT", "sell", None)),
        ("desk SOLUSDT pos 3", ("SOLUSDT", None, None)),
        ("please NOT buy now", (None, None, None)),
        ("desk(SOLUSD) { cancel(which=all); }", ("SOLUSD", None, None)),
        ("trade:desk:long symbol=SOL-PERP size=2x", ("SOL-PERP", "buy", None)),
        ("trade:desk:stoploss symbol=SOL-PERP", ("SOL-PERP", None, None)),
        ("symbol=SOL-PERP side=sell price=171.5", ("SOL-PERP", "sell", 171.5)),
        ("symbol=SOL, side=sell", ("SOL", "sell", None)),
        ("symbol=SOL", ("SOL", None, None)),
        ("my plan = wait for it", (None, None, None)),
        ("one two three four a=b", (None, None, None)),
        ("Symbol: SOLUSDT\r\nPrice: 171.5\r\nAction: Buy", ("SOLUSDT", "buy", 171.5)),
        ("Symbol: SOLUSDT\nwith no label", ("SOLUSDT", None, None)),
        ("direction=LONG&price=1%2C5", (None, "buy", None)),
        ("side=LONG&price=%ff", (None, None, None)),
        ("side=LONG&symbol=a%20b", (None, "buy", None)),
        ('{"text": "BTCUSD Greater Than 9000"}', ("BTCUSD", None, 9000.0)),
        ('{"text": "ETHUSD|BUY|A"}', ("ETHUSD", "buy", None)),
        ('{"text": "ETHUSD|BUY|A", "side": "sell", "price": 5}', ("ETHUSD", "sell", 5.0)),
        ('{"text": "ETHUSD|BUY|A", "symbol": "SOLUSD"}', ("SOLUSD", None, None)),
        ('{"text": ""}', (None, None, None)),
    ],
)
def test_a_text_says_only_what_it_says_beyond_doubt(
    text: str, meaning: tuple[str | None, str | None, float | None]
) -> None:
    assert said(text) == meaning


def test_the_number_of_a_strategy_alert_is_a_quantity_and_not_a_price() -> None:
    alert = read_alert(b"Trend (5, 7): order sell @ 24.8 filled on UNIUSDT. New strategy position is -24.8")
    assert alert.fields == {
        "text": "Trend (5, 7): order sell @ 24.8 filled on UNIUSDT. New strategy position is -24.8",
        "symbol": "UNIUSDT",
        "action": "sell",
        "contracts": "24.8",
        "position": "-24.8",
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("price=1\nprice=2", "“price” is given twice with different values"),
        ("a=1&a=2", "“a” is given twice with different values"),
        ("trade:x symbol=A symbol=B", "“symbol” is given twice with different values"),
    ],
)
def test_a_name_with_two_values_is_parked_in_every_form(text: str, problem: str) -> None:
    alert = read_alert(text.encode())
    assert (alert.status, alert.reason) == ("parked", f"parked: {problem}")
