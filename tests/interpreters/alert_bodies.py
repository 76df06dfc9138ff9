"""Bodies of our own in every shape that webhooks are known to deliver; docs/alerts.md shows this table."""

from __future__ import annotations

from typing import NamedTuple


class Body(NamedTuple):
    """``reason`` is the whole sentence."""

    shape: str
    raw: bytes
    status: str
    form: str
    reason: str


def body(shape: str, text: str | bytes, status: str, form: str, reason: str) -> Body:
    return Body(shape, text.encode() if isinstance(text, str) else text, status, form, reason)


LEFT = "not replaced by TradingView; placeholders work in the alert's message, not in alert() or in alert_message"
ADVICE = "do not put passwords or keys into alerts"

BODIES = [
    body("JSON", '{"ticker": "SOLUSDT", "action": "buy", "price": 171.5}', "accepted", "json", "read as JSON"),
    body("JSON and a line end", '{"text": "SOLUSDT Less Than 171.5"}\n', "accepted", "json", "read as JSON"),
    body(
        "a list",
        '[{"symbol": "SOL-PERP", "side": "long"}, {"symbol": "BTC-PERP", "side": "long"}]',
        "accepted",
        "json",
        "read as JSON, a list of 2",
    ),
    body(
        "a password in it",
        '{"ticker": "SOLUSDT", "passphrase": "correct horse"}',
        "accepted",
        "json",
        f"read as JSON; it carries a secret in “passphrase”: {ADVICE}",
    ),
    body(
        "placeholders of a strategy left in",
        '{"ticker": "SOLUSDT", "side": "{{strategy.order.action}}"}',
        "parked",
        "json",
        "parked: {{strategy.order.action}} was not replaced by TradingView; strategy placeholders work only in the "
        "message of an alert on a strategy",
    ),
    body(
        "every placeholder left in",
        '{"ticker": "{{ticker}}", "price": {{close}}}',
        "parked",
        "json_repaired",
        f"parked: {{{{ticker}}}} and {{{{close}}}} were {LEFT}",
    ),
    body(
        "a plot left in",
        '{"ticker": "SOLUSDT", "sl": {{plot("Stop")}}}',
        "parked",
        "json_repaired",
        'parked: {{plot("Stop")}} was not replaced by TradingView; the script has no plot of that number or exact '
        "title",
    ),
    body(
        "a placeholder that does not exist",
        '{"ticker": "SOLUSDT", "tp": "{{strategy.order.take_profit}}"}',
        "parked",
        "json",
        "parked: {{strategy.order.take_profit}} was not replaced, because TradingView has no such placeholder",
    ),
    body(
        "a sum in braces",
        '{"ticker": "SOLUSDT", "sl": "{{close * 0.98}}"}',
        "parked",
        "json",
        "parked: {{close * 0.98}} was not replaced, because TradingView computes nothing between the braces; "
        "compute it in Pine",
    ),
    body("a placeholder in a text", "SOL LONG {{close}}", "parked", "text", f"parked: {{{{close}}}} was {LEFT}"),
    body(
        "a sum",
        '{"symbol": "XAGUSD", "price": 31.2, "sl": 31.2 - 0.4}',
        "parked",
        "json_repaired",
        "parked: “sl” holds “31.2 - 0.4”, which is neither a number nor text in quotes; nothing is computed in a "
        "message, so compute it in Pine",
    ),
    body(
        "NaN beside the price",
        '{"ticker": "SOLUSDT", "price": 171.5, "short sl": NaN}',
        "accepted",
        "json_repaired",
        "read as JSON after a repair: NaN in “short sl” was read as null",
    ),
    body(
        "NaN as the price",
        '{"ticker": "SOLUSDT", "price": NaN}',
        "parked",
        "json_repaired",
        "parked: the price is NaN: the plot or series had no value on that bar",
    ),
    body(
        "comments and a trailing comma",
        '{\n  "ticker": "SOLUSDT", // the pair\n  "side": "buy", /* or sell */\n}',
        "accepted",
        "json_repaired",
        "read as JSON after 2 repairs: a comment was removed; a trailing comma was removed",
    ),
    body(
        "a Python dictionary",
        "{'symbol': 'SOL/USD', 'side': 'sell', 'stop': None}",
        "accepted",
        "json_repaired",
        "read as JSON after 2 repairs: single quotes were read as double quotes; None was read as null",
    ),
    body(
        "no braces",
        '"side": "buy",\n"msg": "Long"\n',
        "accepted",
        "json_repaired",
        "read as JSON after a repair: the missing braces around the fields were added",
    ),
    body(
        "a comma and a quote missing",
        '{\n "desk": "alpha"\n "msg": Long SOL at 171.5"\n}',
        "accepted",
        "json_repaired",
        "read as JSON after 2 repairs: a missing comma was added; a missing opening quote was added to “msg”",
    ),
    body(
        "quotes inside a text",
        '{"comment": "Take profit "TP2"", "price": 171.5}',
        "accepted",
        "json_repaired",
        "read as JSON after a repair: quotes inside a text were kept as part of it",
    ),
    body(
        "cut off",
        '{"ticker": "SOLUSDT", "price": 17',
        "parked",
        "text",
        "parked: it looks like JSON, but the closing brace is missing, so the message may be cut off (line 1)",
    ),
    body(
        "one name, two values",
        '{"ticker": "SOLUSDT", "price": 171.5, "price": 17.15}',
        "parked",
        "json",
        "parked: “price” is given twice with different values",
    ),
    body(
        "pairs on lines", "SYMBOL=SOLUSDT\nSIGNAL=BUY\nPRICE=171.5", "accepted", "key_value", "read as names and values"
    ),
    body(
        "pairs in doubled quotes, Windows line ends",
        '""SYMBOL=SOLUSDT;\r\nSIGNAL=sell;\r\nPRICE=171.50\r\n""',
        "accepted",
        "key_value",
        "read as names and values after 2 repairs: the quotes around the whole body were removed; Windows line ends "
        "were read as line ends",
    ),
    body(
        "pairs with gaps",
        "SYMBOL=SOLUSDT;REDUCE_ONLY;;;STOP_PRICE=160",
        "accepted",
        "key_value",
        "read as names and values after 2 repairs: empty parts were skipped; “REDUCE_ONLY” stands without a value",
    ),
    body("labelled lines", "Symbol: SOLUSDT\nAction: sell", "accepted", "key_value", "read as names and values"),
    body("a web form", "dominance=54.2&direction=LONG", "accepted", "form", "read as a web form"),
    body("cells between pipes", "SOLUSDT.P|$171.5|15|Wave|Buy+", "accepted", "pipe", "read as cells between pipes"),
    body("cells between commas", "MSFT,sell,410.5,3", "accepted", "csv", "read as cells between commas"),
    body("cells and pairs", "desk7,sell,GBPUSD,risk=2,sl=15", "accepted", "csv", "read as cells between commas"),
    body(
        "a bot's block", "desk(SOLUSD) {\ncancel(which=all);\n}\n#bot", "accepted", "command", "read as a bot command"
    ),
    body("a bot's words", "trade:desk:long symbol=SOL-PERP size=2x", "accepted", "command", "read as a bot command"),
    body("a bot's sentence", "desk SOL/USDT sell 200$ x2", "accepted", "command", "read as a bot command"),
    body("TradingView's price alert", "XAUUSD Crossing Up 2,650.5", "accepted", "text", "read as text"),
    body("TradingView's indicator alert", "RSI Crossing 70.00 on SOLUSDT, 60", "accepted", "text", "read as text"),
    body(
        "TradingView's strategy alert",
        "MACD (12, 26): order buy @ 2.5 filled on SOLUSDT. New strategy position is 2.5",
        "accepted",
        "text",
        "read as text",
    ),
    body("any other text", "SOLUSDT.P, 4h - UPTREND", "accepted", "text", "read as text"),
    body("a number alone", "54.2%", "accepted", "text", "read as text"),
    body(
        "nothing",
        "",
        "parked",
        "empty",
        "parked: the body is empty: a message of {{strategy.order.alert_message}} alone is empty where the order has "
        "no alert_message",
    ),
    body(
        "NaN alone",
        "NaN",
        "parked",
        "text",
        "parked: the body says only NaN: the script had no value for its message",
    ),
    body("an empty object", "{}", "parked", "json", "parked: the body is JSON without any field"),
    body(
        "not UTF-8",
        "{'ticker': 'SOL€'}".encode("cp1252"),
        "parked",
        "text",
        "parked: the body is not UTF-8 text, as every message of TradingView is",
    ),
]
