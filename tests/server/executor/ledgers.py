"""The ledger made again from what the logs say, to be compared with the rows that were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from execution import entries as say
from execution.bookkeeping import Row, Snapshot, after, follow, sheet_of
from server.ledger import Entry, Total, read, totalled
from server.store.tables import Entry as LogRow
from server.store.tables import LedgerRow

if TYPE_CHECKING:
    from execution.bookkeeping import Sheet


async def written_entries() -> dict[str, list[say.Entry]]:
    """What every run's lines say, in the order in which they were written; a first line stands once."""
    runs: dict[str, list[say.Entry]] = {}
    for run, log, line in await LogRow.all().order_by("id").values_list("run", "log", "line"):
        entry = say.read(line)
        if not (isinstance(entry, say.Began) and log == "order"):
            runs.setdefault(run, []).append(entry)
    return runs


def began(entries: list[say.Entry]) -> say.Began:
    first = entries[0]
    assert isinstance(first, say.Began)
    return first


async def rebuilt() -> dict[str, tuple[Row, ...]]:
    """Each run's rows, from its lines alone."""
    runs = await written_entries()
    return {run: follow(sheet_of(began(entries)), entries)[1] for run, entries in runs.items()}


async def as_written() -> tuple[dict[str, list[Entry]], list[tuple[LedgerRow, Entry]]]:
    """Each run's rows as they were written, and all rows in their order."""
    rows = [(row, read(row.data)) for row in await LedgerRow.all().order_by("id")]
    runs: dict[str, list[Entry]] = {}
    for row, entry in rows:
        if not isinstance(entry, Total):
            runs.setdefault(row.run, []).append(entry)
    return runs, rows


async def check_ledger() -> int:
    """Raise where a row is not what the logs say; how many rows there are."""
    made, (runs, rows) = await rebuilt(), await as_written()
    assert {run: list(entries) for run, entries in made.items() if entries} == runs
    totals: dict[Any, Total] = {}
    last: dict[str, Snapshot] = {}
    waiting: list[tuple[Any, Total]] = []
    for row, entry in rows:
        key = (row.account, row.currency)
        if isinstance(entry, Snapshot):
            totals[key] = totalled(totals.get(key), last.get(row.run), entry)
            last[row.run] = entry
            waiting.append((key, totals[key]))
        elif isinstance(entry, Total):
            assert waiting.pop() == (key, entry)
    assert waiting == []
    return len(rows)


async def most_open() -> int:
    """How many runs held something, or might have been filled, at the same time, in the order of what was written."""
    sheets: dict[str, Sheet] = {}
    most = 0
    for run, log, line in await LogRow.all().order_by("id").values_list("run", "log", "line"):
        entry = say.read(line)
        if isinstance(entry, say.Began):
            sheets.setdefault(run, sheet_of(entry))
        elif log == "order" or isinstance(entry, say.Heard):
            sheets[run] = after(sheets[run], entry)
        most = max(most, sum(bool(sheet.holdings) for sheet in sheets.values()))
    return most
