"""The loop of one run: bars, commands and the broker's reports in, lines to the journal out, until it ends.

Nothing that was not written has happened: where the journal refuses, the run is dropped and resumed from its lines. An
order is sent once its line is written, never before and never again: after a stop it is asked for.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from execution.live_runner import LiveRunner
from execution.messages import Lost, Standing
from execution.ports import Word
from execution.resuming import began_of, link, resume
from spec import timeframe as tf
from spec.bars import Bars
from spec.strategy import BadStrategy

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from execution.entries import Entry
    from execution.journal import Chain
    from execution.messages import FromBroker
    from execution.ports import Broker, Commands, Feed, Journal
    from execution.runner import Runner
    from spec.strategy import Strategy

FEW = 8  # bars; more of them at once are evaluated beside the event loop
FRESH = 120  # seconds after its close a bar may still be entered on at an exchange


class Command(Struct, frozen=True):
    """A numbered command."""

    number: int
    word: Word


class Over(Struct, frozen=True):
    """The feed has ended."""


Happening: TypeAlias = "Bars | Command | Over | FromBroker"


async def go_on(
    strategy: Strategy, feed: Feed, journal: Journal, commands: Commands, broker: Broker | None = None
) -> str:
    """Follow a run that began from its last line to its end; the reason that it ended for.

    Raises what ``resume`` does, FeedFailed, BrokerFailed, whatever the journal raises, and the kernels'
    UnlistedTransition.
    """
    lines = await journal.read()
    began, market = began_of(lines), strategy.market
    if market is None:
        msg = "the market is unknown, so nothing can be evaluated; answer the question for the market and freeze again"
        raise BadStrategy(msg)
    history = await journal.history()
    if history is None:
        history = await feed.history(market, began.timeframe, began.after)
    runner, chain = await asyncio.to_thread(resume, lines, strategy, history)
    after = max(began.after, tf.close_time(runner.time, began.timeframe))
    run = Live(runner, chain, journal, broker) if isinstance(runner, LiveRunner) else Run(runner, chain, journal)
    run.now = lambda: feed.now(market)
    stream = feed.bars(market, began.timeframe, after)
    async with aclosing(_happenings(stream, commands, broker)) as happenings:
        await run.begin()
        while runner.ended is None:
            await run.take(await anext(happenings))
    return runner.ended


class Run:
    """What each happening leads to, written before it counts."""

    now: Callable[[], int]

    def __init__(self, runner: Runner, chain: Chain, journal: Journal) -> None:
        self.runner = runner
        self.chain = chain
        self.journal = journal

    async def begin(self) -> None:
        """Nothing is left open on paper."""

    async def take(self, happening: Happening) -> None:
        """Let the run hear one thing."""
        match happening:
            case Command(number, word):
                await self.write(self.runner.tell(word), number)
            case Over():
                await self.write(self.runner.tell("finish"))
            case Bars():
                await self.bars(happening)
            case _:
                pass

    async def bars(self, bars: Bars) -> None:
        """The next closed bars; one by one where the account has limits, as other runs may trade on it too."""
        step = 1 if self.runner.bounded else len(bars)
        for at in range(0, len(bars), step):
            if self.runner.ended is not None:
                return
            some, lines = bars[at : at + step], self._known(bars[at : at + step])
            # Between what is known and what is decided nothing is waited for, but code, which may take its time.
            few = len(some) <= FEW and not self.runner.ticker.coded
            lines += self.runner.take(some) if few else await asyncio.to_thread(self.runner.take, some)
            await self.write(lines)

    def _known(self, bars: Bars) -> list[Entry]:
        """How the rest of the account stands, where that has changed."""
        if self.runner.desk is None:
            return []
        rest = self.journal.rest(max(0, self.now() - bars.end))
        return [] if rest == self.runner.desk.rest else self.runner.know(rest)

    async def write(self, lines: list[Entry], heard: int | None = None) -> None:
        """What happened, as lines."""
        await self.journal.append(link(self.chain, lines), heard)


class Live(Run):
    """A run on an exchange: bars that are too old are not entered on, and requests follow their lines."""

    def __init__(self, runner: LiveRunner, chain: Chain, journal: Journal, broker: Broker | None) -> None:
        super().__init__(runner, chain, journal)
        if broker is None:
            msg = "the run trades on an exchange, and there is no broker for it"
            raise BadStrategy(msg)
        self.live, self.broker = runner, broker

    async def begin(self) -> None:
        """Ask how everything stands that was under way."""
        self.live.requests()  # of lines that were written before: sent, or lost with the one who was to send them
        await self.broker.follow(self.live.following())
        await self.write(self.live.ask())

    async def take(self, happening: Happening) -> None:
        """Let the run hear one thing."""
        match happening:
            case tuple():
                for report in happening:
                    await self.write(self.live.report(report))
            case Standing():
                await self.write(self.live.stand(happening))
            case Lost():
                await self.begin()
            case _:
                await super().take(happening)

    async def bars(self, bars: Bars) -> None:
        """Closed bars one by one, each with the word whether it is too late for it."""
        for row in range(len(bars)):
            one = bars[row : row + 1]
            late = self.now() - one.end > FRESH
            if late is not self.live.late:
                await self.write(self.live.tell("late" if late else "current"))
            await super().bars(one)
            if self.live.ended is not None:
                return

    async def write(self, lines: list[Entry], heard: int | None = None) -> None:
        """Lines first, then what they ask for."""
        if lines or heard is not None:
            await super().write(lines, heard)
        requests = self.live.requests()
        if requests:
            await self.broker.send(requests)


async def _happenings(
    stream: AsyncIterator[Bars], commands: Commands, broker: Broker | None
) -> AsyncGenerator[Happening, None]:
    """What happens, as it comes: a command before reports that wait, and those before bars."""
    sources: list[Callable[[], Awaitable[Happening]]] = [lambda: _command(commands)]
    if broker is not None:
        sources.append(broker.get)
    sources.append(lambda: _next(stream))
    waiting: list[Future[Any] | None] = [None] * len(sources)
    try:
        while True:
            for at, source in enumerate(sources):
                waiting[at] = waiting[at] or asyncio.ensure_future(source())
            futures = [one for one in waiting if one is not None]
            await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
            at = next(at for at, one in enumerate(futures) if one.done())
            waiting[at] = None
            yield futures[at].result()
    finally:
        left = [task for task in waiting if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _command(commands: Commands) -> Command:
    return Command(*await commands.get())


async def _next(stream: AsyncIterator[Bars]) -> Bars | Over:
    return await anext(stream, Over())
