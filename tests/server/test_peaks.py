"""A person takes an account's equity as its peak: the drawdown limit measures from there on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from execution.bookkeeping import Snapshot
from server.accounts import Accounts
from server.books import Books
from server.ledger import Booked, Place, Total, last_totals, ledger_rows, write_rows
from server.peaks import Reset, reset_peak
from server.store.events import read_after
from tests.server.executor.executing import executing, opened, until
from tests.server.test_books import book, sheet

if TYPE_CHECKING:
    from pathlib import Path

    from server.store.store import Store
    from tests.server.commands import Commands


def snapshot(realised: float) -> Snapshot:
    return Snapshot(7, 100.0, 0, 1_000.0 + realised, realised, 0.0, 1_000.0 + realised)  # type: ignore[arg-type]


async def fallen(store: Store) -> None:
    """An account that made 100 and has lost 130 since, in two currencies."""
    for currency in ("BTC", "USDT"):
        async with store.write() as work:
            rows = (snapshot(100.0), snapshot(-30.0))
            await write_rows(work, [Booked(Place("paper", currency, "str_1", f"run_{currency}"), rows, None)])


@pytest.mark.anyio
async def test_the_equity_is_the_peak_by_a_row_of_the_ledger_and_an_event_with_the_person(url: str) -> None:
    async with opened(url) as store:
        await fallen(store)
        async with store.write() as work:
            found = await reset_peak(work, "paper", "ann")
            assert await reset_peak(work, "nobody", "ann") == []
        assert found == [Reset("BTC", 100.0, -30.0), Reset("USDT", 100.0, -30.0)]
        assert set((await last_totals()).values()) == {Total(7, -30.0, 0.0, -30.0)}
        newest = (await ledger_rows("paper", None, 1, None))[0]
        assert (newest.run, newest.strategy, newest.kind) == ("", "", "account")
        events = await read_after(0, kinds=("peak.reset",))
        assert [(one.subject, one.person, one.data) for one in events] == [
            ("paper", "ann", {"currency": currency, "before": 100.0, "peak": -30.0}) for currency in ("BTC", "USDT")
        ]
        books = Books(Accounts())
        await books.open([])
        async with store.write() as work:
            place = Place("paper", "BTC", "str_1", "run_BTC")
            await write_rows(work, [Booked(place, (snapshot(-20.0), snapshot(-40.0)), snapshot(-30.0))])
        assert (await last_totals())["paper", "BTC"] == Total(7, -40.0, 0.0, -20.0)


def test_a_run_is_told_the_new_peak() -> None:
    found = book(one=sheet(made=80.0))
    found.put("one", sheet(made=-200.0))
    books = Books(Accounts())
    books._books["paper", "USDT"] = found
    books.reset_peak(("paper", "USDT"))
    books.reset_peak(("paper", "BTC"))
    assert found.rest("one").peak == 800.0


@pytest.mark.anyio
async def test_a_server_that_runs_takes_it_up(url: str) -> None:
    async with opened(url) as store:
        await fallen(store)
        async with executing(store) as executor:
            await until(lambda: peak_is(executor.books, 100.0))
            async with store.write() as work:
                await reset_peak(work, "paper", "ann")
            await until(lambda: peak_is(executor.books, -30.0))


async def peak_is(books: Books, wanted: float) -> bool:
    found = books._books.get(("paper", "BTC"))
    return found is not None and found.peak == wanted


def test_the_command_says_what_it_did_and_of_an_unknown_account_one_sentence(
    drawbridge: Commands, folder: Path
) -> None:
    (folder / "data").mkdir()

    async def scenario() -> None:
        async with opened("sqlite://data/drawbridge.db") as store:
            await fallen(store)

    asyncio.run(scenario())
    said = drawbridge.done("reset-peak", "paper", "--as", "ann").err.splitlines()
    assert said == [f"paper: what was made at the peak is -30 {one} now; it was +100" for one in ("BTC", "USDT")]
    outcome = drawbridge("reset-peak", "nobody")
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)
    assert "nothing was ever traded on an account nobody" in outcome.err
