"""What the whole server looks like from Slack: strategies with what they made, feeds, parked alerts, App Home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.inbox.pages import ACTIVE, carried, parked_alerts
from server.kill import kill_switch
from server.results import results_of
from server.slack.composing import Composing
from server.slack.home import FeedLine, Home, Parked, Standing, home_view
from server.store.tables import Strategy

if TYPE_CHECKING:
    from typing import Any

SHOWN = (*ACTIVE, "proposed")
MOST = 500


class Showing(Composing):
    """Composes messages of threads and, beyond them, what is asked for."""

    async def standings(self) -> tuple[Standing, ...]:
        """Strategies and watches that wait or run, the newest first."""
        rows = await Strategy.filter(state__in=SHOWN).order_by("-created_at").limit(MOST)
        results = await results_of([row.id for row in rows])
        return tuple(self._standing(row, results.get(row.id)) for row in rows)

    def _standing(self, row: Strategy, result: tuple[float, int] | None) -> Standing:
        pnl, trades = result or (0.0, 0)
        return Standing(
            id=row.id,
            name=row.name,
            kind=row.kind,
            state=row.state,
            approved_for=row.approved_for,
            market=" ".join(filter(None, (row.symbol, row.timeframe))),
            pnl=None if row.kind == "watch" else pnl,
            trades=trades,
            link=self._from.links.strategy(row.id),
        )

    async def parked(self) -> tuple[Parked, ...]:
        """The newest alerts that nobody could use."""
        return tuple(Parked(one["id"], one["at"], one["reason"], one["text"]) for one in await parked_alerts())

    async def home(self, *, administers: bool, page: int = 0) -> dict[str, Any]:
        """App Home."""
        feeds = [await carried(*one) for one in self._from.reviewing.feeds.feeds]
        return home_view(
            Home(
                strategies=await self.standings(),
                feeds=tuple(FeedLine(one.id, one.last, tuple(one.lines)) for one in feeds),
                parked=await self.parked(),
                killed=(await kill_switch()).set,
                administers=administers,
                page=page,
                link=self._from.links.inbox,
            )
        )
