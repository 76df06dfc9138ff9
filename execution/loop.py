"""The loop of one run: bars, commands and the broker's reports in, lines to the journal out, until it ends.

Nothing that was not written has happened: where the journal refuses, the run is dropped and resumed from its lines. An
order is sent once its line is written, never before and never again: after a stop it is asked for.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET, Struct

from execution import entries as say
from execution.feeds.seats import Held
from execution.feeds.tick_feed import TickFeed, Waiting
from execution.live_runner import LiveRunner
from execution.messages import Lost, Standing
from execution.ports import Word
from execution.resuming import began_of, link, resume
from execution.runner import STALE
from spec import timeframe as tf
from spec.bars import Bars
from spec.strategy import BadStrategy

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from execution.entries import Entry
    from execution.feeds.seats import Seat
    from execution.feeds.tick_feed import Place
    from execution.journal import Chain
    from execution.messages import FromBroker
    from execution.ports import Broker, Commands, Feed, Journal, Tick
    from execution.runner import Runner
    from spec.market import Market
    from spec.strategy import Strategy

FEW = 8  # bars; more of them at once are evaluated beside the event loop
PATIENCE = 1.0  # seconds that a bar waits for its last trades
LOOK = 0.02  # seconds
FRESH = 120  # seconds after its close a bar may still be entered on at an exchange


class Command(Struct, frozen=True):
    """A numbered command."""

    number: int
    word: Word


class Over(Struct, frozen=True):
    """The feed has ended."""


Happening: TypeAlias = "Bars | Command | Over | FromBroker | Waiting"


async def go_on(
    strategy: Strategy, feed: Feed, journal: Journal, commands: Commands, broker: Broker | None = None
) -> str:
    """Follow a run that began from its last line to its end; the reason that it ended for.

    Raises what ``resume`` does, FeedFailed, BrokerFailed, whatever the journal raises, and the kernels'
    UnlistedTransition.
    """
    market = strategy.market
    if market is None:
        msg = "the market is unknown, so nothing can be evaluated; answer the question for the market and freeze again"
        raise BadStrategy(msg)
    began, runner, chain = await _resumed(strategy, (market, feed), journal)
    after = max(began.after, tf.close_time(runner.time, began.timeframe))
    run = Live(runner, chain, journal, broker) if isinstance(runner, LiveRunner) else Run(runner, chain, journal)
    run.now = lambda: feed.now(market)
    stream = feed.bars(market, began.timeframe, after)
    ticked = feed if isinstance(feed, TickFeed) and runner.ticked else None
    place = ticked.sit(market, began.timeframe) if ticked else None
    run.hear(place.seat if place else None, began.timeframe)
    try:
        async with aclosing(_happenings(stream, commands, (broker, place))) as happenings:
            await run.begin()
            while runner.ended is None:
                await run.take(await anext(happenings))
                run.rest()
    finally:
        if ticked and place:
            await ticked.leave(market, place)
    return runner.ended


async def _resumed(strategy: Strategy, place: tuple[Market, Feed], journal: Journal) -> tuple[say.Began, Runner, Chain]:
    """The run as it stood; its lines and the bars before it are let go, as there may be a thousand runs."""
    market, feed = place
    lines, history = await journal.read(), await journal.history()
    began = began_of(lines)
    if history is None:
        history = await feed.history(market, began.timeframe, began.after)
    return began, *await asyncio.to_thread(resume, lines, strategy, history)


class Run:
    """What each happening leads to, written before it counts."""

    now: Callable[[], int]

    def __init__(self, runner: Runner, chain: Chain, journal: Journal) -> None:
        self.runner = runner
        self.chain = chain
        self.journal = journal
        self.seat: Seat | None = None
        self.timeframe = ""
        self.held = Held()

    def hear(self, seat: Seat | None, timeframe: str) -> None:
        """The run hears trades from now on."""
        self.seat, self.timeframe = seat, timeframe

    def rest(self) -> None:
        """Hear of no trade that changes nothing."""
        if self.seat is not None:
            self.seat.rest(self.runner.bar, self.runner.quiet)

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
                await self.turn()
            case Waiting() if self.seat is not None:
                self.hold(self.seat)
                await self.turn()
            case _:
                pass

    def hold(self, seat: Seat) -> None:
        """Take what waits; what is too much is dropped, and its bars are told by their candles."""
        seat.spill(self.held.add(seat.take()))

    async def turn(self) -> None:
        """Hear the trades of the bar that follows the last one; those of a later bar wait until that bar's turn."""
        await self.ticks(tf.close_time(self.runner.time, self.timeframe))

    async def ticks(self, bar: int) -> None:
        """Hear the trades of one bar."""
        mine = self.held.take(bar)
        step = 1 if self.runner.bounded else max(1, len(mine))
        for at in range(0, len(mine), step):
            lines = self.known(mine[at].time // 1000)
            lines += [line for tick in mine[at : at + step] for line in self.tick(bar, tick)]
            if lines:
                await self.write(lines)

    def tick(self, bar: int, tick: Tick) -> list[Entry]:
        """What comes of a trade; on paper it fills at its own price, however late it is heard."""
        return self.runner.tick(bar, tick)

    async def bars(self, bars: Bars) -> None:
        """The next closed bars; from where trades are heard, each after its own."""
        if self.seat is None:
            await self.block(bars)
            return
        self.hold(self.seat)
        joined, begun = self.seat.joined, self.runner.bar is not None
        early = len(bars) if joined is None else int((bars.time < joined).sum())
        await self.each(bars[:begun], self.seat)
        if early > begun and self.runner.ended is None:
            await self.block(bars[begun:early])
        await self.each(bars[max(early, begun) :], self.seat)

    async def each(self, bars: Bars, seat: Seat) -> None:
        """Closed bars, each after its trades."""
        for row in range(len(bars)):
            one = bars[row : row + 1]
            await self.wait_for_trades(one, seat)
            await self.ticks(int(one.time[0]))
            if self.runner.ended is not None:
                return
            gap = seat.gap(one, self.runner.bar)
            missed = self.runner.miss(say.Missed(int(one.time[0]), *gap)) if gap is not None else []
            await self.write([*missed, *await self.heard(one)])

    async def wait_for_trades(self, bar: Bars, seat: Seat) -> None:
        """The trades of a bar may come a little after its candle."""
        waited, time = 0.0, int(bar.time[0])
        while waited < PATIENCE and seat.lags(time) and seat.gap(bar, self.runner.bar) is not None:
            waited += LOOK
            await asyncio.sleep(LOOK)
            self.hold(seat)

    async def block(self, bars: Bars) -> None:
        """Closed bars without trades; one by one where the account has limits, as other runs may trade on it too."""
        step = 1 if self.runner.bounded else len(bars)
        for at in range(0, len(bars), step):
            if self.runner.ended is not None:
                return
            await self.write(await self.heard(bars[at : at + step]))

    async def heard(self, bars: Bars) -> list[Entry]:
        """What comes of closed bars. Between what is known and what is decided on one nothing is waited for.

        So code, which may take its time, is asked before.
        """
        coded = self.runner.ticker.coded
        if coded and len(bars) == 1:
            said = await asyncio.to_thread(self.runner.evaluate, bars)
            return [*self.known(bars.end), *self.runner.take(bars, said)]
        lines = self.known(bars.end)
        if coded or len(bars) > FEW:
            return [*lines, *await asyncio.to_thread(self.runner.take, bars)]
        return [*lines, *self.runner.take(bars)]

    def known(self, since: int) -> list[Entry]:
        """How the rest of the account stands, where that has changed; ``since`` is when the feed last spoke."""
        if self.runner.desk is None:
            return []
        rest = self.journal.rest(max(0, self.now() - since))
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
                await self.write([line for report in happening for line in self.live.report(report)])
            case Standing():
                lines = self.live.stand(happening)
                await self.write(lines)
                if self.live.ended is None and any(isinstance(line, say.Filled) for line in lines):
                    await self.begin()  # written off: the broker sends no more than what it knows to be held
            case Lost():
                await self.begin()
            case _:
                await super().take(happening)

    async def bars(self, bars: Bars) -> None:
        """Closed bars one by one, each with the word whether it is too late for it."""
        for row in range(len(bars)):
            one = bars[row : row + 1]
            await self.date(one.end)
            await super().bars(one)
            if self.live.ended is not None:
                return
            if self.live.wish is not None:
                await self.write(self.live.tell("leave"))

    async def ticks(self, bar: int) -> None:
        """Hear the trades of one bar; after bars that were too late, a trade may be the first that is not.

        None says that it is: that would take back an entry that rests, which may fill as well now as before.
        """
        first = self.held.first(bar)
        if first is not None and self.live.late:
            await self.date(first.time // 1000)
        await super().ticks(bar)

    def tick(self, bar: int, tick: Tick) -> list[Entry]:
        """What comes of a trade; one that waited too long is not entered on, as the market may be elsewhere by now."""
        late = self.now() - tick.time // 1000
        return self.live.tick(bar, tick, late if late > STALE else UNSET)

    async def date(self, time: int) -> None:
        """Say whether what happened then is too late to be entered on, if that was otherwise before."""
        late = self.now() - time > FRESH
        if late is not self.live.late:
            await self.write(self.live.tell("late" if late else "current"))

    async def write(self, lines: list[Entry], heard: int | None = None) -> None:
        """Lines first, then what they ask for."""
        if lines or heard is not None:
            await super().write(lines, heard)
        requests = self.live.requests()
        if requests:
            await self.broker.send(requests)


async def _happenings(
    stream: AsyncIterator[Bars], commands: Commands, more: tuple[Broker | None, Place | None]
) -> AsyncGenerator[Happening, None]:
    """What happens, as it comes: a command before reports that wait, those before bars, and trades last."""
    broker, place = more
    sources: list[Callable[[], Awaitable[Happening]]] = [lambda: _command(commands)]
    if broker is not None:
        sources.append(broker.get)
    sources.append(lambda: _next(stream))
    if place is not None:
        sources.append(place.get)
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
