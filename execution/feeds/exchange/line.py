"""The line to one market: the loop of dialling, hearing, auditing and dialling again, written once.

The network is only reached from here; what is true is decided by the assembly.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from execution.feeds.exchange.access import Kind, Unreachable, Unserved
from execution.feeds.exchange.sources import Candles, News, Polling, Source, Trades, kinds_of

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import AsyncGenerator, Callable

    from execution.feeds.exchange.assembly import Assembly, Difference
    from execution.feeds.exchange.rest import Rest
    from execution.feeds.exchange.rows import Row
    from execution.feeds.exchange.terms import Terms
    from execution.ports import Clock


class Line:
    """Closed rows of one symbol on one of the exchange's timeframes; ``differ`` hears what differs from them later."""

    def __init__(self, rest: Rest, symbol: str, assembly: Assembly, terms: Terms, clock: Clock) -> None:
        self.assembly = assembly
        self.reconnects = 0
        self.trouble: str | None = None
        self.kind: Kind = "ws"
        self.differ: Callable[[tuple[Difference, ...]], None] = _ignore
        self._kinds: tuple[Kind, ...] = ()
        self._rest = rest
        self._symbol = symbol
        self._terms = terms
        self._clock = clock
        self._tries = 0
        self._asked_at = assembly.frontier  # the frontier when REST was asked last
        self._ask_again = 0.0  # on the clock

    async def rows(self) -> AsyncGenerator[list[Row], None]:
        """Closed rows, in runs of one or more, without an end; raises FeedFailed where no other try can help."""
        while True:
            source: Source | None = None
            try:
                source = await self._dial()
                async for rows in self._heard(source):
                    yield rows
            except Unserved as error:
                self._kinds = self._kinds[1:]
                self.trouble = f"another source is taken: {error}"
            except Unreachable as error:
                self.trouble = str(error)
            finally:
                if source is not None:
                    await source.close()
            self.assembly.interrupt()
            self._ask_again = self._clock.now()
            self.reconnects += 1
            self._tries += 1
            await self._clock.sleep(self._terms.pause(self._tries))

    async def _dial(self) -> Source:
        timeframe = self.assembly.timeframe
        self._kinds = self._kinds or kinds_of(await self._rest.client(), timeframe, self._rest.access.sources)
        self.kind = self._kinds[0]
        match self.kind:
            case "ws":
                return Candles(await self._rest.line(), self._symbol, timeframe)
            case "trades":
                return Trades(await self._rest.line(), self._symbol, timeframe)
            case "rest":
                return Polling(self._clock, self._terms.poll)

    async def _heard(self, source: Source) -> AsyncGenerator[list[Row], None]:
        """What is closed, while the source lives: it is heard while REST is asked, so that it loses nothing."""
        task, heard_at = asyncio.ensure_future(source.next()), self._clock.now()
        try:
            while True:
                if self._due():
                    confirmed = await self._audit()
                    if rows := self.assembly.ready(unaudited=not confirmed):
                        yield rows
                if await self._waited(task, heard_at):
                    self._take(task)
                    task, heard_at = asyncio.ensure_future(source.next()), self._clock.now()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _take(self, task: Task[News]) -> None:
        if task.cancelled():
            msg = "the connection was given up"
            raise Unreachable(msg)
        news = task.result()
        self.assembly.hear(news.rows, news.spoiled)
        if news.ask:
            self.assembly.suspect()
            self._ask_again = self._clock.now()
        self._tries = 0
        if self.assembly.question() is None:
            self.trouble = None

    async def _waited(self, task: Task[News], heard_at: float) -> bool:
        """Whether there are news; False when REST is to be asked again. Raises Unreachable after a long silence."""
        silence = self._terms.silence_on(self.assembly.timeframe) if self.kind != "rest" else float("inf")
        left = heard_at + silence - self._clock.now()
        if left <= 0 and not task.done():
            msg = f"nothing was heard for {silence:g} s"
            raise Unreachable(msg)
        if self.assembly.question() is not None:
            left = min(left, max(0.0, self._ask_again - self._clock.now()))
        done, _ = await asyncio.wait({task}, timeout=left if left < float("inf") else None)
        return bool(done)

    def _due(self) -> bool:
        """Whether REST is to be asked now: a bar closed since it was asked last, or it is time to ask again."""
        if self.assembly.question() is None:
            return False
        return self.assembly.frontier > self._asked_at or self._clock.now() >= self._ask_again

    async def _audit(self) -> bool:
        """Ask REST until it has told all there is; False where it could not in the time that there is."""
        end = self._clock.now() + self._terms.audit
        tries, self._asked_at = 0, self.assembly.frontier
        while (since := self.assembly.question()) is not None:
            tries = 0 if await self._told(since, end) else tries + 1
            pause = self._terms.pause(tries) if tries else 0.0
            if self._clock.now() + pause >= end:
                self._ask_again = self._clock.now() + self._terms.pause(max(1, tries))
                return False
            if pause:
                await self._clock.sleep(pause)
        self.trouble = None
        return True

    async def _told(self, since: int, end: float) -> bool:
        """Whether REST told something new."""
        covered = self.assembly.covered
        timeframe = self.assembly.timeframe
        try:
            async with asyncio.timeout(max(0.001, end - self._clock.now())):
                rows = await self._rest.page(self._symbol, timeframe, since, covered)
        except (Unreachable, TimeoutError) as error:
            self.trouble = str(error) or "REST did not answer in time"
            return False
        self.differ(self.assembly.answer(since, rows))
        return self.assembly.covered > covered


def _ignore(_: tuple[Difference, ...]) -> None:
    pass
