"""One market of an account: what is asked of it is done in order, and what happens in it is told.

A request without an answer is told as such and never sent again; whoever asked may ask how the order stands, which is
answered once it is known. Before every comparison the account's orders and trades are read, so that what was missed
on the stream is told too.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, assert_never

from execution.brokers.exchange.account import Account, Refused, Silent
from execution.brokers.exchange.tracking import Tracked
from execution.brokers.exchange.translation import wanted
from execution.messages import (
    Accepted,
    Cancelled,
    Missing,
    PlaceOrder,
    QueryOrder,
    Rejected,
    ReplaceOrder,
    Report,
    Unanswered,
    WithdrawOrder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from execution.brokers.exchange.terms import Terms
    from execution.brokers.exchange.translation import Facts, Row
    from execution.messages import Following, Request
    from execution.ports import Clock

UNKNOWN_THERE = "the exchange does not know it any more"
NOT_CHANGED = "it was taken back for a change that did not arrive"


class Market:
    """Orders in one market; ``tell`` hears reports as they come."""

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
        self._versions: dict[str, str] = {}  # of our ids at the exchange, the order's own
        self._numbers: dict[str, str] = {}  # of the exchange's numbers, our id
        self._queue: asyncio.Queue[Request] = asyncio.Queue()
        self._questions: set[asyncio.Task[None]] = set()

    def follow(self, following: Following) -> None:
        """Know the orders that were sent before."""
        for request in following.orders:
            self.track(request, self.began).ended = request.order.id in following.ended

    def put(self, request: Request) -> None:
        """Take up a request; it is done after those before it, a question beside them."""
        if isinstance(request.message, QueryOrder):
            self._beside(self.resolve(self.track(request, self.began), Missing(request.order.id), asked=True))
        else:
            self._queue.put_nowait(request)

    async def work(self) -> None:
        """Do what is asked, for ever."""
        try:
            while True:
                await self._do(await self._queue.get())
        finally:
            for task in list(self._questions):
                task.cancel()

    def _beside(self, job: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(job)
        self._questions.add(task)
        task.add_done_callback(self._questions.discard)

    def track(self, request: Request, sent_at: float) -> Tracked:
        """The order of a request, as it is now."""
        name = request.order.id
        if name not in self.orders:
            self.orders[name] = Tracked(request, self.facts, sent_at)
        tracked = self.orders[name]
        tracked.renew(request)
        self._versions.update(dict.fromkeys(tracked.versions, name))
        return tracked

    async def _do(self, request: Request) -> None:
        known = request.order.id in self.orders
        tracked = self.track(request, self.began)
        try:
            match request.message:
                case PlaceOrder() if known:  # sent before: it is asked for, and taken up as it is
                    await self.resolve(tracked, Rejected(tracked.order.id, UNKNOWN_THERE), asked=True)
                case PlaceOrder():
                    await self._send(tracked)
                case ReplaceOrder():
                    await self._replace(tracked)
                case WithdrawOrder():
                    await self._withdraw(tracked)
                case QueryOrder():
                    await self.resolve(tracked, Missing(tracked.order.id), asked=True)
                case _:
                    assert_never(request.message)
        except Silent:
            self.tell((Unanswered(tracked.order.id),))

    async def _send(self, tracked: Tracked) -> None:
        """Send what is open of an order, once."""
        symbol = self.facts.symbol
        ask = wanted(tracked.order, tracked.left, self.facts, self.account.precise(symbol))
        if isinstance(ask, str):
            self._refuse(tracked, ask)
            return
        tracked.sent_at = self.clock.now()
        try:
            row = await self.account.create(symbol, ask, tracked.version)
        except Refused as refusal:
            self._refuse(tracked, str(refusal))
        else:
            await self.hear(tracked, row, tracked.version)

    def _refuse(self, tracked: Tracked, why: str) -> None:
        """Nothing was sent, or taken; what an amendment was to replace is gone by then."""
        name, tracked.ended = tracked.order.id, True
        self.tell((Cancelled(name, f"its change was refused: {why}") if tracked.turn else Rejected(name, why),))

    async def _withdraw(self, tracked: Tracked) -> None:
        name = tracked.order.id
        with suppress(Refused):  # it filled, or was never there: how it stands is asked for in either case
            await self.account.cancel(self.facts.symbol, tracked.version, tracked.exchange_ids.get(tracked.version))
        self._beside(self.resolve(tracked, Cancelled(name, UNKNOWN_THERE)))

    async def _replace(self, tracked: Tracked) -> None:
        """Take back what the order was and send what it is to be: the same role, an id of its own."""
        before = await self._taken_back(tracked)
        if before is None:
            raise Silent(UNKNOWN_THERE)
        if tracked.left > 0:
            await self._send(tracked)

    async def _taken_back(self, tracked: Tracked) -> Row | None:
        """The version before the newest, which does not rest any more; its trades are told."""
        for version in tracked.versions[1:]:
            row = await self.account.find(self.facts.symbol, version)
            if row is None:
                continue
            if row["status"] == "open":
                with suppress(Refused):
                    await self.account.cancel(self.facts.symbol, version, str(row["id"]))
                row = await self.account.find(self.facts.symbol, version)
            if row is None or row["status"] == "open":
                msg = "it still rests after its cancellation"
                raise Silent(msg)
            await self._hear_trades(tracked, row, version)
            return row
        return None

    async def resolve(self, tracked: Tracked, absent: Report, *, asked: bool = False) -> None:
        """Ask until it is known how an order stands, and tell it; ``absent`` is told where the exchange has none."""
        tries = 0
        while True:
            try:
                if await self._resolved(tracked, absent, asked=asked):
                    return
            except (Refused, Silent):
                pass
            tries += 1
            await self.clock.sleep(self.terms.pause(tries))

    async def _resolved(self, tracked: Tracked, absent: Report, *, asked: bool) -> bool:
        for version in tracked.versions:
            row = await self.account.find(self.facts.symbol, version)
            if row is not None:
                await self._answer(tracked, row, version, asked=asked)
                return True
        if self.clock.now() < tracked.sent_at + self.terms.settle:
            return False
        tracked.ended = True
        self.tell((absent,))
        return True

    async def _answer(self, tracked: Tracked, row: Row, version: str, *, asked: bool) -> None:
        if version == tracked.version:
            await self.hear(tracked, row, version, asked=asked)
            return
        await self._hear_trades(tracked, row, version)
        rests = row["status"] == "open"
        tracked.ended = not rests
        self.tell((Accepted(tracked.order.id) if rests else Cancelled(tracked.order.id, NOT_CHANGED),))

    async def hear(self, tracked: Tracked, row: Row, version: str, *, asked: bool = False) -> None:
        """What an order's row says: its trades first, then how it stands. Raises Silent, Refused."""
        await self._hear_trades(tracked, row, version)
        if version == tracked.version and (reports := tracked.hear(row, asked=asked)):
            self.tell(reports)

    async def _hear_trades(self, tracked: Tracked, row: Row, version: str) -> None:
        if row.get("id"):
            tracked.exchange_ids[version] = str(row["id"])
            self._numbers[str(row["id"])] = version
        self._tell_trades(tracked, [one for one in row.get("trades") or [] if one.get("id")], version)
        if tracked.lacks_trades(row, version):
            rows = await self.account.trades_of(self.facts.symbol, str(row["id"]))
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
        version = self.account.version_of(row)
        return version if version in self._versions else None

    def tracked_by(self, version: str) -> Tracked:
        """The order of a version."""
        return self.orders[self._versions[version]]

    async def hear_trade(self, row: Row) -> bool:
        """What a trade says; False where it is of no order of ours."""
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
