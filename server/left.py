"""Left: what a live run that ended, or failed, held at the exchange; nobody manages it, and the account holds it still.

A person has taken it up once another live run begins on that market.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from execution.bookkeeping import Position, Snapshot, stood
from server.accounts import account_name
from server.ledger import last_id, last_of_runs
from server.runs import STARTED, began_of_run, order_lines_of
from server.store.tables import Event

if TYPE_CHECKING:
    from collections.abc import Collection

    from execution.bookkeeping import Sheet


async def left_at(account: str, living: Collection[str]) -> list[Sheet]:
    """The parts of an exchange's account that runs left behind and no later live run of their market took up."""
    until = await last_id()
    held = {row.run for row in await last_of_runs("equity", account, until) if row.read(Snapshot).held} - set(living)
    found: list[Sheet] = []
    for row in await last_of_runs("position", account, until) if held else ():
        if row.run in held and await is_last(row.run, row.read(Position).market, account):
            began = await began_of_run(row.run)
            if began is not None:
                found.append(stood(began, await order_lines_of(row.run)))
    return found


async def is_last(run: str, market: str, account: str) -> bool:
    """Whether no live run of this market began on the account after this one."""
    rows = await Event.filter(kind=STARTED).order_by("-seq").values_list("data", flat=True)
    for about in map(json.loads, map(str, rows)):
        if about.get("run") == run:
            return True
        if about.get("market") == market:
            began = await began_of_run(about["run"])
            if began is not None and account_name(began) == account:
                return False
    return True
