"""What is known of an account's orders in one market, and how the exchange's rows become reports.

How an order stands is asked until it is known; what is told of it comes once, the trades before the end.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from execution.brokers.exchange.account import Account, Refused, Silent
from execution.brokers.exchange.names import LEGS, leg_id
from execution.brokers.exchange.tracking import ENDS, Tracked
from execution.messages import Accepted, Cancelled, Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.brokers.exchange.terms import Terms
    from execution.brokers.exchange.translation import Facts, Row
    from execution.messages import Following, Request
    from execution.ports import Clock

NOT_CHANGED = "it was taken back for a change that did not arrive"


class Known:
    """The orders of one market; ``tell`` hears reports as they come. ``changing`` is held while one is amended."""

    def __init__(
        self, account: Account, facts: Facts, terms: Terms, clock: Clock, tell: Callable[[tuple[Report, ...]], None]
    ) -> None:
        self.account = account
        self.facts = facts
        self.terms = terms
        self.clock = clock
        self.tell = tell
        self.orders: dict[str, Tracked] = {}
        self.began = clock.now()
        self.changing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._versions: dict[str, str] = {}  # of our ids at the exchange, the order's own
        self._legs: dict[str, str] = {}  # of a bracket's two ids, its own
        self._numbers: dict[str, str] = {}  # of the exchange's numbers, our id

    def follow(self, following: Following) -> None:
        """Know the orders that were sent before."""
        for request in following.orders:
            self.track(request, self.began).ended = request.order.id in following.ended

    def track(self, request: Request, sent_at: float) -> Tracked:
        """The order of a request, as it is now."""
        name = request.order.id
        if name not in self.orders:
            self.orders[name] = Tracked(request, self.facts, sent_at)
        tracked = self.orders[name]
        tracked.renew(request)
        self._versions.update(dict.fromkeys(tracked.versions, name))
        if tracked.is_bracket:
            self._legs.update({leg_id(one, leg): one for one in tracked.versions for leg in LEGS})
        return tracked

    async def find(self, tracked: Tracked, version: str) -> Row | None:
        """How a version stands; of a bracket its two orders as one, or the market order that its rest became."""
        symbol = self.facts.symbol
        whole = await self.account.find_list(symbol, version) if tracked.is_bracket else None
        return whole or await self.account.find(symbol, version)

    async def resolve(self, tracked: Tracked, absent: Report, *, asked: bool = False) -> None:
        """Ask until it is known how an order stands, and tell it; ``absent`` is told where the exchange has none."""
        tries = 0
        while True:
            try:
                async with self.changing[tracked.order.id]:
                    if await self._resolved(tracked, absent, asked=asked):
                        return
            except (Refused, Silent):
                pass
            tries += 1
            await self.clock.sleep(self.terms.pause(tries))

    async def _resolved(self, tracked: Tracked, absent: Report, *, asked: bool) -> bool:
        settled = self.clock.now() >= tracked.sent_at + self.terms.settle
        for version in tracked.versions:
            row = await self.find(tracked, version)
            if row is None:
                continue
            if version == tracked.version:
                await self.hear(tracked, row, version, asked=asked)
                return True
            if row["status"] == "open" or settled or tracked.turn_of(version) == tracked.sent_turn:
                await self._hear_older(tracked, row, version, asked=asked)
                return True
            return False
        if not settled:
            return False
        tracked.ended = True
        self.tell((absent,))
        return True

    async def _hear_older(self, tracked: Tracked, row: Row, version: str, *, asked: bool) -> None:
        """What an older version says, where no newer one arrived: it rests unchanged, or nothing does."""
        await self._hear_trades(tracked, row, version)
        rests, told = row["status"] == "open", tracked.ended
        tracked.ended = not rests
        if asked or not told:
            name, why = tracked.order.id, ENDS["canceled"] if tracked.leaving else NOT_CHANGED
            self.tell((Accepted(name, tracked.turn_of(version)) if rests else Cancelled(name, why),))

    async def hear(self, tracked: Tracked, row: Row, version: str, *, asked: bool = False) -> None:
        """What an order's row says: its trades first, then how it stands. Raises Silent, Refused."""
        await self._hear_trades(tracked, row, version)
        if self.account.version_of(row) in self._legs and row.get("status") != "open":  # what of the other?
            row = await self.account.find_list(self.facts.symbol, version) or row
            await self._hear_trades(tracked, row, version)
        if version == tracked.version and (reports := tracked.hear(row, asked=asked)):
            self.tell(reports)

    async def _hear_trades(self, tracked: Tracked, row: Row, version: str) -> None:
        for one in row.get("legs") or [row]:
            await self._hear_trades_of(tracked, one, version)

    async def _hear_trades_of(self, tracked: Tracked, row: Row, version: str) -> None:
        if row.get("id"):
            tracked.exchange_ids[version] = str(row["id"])
            self._numbers[str(row["id"])] = version
        self._tell_trades(tracked, [one for one in row.get("trades") or [] if one.get("id")], version)
        if tracked.lacks_trades(row, version):
            rows = await self.account.trades_of(self.facts.symbol, str(row["id"]), row.get("timestamp") or None)
            self._tell_trades(tracked, rows, version)
        if tracked.lacks_trades(row, version):
            msg = "the exchange does not tell all trades of an order yet"
            raise Silent(msg)

    def _tell_trades(self, tracked: Tracked, rows: list[Row], version: str) -> None:
        reports = tuple(report for row in rows for report in tracked.hear_trade(row, version))
        if reports:
            self.tell(reports)

    def version_of(self, row: Row) -> str | None:
        """Which of the orders that were sent from here an order's row is about."""
        name = self.account.version_of(row)
        version = self._legs.get(name, name) if name else None
        return version if version in self._versions else None

    def tracked_by(self, version: str) -> Tracked:
        """The order of a version."""
        return self.orders[self._versions[version]]

    async def hear_trade(self, row: Row) -> bool:
        """What a trade says; False where it is of no order of ours. One that was told needs no question."""
        if any(str(row["id"]) in one.trades for one in self.orders.values()):
            return True
        number = str(row.get("order"))
        if number not in self._numbers:
            order = await self.account.by_number(self.facts.symbol, number)
            version = self.version_of(order) if order else None
            if order is None or version is None:
                return False
            self._numbers[number] = version
        version = self._numbers[number]
        self._tell_trades(self.tracked_by(version), [row], version)
        return True
