"""``drawbridge slack manifest``: what is printed is the manifest, and where an address is missing that is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from server.slack.manifest import manifest

if TYPE_CHECKING:
    import pytest

    from tests.server.commands import Commands


def test_it_is_printed_as_json(drawbridge: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(drawbridge("slack", "manifest").out) == manifest(None, socket=True)
    done = drawbridge("slack", "manifest", "--http")
    assert "https://drawbridge.example/slack/events" in done.out
    assert "DRAWBRIDGE_PUBLIC_URL is not set" in done.err
    monkeypatch.setenv("DRAWBRIDGE_PUBLIC_URL", "https://here.example")
    done = drawbridge("slack", "manifest", "--http")
    assert json.loads(done.out) == manifest("https://here.example", socket=False)
    assert done.err == ""
