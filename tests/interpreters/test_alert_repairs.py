"""Repairs of bodies that are almost JSON: each is recorded, and none is made that could change a number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.alerts import read_alert

INSIDE = "quotes inside a text were kept as part of it"
BREAK = "a line break or tab inside a text was kept as part of it"
UNCLOSED = "a missing closing quote was added at the end of its line"
SINGLE = "single quotes were read as double quotes"
BRACES = "the missing braces around the fields were added"
COMMA = "a missing comma was added"
LEFT_OVER = "what was left after the closing brace was removed"


@pytest.mark.parametrize(
    ("text", "fields", "repairs"),
    [
        ('{"a": 1,}', {"a": 1}, ["a trailing comma was removed"]),
        ('{"a": 1,, "b": 2}', {"a": 1, "b": 2}, ["a doubled comma was read as one"]),
        ('{"a": [1, 2,],}', {"a": [1, 2]}, ["a trailing comma was removed"]),
        ('[{"a": 1},]', {"items": [{"a": 1}]}, ["a trailing comma was removed"]),
        ("// first\n{'a': 1}", {"a": 1}, ["a comment was removed", SINGLE]),
        ('{"a": 1 /* one */, "b": "x" // two\n}', {"a": 1, "b": "x"}, ["a comment was removed"]),
        ('{"url": "https://x.io//a", "b": 1,}', {"url": "https://x.io//a", "b": 1}, ["a trailing comma was removed"]),
        ("{'a': 'it\\'s', 'b': True}", {"a": "it's", "b": True}, [SINGLE, "True was read as true"]),
        ("{'a': 'say \"hi\"'}", {"a": 'say "hi"'}, [SINGLE]),
        ('{"a": "it\\\'s"}', {"a": "it's"}, ["a backslash before an apostrophe was removed"]),
        ("{'a': False, 'b': None, 'c': undefined, 'd': null}", {"a": False, "b": None, "c": None, "d": None},
         [SINGLE, "False was read as false", "None was read as null", "undefined was read as null"]),
        ('{a: 1, b_2 : "x"}', {"a": 1, "b_2": "x"}, ["names without quotes were read as names"]),
        ('{"side": buy, "pair": ETH-PERP}', {"side": "buy", "pair": "ETH-PERP"},
         ["“side” had no quotes and was read as text", "“pair” had no quotes and was read as text"]),
        ('{"time": 2026-06-18T06:00:00Z, "n": -1.5e3}', {"time": "2026-06-18T06:00:00Z", "n": -1500.0},
         ["“time” had no quotes and was read as text"]),
        ('{"a": 1\n "b": 2}', {"a": 1, "b": 2}, [COMMA]),
        ('{"a": {"x": 1} "b": 2}', {"a": {"x": 1}, "b": 2}, [COMMA]),
        ('"a": 1, "b": "x"', {"a": 1, "b": "x"}, [BRACES]),
        ('"a": 1}', {"a": 1}, [BRACES]),
        ('{"a": 1}};', {"a": 1}, [LEFT_OVER]),
        ('{"c": "Profit "TP1"", "n": 5}', {"c": 'Profit "TP1"', "n": 5}, [INSIDE]),
        ('{"c": "a \\" "b" c", "n": 5}', {"c": 'a " "b" c', "n": 5}, [INSIDE]),
        ('{"c": "one\ntwo", "n": 5}', {"c": "one\ntwo", "n": 5}, [BREAK]),
        ('{"c": "one\ttwo"}', {"c": "one\ttwo"}, [BREAK]),
        ('{"c": "Long,\n "n": 5}', {"c": "Long", "n": 5}, [UNCLOSED]),
        ('{"n": 5, "c": "Long\n}', {"n": 5, "c": "Long"}, [UNCLOSED]),
        ('{"msg": Long SOL", "n": 5}', {"msg": "Long SOL", "n": 5}, ["a missing opening quote was added to “msg”"]),
        ('{""a"": ""b"", ""n"": 5}', {"a": "b", "n": 5}, ["doubled quotes were read as single ones"]),
        ("{“a”: “b”}", {"a": "b"}, ["typographic quotes were read as plain ones"]),
        ('{"a": "\\u00e9", "b": 1,}', {"a": "é", "b": 1}, ["a trailing comma was removed"]),
        ("{'a': 1, 'a': 1}", {"a": 1}, [SINGLE]),
        ("{'a': NaN, 'a': NaN}", {"a": None}, [SINGLE, "NaN in “a” was read as null"]),
        ('{"a": [Infinity, -inf, 1]}', {"a": [None, None, 1]}, ["NaN in “a” was read as null"]),
    ],
)  # fmt: skip
def test_a_repair_with_one_reading_is_made_and_said(text: str, fields: dict[str, Any], repairs: list[str]) -> None:
    alert = read_alert(text.encode())
    assert (alert.form, alert.status) == ("json_repaired", "accepted")
    assert (alert.fields, list(alert.repairs)) == (fields, repairs)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"price": 2650.5 + 40}', "“price” holds “2650.5 + 40”, which is neither a number nor text in quotes"),
        ('{"price": close-5}', "“price” holds “close-5”, which is neither"),
        ('{"price": close-open}', "“price” holds “close-open”, which is neither"),
        ('{"side": rsi > 70 ? sell : buy}', "“side” holds “rsi > 70 ? sell : buy”, which is neither"),
        ('{"size": 50%}', "“size” holds “50%”, which is neither"),
        ('{"price": .5}', "“price” holds “.5”, which is neither"),
        ('{"price": 007}', "“price” holds “007”, which is neither"),
        ('{"price": 10//3}', "“price” holds “10//3”, which is neither"),
        ('{"url": https://x.io/a, "b": 1}', "“url” holds “https://x.io/a”, which is neither"),
        ('"price": 17', "the braces are missing and the last value has no quotes, so the message may be cut off"),
        ('{"msg": Buy now}', "“msg” holds “Buy now”, which is neither"),
        ('{"webhook_key": a-1}', "“webhook_key” holds (hidden), which is neither"),
        ('{"price": , "qty": 1}', "“price” has no value"),
        ('{"price": }', "“price” has no value"),
        ("{'price': 1, 'price': 2}", "“price” is given twice with different values"),
        ('{"price": 1,234.5}', "a name in quotes is missing (line 1)"),
        ('{"price": 1234', "the closing brace is missing, so the message may be cut off (line 1)"),
        ('{"a": [1, 2', "the closing bracket is missing, so the message may be cut off (line 1)"),
        ('{"a": [1, ', "the closing bracket is missing, so the message may be cut off (line 1)"),
        ('{"a": [', "the closing bracket is missing, so the message may be cut off (line 1)"),
        ('{"a": [1 2]}', "“entry 1” holds “1 2”, which is neither"),
        ('[{"a": 1} {"b": 2}]', "a comma is missing after “entry 1” (line 1)"),
        ('{"a": 1}\n{"b": 2}', "several objects follow one another; send one alert in a message (line 2)"),
        ('{"a": 1} and more', "text follows after the end of the object (line 1)"),
        ('look: "a": 1, "b": 2', "something stands before it that is neither a brace nor a name in quotes (line 1)"),
        ('{"a": "x"\n, b": 2}', "a name in quotes is missing (line 2)"),
        ('{"a": "x, "b": "y"}', "a quote is missing, or one stands inside a text (line 1)"),
        ('{"a": "x "y", "b": 1}', "a quote is missing, or one stands inside a text (line 1)"),
        ('{"a": "x "y", "b" z", "c": 1}', "a quote is missing, or one stands inside a text (line 1)"),
        ('{"a": "x\n, "b": "y"}', "a quote is missing, or one stands inside a text (line 1)"),
        ('{"a": "x', "a quote is missing, or one stands inside a text (line 1)"),
        ('{"a" = 1}', "a colon or a quote is missing after a name (line 1)"),
        ('{"a: 1}', "a colon or a quote is missing after a name (line 1)"),
        ('{"a": "\\x41"}', "a text holds a backslash or a character that JSON does not know (line 1)"),
        ('{"a": "\\ud800"}', "a text holds a backslash or a character that JSON does not know (line 1)"),
        ('{"a": {"price": 1, "price": 2}}', "“price” is given twice with different values"),
        ('{"note": "a\\":b", "price": 1, "price": 2}', "“price” is given twice with different values"),
    ],
)
def test_where_more_than_one_reading_is_left_the_alert_is_parked(text: str, reason: str) -> None:
    alert = read_alert(text.encode())
    assert alert.status == "parked"
    assert reason in alert.reason


def test_strict_json_with_colons_in_its_texts_is_left_alone() -> None:
    raw = b'{"note": "a\\": b", "note 2": "\\": \\":"}'
    assert (read_alert(raw).status, read_alert(raw).form) == ("accepted", "json")


def test_what_could_be_read_of_a_parked_body_is_shown() -> None:
    alert = read_alert(b'{"symbol": "XAUUSD", "sl": 2650 - 20, "tp": 2700}')
    assert alert.fields == {"symbol": "XAUUSD", "sl": "2650 - 20", "tp": 2700}
    assert read_alert(b'{"symbol": "XAUUSD", ').fields == {"text": '{"symbol": "XAUUSD",'}


TRADE = {
    "ticker": "SOLUSDT",
    "price": 171.5,
    "comment": "take profit, now",
    "qty": 3,
    "stop": {"price": 160.25, "note": "x"},
    "steps": [1, 2.5],
    "last": "it is 5",
}
WRITTEN = [
    json.dumps(TRADE, separators=(",", ":")),
    json.dumps(TRADE),
    json.dumps(TRADE, indent=1),
    json.dumps(TRADE, indent=1).replace("\n", "\r\n"),
    repr(TRADE),
    json.dumps(TRADE, indent=1)[1:-1],
]


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict | list):
        return [number for entry in (value.values() if isinstance(value, dict) else value) for number in numbers(entry)]
    return [value] if isinstance(value, int | float) else []


@given(st.sampled_from(WRITTEN), st.data())
def test_a_sign_lost_doubled_or_mistaken_never_changes_a_number(text: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([at for at, sign in enumerate(text) if sign in "{}[]\"',:\n"]))
    instead = data.draw(st.sampled_from(["", text[at] * 2, *"{}[]\"',:;\n "]))
    alert = read_alert((text[:at] + instead + text[at + 1 :]).encode())
    if alert.status == "accepted":
        assert alert.form in {"json", "json_repaired"}
        read = numbers(alert.fields)
        assert read == [number for number in numbers(TRADE) if number in read]
        assert alert.fields["price"] == 171.5
        assert alert.price == 171.5


@given(st.sampled_from(WRITTEN), st.integers(1))
def test_a_body_that_is_cut_off_never_gives_a_shortened_number(text: str, length: int) -> None:
    alert = read_alert(text[: length % len(text)].encode())
    if alert.status == "accepted":
        assert set(numbers(alert.fields)) <= set(numbers(TRADE))
