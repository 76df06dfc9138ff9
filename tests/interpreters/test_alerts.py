"""Bodies of webhooks: what each shape is read as, whether it is accepted, and in which words that is said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.alerts import MAX_BYTES, Alert, duplicate_key, read_alert, redacted
from interpreters.alerts.alert import FiringId
from tests.interpreters.alert_bodies import BODIES, Body

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "alerts"

# By the beginning of the sample's name: status, form, and a part of the reason.
EXPECTED = {
    "001": ("accepted", "json", "read as JSON; it carries a secret in “passphrase”"),
    "002": ("accepted", "json", "do not put passwords or keys into alerts"),
    "003": ("accepted", "json", "read as JSON; it carries a secret"),
    "004": ("accepted", "json", "read as JSON; it carries a secret in “secret”"),
    "006": ("accepted", "json", "read as JSON, a list of 2"),
    "007": ("accepted", "json", "read as JSON"),
    "008": ("accepted", "json", "read as JSON"),
    "010": ("parked", "json", "{{ticker}}, {{strategy.order.action}}, {{strategy.order.price}} and 2 more were not"),
    "011": ("accepted", "json", "read as JSON"),
    "013": ("accepted", "json", "read as JSON"),
    "014": ("accepted", "json", "read as JSON"),
    "015": ("accepted", "json", "read as JSON"),
    "017": ("accepted", "json", "read as JSON"),
    "018": ("parked", "json", "{{ticker}} and {{close}} were not replaced by TradingView"),
    "020": ("accepted", "json", "read as JSON; it carries a secret in “secret”"),
    "030": ("parked", "json_repaired", "{{ticker}}, {{exchange}}, {{timenow}} and 7 more were not replaced"),
    "032": ("parked", "json_repaired", "“stop_loss” holds “2650.5 - 20”, which is neither a number"),
    "033": ("parked", "json", "TradingView computes nothing between the braces"),
    "035": ("parked", "text", "{{close}} was not replaced by TradingView"),
    "040": ("parked", "json_repaired", "{{ticker}} and {{close}} were not replaced"),
    "041": (
        "accepted",
        "json_repaired",
        "the missing braces around the fields were added; it carries a secret in “key”",
    ),
    "043": ("accepted", "json_repaired", "after a repair: single quotes were read as double quotes"),
    "045": (
        "accepted",
        "key_value",
        "after 2 repairs: the quotes around the whole body were removed; Windows line ends",
    ),
    "047": ("accepted", "json_repaired", "after a repair: a comment was removed"),
    "049": ("accepted", "json", "read as JSON"),
    "050": ("accepted", "json_repaired", "NaN in “short SL” was read as null; NaN in “short TP” was read as null"),
    "051": ("parked", "empty", "the body is empty"),
    "053": ("accepted", "key_value", "empty parts were skipped; “EXCHANGE” stands without a value"),
    "060": ("accepted", "key_value", "read as names and values"),
    "062": ("accepted", "command", "read as a bot command"),
    "064": ("accepted", "command", "read as a bot command"),
    "065": ("accepted", "command", "read as a bot command"),
    "066": ("parked", "text", "{{ticker}} and {{strategy.position_size}} were not replaced"),
    "067": ("accepted", "command", "read as a bot command"),
    "069": ("parked", "pipe", "{{strategy.order.action}} and {{ticker}} were not replaced"),
    "070": ("accepted", "json", "read as JSON"),
    "071": ("accepted", "pipe", "read as cells between pipes"),
    "073": ("accepted", "pipe", "read as cells between pipes"),
    "075": ("accepted", "text", "read as text"),
    "077": ("accepted", "text", "read as text"),
    "078": ("accepted", "form", "read as a web form"),
    "079": ("accepted", "text", "read as text"),
    "080": ("accepted", "text", "read as text"),
    "082": ("accepted", "csv", "read as cells between commas"),
    "083": ("accepted", "csv", "read as cells between commas"),
}
beside = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample alerts are not beside the repository")


@pytest.mark.parametrize("body", BODIES, ids=[body.shape for body in BODIES])
def test_every_shape_is_read_as_the_table_says(body: Body) -> None:
    alert = read_alert(body.raw)
    assert (alert.status, alert.form, alert.reason) == (body.status, body.form, body.reason)


@beside
@pytest.mark.parametrize("number", EXPECTED)
def test_every_sample_is_read_as_the_table_says(number: str) -> None:
    status, form, part = EXPECTED[number]
    alert = read_alert(next(SAMPLES.glob(f"{number}_*")).read_bytes())
    assert (alert.status, alert.form) == (status, form)
    assert part in alert.reason


@beside
def test_the_table_knows_every_sample() -> None:
    assert {path.name.partition("_")[0] for path in SAMPLES.iterdir()} == set(EXPECTED)


def test_an_alert_says_all_it_found() -> None:
    raw = b"""{'ticker': 'SOLUSDT.P', "exchange": "BYBIT", "side": "Long", "price": 171.5, "sl": NaN,
        "time": "2026-06-18T06:00:00Z", "timenow": 1781762461, "alert_id": "SOL-2026-06-18T06:00:00Z",}"""
    assert read_alert(raw) == Alert(
        form="json_repaired",
        fields={
            "ticker": "SOLUSDT.P",
            "exchange": "BYBIT",
            "side": "Long",
            "price": 171.5,
            "sl": None,
            "time": "2026-06-18T06:00:00Z",
            "timenow": 1781762461,
            "alert_id": "SOL-2026-06-18T06:00:00Z",
        },
        repairs=(
            "single quotes were read as double quotes",
            "a trailing comma was removed",
            "NaN in “sl” was read as null",
        ),
        symbol="BYBIT:SOLUSDT.P",
        action="buy",
        price=171.5,
        bar_time=1781762400,
        fired_at=1781762461,
        firing=FiringId("SOL-2026-06-18T06:00:00Z", alone=False, lasting=True),
        told=True,
        status="accepted",
        reason="read as JSON after 3 repairs: single quotes were read as double quotes; a trailing comma was removed; "
        "NaN in “sl” was read as null",
    )


def test_more_than_three_repairs_are_counted() -> None:
    alert = read_alert(b"{ticker: SOL, 'side': None,} }")
    assert alert.fields == {"ticker": "SOL", "side": None}
    assert len(alert.repairs) == 6
    assert alert.reason.endswith("single quotes were read as double quotes and 3 more")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a": "\\u0000"}', "the body holds a NUL character, which no message of TradingView does"),
        (b'{"a\\u0000": 1}', "the body holds a NUL character, which no message of TradingView does"),
        (b"SOL\x00USD", "the body holds a NUL character, which no message of TradingView does"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "the body nests deeper than 32 levels"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "the body nests deeper than 32 levels"),
        (
            b"{'a':" + b"[" * 40 + b"]" * 40 + b"}",
            "it looks like JSON, but the body nests deeper than 32 levels (line 1)",
        ),
        (b"[" * 30_000, "it looks like JSON, but the body nests deeper than 32 levels (line 1)"),
        (b"[" * 50_000, "cannot be read as JSON and is longer than TradingView's 40,960 characters"),
        (b'{"qty": 99999999999999999999}', "“qty” is a number larger than any price or quantity"),
        (b'{"price": 1' + b"0" * 400 + b"}", "“price” is a number larger than any price or quantity"),
        (b'{"qty": 1e999}', "“qty” is a number larger than any price or quantity"),
        (b'{"qty": ' + b"9" * 5000 + b"}", "“qty” is a number larger than any price or quantity"),
        (b"x" * (MAX_BYTES + 1), "the body is larger than 256 KiB; TradingView sends at most 160"),
        (b"\xff\xfe{\x00}\x00", "the body holds a NUL character"),
        (b"\xff\xfe", "the body is not UTF-8 text"),
        (b"[]", "the body is JSON without any field"),
        (b'{"a": 1, :}', "it looks like JSON, but a name in quotes is missing (line 1)"),
        (b"{/**/}", "the body is JSON without any field"),
    ],
)
def test_what_nobody_can_use_is_parked_with_its_reason(raw: bytes, reason: str) -> None:
    alert = read_alert(raw)
    assert alert.status == "parked"
    assert alert.reason.startswith("parked: ")
    assert reason in alert.reason


@pytest.mark.parametrize("raw", [b'{"price": 1' + b"0" * 30 + b"}", b'{"price": 1' + b"0" * 4500 + b"}"])
def test_a_number_beyond_64_bits_is_kept_digit_by_digit(raw: bytes) -> None:
    alert = read_alert(raw)
    assert alert.fields == {"price": raw[10:-1].decode()}
    assert alert.price is None


def test_nothing_is_kept_of_a_body_with_a_nul_character() -> None:
    alert = read_alert(b'{"symbol": "SOL\\u0000USD", "action": "buy", "price": 5}')
    assert (alert.fields, alert.symbol, alert.action, alert.price) == ({}, None, None, None)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    alert = read_alert(b'\xef\xbb\xbf{"ticker": "SOLUSDT"}')
    assert (alert.form, alert.repairs) == ("json_repaired", ("a byte order mark was removed",))
    assert read_alert(b"\xef\xbb\xbf").form == "empty"


def test_json_in_a_quoted_text_is_taken_out() -> None:
    alert = read_alert(b'"{\\"ticker\\": \\"SOLUSDT\\"}"')
    assert (alert.form, alert.fields) == ("json_repaired", {"ticker": "SOLUSDT"})
    assert alert.repairs == ("the quotes around the whole body were removed",)


@pytest.mark.parametrize("raw", [b"9000", b"true", b"-1.5"])
def test_a_scalar_alone_is_a_text(raw: bytes) -> None:
    alert = read_alert(raw)
    assert (alert.form, alert.status, alert.fields) == ("text", "accepted", {"text": raw.decode()})


def test_a_long_text_is_parked_and_a_long_json_is_not() -> None:
    assert read_alert(b"word " * 10_000).reason.startswith("parked: the body cannot be read as JSON and is longer than")
    assert read_alert(msgspec.json.encode({"text": "word " * 10_000})).status == "accepted"


ALPHABET = "{}[]\"'`:,;=|&/*\\ \n\r\t-+.$#%()<>{{}}0123456789eENaultrfsyBTCUSDkpi“”\u0000\ufeff€"
PIECES = st.sampled_from([body.raw for body in BODIES]) | st.text(ALPHABET, max_size=60).map(str.encode) | st.binary()
DAMAGED = st.tuples(PIECES, st.integers(0, 200), st.text(ALPHABET, max_size=3), st.integers(0, 5)).map(
    lambda cut: cut[0][: cut[1]] + cut[2].encode() + cut[0][cut[1] + cut[3] :]
)


@given(DAMAGED | PIECES | st.lists(PIECES, max_size=4).map(b"".join))
def test_no_body_ever_raises_and_what_is_read_can_be_stored_anywhere(raw: bytes) -> None:
    alert = read_alert(raw)
    assert read_alert(raw) == alert
    stored = msgspec.json.encode(alert)
    assert msgspec.json.decode(stored, type=Alert) == alert
    assert b"\\u0000" not in stored.replace(b"\\\\", b"")
    assert "\n" not in alert.reason
    assert alert.reason.startswith("parked: ") == (alert.status == "parked")
    duplicate_key(alert, raw)
    redacted(alert.fields)
