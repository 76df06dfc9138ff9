"""Serving: the process that trades, from its pipe's first byte to its last.

When the pipe closes, whatever is under way is dropped: the one who asked resumes from its log, and asks how it ended.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, assert_never

from execution.brokers.exchange import wire
from execution.brokers.exchange.account import Account, Refused, Silent
from execution.brokers.exchange.comparing import Comparing
from execution.brokers.exchange.market import Market
from execution.ports import FeedFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.brokers.exchange.terms import Terms
    from execution.messages import Request
    from execution.ports import Clock

    # The secrets of a sealed credential, in ccxt's names; raises ValueError with a sentence.
    Open = Callable[[wire.Connect], dict[str, str]]


class Serving:
    """Markets by the keys of their runs; ``say`` sends a message back.

    Each has a client of its own: ccxt shares what it waits for, so that who stops waiting would stop the others.
    """

    def __init__(self, unseal: Open, clock: Clock, say: Callable[[wire.FromProcess], None]) -> None:
        self._unseal = unseal
        self._clock = clock
        self._say = say
        self._connects: dict[str, wire.Connect] = {}
        self._markets: dict[str, Market] = {}
        self._waiting: dict[str, list[tuple[Request, float]]] = {}  # and when each came
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Do what is asked until the pipe closes."""
        try:
            while True:
                await self._take(await wire.receive(reader, wire.TO_PROCESS))
        except asyncio.IncompleteReadError:
            return
        finally:
            tasks = list(self._tasks.values())
            for key in list(self._tasks):
                self._leave(key)
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, message: wire.ToProcess) -> None:
        match message:
            case wire.Connect(account):
                self._connects[account] = message
            case wire.Follow():
                self._leave(message.key)
                self._tasks[message.key] = asyncio.create_task(self._follow(message))
            case wire.Ask(key, requests):
                now = self._clock.now()
                self._waiting.setdefault(key, []).extend((request, now) for request in requests)
                self._hand_over(key)
            case wire.Leave(key):
                self._leave(key)
            case _:
                assert_never(message)

    def _hand_over(self, key: str) -> None:
        """Give a market what waits for it, once it is there."""
        market = self._markets.get(key)
        if market is not None:
            for request, arrived in self._waiting.pop(key, []):
                market.put(request, arrived)

    def _leave(self, key: str) -> None:
        self._markets.pop(key, None)
        self._waiting.pop(key, None)
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancel()

    async def _follow(self, message: wire.Follow) -> None:
        """One run's market until it is left; what ends it otherwise is told."""
        key = message.key
        try:
            account, terms = self._opened(message.account)
            try:
                await (await self._patiently(message, account, terms)).keep()
            finally:
                await account.close()
        except Exception as error:  # noqa: BLE001 (whatever ends it is told, and ends the run)
            self._say(wire.Failed(key, _reason(error)))

    def _opened(self, name: str) -> tuple[Account, Terms]:
        connect = self._connects.get(name)
        if connect is None:
            msg = f"there is no credential {name}"
            raise ValueError(msg)
        return Account(connect.exchange, connect.access, self._unseal(connect)), connect.terms

    async def _patiently(self, message: wire.Follow, account: Account, terms: Terms) -> Comparing:
        tries = 0
        while True:
            try:
                return await self._market(message, account, terms)
            except Silent:
                tries += 1
                await self._clock.sleep(min(15.0, 0.25 * 2.0**tries))

    async def _market(self, message: wire.Follow, account: Account, terms: Terms) -> Comparing:
        key, facts = message.key, await account.facts(message.symbol)
        market = Market(account, facts, terms, self._clock, lambda reports: self._say(wire.Said(key, reports)))
        market.follow(message.following)
        self._markets[key] = market
        self._hand_over(key)
        return Comparing(market, message.following.mark, lambda standing: self._say(wire.Stood(key, standing)))


def _reason(error: Exception) -> str:
    """A sentence; that of an error of the program names its kind alone, as its text may hold anything."""
    inner = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    return str(inner) if isinstance(inner, FeedFailed | Refused | ValueError) else f"it failed ({type(inner).__name__})"
