"""Comparing: what the account did in a market, beside what was sent from here; at the start, after a gap, every minute.

What was missed is told as reports. What no order of ours explains is told as strangers, and never set right.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from execution.brokers.exchange.account import Refused, Silent
from execution.messages import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.brokers.exchange.market import Market
    from execution.brokers.exchange.translation import Row

STREAMS = ("watch_orders", "watch_my_trades")
TRIES = 5  # for a moment in which nothing moves
AFTER_DIAL = 1.0  # seconds until a stream that was dialled has surely begun


class Comparing:
    """Keeps one market: its streams, and the comparisons; ``stand`` hears how the account stands."""

    def __init__(self, market: Market, mark: int | None, stand: Callable[[Standing], None]) -> None:
        self.market = market
        self.mark = mark
        self.stand = stand
        self._before = mark  # what happened up to here was compared by an earlier process
        self._strangers: set[str] = set()  # trades that no order of ours explains
        self._untold: list[str] = []
        self._wanted = asyncio.Event()

    async def keep(self) -> None:
        """Follow the market for ever; raises Refused where the exchange lets nobody in."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.market.work())
            tasks.create_task(self._compare_on())
            for what in STREAMS:
                if self.market.account.watches(what):
                    tasks.create_task(self._stream(what))

    async def _compare_on(self) -> None:
        terms, tries = self.market.terms, 0
        streams = all(map(self.market.account.watches, STREAMS))
        while True:
            try:
                standing = await self.compare()
            except Silent:
                standing = None
            tries = 0 if standing else tries + 1
            if standing:
                self.stand(standing)
            pause = (terms.compare if streams else terms.poll) if standing else terms.pause(tries)
            self._wanted.clear()
            try:
                async with asyncio.timeout(pause):
                    await self._wanted.wait()
            except TimeoutError:
                pass

    async def compare(self) -> Standing | None:
        """How the account stands; None where it does not hold still. Raises Silent, Refused."""
        account, facts = self.market.account, self.market.facts
        for _ in range(TRIES):
            resting = await self._open_orders()
            await self._trades()
            known = self._known
            holds = await account.holds(facts)
            await self._trades()
            if self._known == known:  # what is held is what all trades come to
                strangers, self._untold = (*resting, *self._untold), []
                least, worth = (facts.least or 0) * facts.size, facts.least_cost or Decimal(0)
                return Standing(holds, facts.step * facts.size, self.mark or 0, strangers, least, worth)
        return None

    @property
    def _known(self) -> int:
        """How many trades are known. That the same is held twice says less: a position may open and close between."""
        return len(self._strangers) + sum(len(one.trades) for one in self.market.orders.values())

    async def _open_orders(self) -> list[str]:
        """What rests in the market, and what does not any more, is told."""
        market, strangers, resting = self.market, list[str](), set[str]()
        for row in await market.account.open_orders(market.facts.symbol):
            version = market.version_of(row)
            if version is None:
                strangers.append(f"an order that was not sent from here rests: {_words(row)}")
            else:
                resting.add(version)
                await market.see(row, version)
        for tracked in list(market.orders.values()):
            if tracked.version not in resting:
                await market.look_for(tracked)
        return strangers

    async def _trades(self) -> None:
        """The trades since the last comparison; what came before the first is nobody's business."""
        market, first = self.market, self.mark is None
        for row in await market.account.trades(market.facts.symbol, self.mark or None):
            time, number = int(row["timestamp"]), str(row["id"])
            if number not in self._strangers and not await market.hear_trade(row):
                self._strangers.add(number)
                if not first and time > (self._before or 0):
                    self._untold.append(f"a trade that was not sent from here: {_words(row)}")
            self.mark = max(self.mark or 0, time)
        self.mark = self.mark or 0

    async def _stream(self, what: str) -> None:
        """News as they come; what may have been missed while a stream was down is found by a comparison."""
        market, tries = self.market, 0
        soon = asyncio.get_running_loop().call_later
        while True:
            handle = soon(AFTER_DIAL, self._wanted.set)
            try:
                while True:
                    await self._hear(what, await market.account.watch(what, market.facts.symbol))
                    tries = 0
            except Silent:
                tries += 1
            except Refused:  # the stream alone may be; the comparisons find out
                tries += 1
            handle.cancel()
            await market.clock.sleep(market.terms.pause(tries))

    async def _hear(self, what: str, rows: list[Row]) -> None:
        market = self.market
        for row in rows:
            try:
                if what == "watch_my_trades":
                    known = await market.hear_trade(row)
                else:
                    version = market.version_of(row)
                    known = version is not None
                    if version is not None:
                        await market.hear(market.tracked_by(version), row, version)
            except (Silent, Refused):
                known = False
            if not known:
                self._wanted.set()


def _words(row: Row) -> str:
    return f"{row.get('side')} {row.get('amount')} at {row.get('price')} (number {row.get('order') or row.get('id')})"
