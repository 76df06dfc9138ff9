"""The loop of one run: bars from the feed and commands in, lines to the journal out, until it ends.

Nothing that was not written has happened: where the journal refuses, the run is dropped and resumed from its lines.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeAlias

from execution.resuming import began_of, link, resume
from spec import timeframe as tf
from spec.strategy import BadStrategy

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncGenerator, AsyncIterator

    from execution.entries import Entry
    from execution.ports import Commands, Feed, Journal, Word
    from execution.runner import Runner
    from spec.bars import Bars
    from spec.strategy import Strategy

    Happening: TypeAlias = Bars | tuple[int, Word] | None  # closed bars, a numbered command, or the end of the feed

FEW = 8  # bars; more of them at once are evaluated beside the event loop


async def go_on(strategy: Strategy, feed: Feed, journal: Journal, commands: Commands) -> str:
    """Follow a run that began from its last line to its end; the reason that it ended for.

    Raises what ``resume`` does, FeedFailed, whatever the journal raises, and the kernels' UnlistedTransition.
    """
    lines = await journal.read()
    began, market = began_of(lines), strategy.market
    if market is None:
        msg = "the market is unknown, so nothing can be evaluated; answer the question for the market and freeze again"
        raise BadStrategy(msg)
    history = await feed.history(market, began.timeframe, began.after)
    runner, chain = await asyncio.to_thread(resume, lines, strategy, history)
    after = max(began.after, tf.close_time(runner.time, began.timeframe))
    async with aclosing(_happenings(feed.bars(market, began.timeframe, after), commands)) as happenings:
        while runner.ended is None:
            match await anext(happenings):
                case None:
                    await journal.append(link(chain, runner.tell("finish")))
                case (number, word):
                    await journal.append(link(chain, runner.tell(word)), number)
                case bars:
                    await journal.append(link(chain, await _taken(runner, bars)))
    return runner.ended


async def _taken(runner: Runner, bars: Bars) -> list[Entry]:
    return runner.take(bars) if len(bars) <= FEW else await asyncio.to_thread(runner.take, bars)


async def _happenings(stream: AsyncIterator[Bars], commands: Commands) -> AsyncGenerator[Happening, None]:
    """Bars and commands as they come, a command before bars that wait."""
    bars: Future[Bars | None] | None = None
    command: Future[tuple[int, Word]] | None = None
    try:
        while True:
            bars = bars or asyncio.ensure_future(_next(stream))
            command = command or asyncio.ensure_future(commands.get())
            waiting: tuple[Future[Any], ...] = (bars, command)
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if command.done():
                number, word = command.result()
                command = None
                yield number, word
            else:
                block, bars = bars.result(), None
                yield block
    finally:
        left = [task for task in (bars, command) if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _next(stream: AsyncIterator[Bars]) -> Bars | None:
    return await anext(stream, None)
