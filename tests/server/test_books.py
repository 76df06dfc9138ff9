"""The books: what a run is told of the others, and what is left of those that ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from execution import entries as say
from execution.account import Account, Holding, Limits
from execution.bookkeeping import Pending, Sheet
from execution.brokers.paper import PaperTerms
from execution.ledger import Ledger
from server.accounts import Accounts, PaperAccount, account_name, currency_of
from server.books import Book, Books

DAY = 86_400
HERE, THERE = "binance ETH/USDT", "binance BTC/USDT"


def sheet(market: str = HERE, made: float = 0.0, **more: Any) -> Sheet:
    """A run's part that began with 1,000, has made something and holds nothing."""
    return Sheet(1_000.0, market, Ledger(1_000.0 + made), price=100.0, **more)


def began(**more: Any) -> say.Began:
    history = say.History(0, 0, 0, "")
    return say.Began("str_1", "d", "replay", HERE, "1h", 0, history, PaperTerms(), **more)


def book(**sheets: Sheet) -> Book:
    made = Book(1_000.0)
    for run, one in sheets.items():
        made.put(run, one)
    return made


def test_a_run_alone_has_nothing_beside_it_but_the_peak() -> None:
    assert book(one=sheet(made=50.0)).rest("one") == Account(equity=0.0, peak=1_050.0)


def test_the_rest_is_what_the_others_made_hold_and_sent() -> None:
    held = Ledger(800.0, held=Decimal(2), opened=Decimal(2), price=100.0)
    other = replace(sheet(THERE, day=10, today=-5.0, orders=(7, 9)), ledger=held, price=90.0)
    third = sheet(day=9, today=3.0, orders=(8,), pending={"e": Pending(Decimal(1), 95.0)})
    found = book(one=sheet(), two=other, zzz=third).rest("one")
    assert found == Account(
        equity=-20.0,
        peak=1_000.0,
        day=10,
        realised=-5.0,
        held=(Holding(THERE, 180.0), Holding(HERE, 95.0)),
        orders=(7, 8, 9),
    )


def test_together_with_its_own_part_every_run_reckons_the_same_equity() -> None:
    found = book(one=sheet(made=30.0), two=sheet(THERE, made=-10.0))
    assert [found.rest(run).equity + found.sheets[run].ledger.cash for run in ("one", "two")] == [1_020.0, 1_020.0]


def test_a_run_that_ended_leaves_its_profit_its_day_and_its_order_times() -> None:
    found = book(
        one=sheet(), two=sheet(made=-40.0, day=10, today=-40.0, orders=(5,)), zzz=sheet(made=10.0, day=10, today=10.0)
    )
    for run in ("two", "zzz", "nobody"):
        found.leave(run)
    assert found.rest("one") == Account(equity=-30.0, peak=1_000.0, day=10, realised=-30.0, orders=(5,))
    found.put("four", sheet(day=9, today=-7.0))
    found.leave("four")
    assert found.rest("one").realised == -30.0


def test_the_peak_does_not_fall_with_the_equity() -> None:
    found = book(one=sheet(made=80.0))
    found.put("one", sheet(made=-200.0))
    assert found.rest("one").peak == 1_080.0


def test_the_silence_of_a_feed_is_told_once_it_is_too_long() -> None:
    seat = Books(Accounts()).seat("run", began(limits=Limits(feed_age=60)))
    seat.put(sheet())
    assert [seat.rest(age).feed_age for age in (0, 60, 61)] == [None, None, 61.0]


def test_without_limits_a_run_hears_of_the_kill_switch_alone() -> None:
    books = Books(Accounts())
    seat = books.seat("run", began())
    seat.put(sheet(made=500.0))
    assert seat.rest(1_000) == Account()
    books.killed = True
    assert seat.rest(1_000) == Account(killed=True)


def test_runs_meet_in_the_book_of_their_account_and_currency() -> None:
    books = Books(Accounts(paper={"paper": PaperAccount(10_000.0), "main": PaperAccount(5_000.0)}, live_cash=70.0))
    limits = Limits(positions=1)
    one, two, main, live = (
        books.seat(name, began(limits=limits, **more)).book
        for name, more in {"1": {}, "2": {}, "3": {"paper": "main"}, "4": {"account": "key"}}.items()
    )
    assert one is two
    assert [found.cash for found in (one, main, live)] == [10_000.0, 5_000.0, 70.0]
    assert books.seat("5", began(limits=limits, paper="gone")).book.cash == PaperTerms().equity
    books.leave("5")
    books.leave("5")


def test_accounts_go_by_the_paper_account_or_the_exchange() -> None:
    names = [account_name(began(account=account, paper=paper)) for account, paper in (
        (UNSET, UNSET), (UNSET, "main"), ("key", UNSET)
    )]  # fmt: skip
    assert names == ["paper", "main", "live.binance"]
    assert [currency_of(name) for name in ("binance ETH/BTC", "bybit BTC/USDT:USDT")] == ["BTC", "USDT"]
