"""What goes wrong between us and Slack loses nothing, and shows nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.slack import outbox
from server.store.unavailable import StoreUnavailable
from tests.slack.delivering import SIGNAL, all_told, at_work, hasten, record, rooted, stamps
from tests.slack.faults import FAULTS
from tests.slack.team import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.house import House
    from tests.slack.faults import Fault
    from tests.slack.team import Team

KINDS = ("strategy.paused", "strategy.resumed", "order.filled", "signal.fired")
POST = "chat.postMessage"


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


def stands(crew: Team, seq: int) -> bool:
    return any(one.last == seq for every in stamps(crew).values() for one in every)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_each_kind_of_message_leaves_it_there_once(tmp_path: Path, fault: Fault) -> None:
    async def run(crew: Team, house: House) -> None:
        faults = crew.slack.faults
        faults.retry_after = 0
        faults.next(fault, POST, 2)  # roots
        key, other = await rooted(crew, house, 2)
        for kind, subject in (("strategy.paused", key), ("kill.set", "kill"), ("alert.parked", "alr_1")):
            faults.next(fault, POST)  # a reply, a notice, the root of the day's alerts
            (seq,) = await record(house, (kind, subject, {"reason": "no such market"}))
            await until(lambda seq=seq: stands(crew, seq))  # type: ignore[misc]
        await record(house, ("strategy.resumed", key, {}), ("strategy.paused", other, {}))
        await all_told(crew)
        assert faults.injected == [(POST, fault)] * 5

    at_work(tmp_path, run)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 4))])
def test_a_storm_of_all_faults_loses_nothing_and_repeats_nothing(tmp_path: Path, seed: int) -> None:
    async def run(crew: Team, house: House) -> None:
        keys = await rooted(crew, house, 3)
        crew.slack.faults.retry_after = 0
        crew.slack.faults.seeded(seed, 0.2)
        for number in range(40):
            kind, calls = KINDS[number % 4], len(crew.slack.calls)
            await record(house, (kind, keys[number % 3], SIGNAL), ("alert.parked", f"alr_{number}", {"reason": "x"}))
            await until(lambda calls=calls: len(crew.slack.calls) > calls)  # type: ignore[misc]
        await all_told(crew, 90)
        assert len(crew.slack.faults.injected) > 10

    at_work(tmp_path, run)


def test_a_long_thread_is_searched_from_where_it_was_confirmed(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        (key,) = await rooted(crew, house)
        await record(house, ("strategy.paused", key, {}))
        await all_told(crew)
        last = crew.slack.by_app(crew.channel)[-1]
        for number in range(450):  # what people say to it
            await crew.slack.say(crew.ada, crew.channel, f"word {number}", last["thread_ts"])
        crew.slack.faults.next("lost", POST)
        await record(house, ("strategy.resumed", key, {}))
        await all_told(crew)
        searches = crew.slack.asked("conversations.replies")
        assert [one.args["oldest"] for one in searches] == [last["ts"]] * 3  # pages

    at_work(tmp_path, run)


@pytest.mark.parametrize("noting", ["confirm", "confirm_root"])
def test_what_was_sent_and_could_not_be_noted_is_found_and_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noting: str
) -> None:
    noted = getattr(outbox, noting)
    failed: list[Any] = []

    async def failing(*given: Any) -> None:
        sent = noting == "confirm" or given[1].ts is not None
        if sent and len(failed) < 2:
            failed.append(given)
            raise StoreUnavailable
        await noted(*given)

    async def run(crew: Team, house: House) -> None:
        monkeypatch.setattr(outbox, noting, failing)
        (key,) = await rooted(crew, house)
        await record(house, ("strategy.paused", key, {}))
        await until(lambda: failed)
        await all_told(crew)

    at_work(tmp_path, run)
