"""A storm of signals: Slack's limits are kept, nothing is lost, and each thread tells it in order."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from server.store.tables import SlackMessage
from tests.slack.delivering import SIGNAL, all_told, at_work, record, rooted, stamps
from tests.slack.limiter import POSTING
from tests.slack.sight import words

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.house import House
    from tests.slack.team import Team

SIGNALS, SECONDS, THREADS = 1_000, 10.0, 5
LINE = re.compile(r"^`\d\d:\d\d:\d\d`", re.MULTILINE)  # of a digest


def test_a_thousand_signals_in_ten_seconds_are_all_told_at_the_pace_that_slack_allows(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        slack = crew.slack
        slack.limiter.on = True
        keys = await rooted(crew, house, THREADS)
        await all_told(crew, 40)
        before = len(slack.calls)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(0, SIGNALS, 10):
            await record(house, *(("signal.fired", keys[(number + one) % THREADS], SIGNAL) for one in range(10)))
            await asyncio.sleep(max(0.0, began + SECONDS * number / SIGNALS - loop.time()))
        await all_told(crew, 60)
        took = loop.time() - began
        assert took < SECONDS + 30
        assert await SlackMessage.filter(ts=None).count() == 0
        told(crew, keys)
        assert slack.busiest(crew.channel, 10.0) <= 11
        assert slack.limiter.refused == 0
        sent = [one for one in slack.calls[before:] if one.method in POSTING]
        assert len(sent) <= took + 1

    def told(crew: Team, keys: list[str]) -> None:
        """Every signal is a line of a digest, or a message of its own."""
        lines = 0
        for one in crew.slack.by_app(crew.channel):
            payload = one.get("metadata", {}).get("event_payload", {})
            if payload.get("key") in keys and payload.get("last"):
                lines += len(LINE.findall(words(one))) or 1
        assert lines == SIGNALS
        assert set(keys) <= set(stamps(crew))

    at_work(tmp_path, run)


@pytest.mark.usefixtures("quickly")
def test_no_message_is_tried_in_a_channel_before_the_time_that_slack_asked_for_is_over(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        keys = await rooted(crew, house, 3)
        await all_told(crew, 40)
        slack = crew.slack
        slack.faults.retry_after = 2
        slack.faults.next("429", "chat.postMessage")
        before = len(slack.calls)
        await record(house, *(("strategy.paused", key, {}) for key in keys))
        await all_told(crew, 30)
        first, *others = [one.at for one in slack.calls[before:] if one.method == "chat.postMessage"]
        assert len(others) == 3
        assert min(others) - first >= 2

    at_work(tmp_path, run)
