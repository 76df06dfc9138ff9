"""Threads and their roots: the current state is shown in the end, a first start floods nothing, none blocks others."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from server.backtests import Backtests
from server.slack import outbox
from server.store.events import find_cursor
from server.store.tables import Strategy
from server.store.unavailable import StoreUnavailable
from tests.server.house import House, opened
from tests.slack.core import BOT_TOKEN
from tests.slack.delivering import QUICK, SIGNAL, all_told, at_work, hasten, record, rooted, stamps
from tests.slack.sight import words
from tests.slack.team import Team, by_socket, team, until

if TYPE_CHECKING:
    from pathlib import Path

    from server.backtests import Backtest
    from spec.strategy import Artifact


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


async def shown_now(house: House, key: str) -> str:
    """What a root has to show as things stand."""
    thread = await outbox.thread_of(key)
    assert thread is not None
    chat: Any = house.app.dependencies["chat"].dependency()  # type: ignore[union-attr]
    made = (await chat._delivery._sending._composer.root(thread)).message
    return words({"blocks": list(made.blocks)})


async def something(house: House, key: str, header: dict[str, str], chance: random.Random) -> None:
    """An edit, a decision, a turn of the kill switch, or a signal."""
    digest = (await Strategy.get(id=key)).digest
    match chance.randrange(6):
        case 0 | 1:
            body: dict[str, Any] = {"digest": digest, "risk_percent": round(chance.uniform(0.1, 0.9), 3)}
            await house.client.post(f"/api/strategies/{key}/edit", headers=header, json=body)
        case 2:
            verdict = chance.choice(["approve", "approve", "approve", "reject"])
            body = {"digest": digest, "decision": verdict, "for": "paper"}
            await house.client.post(f"/api/strategies/{key}/approvals", headers=header, json=body)
        case 3:
            await house.client.post(chance.choice(["/api/kill", "/api/resume"]), headers=header)
        case _:
            await record(house, ("signal.fired", key, SIGNAL))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 4))])
def test_whatever_happens_roots_show_how_things_stand_in_the_end(tmp_path: Path, seed: int) -> None:
    async def run(crew: Team, house: House) -> None:
        chance, loop = random.Random(seed), asyncio.get_running_loop()
        keys = await rooted(crew, house, 3)
        await all_told(crew)
        headers = [await house.token("admin", name) for name in ("ada", "bob")]
        began, before = loop.time(), len(crew.slack.asked("chat.update"))
        for _ in range(60):
            await something(house, chance.choice(keys), chance.choice(headers), chance)
            await asyncio.sleep(chance.random() * 0.03)
        await all_told(crew)
        for key in keys:
            roots = [one for one in crew.slack.roots(crew.channel) if one["metadata"]["event_payload"]["key"] == key]
            assert words(roots[0]) == await shown_now(house, key)
        updates = len(crew.slack.asked("chat.update")) - before
        assert updates <= (1 + (loop.time() - began) / QUICK.update) * len(stamps(crew))

    at_work(tmp_path, run)


def test_a_first_start_beside_a_log_that_has_begun_shows_what_is_alive_and_no_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path, quorum=1) as house:
            one, other = [(await house.proposed(f"p{number}"))["id"] for number in range(2)]
            row = await Strategy.get(id=other)
            body = {"digest": row.digest, "decision": "reject", "for": "paper"}
            answer = await house.client.post(
                f"/api/strategies/{other}/approvals", headers=await house.token(), json=body
            )
            assert answer.status_code == 200
            await record(house, *(("signal.fired", one, SIGNAL) for _ in range(100)))
            *_, end = await record(house, *(("alert.parked", f"alr_{number}", {}) for number in range(100)))
        async with team() as crew, by_socket(crew, tmp_path) as house:
            alive = {row.id for row in await Strategy.exclude(state="rejected")}
            await until(lambda: set(stamps(crew)) == alive)
            await all_told(crew)
            every = [one for found in stamps(crew).values() for one in found]
            assert sum(not one.last for one in every) == len(alive)
            assert all(one.first > end for one in every if one.last)  # a watch may have started since

    asyncio.run(run())


def test_what_happens_while_it_does_not_run_is_told_afterwards_even_where_the_log_was_empty(tmp_path: Path) -> None:
    async def run() -> None:
        async with team() as crew:
            async with by_socket(crew, tmp_path):
                await asyncio.sleep(0.3)
                assert await find_cursor("slack") == 0
            async with opened(tmp_path) as house:
                await record(house, ("alert.parked", "alr_1", {"reason": "no such market"}))
            async with by_socket(crew, tmp_path):
                await until(lambda: any(len(every) == 2 for every in stamps(crew).values()))

    asyncio.run(run())


def test_a_database_that_fails_while_events_are_noted_loses_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = outbox.put
    failed: list[Any] = []

    async def failing(*given: Any) -> None:
        if not failed:
            failed.append(given)
            raise StoreUnavailable
        await put(*given)

    async def run(crew: Team, house: House) -> None:
        await rooted(crew, house)
        monkeypatch.setattr(outbox, "put", failing)
        await record(house, ("alert.parked", "alr_1", {"reason": "no such market"}))
        await until(lambda: any(key.startswith("alerts") and len(one) == 2 for key, one in stamps(crew).items()))
        assert failed

    at_work(tmp_path, run)


@pytest.mark.parametrize("failures", [0, 1])
def test_a_root_that_somebody_deleted_is_posted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    uproot = outbox.uproot
    failed: list[Any] = []

    async def failing(*given: Any) -> None:
        if len(failed) < failures:
            failed.append(given)
            raise StoreUnavailable
        await uproot(*given)

    monkeypatch.setattr(outbox, "uproot", failing)

    async def run(crew: Team, house: House) -> None:
        (key,) = await rooted(crew, house)
        await all_told(crew)
        client = AsyncWebClient(BOT_TOKEN, base_url=crew.slack.api)
        for root in crew.slack.roots(crew.channel):
            await client.chat_delete(channel=crew.channel, ts=root["ts"])
        await record(house, ("strategy.paused", key, {}))
        await until(lambda: [bool(one.last) for one in stamps(crew)[key]] in ([False, True], [True, False]))

    at_work(tmp_path, run)


def test_a_strategy_that_is_gone_and_words_that_fail_hold_up_nobody(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        gone, other, broken = await rooted(crew, house, 3)
        await all_told(crew)
        before = {key: words(one) for one in crew.slack.roots(crew.channel) for key in [one["ts"]]}
        await Strategy.filter(id=gone).delete()
        await record(
            house,
            ("strategy.paused", gone, {}),
            ("signal.nobody_knows", gone, {}),
            ("feed.corrected", broken, {"time": 10**18}),  # a bar of no year
            ("signal.fired", broken, {"time": 10**18}),
            ("strategy.paused", other, {}),
        )
        await until(lambda: all(any(one.last for one in stamps(crew)[key]) for key in (gone, other, broken)))
        roots = {one["ts"]: words(one) for one in crew.slack.roots(crew.channel)}
        assert all(roots[ts] == said or "could not be shown" not in roots[ts] for ts, said in before.items())
        assert any("could not be shown" in words(one) for one in crew.slack.by_app(crew.channel))

    at_work(tmp_path, run)


def test_events_that_cannot_be_put_together_are_told_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> int:
        msg = "one of them is bad"
        raise ValueError(msg)

    monkeypatch.setattr("server.slack.composing.Composing.together", broken)

    async def run(crew: Team, house: House) -> None:
        (key,) = await rooted(crew, house)
        await record(house, ("strategy.paused", key, {}), ("strategy.resumed", key, {}))
        await all_told(crew)

    at_work(tmp_path, run)


def test_a_backtest_that_is_ready_late_is_shown_without_anything_else_happening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, ready = Backtests._made, asyncio.Event()

    async def late(backtests: Backtests, artifact: Artifact) -> Backtest:
        await ready.wait()
        return await made(backtests, artifact)

    monkeypatch.setattr(Backtests, "_made", late)
    monkeypatch.setattr("server.review.PATIENCE", 0.05)

    async def run(crew: Team, house: House) -> None:
        await rooted(crew, house)
        root = next(one for one in crew.slack.roots(crew.channel) if "Approve for paper" in str(one))
        assert "still being computed" in words(root)
        ready.set()
        await until(lambda: "profit f." in words(crew.slack.message(crew.channel, root["ts"])))
        await all_told(crew)

    at_work(tmp_path, run)


def test_a_root_shows_what_closed_trades_made(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        (key,) = await rooted(crew, house)
        await record(house, ("trade.closed", key, {"pnl": 226.3}), ("trade.closed", key, {"pnl": -26.3}))
        await all_told(crew)
        assert "2 trades, +200" in await shown_now(house, key)
        assert any("2 trades, +200" in words(one) for one in crew.slack.roots(crew.channel))

    at_work(tmp_path, run)
