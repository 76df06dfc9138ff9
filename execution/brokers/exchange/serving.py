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

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.messages import Request
    from execution.ports import Clock

    # The secrets of a sealed credential, in ccxt's names; raises ValueError with a sentence.
    Open = Callable[[wire.Connect], dict[str, str]]


class Serving:
    """Accounts and markets by name; ``say`` sends a message back."""

    def __init__(self, unseal: Open, clock: Clock, say: Callable[[wire.FromProcess], None]) -> None:
        self._unseal = unseal
        self._clock = clock
        self._say = say
        self._connects: dict[str, wire.Connect] = {}
        self._accounts: dict[str, Account] = {}
        self._markets: dict[str, Market] = {}
        self._waiting: dict[str, list[Request]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Do what is asked until the pipe closes."""
        try:
            while True:
                await self._take(await wire.receive(reader, wire.TO_PROCESS))
        except asyncio.IncompleteReadError:
            return
        finally:
            for key in list(self._tasks):
                self._leave(key)
            for account in self._accounts.values():
                await account.close()

    async def _take(self, message: wire.ToProcess) -> None:
        match message:
            case wire.Connect():
                await self._connect(message)
            case wire.Follow():
                self._leave(message.key)
                self._tasks[message.key] = asyncio.create_task(self._follow(message))
            case wire.Ask(key, requests):
                self._waiting.setdefault(key, []).extend(requests)
                self._hand_over(key)
            case wire.Leave(key):
                self._leave(key)
            case _:
                assert_never(message)

    async def _connect(self, message: wire.Connect) -> None:
        """Know an account; it is opened by the first run that needs it."""
        if self._connects.get(message.account) != message:
            self._connects[message.account] = message
            before = self._accounts.pop(message.account, None)
            if before is not None:
                await before.close()

    def _hand_over(self, key: str) -> None:
        """Give a market what waits for it, once it is there."""
        market = self._markets.get(key)
        if market is not None:
            for request in self._waiting.pop(key, []):
                market.put(request)

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
            comparing = await self._patiently(message)
            await comparing.keep()
        except (Refused, ValueError) as error:
            self._say(wire.Failed(key, str(error)))
        except ExceptionGroup as group:
            reason = group.exceptions[0]
            known = isinstance(reason, Refused)
            self._say(wire.Failed(key, str(reason) if known else f"the broker failed ({type(reason).__name__})"))

    async def _patiently(self, message: wire.Follow) -> Comparing:
        tries = 0
        while True:
            try:
                return await self._market(message)
            except Silent:
                tries += 1
                await self._clock.sleep(min(15.0, 0.25 * 2.0**tries))

    async def _market(self, message: wire.Follow) -> Comparing:
        connect = self._connects.get(message.account)
        if connect is None:
            msg = f"there is no credential {message.account}"
            raise ValueError(msg)
        if message.account not in self._accounts:
            self._accounts[message.account] = Account(connect.exchange, connect.access, self._unseal(connect))
        account, key = self._accounts[message.account], message.key
        facts = await account.facts(message.symbol)
        market = Market(account, facts, connect.terms, self._clock, lambda reports: self._say(wire.Said(key, reports)))
        market.follow(message.following)
        self._markets[key] = market
        self._hand_over(key)
        return Comparing(market, message.following.mark, lambda standing: self._say(wire.Stood(key, standing)))
