"""What strategies made: the profit of their closed trades."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from server.store.tables import Event

if TYPE_CHECKING:
    from collections.abc import Sequence


async def results_of(strategies: Sequence[str]) -> dict[str, tuple[float, int]]:
    """Of each strategy with closed trades: their profit in quote currency, and how many there were."""
    rows = await Event.filter(kind="trade.closed", subject__in=list(strategies)).values_list("subject", "data")
    made: dict[str, tuple[float, int]] = {}
    for subject, data in rows:
        pnl, trades = made.get(str(subject), (0.0, 0))
        made[str(subject)] = pnl + float(json.loads(str(data)).get("pnl") or 0.0), trades + 1
    return made
