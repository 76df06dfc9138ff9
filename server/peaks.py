"""Peaks: a person takes an account's equity as its new peak, so that the drawdown limit measures from here on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from server.ledger import Place, last_totals, write_total
from server.store.tables import LedgerRow

if TYPE_CHECKING:
    from server.ledger import Total
    from server.store.store import Work

RESET = "peak.reset"


class Reset(NamedTuple):
    """A currency of an account, and its peak before and now: what all runs had made beside the cash."""

    currency: str
    before: float
    now: float


async def reset_peak(work: Work, account: str, person: str) -> list[Reset]:
    """Write it into the ledger and the event log, for each currency that was ever traded on the account."""
    await work.alone(LedgerRow)
    totals = sorted((await last_totals(None, work)).items())
    return [await _reset(work, key, total, person) for key, total in totals if key[0] == account]


async def _reset(work: Work, key: tuple[str, str], total: Total, person: str) -> Reset:
    account, currency = key
    now = total.realised + total.unrealised
    await write_total(work, Place(account, currency, "", ""), replace(total, peak=now))
    work.record(RESET, account, {"currency": currency, "before": total.peak, "peak": now}, person)
    return Reset(currency, total.peak, now)
