"""Secrets in alerts: hidden wherever the alert is shown, and named so that the trader takes them out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.alerts import read_alert, redacted

HUNTER = "hunter2-hunter2"


@pytest.mark.parametrize(
    "name",
    [
        "key",
        "KEY",
        "api_key",
        "apiSecret",
        "webhook-secret",
        "passphrase",
        "Password",
        "token",
        "pin",
        "license_id",
        "auth",
    ],
)
def test_a_field_whose_name_tells_a_secret_is_hidden_and_named(name: str) -> None:
    alert = read_alert(msgspec.json.encode({"ticker": "SOLUSDT", name: HUNTER}))
    assert redacted(alert.fields) == {"ticker": "SOLUSDT", name: "(hidden)"}
    assert alert.reason == f"read as JSON; it carries a secret in “{name}”: do not put passwords or keys into alerts"


@pytest.mark.parametrize(
    "fields",
    [
        {"ticker": "SOLUSDT", "author": "me"},
        {"idempotency_key": "SOL-2026-06-18T06:00:00Z"},
        {"secret": "", "token": None, "key": {}},
        {"pin": True},
        {"time": "2026-06-18T06:00:00Z", "text": "key level at 171.5: watch"},
        {"columns": 5},
        {"columns": [5, "SOLUSDT"]},
        {"columns": ["SOLUSDT", "buy"]},
    ],
)
def test_what_holds_no_secret_is_shown_as_it_is(fields: dict[str, Any]) -> None:
    assert redacted(fields) == fields
    assert read_alert(msgspec.json.encode(fields)).reason == "read as JSON"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"secret": {"a": HUNTER, "b": [HUNTER]}, "n": 1}, {"secret": "(hidden)", "n": 1}),
        ({"a": [{"token": 12345678}]}, {"a": [{"token": "(hidden)"}]}),
        ({"key": HUNTER, "text": f"use {HUNTER} now"}, {"key": "(hidden)", "text": "use (hidden) now"}),
        ({"key": HUNTER, HUNTER: 1}, {"key": "(hidden)", "(hidden)": 1}),
        ({"key": "abc", "text": "abc is short"}, {"key": "(hidden)", "text": "abc is short"}),
        ({"text": f"symbol=SOL;key={HUNTER};side=buy"}, {"text": "symbol=SOL;key=(hidden);side=buy"}),
        ({"text": f'"passphrase" : "{HUNTER} and \\" more", "n": 1'}, {"text": '"passphrase" : (hidden), "n": 1'}),
        ({"text": f"password: '{HUNTER}"}, {"text": "password: (hidden)"}),
        ({"text": f"Authorization: Bearer {HUNTER}"}, {"text": "Authorization: (hidden)"}),
        ({"columns": ["a1b2c3d4e5f6"], "text": "a1b2c3d4e5f6|buy"}, {"columns": ["(hidden)"], "text": "(hidden)|buy"}),
        ({"text": f"token: ['{HUNTER}'], again {HUNTER}"}, {"text": "token: [(hidden)], again (hidden)"}),
        ({"columns": ["60123456789", "buy"]}, {"columns": ["(hidden)", "buy"]}),
    ],
)  # fmt: skip
def test_a_secret_is_hidden_wherever_it_stands(fields: dict[str, Any], shown: dict[str, Any]) -> None:
    assert redacted(fields) == shown


def test_a_secret_inside_a_text_is_noted_without_a_name() -> None:
    alert = read_alert(b"take it, password: " + HUNTER.encode())
    assert alert.reason == "read as text; it carries a secret: do not put passwords or keys into alerts"


def test_a_body_of_nothing_but_secrets_is_hidden_as_a_whole() -> None:
    fields = {f"secret{number}": f"abcd{number}" for number in range(60)}
    assert set(redacted(fields | {"text": "abcd1 or abcd2"}).values()) == {"(hidden)"}


NAMES = st.sampled_from(["key", "api_key", "passphrase", "Secret", "webhook-token", "password", "SEC_KEY", "licenseid"])
SECRETS = st.text("0123456789abcdef", min_size=8, max_size=40)
TEMPLATES = st.sampled_from(
    [
        '{"ticker": "SOLUSDT", "NAME": "VALUE"}',
        '{"ticker": "SOLUSDT", "data": {"NAME": "VALUE"}, "note": "with VALUE"}',
        '{"ticker": "SOLUSDT", "data": [{"NAME": ["VALUE"]}]}',
        "{'NAME': 'VALUE', 'side': 'buy',}",
        '{"NAME": VALUE, "side": "buy"}',
        '{"NAME": VALUE-x, "side": "buy"}',
        '{"NAME": "VALUE", "sl": 1 - 2}',
        '{"NAME": "VALUE" "VALUE", "side": "{{ticker}}',
        '{"NAME": "VALUE", "NAME": "x", "side": {{close}}}',
        '"NAME": "VALUE",\n"side": "buy"',
        "NAME=VALUE;SIDE=buy",
        "SIDE=buy\nNAME=VALUE",
        "NAME=VALUE&side=buy",
        "trade:x NAME=VALUE side=buy",
        "buy,SOLUSDT,NAME=VALUE",
        "NAME: VALUE\nside: buy",
        "take NAME: 'VALUE and buy",
        '{"text": "NAME=VALUE"}',
        '"NAME=VALUE"',
    ]
)


@given(TEMPLATES, NAMES, SECRETS, st.data())
def test_neither_the_shown_fields_nor_the_reason_nor_a_repair_leak_a_secret(
    template: str, name: str, secret: str, data: st.DataObject
) -> None:
    text = template.replace("NAME", name).replace("VALUE", secret)
    cut = data.draw(st.integers(text.rfind(secret) + len(secret), len(text)))
    alert = read_alert(text[:cut].encode())
    told = msgspec.json.encode([redacted(alert.fields), alert.reason, alert.repairs]).decode()
    assert secret not in told


def test_a_name_in_a_sentence_is_short_and_on_one_line() -> None:
    alert = read_alert(msgspec.json.encode({"password\n\u202e of the door " + "x" * 100: HUNTER}))
    assert "in “password of the door " + "x" * 39 + "…”: do not" in alert.reason
