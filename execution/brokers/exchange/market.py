"""One market of an account: what is asked of it is done in order, and what happens in it is told.

A request without an answer is told as such and never sent again; whoever asked may ask how the order stands, which is
answered once it is known. Before every comparison the account's orders and trades are read, so that what was missed
on the stream is told too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, assert_never

from execution.brokers.exchange.account import Account, Refused, Silent
from execution.brokers.exchange.taking_back import UNKNOWN_THERE, TakingBack
from execution.brokers.exchange.tracking import NEVER, REST
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
TOO_SMALL = "Filter failure: NOTIONAL"  # Binance's words for what is worth less than it takes an order for
UNSENT = "it was asked back before it was sent"
LATE = "it waited {:.0f} s to be sent: the market may be elsewhere by now"
NOTHING_HELD = "nothing is held any more: another exit filled first"


class Market(TakingBack):
    """Orders in one market; ``tell`` hears reports as they come."""

    def __init__(
        self, account: Account, facts: Facts, terms: Terms, clock: Clock, tell: Callable[[tuple[Report, ...]], None]
    ) -> None:
        super().__init__(account, facts, terms, clock, tell)
        self._newest: dict[str, int] = {}  # of what was asked for: the amendment
        self._back: set[str] = set()  # what was asked back
        self._queue: asyncio.Queue[tuple[Request, Deed, float]] = asyncio.Queue()
        self._under_way: Counter[str] = Counter()  # of each order, what was asked and is not done
        self._questions: set[asyncio.Task[None]] = set()

    def put(self, request: Request, arrived: float | None = None) -> None:
        """Take up a request; it is done after those before it, a question beside them.

        ``arrived`` is when it came, on the clock; None: now.
        """
        name = request.order.id
        self._under_way[name] += 1
        match request.message:
            case QueryOrder():
                tracked = self.orders.get(name) or self.track(request, self.began)
                self._beside(name, self._answer(request, tracked))
            case deed:
                self._newest[name] = request.turn
                self._back |= {name} if isinstance(deed, WithdrawOrder) else set()
                self._queue.put_nowait((request, deed, self.clock.now() if arrived is None else arrived))

    async def work(self) -> None:
        """Do what is asked, for ever."""
        try:
            while True:
                request, deed, arrived = await self._queue.get()
                await self._do(request, deed, arrived)
                self._tell_rest(request)
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

    async def _answer(self, request: Request, tracked: Tracked) -> None:
        await self.resolve(tracked, Missing(request.order.id), asked=True)
        self._tell_rest(request)

    def _tell_rest(self, request: Request) -> None:
        """To a run that made an order larger while it filled, some of it is open: it is told that nothing is."""
        tracked = self.orders.get(request.order.id)
        if tracked and tracked.met and request.order.size > tracked.filled:
            tracked.met = False
            self.tell((Cancelled(request.order.id, REST),))

    async def _do(self, request: Request, deed: Deed, arrived: float) -> None:
        name, known = request.order.id, request.order.id in self.orders
        overtaken = request.turn < self._newest[name] or name in self._back
        leaves = isinstance(deed, WithdrawOrder)
        if overtaken and not leaves:
            return  # what says all of it waits behind, or was done
        tracked = self.orders[name] if known and leaves else self.track(request, self.began)
        try:
            match deed:
                case WithdrawOrder() if not known:
                    tracked.ended = True
                    self.tell((Cancelled(name, UNSENT),))
                case PlaceOrder() | ReplaceOrder() if not known:
                    tracked.sent_turn = NEVER
                    await self._send_first(tracked, self.clock.now() - arrived)
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

    async def _send_first(self, tracked: Tracked, waited: float) -> None:
        """Send what never was; an entry that waited so many seconds is too late, an exit goes whatever its age."""
        if waited > self.terms.fresh and not tracked.order.reduce_only:
            self._refuse(tracked, LATE.format(waited))
        else:
            await self._send(tracked)

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
        for other in list(self.orders.values()):
            if other is not tracked and other.order.reduce_only and other.leaving and not other.ended:
                await self._wait_for_end(other)
        held = sum((-one.filled if one.order.reduce_only else one.filled for one in self.orders.values()), Decimal(0))
        return min(tracked.left, held)

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

    async def _replace(self, tracked: Tracked) -> None:
        """Take back what the order was and send what it is to be: the same role, an id of its own.

        Nothing is sent where its end was told and not heard yet when this was asked: nobody would know of it.
        """
        if tracked.ended or tracked.sent_turn >= tracked.turn:
            return
        await self._taken_back(tracked)
        if tracked.left > 0:
            await self._send(tracked)

    async def _hear_older(self, tracked: Tracked, row: Row, version: str, *, asked: bool) -> None:
        """Where nothing rests because what was to follow was not sent yet, it is; nobody has to hear of it."""
        if row["status"] == "open" or tracked.leaving or tracked.sent_turn >= tracked.turn:
            await super()._hear_older(tracked, row, version, asked=asked)
        elif self._newest[tracked.order.id] <= tracked.turn:  # else an amendment waits, and says all of it
            order = tracked.order
            self.put(Request(ReplaceOrder(order), order, tracked.turn, tracked.filled, tuple(tracked.trades)))
