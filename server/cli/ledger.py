"""``drawbridge ledger``: how the accounts stand, and what made them stand so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from server.cli.arguments import OWNER, Json, Name
from server.cli.output import say, show, show_json

if TYPE_CHECKING:
    from server.ledger import Written
    from server.standings import AccountStanding, Book, Held


def ledger_command(
    account: Annotated[str | None, typer.Option(metavar="NAME", help="One account alone.")] = None,
    strategy: Annotated[str | None, typer.Option(metavar="ID", help="The rows of one strategy alone.")] = None,
    limit: Annotated[int, typer.Option(min=0, max=100_000, help="How many rows, the newest first.")] = 50,
    json_: Json = False,
) -> None:
    """Show how the accounts stand, and the newest rows of their ledger.

    Equity is cash and what all runs of the account have made; unrealised is what open positions would bring at the last
    bar, the fees of their entry taken off.

    Examples:
      drawbridge ledger
      drawbridge ledger --account paper --limit 20
      drawbridge ledger --strategy str_0191f2c3a4b5d6e7f8091a2b --json

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    accounts, rows = stored.read_ledger(account, strategy, limit)
    if json_:
        show_json({"accounts": msgspec.to_builtins(accounts), "rows": msgspec.to_builtins(rows)})
        return
    for one in accounts:
        for line in in_words(one):
            show(line)
    for row in rows:
        show(row_in_words(row))


def reset_peak_command(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="As `drawbridge ledger` names it.")],
    name: Name = OWNER,
) -> None:
    """Take an account's equity as its new peak: the drawdown limit measures from here on.

    It is a row of the ledger and an event. A running server hears it within a second; entries are let in again then.

    Example:
      drawbridge reset-peak paper --as ann

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    for one in stored.reset_peak(account, name):
        say(f"{account}: what was made at the peak is {one.now:+.10g} {one.currency} now; it was {one.before:+.10g}")


def in_words(account: AccountStanding) -> list[str]:
    """An account as lines."""
    from server.standings import limits_in_words  # noqa: PLC0415 - as above

    cash = "is not set up any more" if account.cash is None else f"starts with {account.cash:.10g}"
    head = f"{account.name} ({account.kind}): {cash}"
    head += f"; limits: {limits_in_words(account.limits)}" if account.limits else ""
    return [head, *(line for book in account.books for line in _book(book))]


def _book(book: Book) -> list[str]:
    equity = "" if book.equity is None else f"equity {book.equity:.10g}, "
    line = f"  {book.currency}: {equity}realised {book.realised:+.10g}, unrealised {book.unrealised:+.10g}"
    return [line, *(f"    {_position(one)}" for one in book.positions)]


def _position(one: Held) -> str:
    where = f"{one.side} {one.size} of {one.market} at {one.price:.10g}, now {one.last:.10g}: {one.unrealised:+.10g}"
    return f"{where}  {one.strategy}" + ("" if one.running else "  (its run has ended: nobody manages it)")


WORDS = {
    "fill": "{side} {size} at {price:.10g}, fee {fee:.10g} ({role})",
    "position": "holds {held:.10g} at {price:.10g}",
    "trade": "{side} {size:.10g} closed at {exit_price:.10g} ({reason}): {pnl:+.10g}",
    "equity": "equity {equity:.10g}, realised {realised:+.10g}, unrealised {unrealised:+.10g}",
    "account": "all runs: realised {realised:+.10g}, unrealised {unrealised:+.10g}",
}


def row_in_words(row: Written) -> str:
    """A row as a line."""
    at = datetime.fromtimestamp(row.time, tz=UTC).strftime("%Y-%m-%d %H:%M")
    return f"{row.id:>8}  {at}  {row.account:12}  {row.strategy}  {row.kind:8}  {_words(row)}"


def _words(row: Written) -> str:
    held = {"held": float(row.data["held"])} if "held" in row.data else {}
    return WORDS[row.kind].format(**{**row.data, **held})
