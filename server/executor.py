"""The executor: follows the event log and keeps one task for each strategy and watch that runs.

What it knows is in the store: after a restart every run that had begun goes on after its last line, and what was
approved meanwhile begins. A run that fails ends alone, with an event that says why.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tortoise.exceptions import IntegrityError

from execution import order_kernel, strategy_kernel
from execution.journal import BrokenChain
from execution.loop import go_on
from execution.ports import BrokerFailed, FeedFailed, NoFeed
from execution.resuming import NotTheSame, began_of
from server.books import Books
from server.commands import EVERYONE, HEEDED, Commands, word_of
from server.contested import Contest
from server.custom.running import equipped
from server.feeds import with_trades
from server.journal import Journal, fail
from server.journals import Journals
from server.kill import kill_switch
from server.logs import logger
from server.peaks import RESET
from server.rights import NotEntitled, entitled
from server.runs import alive, lines_of, living
from server.starting import Limits, refuse, refuse_for_now, start
from server.store.events import PAGE, get_cursor, read_on
from server.store.store import StoreUnavailable
from server.store.tables import Strategy
from spec.bars import BadBars
from spec.strategy import BadStrategy

if TYPE_CHECKING:
    from execution.feeds.registry import Registry
    from server.brokers import Brokers
    from server.store.events import EventRow
    from server.store.store import Store

__all__ = ["Executor", "Limits"]

LOOK = 1.0  # seconds; a place may have become vacant
GATHER = 0.05  # seconds; what comes close together is read at once, as every webhook is an event
RETRY = 1.0  # seconds to the store's next chance
# What these say is a sentence for people; anything else is an error of the program.
KNOWN = (
    BadBars,
    BadStrategy,
    BrokerFailed,
    BrokenChain,
    FeedFailed,
    NoFeed,
    NotEntitled,
    NotTheSame,
    order_kernel.UnlistedTransition,
    strategy_kernel.UnlistedTransition,
)


class Job:
    """A strategy's or watch's task, and what waits to be heard by it."""

    def __init__(self, kind: str, digest: str) -> None:
        self.kind = kind
        self.digest = digest  # of the version that is to begin; a run that began goes on with its own
        self.commands = Commands()
        self.contest = Contest()
        self.task: asyncio.Task[None] | None = None


class Executor:
    """Runs what is approved, on the feeds given, until it is cancelled."""

    def __init__(self, store: Store, feeds: Registry, limits: Limits, brokers: Brokers | None = None) -> None:
        self.store = store
        self.brokers = brokers
        self.feeds = feeds
        self._heard = with_trades(feeds)
        self.limits = limits
        self.books = Books(limits.accounts)
        self.journals = Journals(store)
        self._jobs: dict[str, Job] = {}
        self._waiting: set[tuple[str, str]] = set()  # strategies and the rules that were told of them
        self._vacant = False
        self._seq = 0

    @property
    def running(self) -> frozenset[str]:
        """The strategies and watches that have a task."""
        return frozenset(self._jobs)

    async def run(self) -> None:
        """Take up what runs and follow the log for ever; cancelled, every run rests at its last line."""
        self._seq = self.store.last_seq
        try:
            rows = {row.id: row for row in await Strategy.all()}
            runs = await living()
            self.books.killed = (await kill_switch()).set
            await self.books.open(run for _, run in runs)
            for identity, run in runs:
                self._spawn(rows[identity], run)
            await self._admit()
            while True:
                await self._news()
        finally:
            tasks = [job.task for job in self._jobs.values() if job.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._jobs.clear()

    async def _news(self) -> None:
        """Wait for events, and act on those that matter; the store's trouble is waited for."""
        try:
            async with asyncio.timeout(LOOK), self.store.changed:
                await self.store.changed.wait_for(lambda: self.store.last_seq > self._seq)
        except TimeoutError:
            pass
        await asyncio.sleep(GATHER)
        try:
            known = self.store.last_seq
            rows = await read_on(self.store, self._seq, kinds=HEEDED)
            for row in rows:
                await self._hear(row)
            last = rows[-1].seq if rows else self._seq
            self._seq = last if len(rows) == PAGE else max(last, known)
            if self._vacant:
                self._vacant = False
                await self._admit()
        except StoreUnavailable as error:
            self._vacant = True
            logger().warning("the executor waits for the store", reason=str(error))
            await asyncio.sleep(RETRY)

    async def _hear(self, row: EventRow) -> None:
        if row.kind in EVERYONE:
            self.books.killed = row.kind == "kill.set"
        if row.kind == RESET:
            self.books.reset_peak((row.subject, row.data["currency"]))
        if word_of(row) is not None:
            heard = self._jobs.values() if row.kind in EVERYONE else filter(None, [self._jobs.get(row.subject)])
            for job in heard:
                job.commands.put(row)
        if row.kind in {"strategy.approved", "strategy.resumed", "kill.cleared"}:
            await self._admit()

    async def _admit(self) -> None:
        """Start what is approved and may start now."""
        killed = (await kill_switch()).set
        for row in await Strategy.filter(state="approved").order_by("created_at", "id"):
            if row.id in self._jobs:
                continue
            if row.kind == "strategy" and (why := self._why_not(killed=killed)) is not None:
                await self._keep_waiting(row.id, *why)
            else:
                self._waiting = {one for one in self._waiting if one[0] != row.id}
                self._spawn(row, None)

    def _why_not(self, *, killed: bool) -> tuple[str, str] | None:
        """The rule that keeps an approved strategy from starting, and the reason."""
        most = self.limits.max_open
        if killed:
            return "kill switch", "the kill switch is on; it starts once that is off"
        if self._open() >= most:
            return "open strategies", f"{most} strategies run, which is the limit; it starts when one of them ends"
        return None

    def _open(self) -> int:
        return sum(job.kind == "strategy" for job in self._jobs.values())

    async def _keep_waiting(self, identity: str, rule: str, reason: str) -> None:
        """Say once why it does not start."""
        if (identity, rule) not in self._waiting:
            await refuse_for_now(self.store, identity, rule, reason)
            self._waiting.add((identity, rule))

    def _spawn(self, row: Strategy, run: str | None) -> None:
        job = self._jobs[row.id] = Job(row.kind, row.digest)
        job.task = asyncio.create_task(self._live(row.id, job, run), name=f"run of {row.id}")

    async def _live(self, identity: str, job: Job, run: str | None) -> None:
        """One strategy's life in this process; the store's trouble is waited for, any other ends the run."""
        try:
            while True:
                try:
                    run = await self._run_of(identity, job, run)
                    if run is not None:
                        await self._go_on(identity, job, run)
                except StoreUnavailable as error:
                    logger().warning("a run waits for the store", strategy=identity, reason=str(error))
                    await asyncio.sleep(RETRY)
                except IntegrityError:
                    job.contest.lost = True
                else:
                    return
        except Exception as error:  # noqa: BLE001 - whatever it was, the others go on
            await self._end(identity, (job, run), error)
        finally:
            del self._jobs[identity]
            if run is not None:
                self.books.leave(run)
            self._vacant = True

    async def _run_of(self, identity: str, job: Job, run: str | None) -> str | None:
        if job.contest.lost:
            return await job.contest.outlast(self.store, identity)
        return run or await alive(identity) or await start(self.store, self.feeds, self.limits, (identity, job.digest))

    async def _go_on(self, identity: str, job: Job, run: str) -> None:
        began = began_of(await lines_of(run, 1))
        row = await Strategy.get(id=identity)
        live = isinstance(began.account, str)
        artifact = await entitled(row, began.digest, self.limits.quorum, "live" if live else "paper")
        market = artifact.strategy.market
        if market is None:
            msg = "the market is unknown, so nothing can be evaluated"
            raise BadStrategy(msg)
        _, feed = (self._heard.live if live else self._heard).of(market)
        await job.commands.catch_up(identity, await get_cursor(run))
        journal = Journal(self.journals, run, began, self.books.seat(run, began))
        with equipped(artifact.strategy, allowed=self.limits.custom_nodes) as strategy:
            if not isinstance(began.account, str) or self.brokers is None:
                await go_on(strategy, feed, journal, job.commands)
                return
            line = self.brokers.line(run, began.account, market.symbol)
            try:
                await go_on(strategy, feed, journal, job.commands, line)
            finally:
                self.brokers.leave(line)

    async def _end(self, identity: str, what: tuple[Job, str | None], error: Exception) -> None:
        """End what failed, with a sentence; again and again until the store takes it."""
        job, run = what
        known = isinstance(error, KNOWN)
        reason = str(error) if known else f"the program failed ({type(error).__name__}); its log tells more"
        logger().error("a run failed", strategy=identity, run=run, reason=reason, exc_info=None if known else error)
        fault = "feed" if isinstance(error, FeedFailed) else "strategy"
        while True:
            try:
                await (
                    refuse(self.store, identity, job.digest, reason)
                    if run is None
                    else fail(self.journals, (identity, run), reason, fault)
                )
            except StoreUnavailable:
                await asyncio.sleep(RETRY)
            else:
                return
