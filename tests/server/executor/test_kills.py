"""The executor under ``kill -9`` and a database that hangs up: nothing twice, nothing missing, the same bytes."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from execution.journal import verify
from server import contested
from server.clock import now_ms
from server.runs import last_run, lines_of
from server.store.events import read_after
from server.store.tables import Decision, Strategy, Version
from spec.artifact import write
from tests.server.executor.executing import executing, frozen, opened, settled, trading, until, watching
from tests.server.executor.ledgers import check_ledger, most_open

if TYPE_CHECKING:
    from execution.journal import Line
    from server.store.store import Store
    from spec.strategy import Artifact
    from tests.server.store.databases import Postgres

SPEED = 2_000.0  # bars a second: the replay lasts for two and a half seconds
PLAYED = {
    "str_trades": frozen(trading()),
    "str_other": frozen(trading(0.094), "other"),
    "str_watch": frozen(watching(), "w"),
}

# A run's lines, and the kinds and data of its strategy's events, by the strategy.
Written = dict[str, tuple[tuple["Line", ...], list[tuple[str, dict[str, Any]]]]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """What is written where nobody interferes."""

    async def scenario() -> Written:
        async with opened(f"sqlite://{tmp_path_factory.mktemp('calm') / 'calm.db'}") as store:
            await fill(store)
            async with executing(store):
                await settled("stopped")
            return await written()

    return asyncio.run(scenario())


async def fill(store: Store) -> None:
    """Strategies under names that every database has alike."""
    for identity, artifact in PLAYED.items():
        await _store(store, identity, artifact)


async def _store(store: Store, identity: str, artifact: Artifact) -> None:
    """An approved strategy as proposing and deciding leave it."""
    async with store.write() as work:
        await Strategy.create(
            id=identity,
            slug=artifact.id,
            name=artifact.name,
            kind=artifact.strategy.kind,
            timeframe=artifact.strategy.timeframe,
            export="exp_1",
            proposer="ann",
            state="approved",
            digest=artifact.digest,
            approved_for="paper",
            created_at=now_ms(),
            using_db=work.connection,
        )
        await Version.create(
            id=f"ver_{identity}",
            strategy=identity,
            number=1,
            digest=artifact.digest,
            artifact=write(artifact),
            created_at=now_ms(),
            using_db=work.connection,
        )
        await Decision.create(
            id=f"dec_{identity}",
            strategy=identity,
            digest=artifact.digest,
            person="ann",
            decision="approve",
            purpose="paper",
            at=now_ms(),
            using_db=work.connection,
        )


async def written() -> Written:
    events = defaultdict(list)
    for row in await read_after(0, limit=100_000):
        events[row.subject].append((row.kind, row.data))
    runs = {identity: str(await last_run(identity)) for identity in PLAYED}
    return {identity: (await lines_of(run), events[identity]) for identity, run in runs.items()}


async def read(url: str) -> Written:
    async with opened(url):
        return await written()


async def prepare(url: str) -> None:
    async with opened(url) as store:
        await fill(store)


def child(url: str, *more: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-X", "faulthandler", "-m", "tests.server.executor.executing", url, str(SPEED), *more]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def kill_at_random(url: str, dice: random.Random, *more: str) -> bool:
    """Start a server and kill it: while it starts, or some time after it has; whether it was still at work."""
    with child(url, *more) as process:
        assert process.stdout is not None
        if dice.random() < 0.8:
            process.stdout.readline()
            time.sleep(dice.uniform(0.0, 0.45))
        else:
            time.sleep(dice.uniform(0.2, 1.5))
        at_work = process.poll() is None
        process.kill()
    return at_work


def storm(url: str, seed: int, kills: int, *more: str) -> None:
    """Kill a server again and again, then let one come to its end."""
    dice = random.Random(seed)
    asyncio.run(prepare(url))
    killed = sum(kill_at_random(url, dice, *more) for _ in range(kills))
    assert killed >= kills // 2
    with child(url, *more) as process:
        assert process.wait(timeout=120) == 0


def test_killed_again_and_again_it_writes_what_an_undisturbed_server_writes(url: str, undisturbed: Written) -> None:
    storm(url, seed=1, kills=5)
    after = asyncio.run(read(url))
    for identity, (lines, events) in undisturbed.items():
        verify(after[identity][0])
        assert after[identity][0] == lines
        assert after[identity][1] == events
    assert asyncio.run(ledger(url)) > 1_000


def test_killed_again_and_again_two_runs_of_an_account_keep_to_its_limit_and_the_ledger_to_their_logs(url: str) -> None:
    storm(url, 2, 6, "bounded")
    assert asyncio.run(ledger(url)) > 100
    assert asyncio.run(at_once(url)) == 1


async def ledger(url: str) -> int:
    """The number of the ledger's rows, which are what the logs say."""
    async with opened(url):
        return await check_ledger()


async def at_once(url: str) -> int:
    async with opened(url):
        return await most_open()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_killed_more_often_it_writes_the_same(url: str, seed: int, undisturbed: Written) -> None:
    storm(url, seed, kills=8)
    assert asyncio.run(read(url)) == undisturbed


def test_the_undisturbed_run_has_something_to_lose(undisturbed: Written) -> None:
    kinds = [kind for _, events in undisturbed.values() for kind, _ in events]
    assert kinds.count("trade.closed") > 20
    assert kinds.count("signal.fired") > 100
    assert len({lines[-1].hash for lines, _ in undisturbed.values()}) == len(PLAYED)


def test_two_servers_on_one_database_write_no_line_twice(sqlite: str, undisturbed: Written) -> None:
    async def scenario() -> Written:
        async with opened(sqlite) as store:
            await fill(store)
            async with executing(store, SPEED):
                await until(partial(reached, 500))
            async with executing(store, SPEED), executing(store, SPEED):
                await settled("stopped")
            return await written()

    found = asyncio.run(scenario())
    told = [one for _, events in found.values() for one in events if one[0] == contested.KIND]
    assert told
    without = {name: (lines, [one for one in events if one not in told]) for name, (lines, events) in found.items()}
    assert without == undisturbed


def test_a_database_that_hangs_up_on_it_loses_nothing(postgres: Postgres, undisturbed: Written) -> None:
    async def scenario() -> Written:
        async with opened(postgres.url) as store:
            await fill(store)
            async with executing(store, SPEED):
                for bars in (200, 1_000, 2_500):
                    await until(partial(reached, bars))
                    await hang_up(postgres)
                await settled("stopped")
            return await written()

    assert asyncio.run(scenario()) == undisturbed


async def reached(bars: int) -> bool:
    run = await last_run("str_trades")
    return run is not None and len(await lines_of(run)) > bars


async def hang_up(database: Postgres) -> None:
    """End every other connection to the database from the server's side."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    await database.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
