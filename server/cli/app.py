"""The commands of ``drawbridge``, one module each: the one that was asked for is imported, the others are not."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.output import show

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMANDS = {  # in the order of the help, each with its module
    "interpret": "interpret",
    "freeze": "freeze",
    "verify": "verify",
    "signals": "signals",
    "backtest": "backtest",
    "chart": "chart",
    "replay": "logs",
    "verify-log": "logs",
    "serve": "serve",
    "propose": "propose",
    "login": "kill",
    "kill": "kill",
    "resume": "kill",
    "ledger": "ledger",
    "reset-peak": "ledger",
    "doctor": "doctor",
    "quotes": "quotes",
}
GROUPS = ("token", "credential", "slack")
EVERY = (*COMMANDS, *GROUPS)


def application(arguments: list[str]) -> typer.Typer:
    """The program with the command that the arguments begin with; with all, where they begin with none."""
    return program(arguments[:1] if arguments and arguments[0] in EVERY else EVERY)


def program(names: Iterable[str] = EVERY) -> typer.Typer:
    """The program with some commands."""
    app = typer.Typer(
        help="Freeze what was drawn on TradingView into a strategy, and evaluate it on the exchange's own candles.",
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names:
        module = importlib.import_module(f"server.cli.{COMMANDS.get(name, name)}")
        if name in COMMANDS:
            app.command(name)(getattr(module, f"{name.replace('-', '_')}_command"))
        else:
            app.add_typer(getattr(module, name), name=name)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        show(f"drawbridge {importlib.metadata.version('drawbridge')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Drawbridge."""
