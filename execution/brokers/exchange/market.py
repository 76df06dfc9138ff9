"""One market of an account: what is asked of it is done in order, and what happens in it is told.

A request without an answer is told as such and never sent again; whoever asked may ask how the order stands, which is
answered once it is known. Before every comparison the account's orders and trades are read, so that what was missed
on the stream is told too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, assert_never

from execution.brokers.exchange.account import Account, Refused, Silent
from execution.brokers.exchange.knowing import Known
from execution.brokers.exchange.tracking import NEVER
from execution.brokers.exchange.translation import at_market, wanted
from execution.messages import (
    Cancelled,
    Missing,
    PlaceOrder,
    QueryOrder,
    Rejected,
    ReplaceOrder,
    Report,
    Request,
    Unanswered,
    WithdrawOrder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from execution.brokers.exchange.terms import Terms
    from execution.brokers.exchange.tracking import Tracked
    from execution.brokers.exchange.translation import Facts, Row
    from execution.ports import Clock

Deed: TypeAlias = PlaceOrder | ReplaceOrder | WithdrawOrder
UNKNOWN_THERE = "the exchange does not know it any more"
TOO_SMALL = "Filter failure: NOTIONAL"  # Binance's words for what is worth less than it takes an order for
NOTHING_HELD = "nothing is held any more: another exit filled first"


class Market(Known):
    """Orders in one market; ``tell`` hears reports as they come."""

    def __init__(
        self, account: Account, facts: Facts, terms: Terms, clock: Clock, tell: Callable[[tuple[Report, ...]], None]
    ) -> None:
        super().__init__(account, facts, terms, clock, tell)
        self._newest: dict[str, int] = {}  # of what was asked for: the amendment
        self._queue: asyncio.Queue[tuple[Request, Deed]] = asyncio.Queue()
        self._under_way: Counter[str] = Counter()  # of each order, what was asked and is not done
        self._questions: set[asyncio.Task[None]] = set()

    def put(self, request: Request) -> None:
        """Take up a request; it is done after those before it, a question beside them."""
        name = request.order.id
        self._under_way[name] += 1
        match request.message:
            case QueryOrder():
                tracked = self.orders.get(name) or self.track(request, self.began)
                self._beside(name, self.resolve(tracked, Missing(name), asked=True))
            case deed:
                self._newest[name] = request.turn
                self._queue.put_nowait((request, deed))

    async def work(self) -> None:
        """Do what is asked, for ever."""
        try:
            while True:
                request, deed = await self._queue.get()
                await self._do(request, deed)
                self._under_way[request.order.id] -= 1
        finally:
            for task in list(self._questions):
                task.cancel()

    def _beside(self, name: str, job: Coroutine[None, None, None]) -> None:
        def end(task: asyncio.Task[None]) -> None:
            self._questions.discard(task)
            self._under_way[name] -= 1

        task = asyncio.create_task(job)
        self._questions.add(task)
        task.add_done_callback(end)

    async def _do(self, request: Request, deed: Deed) -> None:
        name, known = request.order.id, request.order.id in self.orders
        if not isinstance(deed, WithdrawOrder) and request.turn < self._newest[name]:
            return  # an amendment waits, and says all of it
        tracked = self.track(request, self.began)
        try:
            match deed:
                case PlaceOrder() | ReplaceOrder() if not known:
                    tracked.sent_turn = NEVER
                    await self._send(tracked)
                case PlaceOrder():  # sent before: it is asked for, and taken up as it is
                    await self.resolve(tracked, Rejected(name, UNKNOWN_THERE), asked=True)
                case ReplaceOrder():
                    async with self.changing[name]:
                        await self._replace(tracked)
                case WithdrawOrder():
                    await self._withdraw(tracked)
                    await self.resolve(tracked, Cancelled(name, UNKNOWN_THERE))
                case _:
                    assert_never(deed)
        except Silent:
            self.tell((Unanswered(name),))

    async def _send(self, tracked: Tracked) -> None:
        """Send what is open of an order, once."""
        symbol = self.facts.symbol
        size = await self._open_size(tracked)
        if size <= 0:
            self._refuse(tracked, NOTHING_HELD)
            return
        if tracked.order.reduce_only and self._is_dust(size):
            self.tell(tracked.write_off(size))
            return
        tracked.asked = tracked.filled + size
        order = at_market(tracked.order) if tracked.is_bracket and tracked.filled else tracked.order
        ask = wanted(order, size, self.facts, self.account.precise(symbol))
        if isinstance(ask, str):
            self._refuse(tracked, ask)
            return
        before, tracked.sent_turn, tracked.sent_at = tracked.sent_turn, tracked.turn, self.clock.now()
        try:
            row = await self.account.create(symbol, ask, tracked.version)
        except Refused as refusal:
            tracked.sent_turn = before
            if order.reduce_only and order.type == "market" and TOO_SMALL in str(refusal):
                self.tell(tracked.write_off(size))
            else:
                self._refuse(tracked, str(refusal))
        else:
            await self.hear(tracked, row, tracked.version)

    def _is_dust(self, size: Decimal) -> bool:
        """Whether the market has no step as small as this."""
        return size < self.facts.step * (self.facts.contract or 1)

    def _refuse(self, tracked: Tracked, why: str) -> None:
        """Nothing was sent, or taken; what an amendment was to replace is gone by then."""
        name, tracked.ended = tracked.order.id, True
        never = tracked.sent_turn == NEVER
        self.tell((Rejected(name, why) if never else Cancelled(name, f"its change was refused: {why}"),))

    async def _open_size(self, tracked: Tracked) -> Decimal:
        """What is to be open of an order: an exit never exceeds what is held, whoever else sold of it meanwhile.

        An exit that was asked back is waited for, however long its end is unknown: it may have filled.
        """
        if not tracked.order.reduce_only:
            return tracked.left
        for other in self.orders.values():
            if other is not tracked and other.order.reduce_only and other.leaving and not other.ended:
                await self._wait_for_end(other)
        held = sum((-one.filled if one.order.reduce_only else one.filled for one in self.orders.values()), Decimal(0))
        return min(tracked.left, held)

    async def _wait_for_end(self, tracked: Tracked) -> None:
        await self.resolve(tracked, Cancelled(tracked.order.id, UNKNOWN_THERE))
        tries = 0
        while not tracked.ended:
            tries += 1
            with suppress(Refused, Silent):
                await self._withdraw(tracked)
            await self.clock.sleep(self.terms.pause(tries))
            await self.resolve(tracked, Cancelled(tracked.order.id, UNKNOWN_THERE))

    async def _withdraw(self, tracked: Tracked) -> None:
        """Take back whatever of an order may rest; where it filled, or was never there, the exchange refuses."""
        tracked.leaving = True
        try:
            if tracked.is_bracket:
                await self.account.cancel_list(self.facts.symbol, tracked.version)
            else:
                number = tracked.exchange_ids.get(tracked.version)
                await self.account.cancel(self.facts.symbol, tracked.version, number)
        except Refused:
            for version in tracked.versions[0 if tracked.is_bracket else 1 :]:
                row = await self.find(tracked, version)
                if row is not None and row["status"] == "open":
                    await self._cancel(row)

    async def see(self, row: Row, version: str) -> None:
        """Hear of an order that rests; one that was given up, and is there all the same, is taken back."""
        tracked = self.tracked_by(version)
        if tracked.ended:
            await self._cancel(row)
        await self.hear(tracked, row, version)

    async def look_for(self, tracked: Tracked) -> None:
        """Tell how an order ended that should rest and does not, or that nobody knows; not while it is changed."""
        name = tracked.order.id
        if tracked.ended or not tracked.exchange_ids or tracked.left <= 0 or self._under_way[name]:
            return
        row = await self.find(tracked, tracked.version)
        if row is not None:
            await self.hear(tracked, row, tracked.version)
        elif not self._under_way[name]:
            self.tell((Unanswered(name),))

    async def _cancel(self, row: Row) -> None:
        """Take back what rests of a row's order, or of its two."""
        for one in row.get("legs") or [row]:
            if one["status"] == "open":
                with suppress(Refused):
                    await self.account.cancel(self.facts.symbol, "", str(one["id"]))

    async def _replace(self, tracked: Tracked) -> None:
        """Take back what the order was and send what it is to be: the same role, an id of its own.

        Nothing is sent where its end was told and not heard yet when this was asked: nobody would know of it. Nor is
        what was asked back.
        """
        if tracked.ended or tracked.leaving or tracked.sent_turn >= tracked.turn:
            return
        await self._taken_back(tracked)
        if tracked.left > 0:
            await self._send(tracked)

    async def _taken_back(self, tracked: Tracked) -> None:
        """See to it that the version before rests no more, and tell its trades.

        A cancellation takes effect when it does, some exchanges acknowledge it before; repeated, it does no harm.
        """
        until = self.clock.now() + self.terms.gone
        while True:
            with suppress(Silent):
                if await self._is_gone(tracked):
                    return
            if self.clock.now() >= until:
                msg = "nobody knows whether it still rests after its cancellation"
                raise Silent(msg)
            await self.clock.sleep(self.terms.pauses[0])

    async def _is_gone(self, tracked: Tracked) -> bool:
        for version in tracked.versions[1:]:
            row = await self.find(tracked, version)
            if row is None:
                continue
            if row["status"] == "open":
                await self._cancel(row)
                row = await self.find(tracked, version)
            if row is None or row["status"] == "open":
                return False
            await self._hear_trades(tracked, row, version)
            return True
        return False

    async def _hear_older(self, tracked: Tracked, row: Row, version: str, *, asked: bool) -> None:
        """Where nothing rests because what was to follow was not sent yet, it is; nobody has to hear of it."""
        if row["status"] == "open" or tracked.leaving or tracked.sent_turn >= tracked.turn:
            await super()._hear_older(tracked, row, version, asked=asked)
        elif self._newest[tracked.order.id] <= tracked.turn:  # else an amendment waits, and says all of it
            order = tracked.order
            self.put(Request(ReplaceOrder(order), order, tracked.turn, tracked.filled, tuple(tracked.trades)))
