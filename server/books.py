"""The books: how every account stands that is traded on now, one beside the other for all runs of this process.

A run's own part follows from its lines. What a run is told is the rest: the account's cash, what runs that ended have
made, and the parts of the others as they stand at that moment; so two runs never both find the same room free.
"""

from __future__ import annotations

from bisect import insort
from contextlib import suppress
from math import fsum
from typing import TYPE_CHECKING

from msgspec import MsgspecError, Struct, UnsetType
from msgspec.structs import replace

from execution.account import Account, Holding
from execution.bookkeeping import stood
from server.accounts import LIVE, Accounts, account_name, currency_of
from server.ledger import gain_of, last_totals, made_today
from server.left import left_at
from server.runs import began_of_run, order_lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from execution.bookkeeping import Sheet
    from execution.entries import Began

Key = tuple[str, str]  # account and quote currency
MOST = 1_000  # order times of runs that ended


class Gone(Struct):
    """What runs that ended have left: profit, that of one day (days since 1970), and order times.

    ``left``: by market, what such a run held at an exchange; nobody manages it, and it takes its room from the others.
    """

    left: dict[str, tuple[Holding, ...]] = {}
    gain: float = 0.0
    day: int = 0
    today: float = 0.0
    orders: tuple[int, ...] = ()


class Book:
    """One account in one currency; ``peak`` is the most that it had made.

    Every run puts its part and asks for the rest at every bar, so what a part comes to is reckoned when it is put.
    """

    def __init__(self, cash: float) -> None:
        self.cash = cash
        self.peak = 0.0
        self.gone = Gone()
        self.sheets: dict[str, Sheet] = {}
        self._gains: dict[str, float] = {}
        self._days: dict[str, tuple[int, float]] = {}  # of runs that have closed a trade
        self._orders: dict[str, tuple[int, ...]] = {}  # of runs that have sent any
        self._held: dict[str, Holding] = {}
        self._holding: list[str] = []  # the runs that hold something, in the order of their names

    @property
    def gain(self) -> float:
        """What all runs have made so far."""
        return fsum((self.gone.gain, *self._gains.values()))

    def put(self, run: str, sheet: Sheet) -> None:
        """Take a run's part as it stands now."""
        self.sheets[run] = sheet
        self._gains[run] = sheet.gain
        if sheet.day:
            self._days[run] = (sheet.day, sheet.today)
        if sheet.orders:
            self._orders[run] = sheet.orders
        self._hold(run, next(iter(sheet.holdings), None))
        self.peak = max(self.peak, self.gain)

    def _hold(self, run: str, holding: Holding | None) -> None:
        if holding is not None:
            if run not in self._held:
                insort(self._holding, run)
            self._held[run] = holding
        elif self._held.pop(run, None) is not None:
            self._holding.remove(run)

    def leave(self, run: str, *, live: bool = False) -> None:
        """A run has ended; on an exchange what it holds is held still."""
        sheet, gone = self.sheets.pop(run, None), self.gone
        if sheet is None:
            return
        if live:
            self.keep(sheet)
        self._days.pop(run, None)
        self._orders.pop(run, None)
        self._hold(run, None)
        gone.gain += self._gains.pop(run)
        if sheet.day > gone.day:
            gone.day, gone.today = sheet.day, 0.0
        gone.today += sheet.today if sheet.day == gone.day else 0.0
        gone.orders = (*gone.orders, *sheet.orders)[-MOST:]

    def keep(self, sheet: Sheet) -> None:
        """What a run left at the exchange counts as held."""
        if sheet.ledger.held:
            self.gone.left[sheet.market] = sheet.holdings

    def rest(self, run: str) -> Account:
        """How the account stands without this run's part; the peak alone holds it."""
        own, gone = self.sheets[run], self.gone
        days = [(gone.day, gone.today), *(one for name, one in self._days.items() if name != run)]
        day = max(days)[0]
        orders = [time for name, times in self._orders.items() if name != run for time in times]
        return Account(
            # fsum is exact, so that what is added and taken away again leaves nothing
            equity=fsum((self.cash, -own.start, gone.gain, *self._gains.values(), -self._gains[run])),
            peak=self.cash + self.peak,
            day=day,
            realised=fsum(today for one, today in days if one == day),
            held=(
                *(self._held[name] for name in self._holding if name != run),
                *(holding for holdings in gone.left.values() for holding in holdings),
            ),
            orders=tuple(sorted((*gone.orders, *orders))),
        )


class Seat:
    """A run's place at its account."""

    def __init__(self, books: Books, book: Book, run: str, began: Began) -> None:
        self.books = books
        self.book = book
        self.run = run
        self.limits = None if isinstance(began.limits, UnsetType) else began.limits

    def put(self, sheet: Sheet) -> None:
        """Take the run's part as it stands now."""
        self.book.put(self.run, sheet)

    def rest(self, age: int) -> Account:
        """How the rest of the account stands; without limits the kill switch alone matters.

        The feed's silence is told once it is longer than the limit, so that a log does not tell every second of it.
        """
        if self.limits is None:
            return Account(killed=self.books.killed)
        most = self.limits.feed_age
        rest = self.book.rest(self.run)
        silent = float(age) if most is not None and age > most else None
        return replace(rest, feed_age=silent, killed=self.books.killed)


class Books:
    """Every account's book; ``killed``: whether the kill switch is on."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.killed = False
        self._books: dict[Key, Book] = {}
        self._runs: dict[str, Key] = {}

    async def open(self, runs: Iterable[str]) -> None:
        """Take up how the accounts stand, with the parts of the runs that go on; raises StoreUnavailable."""
        self._books, self._runs = {}, {}
        for run in runs:
            began = await began_of_run(run)
            with suppress(MsgspecError, ArithmeticError):  # a log that was tampered with ends its run when it goes on
                if began is not None:
                    self.seat(run, began).put(stood(began, await order_lines_of(run)))
        for key, total in (await last_totals()).items():
            book = self._book(key, None)
            book.gone.gain = total.realised + total.unrealised - await gain_of(tuple(book.sheets))
            book.peak = max(total.peak, book.gain)
            book.gone.day, book.gone.today = await made_today(key, tuple(book.sheets))
            if key[0].startswith(LIVE):
                for sheet in await left_at(key[0], tuple(self._runs)):
                    if currency_of(sheet.market) == key[1]:
                        book.keep(sheet)

    def seat(self, run: str, began: Began) -> Seat:
        """A run's place."""
        key = (account_name(began), currency_of(began.market))
        self._runs[run] = key
        book = self._book(key, began.terms.equity)
        if key[0].startswith(LIVE):  # whoever let it begin has looked at what is there
            book.gone.left.pop(began.market, None)
        return Seat(self, book, run, began)

    def leave(self, run: str) -> None:
        """A run has ended."""
        if run in self._runs:
            key = self._runs.pop(run)
            self._books[key].leave(run, live=key[0].startswith(LIVE))

    def reset_peak(self, key: Key) -> None:
        """The equity of now is the peak."""
        if key in self._books:
            self._books[key].peak = self._books[key].gain

    def _book(self, key: Key, start: float | None) -> Book:
        if key not in self._books:
            cash = self.accounts.cash_of(key[0])
            self._books[key] = Book(start or 0.0 if cash is None else cash)
        return self._books[key]
