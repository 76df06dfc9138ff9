"""The executor: what is approved runs as its backtest does, once, whatever happens to the process."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from execution.backtest import Borders, run
from execution.entries import Heard, Told, read
from execution.feeds.registry import Declaration, Registry
from execution.firings import firings
from execution.firings import rows as as_rows
from execution.journal import verify
from execution.ports import FeedFailed
from server.access.tokens import create_token, revoke_token
from server.executor import Limits
from server.kill import clear_kill, set_kill
from server.runs import last_run, lines_of
from server.store.events import read_after
from server.store.tables import Cursor, Decision, Entry, Event, Strategy, Version
from server.strategies import move
from spec.artifact import write
from spec.timeframe import close_time
from tests.server.executing import (
    HISTORY,
    MARKET,
    TERMS,
    approved,
    candles,
    executing,
    frozen,
    opened,
    proposed,
    registry,
    settled,
    trading,
    until,
    watching,
)
from tests.server.store.databases import NoPostgres, new_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tortoise.models import Model

    from server.store.store import Store
    from spec.bars import Bars
    from spec.market import Market

ABOUT = ("run", "digest", "market", "timeframe")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database, once on each backend."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'drawbridge.db'}"
        return
    try:
        with new_postgres() as database:
            yield database.url
    except NoPostgres as why:
        pytest.skip(str(why))


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'drawbridge.db'}"


async def told(kind: str, subject: str | None = None) -> list[dict[str, Any]]:
    """The data of the events of a kind, without what all events of a run say."""
    rows = await read_after(0, limit=100_000, kinds=(kind,))
    data = [row.data for row in rows if subject in {None, row.subject}]
    return [{name: value for name, value in one.items() if name not in ABOUT} for one in data]


async def state(identity: str) -> str:
    return (await Strategy.get(id=identity)).state


async def bars_heard(identity: str) -> int:
    name = await last_run(identity)
    return await Entry.filter(run=name, log="strategy", line__startswith='{"is":"heard"').count() if name else 0


async def reason(identity: str) -> str:
    """Why it was stopped; there is one word on it."""
    stopped = await told("strategy.stopped", identity)
    assert len(stopped) == 1
    assert await state(identity) == "stopped"
    return str(stopped[0]["reason"])


def test_an_approved_strategy_trades_as_its_backtest(url: str) -> None:
    strategy, bars = trading(), candles()
    backtest = run(strategy, bars, Borders(), TERMS)

    async def scenario() -> None:
        async with opened(url) as store:
            identity = await approved(store, frozen(strategy))
            async with executing(store):
                await settled("stopped")
            trades = [
                {name: value for name, value in one.items() if name != "time"} for one in await told("trade.closed")
            ]
            assert trades == msgspec.to_builtins(list(backtest.trades))
            assert await signals("in") == expected(strategy, "in")
            await orders_agree(trades)
            assert (await reason(identity)) == "end of data"
            assert await Cursor.filter(name__startswith="run_").count() == 0
            verify(await lines_of(str(await last_run(identity))))

    asyncio.run(scenario())
    assert len(backtest.trades) > 10


async def signals(node: str) -> list[tuple[Any, ...]]:
    return [(one["time"], one["event"], one["price"]) for one in await told("signal.fired") if one["node"] == node]


def expected(strategy: Any, node: str) -> list[tuple[Any, ...]]:
    """What ``drawbridge signals`` says of a node after the history."""
    found, _ = firings(strategy, candles())
    after = candles()[:HISTORY].end
    frame = strategy.timeframe
    said = [one for one in as_rows(found) if one["node"] == node and close_time(one["time"], frame) > after]
    return [(one["time"], one["event"], one["price"]) for one in said]


async def orders_agree(trades: list[dict[str, Any]]) -> None:
    """Every order is submitted once and ends once; what exits fill is what the trades closed."""
    submitted = Counter(one["id"] for one in await told("order.submitted"))
    filled, cancelled = await told("order.filled"), await told("order.cancelled")
    assert set(submitted.values()) == {1}
    assert Counter(one["id"] for one in filled + cancelled) == submitted
    exits = [(one["time"], one["price"], float(one["size"])) for one in filled if one["role"] != "entry"]
    assert exits == [(one["exit_time"], one["exit_price"], one["size"]) for one in trades]
    entries = {(one["time"], one["price"]) for one in filled if one["role"] == "entry"}
    assert entries == {(one["entry_time"], one["entry_price"]) for one in trades}


def test_a_watch_runs_without_an_approval_and_makes_no_order(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            await proposed(store, frozen(watching()))
            async with executing(store):
                await settled("stopped")
            assert await signals("level") == expected(watching(), "level")
            assert len(await signals("level")) > 5
            assert await Event.filter(kind__in=["order.submitted", "trade.closed", "strategy.decided"]).count() == 0

    asyncio.run(scenario())


def test_what_was_proposed_and_not_approved_does_not_run(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            waiting = await proposed(store, frozen(trading()))
            await proposed(store, frozen(watching()))
            async with executing(store):
                await settled("stopped", "proposed")
            assert (await state(waiting), await last_run(waiting)) == ("proposed", None)

    asyncio.run(scenario())


def test_a_paused_strategy_enters_nothing_and_says_nothing_until_it_is_resumed(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_than("trade.closed", 0))
                await say(store, identity, "pause")
                await until(lambda: heard(identity, "pause"))
                before = await bars_heard(identity)
                signals_before = len(await told("signal.fired"))
                await until(lambda: more_bars(identity, before + 300))
                assert await state(identity) == "paused"
                assert len(await told("signal.fired")) == signals_before
                await say(store, identity, "resume")
                await until(lambda: is_in(identity, "running"))
                trades = len(await told("trade.closed"))
                await until(lambda: more_than("trade.closed", trades))
            assert await Event.filter(kind="strategy.started").count() == 1

    asyncio.run(scenario())


async def say(store: Store, identity: str, word: str) -> None:
    async with store.write() as work:
        await move(work, identity, word, "ann")


async def more_than(kind: str, count: int) -> bool:
    return await Event.filter(kind=kind).count() > count


async def more_bars(identity: str, count: int) -> bool:
    return await bars_heard(identity) > count


async def is_in(identity: str, wanted: str) -> bool:
    return await state(identity) == wanted


async def heard(identity: str, word: str) -> bool:
    return await Entry.filter(run=await last_run(identity), line__contains=f'"word":"{word}"').exists()


def test_a_stopped_strategy_leaves_its_position_and_ends_with_one_event(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0) as executor:
                await until(lambda: more_than("order.filled", 0))
                await say(store, identity, "stop")
                await until(lambda: ended(identity))
                assert await Cursor.filter(name__startswith="run_").count() == 0
                assert identity not in executor.running
            entered = sum(float(one["size"]) for one in await told("order.filled") if one["role"] == "entry")
            left = sum(float(one["size"]) for one in await told("order.filled") if one["role"] != "entry")
            assert entered == pytest.approx(left)
            assert len(await told("strategy.stopped")) == 1

    async def ended(identity: str) -> bool:
        return await Entry.filter(run=await last_run(identity), line__startswith='{"is":"ended"').exists()

    asyncio.run(scenario())


def test_the_kill_switch_keeps_strategies_out_and_watches_on_and_survives_a_restart(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            running = await approved(store, frozen(trading()))
            watch = await proposed(store, frozen(watching(), "watch"))
            async with executing(store, 400.0):
                await until(lambda: more_bars(running, 1))
                async with store.write() as work:
                    await set_kill(work, "ann")
                late = await approved(store, frozen(trading(0.094), "late"))
                await until(lambda: heard(running, "kill"))
            entries = await count_entries()
            async with executing(store, 2_000.0):
                await until(lambda: more_bars(running, 1_500))
                assert await count_entries() == entries
                assert (await state(running), await state(late), await state(watch)) == (
                    "running",
                    "approved",
                    "running",
                )
                async with store.write() as work:
                    await clear_kill(work, "ann")
                await settled("stopped")
            assert await count_entries() > entries
            assert await signals("level") == expected(watching(), "level")
            assert await Event.filter(kind="strategy.started", subject=late).count() == 1

    async def count_entries() -> int:
        return sum(one["role"] == "entry" for one in await told("order.submitted"))

    asyncio.run(scenario())


def test_of_more_strategies_than_may_be_open_one_waits_and_says_so_and_starts_when_there_is_room(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            first = await approved(store, frozen(trading(), "first"))
            second = await approved(store, frozen(trading(0.094), "second"))
            async with executing(store, 3_000.0, Limits(TERMS, max_open=1)):
                await settled("stopped")
            refused = await told("risk.refused", second)
            assert refused[0] == {"reason": "1 strategies run, which is the limit; it starts when one of them ends"}
            rows = await read_after(0, limit=100_000, kinds=("strategy.started", "strategy.stopped"))
            assert [(row.kind, row.subject) for row in rows] == [
                ("strategy.started", first),
                ("strategy.stopped", first),
                ("strategy.started", second),
                ("strategy.stopped", second),
            ]

    asyncio.run(scenario())


def test_an_artifact_that_was_changed_is_refused_with_the_reason(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            artifact = frozen(trading())
            identity = await approved(store, artifact)
            await tamper(identity)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith("its artifact is not the one that was approved: the digest does")
            assert await Entry.all().count() == 0

    asyncio.run(scenario())


async def tamper(identity: str) -> None:
    version = await Version.get(strategy=identity)
    changed = bytes(version.artifact).replace(b"0.095", b"0.096", 1)
    assert changed != bytes(version.artifact)
    await Version.filter(id=version.id).update(artifact=changed)


def test_rights_are_checked_again_when_a_run_goes_on_after_a_restart(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            await tamper(identity)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith("its artifact is not the one that was approved")
            assert await Cursor.filter(name__startswith="run_").count() == 0
            verify(await lines_of(str(await last_run(identity))))

    asyncio.run(scenario())


def test_an_approval_counts_no_more_once_every_token_of_the_person_is_revoked(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            async with store.write() as work:
                token, _ = await create_token(work, "ann", "approve")
            identity = await approved(store, frozen(trading()))
            async with store.write() as work:
                await revoke_token(work, token)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert await reason(identity) == "1 approvals are needed and 0 count; let others approve it"

    asyncio.run(scenario())


def test_the_proposers_approval_does_not_count_where_the_quorum_was_raised_meanwhile(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, limits=Limits(TERMS, quorum=2)):
                await until(lambda: is_in(identity, "stopped"))
            assert await reason(identity) == "2 approvals are needed and 0 count; let others approve it"

    asyncio.run(scenario())


def test_a_changed_line_ends_the_run_at_its_next_start(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            line = await Entry.get(run=await last_run(identity), log="strategy", number=5)
            await Entry.filter(id=line.id).update(line=line.line.replace("0.0", "0.1", 1))
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert await reason(identity) == (
                "line 5 of the strategy log is not the one that was written; restore the log from a backup"
            )

    asyncio.run(scenario())


def test_a_log_without_its_beginning_ends_the_run_as_well(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            await Entry.filter(log="strategy", number=0).update(line="{}")
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith("the log does not begin with the beginning of a run")
            assert await Cursor.filter(name__startswith="run_").count() == 0

    asyncio.run(scenario())


def test_what_was_said_while_the_server_was_down_is_heard_before_the_next_bar(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            before = await bars_heard(identity)
            for word in ("pause", "resume", "pause"):
                await say(store, identity, word)
            async with store.write() as work:
                await set_kill(work, "ann")
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, before))
            lines = [read(line.text) for line in await lines_of(str(await last_run(identity)))]
            bars = [at for at, line in enumerate(lines) if isinstance(line, Heard)]
            words = [(at, line.word) for at, line in enumerate(lines) if isinstance(line, Told)]
            assert [word for _, word in words] == ["pause", "resume", "pause", "kill"]
            assert bars[before - 1] < words[0][0] < words[-1][0] < bars[before]
            assert await state(identity) == "paused"

    asyncio.run(scenario())


WITHOUT_RIGHTS: dict[str, tuple[type[Model], dict[str, str] | None, str]] = {
    "its version is gone": (Version, None, "there is no version "),
    "its version has other bytes under the same digest": (Version, {"artifact": "other"}, "its artifact has another"),
    "nobody approved it": (Decision, None, "1 approvals are needed and 0 count"),
    "somebody rejected it": (Decision, {"decision": "reject"}, "somebody rejected this version"),
    "it was approved for live": (Strategy, {"approved_for": "live"}, "it is approved for live, and this server trades"),
    "the word for what it is approved for is gone": (Strategy, {"approved_for": ""}, "it is not approved"),
}


@pytest.mark.parametrize("case", WITHOUT_RIGHTS)
def test_without_the_right_it_does_not_start(sqlite: str, case: str) -> None:
    table, values, beginning = WITHOUT_RIGHTS[case]

    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            if values is None:
                await table.all().delete()
            else:
                changed = {"artifact": write(frozen(trading(0.1)))} if "artifact" in values else values
                await table.all().update(**changed)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith(beginning)
            assert await Entry.all().count() == 0

    asyncio.run(scenario())


def test_a_feed_that_fails_is_told_apart_from_a_strategy_that_does(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, feeds=broken_registry(FeedFailed("the exchange is down"), MARKET)):
                await settled("stopped")
            assert await reason(identity) == "the exchange is down"
            assert [one["reason"] for one in await told("feed.failed", identity)] == ["the exchange is down"]

    asyncio.run(scenario())


def broken_registry(error: Exception, market: Market) -> Registry:
    return Registry(((Declaration("broken", "bars", "replay", frozenset({market.name})), Feed(error)),))


class Feed:
    """A feed that breaks on its third bar."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def now(self, market: Market) -> int:
        return candles()[:HISTORY].end

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        return candles()[:HISTORY]

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        for at in range(HISTORY, HISTORY + 3):
            yield candles()[at : at + 1]
        raise self.error


def test_an_exception_ends_the_strategy_in_which_it_happened_and_no_other(sqlite: str) -> None:
    broken = msgspec.structs.replace(MARKET, symbol="ETH/EUR")
    feeds = Registry((*registry(None).feeds, *broken_registry(ZeroDivisionError(), broken).feeds))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            good = await approved(store, frozen(trading()))
            bad = await approved(store, frozen(msgspec.structs.replace(trading(), market=broken), "bad"))
            async with executing(store, feeds=feeds):
                await settled("stopped")
            assert await reason(bad) == "the program failed (ZeroDivisionError); its log tells more"
            assert await reason(good) == "end of data"
            assert len(await told("trade.closed", good)) == len(run(trading(), candles(), Borders(), TERMS).trades)
            assert await bars_heard(bad) == 3

    asyncio.run(scenario())


def test_a_market_without_a_feed_is_refused_with_the_markets_that_there_are(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            market = msgspec.structs.replace(MARKET, symbol="BTC/USDT")
            identity = await approved(store, frozen(msgspec.structs.replace(trading(), market=market)))
            unknown = await proposed(store, frozen(msgspec.structs.replace(watching(), market=None), "unknown"))
            async with executing(store):
                await settled("stopped")
            assert await reason(identity) == (
                "no feed has binance BTC/USDT; the markets that can be followed: binance ETH/BTC"
            )
            assert (await reason(unknown)).startswith("the market is unknown")

    asyncio.run(scenario())


def test_two_runs_of_one_strategy_have_names_of_their_own(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await proposed(store, frozen(watching()))
            names = []
            for _ in range(2):
                async with executing(store):
                    await settled("stopped")
                names.append(await last_run(identity))
                await Strategy.filter(id=identity).update(state="approved")
            one, other = [await lines_of(str(name)) for name in names]
            assert names[0] != names[1]
            assert one == other

    asyncio.run(scenario())
