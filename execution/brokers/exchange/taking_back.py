"""Taking orders back, and knowing when they rest no more: a cancellation takes effect when it does.

Some exchanges acknowledge it before that; where its answer was lost it is asked for again, which does no harm.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from execution.brokers.exchange.account import Refused, Silent
from execution.brokers.exchange.knowing import Known
from execution.messages import Cancelled

if TYPE_CHECKING:
    from execution.brokers.exchange.tracking import Tracked
    from execution.brokers.exchange.translation import Row

UNKNOWN_THERE = "the exchange does not know it any more"


class TakingBack(Known):
    """The orders of one market, and how they are taken back."""

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

    async def _wait_for_end(self, tracked: Tracked) -> None:
        await self.resolve(tracked, Cancelled(tracked.order.id, UNKNOWN_THERE))
        tries = 0
        while not tracked.ended:
            tries += 1
            with suppress(Refused, Silent):
                await self._withdraw(tracked)
            await self.clock.sleep(self.terms.pause(tries))
            await self.resolve(tracked, Cancelled(tracked.order.id, UNKNOWN_THERE))

    async def see(self, row: Row, version: str) -> None:
        """Hear of an order that rests; one that was given up, and is there all the same, is taken back."""
        tracked = self.tracked_by(version)
        if tracked.ended:
            await self._cancel(row)
        await self.hear(tracked, row, version)

    async def _taken_back(self, tracked: Tracked) -> None:
        """See to it that the version before rests no more, and tell its trades. Raises Silent where nobody knows."""
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
        settled = self.clock.now() >= tracked.sent_at + self.terms.settle
        for version in tracked.versions[1:]:
            row = await self.find(tracked, version)
            if row is None and not settled and tracked.turn_of(version) == tracked.sent_turn:
                return False  # it may still arrive
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

    async def _cancel(self, row: Row) -> None:
        """Take back what rests of a row's order, or of its two."""
        for one in row.get("legs") or [row]:
            if one["status"] == "open":
                with suppress(Refused):
                    await self.account.cancel(self.facts.symbol, "", str(one["id"]))
