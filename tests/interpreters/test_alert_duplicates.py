"""When a second delivery is the same firing: only where the template said so, never because two bodies look alike."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from interpreters.alerts import duplicate_key, read_alert


def key(**fields: Any) -> tuple[str, int | None] | None:
    body = msgspec.json.encode(fields)
    found = duplicate_key(read_alert(body), body)
    if found is not None and found[0] == f"body:{hashlib.sha256(body).hexdigest()}":
        return "body", found[1]
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"ticker": "SOLUSDT", "action": "buy"}, None),
        ({"ticker": "SOLUSDT", "time": "2026-06-18T06:00:00Z"}, None),
        ({"ticker": "SOLUSDT", "time": "2026-06-18T06:00:22Z"}, None),
        ({"ticker": "SOLUSDT", "timestamp": "2026-06-18T06:00:22Z"}, None),
        ({"ticker": "SOLUSDT", "timenow": "not a time"}, None),
        ({"ticker": "SOLUSDT", "timenow": "2026-06-18T06:00:22Z"}, ("body", 20)),
        ({"general": {"timenow": "2026-06-18T06:00:22Z"}}, ("body", 20)),
        ({"idempotency_key": "SOL-5-2026-06-18T06:00:00Z"}, ("id:SOL-5-2026-06-18T06:00:00Z", None)),
        ({"data": {"nonce": 1781762400123}}, ("id:1781762400123", None)),
        ({"nonce": "a1b2c3d4e5", "id": "2026-06-18T06:00:00Z"}, ("id:a1b2c3d4e5", None)),
        ({"nonce": "1"}, None),
        ({"nonce": "constant"}, None),
        ({"nonce": True}, None),
        ({"nonce": 1.5}, None),
        ({"nonce": "x1" * 200}, None),
        ({"nonce": "1", "timenow": "2026-06-18T06:00:22Z"}, ("body", 20)),
        ({"alert_id": "SOLUSDT-2026-06-18T06:00:00Z"}, ("body", None)),
        ({"signal_id": "sol_1781762400123"}, ("body", None)),
        ({"id": "7c1b3a52-9a7e"}, ("body", 20)),
        ({"id": 1781762400}, ("body", 20)),
        ({"id": 6012345678901}, ("body", 20)),
        ({"id": "Long Entry", "action": "buy"}, None),
        ({"id": "long", "event_id": "sol_1781762400123"}, ("body", None)),
        ({"id": 12}, None),
        ({"order": {"id": "2026-06-18T06:00:00Z"}}, None),
        ({"order_id": "2026-06-18T06:00:00Z", "strategy_id": "trend_20260618"}, None),
        ({"nonce": "{{timenow}}-2026-06-18T06:00:00Z"}, None),
        ({"nonce": "2026-06-18T06:00:00Z", "price": "NaN"}, None),
    ],
)
def test_the_rule_for_duplicates(fields: dict[str, Any], expected: tuple[str, int | None] | None) -> None:
    assert key(**fields) == expected


@pytest.mark.parametrize(
    ("fields", "explicit_id"),
    [
        ({"nonce": "a1b2c3d4e5"}, "a1b2c3d4e5"),
        ({"alert_id": "SOL-2026-06-18T06:00:00Z"}, "SOL-2026-06-18T06:00:00Z"),
        ({"alert_id": "trend-follower-7"}, None),
        ({"id": "Long Entry"}, None),
        ({}, None),
    ],
)
def test_an_explicit_id_is_one_that_cannot_come_again(fields: dict[str, Any], explicit_id: str | None) -> None:
    assert read_alert(msgspec.json.encode(fields)).explicit_id == explicit_id


def test_the_key_of_a_text_follows_the_same_rule() -> None:
    body = b"SYMBOL=SOLUSDT\nTIMENOW=2026-06-18T06:00:22Z"
    assert duplicate_key(read_alert(body), body) == (f"body:{hashlib.sha256(body).hexdigest()}", 20)
    assert duplicate_key(read_alert(b"SOLUSDT Crossing 5"), b"SOLUSDT Crossing 5") is None
