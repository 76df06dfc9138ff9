"""The journals of many runs: written together, each whole or not at all, and one that fails takes no other with it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tortoise.exceptions import IntegrityError

from execution import entries as say
from execution.brokers.paper import PaperTerms
from execution.journal import Chain
from execution.resuming import link
from server.accounts import Accounts
from server.books import Books
from server.journal import Journal, fail
from server.journals import Journals
from server.ledger import last_totals
from server.runs import lines_of
from server.store.events import get_cursor, read_after
from server.store.store import Store
from server.store.tables import Cursor, Entry, LedgerRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution.bookkeeping import Sheet
    from execution.journal import Line
    from server.store.store import Work

RUNS = 30


class Counting(Store):
    """A store that counts its commits."""

    commits = 0

    async def _finish(self, work: Work) -> None:
        await super()._finish(work)
        self.commits += 1


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Counting]:
    store = Counting(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def began(number: int) -> say.Began:
    history = say.History(0, 0, 0, "")
    return say.Began(f"str_{number}", "d", "replay", "binance ETH/USDT", "1h", 0, history, PaperTerms())


def name(number: int) -> str:
    return f"run_{number}"


def lines(number: int, *more: say.Entry) -> tuple[Line, ...]:
    return link(Chain(), (began(number), say.Told(0, "pause"), *more))


def fired(time: int) -> say.Fired:
    return say.Fired("in", "trendline_cross", "up", time, 100.0, 99.0, "entry", resting=False)


def append(journals: Journals, number: int, heard: int | None = None) -> asyncio.Task[None]:
    journal = Journal(journals, name(number), began(number))
    return asyncio.create_task(journal.append(lines(number, fired(7)), heard))


def test_what_many_runs_write_at_one_moment_is_two_transactions_at_most(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            journals, before = Journals(store), store.commits
            await asyncio.gather(*(append(journals, number, 40 + number) for number in range(RUNS)))
            assert store.commits - before <= 2
            for number in range(RUNS):
                assert await lines_of(name(number)) == tuple(
                    sorted(lines(number, fired(7)), key=lambda line: (line.log != "strategy", line.number))
                )
                assert await get_cursor(name(number)) == 40 + number
            events = await read_after(0)
            assert [(row.kind, row.subject) for row in events] == [
                ("signal.fired", f"str_{number}") for number in range(RUNS)
            ]

    asyncio.run(scenario())


def test_a_run_whose_lines_another_server_wrote_fails_alone(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            journals = Journals(store)
            await append(journals, 3)
            told = await asyncio.gather(*(append(journals, one, 1) for one in range(6)), return_exceptions=True)
            assert [one for one, error in enumerate(told) if isinstance(error, IntegrityError)] == [3]
            assert [error for error in told if error is not None] == [told[3]]
            assert await Entry.all().count() == 6 * len(lines(0, fired(7)))
            assert sorted(row.subject for row in await read_after(0)) == [f"str_{one}" for one in range(6)]
            assert await Cursor.filter(name=name(3)).count() == 0

    asyncio.run(scenario())


def filled(number: int) -> say.Filled:
    return say.Filled(7, "entry", f"order_{number}", f"trade_{number}", "buy", Decimal(1), 100.0 + number, 0.1)


async def with_a_seat(journals: Journals, books: Books, number: int) -> tuple[Journal, Chain]:
    """A run that goes on after its first lines."""
    await append(journals, number)
    journal = Journal(journals, name(number), began(number), books.seat(name(number), began(number)))
    return journal, Chain(await journal.read())


def test_what_was_decided_first_is_written_first_and_the_ledger_adds_up_within_a_transaction(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            journals, books = Journals(store), Books(Accounts())
            runs = [await with_a_seat(journals, books, number) for number in range(5)]
            before = store.commits
            for again in range(2):
                await asyncio.gather(
                    *(
                        journal.append(link(chain, [filled(number)] if number % 2 or again else [fired(9)]))
                        for number, (journal, chain) in enumerate(runs)
                    )
                )
            assert store.commits - before == 2
            written = await Entry.all().order_by("id").values_list("run", flat=True)
            assert list(map(str, written))[-10:] == [name(number) for number in range(5)] * 2
            booked = await LedgerRow.filter(kind="fill").order_by("id").values_list("run", flat=True)
            assert list(map(str, booked)) == [name(number) for number in (1, 3, 0, 1, 2, 3, 4)]
            total = (await last_totals())["paper", "USDT"]
            assert total.unrealised == pytest.approx(sum(sheet.gain for sheet in sheets_of(books)))

    asyncio.run(scenario())


def sheets_of(books: Books) -> list[Sheet]:
    return list(books.seat("another", began(0)).book.sheets.values())


def test_a_run_that_ends_beside_others_ends_alone(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            journals = Journals(store)
            await asyncio.gather(*(append(journals, number, 5) for number in range(3)))
            await asyncio.gather(
                fail(journals, ("str_1", name(1)), "it failed", "strategy"),
                *(append(journals, number, 5) for number in (7, 8)),
            )
            found = await Cursor.filter(name__startswith="run_").order_by("name").values_list("name", flat=True)
            assert list(map(str, found)) == [name(number) for number in (0, 2, 7, 8)]
            assert (await lines_of(name(1)))[2].text.startswith('{"is":"fired"')
            assert any('"reason":"it failed"' in line.text for line in await lines_of(name(1)))

    asyncio.run(scenario())
