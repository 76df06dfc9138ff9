"""What a live run that failed holds at the exchange is held by the account until somebody takes it up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET

from execution import entries as say
from execution.account import Holding, Limits
from execution.bookkeeping import follow, sheet_of
from execution.brokers.paper import PaperTerms
from execution.journal import Chain
from execution.resuming import link
from server.accounts import Accounts, account_name, currency_of
from server.books import Books
from server.ledger import Booked, Place, write_rows
from server.runs import STARTED, write_lines
from server.standings import standings
from tests.server.executor.executing import opened

if TYPE_CHECKING:
    from server.store.store import Store

pytestmark = pytest.mark.anyio
HERE, THERE = "binance ETH/USDT", "binance BTC/USDT"
HELD = (Holding(HERE, 220.0),)


def began(market: str = HERE, account: str | None = "key") -> say.Began:
    history, limits = say.History(0, 0, 0, ""), Limits(positions=1)
    return say.Began(
        "str_1", "d", "live", market, "1h", 0, history, PaperTerms(), limits=limits, account=account or UNSET
    )


async def ended(store: Store, run: str, first: say.Began, *, holds: bool) -> None:
    """A run that has ended, and held something or not."""
    bought = say.Filled(1, "entry", "e", "1", "buy", Decimal(2), 100.0, 0.0)
    said: list[say.Entry] = [first, bought, say.Heard(3_600, 100.0, 111.0, 99.0, 110.0, 5.0)] if holds else [first]
    place = Place(account_name(first), currency_of(first.market), "str_1", run)
    async with store.write() as work:
        work.record(STARTED, "str_1", {"run": run, "market": first.market})
        write_lines(work, ((run, line) for line in link(Chain(), said)))
        await write_rows(work, [Booked(place, follow(sheet_of(first), said)[1], None)])


async def taken_up(*living: str) -> Books:
    books = Books(Accounts())
    await books.open(living)
    return books


async def counted(books: Books) -> tuple[Holding, ...]:
    """What a run on another market is told that the others hold."""
    seat = books.seat("new", began(THERE))
    seat.put(sheet_of(began(THERE)))
    return seat.rest(0).held


async def nobodys() -> list[bool]:
    """The positions that people see, and whether somebody manages them."""
    return [held.running for one in await standings(Accounts()) for book in one.books for held in book.positions]


async def test_it_counts_after_a_restart_until_a_live_run_begins_on_that_market(url: str) -> None:
    async with opened(url) as store:
        await ended(store, "run_1", began(), holds=True)
        assert await counted(await taken_up()) == HELD
        assert await nobodys() == [False]
        await ended(store, "run_2", began(THERE), holds=False)
        await ended(store, "run_3", began(account=None), holds=True)
        assert await counted(await taken_up()) == HELD
        await ended(store, "run_4", began(), holds=False)
        assert await counted(await taken_up()) == ()
        assert await nobodys() == []


async def test_it_counts_at_once_and_the_next_run_of_the_market_takes_it_up(url: str) -> None:
    async with opened(url) as store:
        await ended(store, "run_1", began(), holds=True)
        books = await taken_up("run_1")
        assert await counted(books) == HELD
        books.leave("run_1")
        assert await counted(books) == HELD
        books.seat("run_2", began())
        assert await counted(books) == ()


async def test_a_run_on_paper_that_ended_holds_nothing(url: str) -> None:
    async with opened(url) as store:
        await ended(store, "run_1", began(account=None), holds=True)
        books = await taken_up("run_1")
        books.leave("run_1")
        seat = books.seat("new", began(THERE, account=None))
        seat.put(sheet_of(began(THERE, account=None)))
        assert seat.rest(0).held == ()
