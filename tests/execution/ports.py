"""Fakes of the ports, each named like its port: bars from a list, lines in a list, commands at their bars."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from execution.account import Account
from execution.ports import FeedFailed
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution import ports
    from execution.journal import Line
    from spec.bars import Bars
    from spec.market import Market


class JournalRefused(RuntimeError):
    """The fake journal's word for a store that does not answer."""


class Feed:
    """One recording, handed over bar by bar; it fails after bar ``fails_after`` (counted from the first)."""

    def __init__(self, bars: Bars, begin: int, fails_after: int | None = None) -> None:
        self.recording = bars
        self.begin = begin
        self.fails_after = fails_after

    def now(self, market: Market) -> int:
        return self.recording[: self.begin].end

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        ends = tf.close_times(self.recording.time, timeframe)
        return self.recording[ends <= until]

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        ends = tf.close_times(self.recording.time, timeframe)
        for at in range(int((ends <= after).sum()), len(self.recording)):
            if at == self.fails_after:
                msg = "the exchange does not answer; look at its status page"
                raise FeedFailed(msg)
            await asyncio.sleep(0)
            yield self.recording[at : at + 1]

    def health(self) -> tuple[ports.Health, ...]:
        return ()

    def corrections(self) -> tuple[ports.Correction, ...]:
        return ()


class Journal:
    """Lines in memory; the write of number ``refuses`` (counted over its life) is refused and leaves nothing."""

    def __init__(self, lines: tuple[Line, ...] = (), refuses: int | None = None, kept: Bars | None = None) -> None:
        self.lines = list(lines)
        self.heard: list[int] = []
        self.writes = 0
        self.refuses = refuses
        self.kept = kept
        self.account = Account()  # the rest of it
        self.ages: list[int] = []

    async def read(self) -> tuple[Line, ...]:
        return tuple(line for log in ("strategy", "order") for line in self.lines if line.log == log)

    async def history(self) -> Bars | None:
        return self.kept

    async def append(self, lines: tuple[Line, ...], heard: int | None = None) -> None:
        self.writes += 1
        if self.writes == self.refuses:
            raise JournalRefused
        self.lines += lines
        self.heard += [] if heard is None else [heard]

    def rest(self, age: int) -> Account:
        self.ages.append(age)
        return self.account


class Commands:
    """Commands that are there from the beginning, and then nothing more."""

    def __init__(self, *words: tuple[int, ports.Word]) -> None:
        self.words = list(words)

    async def get(self) -> tuple[int, ports.Word]:
        if not self.words:
            await asyncio.Event().wait()
        return self.words.pop(0)


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)
