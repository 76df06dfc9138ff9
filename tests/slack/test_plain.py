"""What goes out where Slack does not take a message as it is: its text, and where to decide."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from server.slack.composing import Composing
from server.slack.message import Message
from server.slack.sources import Links
from tests.slack.reading import said

BASE = "https://drawbridge.example"


@pytest.mark.parametrize(
    ("base", "key", "where"),
    [
        (BASE, "str_01", f"decide in the inbox: {BASE}/strategies/str_01"),
        (BASE, "exp_01", f"decide in the inbox: {BASE}/"),
        (None, "str_01", "decide in the inbox"),
    ],
)
def test_text_alone_says_where_to_decide(base: str | None, key: str, where: str) -> None:
    sources: Any = SimpleNamespace(links=Links(base))
    composing = Composing(sources)
    assert composing.plain(Message("Waiting for a decision: x", ()), key).text == (
        f"Waiting for a decision: x \u00b7 {where}"
    )
    assert said(composing.plain(None, key)).endswith(f"This could not be shown here; the inbox has it. \u00b7 {where}")
