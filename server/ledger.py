"""The ledger in the store: rows that follow from a run's lines, written in the transaction of those lines.

After each snapshot of a run comes one of its account: what all runs of it, in one currency, have made so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import Struct
from tortoise.functions import Max

from execution.bookkeeping import Closed, Fill, Position, Row, Snapshot
from server.store.tables import LedgerRow
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tortoise.queryset import QuerySet

    from server.store.store import Work

T = TypeVar("T")


class Total(Struct, frozen=True, tag="account", tag_field="is"):
    """What an account has made beside the cash that it started with; ``peak`` is the most that it ever had."""

    time: int
    realised: float
    unrealised: float
    peak: float


Entry: TypeAlias = Fill | Position | Closed | Snapshot | Total
_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


class Place(NamedTuple):
    """Whose rows they are."""

    account: str
    currency: str
    strategy: str
    run: str


class Written(Struct, frozen=True):
    """A row as it was written; ``id`` rises, ``time`` is in UNIX seconds, ``data`` has a form for each ``kind``."""

    id: int
    account: str
    currency: str
    strategy: str
    run: str
    kind: str
    time: int
    data: dict[str, Any]

    def read(self, kind: type[T]) -> T:
        """What it says; raises msgspec.ValidationError for a row of another kind."""
        return msgspec.convert(self.data, kind, strict=False)


def totalled(before: Total | None, last: Snapshot | None, now: Snapshot) -> Total:
    """How the account stands after a run's snapshot, from the account's last one and the run's last one."""
    realised = (before.realised if before else 0.0) + now.realised - (last.realised if last else 0.0)
    unrealised = (before.unrealised if before else 0.0) + now.unrealised - (last.unrealised if last else 0.0)
    peak = max(before.peak if before else 0.0, realised + unrealised)
    return Total(now.time, realised, unrealised, peak)


class Booked(NamedTuple):
    """New rows of a run, and the last snapshot before them."""

    place: Place
    rows: tuple[Row, ...]
    last: Snapshot | None


async def write_rows(work: Work, booked: Iterable[Booked]) -> None:
    """Add the rows of runs, one run after the other, with what they come to for the accounts."""
    totals: dict[tuple[str, str], Total | None] = {}
    written: list[dict[str, str | int]] = []
    for place, rows, before in booked:
        key, last = (place.account, place.currency), before
        for row in rows:
            written.append(_row(place, row))
            if isinstance(row, Snapshot):
                if key not in totals:
                    totals[key] = await _total(work, key)
                totals[key] = total = totalled(totals[key], last, row)
                written.append(_row(place, total))
                last = row
    work.insert(LedgerRow, written)


async def write_total(work: Work, place: Place, total: Total) -> None:
    """Add a row of an account that is no run's."""
    work.insert(LedgerRow, [_row(place, total)])


def _row(place: Place, entry: Entry) -> dict[str, str | int]:
    kind = str(type(entry).__struct_config__.tag)
    return {**place._asdict(), "kind": kind, "time": entry.time, "data": _ENCODER.encode(entry).decode()}


async def _total(work: Work, key: tuple[str, str]) -> Total | None:
    rows = LedgerRow.filter(account=key[0], currency=key[1], kind="account").using_db(work.connection)
    total = await _last(rows)
    return total if isinstance(total, Total) else None


async def last_snapshot(run: str) -> Snapshot | None:
    """How a run stood when its last row of that was written."""
    last = await _last(LedgerRow.filter(run=run, kind="equity"))
    return last if isinstance(last, Snapshot) else None


async def _last(rows: QuerySet[LedgerRow]) -> Entry | None:
    row = await rows.order_by("-id").first()
    return None if row is None else read(row.data)


def read(text: str) -> Entry:
    """What a row says."""
    return _DECODER.decode(text)


def _written(row: LedgerRow) -> Written:
    about = (row.id, row.account, row.currency, row.strategy, row.run, row.kind, row.time)
    return Written(*about, data=msgspec.json.decode(row.data))


async def last_id() -> int:
    """The newest row's number: what is read up to it belongs together."""
    row = await LedgerRow.all().order_by("-id").first()
    return row.id if row else 0


async def last_totals(until: int | None = None, work: Work | None = None) -> dict[tuple[str, str], Total]:
    """How each (account, currency) stands, of those that were ever traded on; as it stood after row ``until``."""
    whole = LedgerRow.filter(kind="account") if until is None else LedgerRow.filter(kind="account", id__lte=until)
    using = work.connection if work else None
    newest = whole.using_db(using).annotate(last=Max("id")).group_by("account", "currency")
    rows = await LedgerRow.filter(id__in=list(await newest.values_list("last", flat=True))).using_db(using)
    found = ((row, read(row.data)) for row in rows)
    return {(row.account, row.currency): total for row, total in found if isinstance(total, Total)}


async def last_of_runs(kind: str, account: str, until: int) -> list[Written]:
    """The newest row of a kind, up to row ``until``, of each run of an account, in the order of the rows."""
    newest = LedgerRow.filter(account=account, kind=kind, id__lte=until).annotate(last=Max("id")).group_by("run")
    rows = await LedgerRow.filter(id__in=list(await newest.values_list("last", flat=True))).order_by("id")
    return [_written(row) for row in rows]


async def gain_of(runs: tuple[str, ...]) -> float:
    """What runs have made together by their newest rows; a run that has none yet counts as nothing."""
    newest = LedgerRow.filter(run__in=[*runs, ""], kind="equity").annotate(last=Max("id")).group_by("run")
    rows = LedgerRow.filter(id__in=list(await newest.values_list("last", flat=True)))
    entries = [read(str(text)) for text in await rows.values_list("data", flat=True)]
    return sum(one.realised + one.unrealised for one in entries if isinstance(one, Snapshot))


async def made_today(key: tuple[str, str], besides: tuple[str, ...]) -> tuple[int, float]:
    """The last day (since 1970 UTC) on which runs of an account, but some, closed trades, and what those made."""
    rows = LedgerRow.filter(account=key[0], currency=key[1], kind="trade").exclude(run__in=[*besides, ""])
    newest = await rows.order_by("-time").first()
    if newest is None:
        return 0, 0.0
    day = newest.time // tf.DAY
    texts = await rows.filter(time__gte=day * tf.DAY).values_list("data", flat=True)
    trades = [read(str(text)) for text in texts]
    return day, sum(trade.pnl for trade in trades if isinstance(trade, Closed))


async def ledger_rows(account: str | None, strategy: str | None, limit: int, before: int | None) -> list[Written]:
    """The newest rows, newest first, of an account or a strategy if one is given; those before ``before``."""
    rows = LedgerRow.all()
    if account is not None:
        rows = rows.filter(account=account)
    if strategy is not None:
        rows = rows.filter(strategy=strategy)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_written(row) for row in await rows.order_by("-id").limit(limit)]
