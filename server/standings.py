"""How the accounts stand, for whoever asks: from the settings, and from the newest rows of the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from execution.bookkeeping import Position, Snapshot
from server.accounts import DEFAULT, LIVE
from server.ledger import Written, last_id, last_of_runs, last_totals, ledger_rows
from server.left import is_last
from server.refused import Refused
from server.runs import living
from server.strategies import names_of

if TYPE_CHECKING:
    from server.accounts import Accounts
    from server.ledger import Total

T = TypeVar("T")
NOTHING = Decimal(0)
SHARES, SECONDS = frozenset({"daily_loss", "drawdown"}), frozenset({"feed_age"})  # of the rules; others are counts


class Held(Struct, frozen=True):
    """An open position at the last price seen; ``price`` is its entry's, ``size`` a decimal in base currency.

    ``running`` is false where the run that opened it has ended: at an exchange it is held still, and nobody manages it,
    until another live run begins on its market.
    """

    strategy: str
    name: str
    run: str
    market: str
    side: Literal["long", "short"]
    size: str
    price: float
    last: float
    value: float
    unrealised: float
    running: bool


class Book(Struct, frozen=True):
    """An account in one currency: equity = cash + realised + unrealised, null where its cash is not set up any more."""

    currency: str
    equity: float | None
    peak: float | None
    realised: float
    unrealised: float
    positions: list[Held]


class AccountStanding(Struct, frozen=True):
    """An account, what it starts with in each currency, what it allows, and a book for each currency traded."""

    name: str
    kind: Literal["paper", "live"]
    cash: float | None
    limits: dict[str, Any]
    books: list[Book]


class LedgerPage(Struct, frozen=True):
    """An account and its rows, the newest first; ``cursor`` continues the list, null at its end."""

    account: AccountStanding
    rows: list[Written]
    cursor: int | None


async def standings(accounts: Accounts) -> list[AccountStanding]:
    """Every account that is set up or was ever traded on, by name; the default one first, live ones last."""
    until = await last_id()  # so that an account's figures and its positions are those of one moment
    totals = await last_totals(until)
    names = {*accounts.paper, *(name for name, _ in totals)}
    running = {run for _, run in await living()}
    return [
        _standing(accounts, name, totals, await _held(name, running, until))
        for name in sorted(names, key=lambda name: (name.startswith(LIVE), name != DEFAULT, name))
    ]


def _standing(
    accounts: Accounts, name: str, totals: dict[tuple[str, str], Total], held: list[tuple[str, Held]]
) -> AccountStanding:
    cash = accounts.cash_of(name)
    limits = msgspec.to_builtins(accounts.limits_of(name))
    return AccountStanding(
        name=name,
        kind="live" if name.startswith(LIVE) else "paper",
        cash=cash,
        limits={rule: most for rule, most in limits.items() if most},
        books=[
            Book(
                currency=currency,
                equity=None if cash is None else cash + total.realised + total.unrealised,
                peak=None if cash is None else cash + total.peak,
                realised=total.realised,
                unrealised=total.unrealised,
                positions=[one for where, one in held if where == currency],
            )
            for (owner, currency), total in sorted(totals.items())
            if owner == name
        ],
    )


async def _held(name: str, running: set[str], until: int) -> list[tuple[str, Held]]:
    """(currency, position) of every position of an account."""
    rows = [(row, row.read(Snapshot)) for row in await last_of_runs("equity", name, until)]
    open_ = [(row, now) for row, now in rows if now.held and (row.run in running or name.startswith(LIVE))]
    entered = {row.run: row.read(Position) for row in (await last_of_runs("position", name, until) if open_ else ())}
    open_ = [
        (row, now) for row, now in open_ if row.run in running or await is_last(row.run, entered[row.run].market, name)
    ]
    names = await names_of({row.strategy for row, _ in open_})
    return [
        (row.currency, _position(row, now, entered[row.run], (names.get(row.strategy, ""), row.run in running)))
        for row, now in open_
    ]


def _position(row: Written, now: Snapshot, entered: Position, about: tuple[str, bool]) -> Held:
    name, running = about
    return Held(
        strategy=row.strategy,
        name=name,
        run=row.run,
        market=entered.market,
        side="long" if now.held > NOTHING else "short",
        size=str(abs(now.held)),
        price=entered.price,
        last=now.price,
        value=float(abs(now.held)) * now.price,
        unrealised=now.unrealised,
        running=running,
    )


def limits_in_words(limits: dict[str, Any]) -> str:
    """What an account allows, in one line."""
    return ", ".join(f"{rule.replace('_', ' ')} {_figures(rule, most)}" for rule, most in limits.items())


def _figures(rule: str, most: Any) -> str:
    """The most: shares of the equity as percent, multiples of it with an x."""
    match most:
        case float() if rule in SHARES:
            return f"{100 * most:.10g} %"
        case float():
            return f"{most:.10g} x"
        case int() if rule in SECONDS:
            return f"{most} s"
        case {"orders": orders, "seconds": seconds}:
            return f"{orders} orders in {seconds} s"
        case dict():
            return "of " + ", ".join(sorted(most))
        case _:
            return f"{most:.10g}"


async def ledger_page(accounts: Accounts, name: str, limit: int, before: int | None) -> LedgerPage:
    """An account with its rows; raises Refused (404)."""
    found = next((one for one in await standings(accounts) if one.name == name), None)
    if found is None:
        raise Refused(404, f"there is no account {name[:40]}")
    rows = await ledger_rows(name, None, limit + 1, before)
    return LedgerPage(found, rows[:limit], rows[limit - 1].id if len(rows) > limit else None)
