"""The commands of ``drawbridge``, one module each."""

from __future__ import annotations

import importlib.metadata
from typing import Annotated

import typer

from server.cli import (
    backtest,
    chart,
    credential,
    doctor,
    freeze,
    interpret,
    kill,
    ledger,
    logs,
    serve,
    signals,
    token,
    verify,
)
from server.cli.output import show

app = typer.Typer(
    help="Freeze what was drawn on TradingView into a strategy, and evaluate it on the exchange's own candles.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        show(f"drawbridge {importlib.metadata.version('drawbridge')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Drawbridge."""


for name, command in (
    ("interpret", interpret.interpret_command),
    ("freeze", freeze.freeze_command),
    ("verify", verify.verify_command),
    ("signals", signals.signals_command),
    ("backtest", backtest.backtest_command),
    ("chart", chart.chart_command),
    ("replay", logs.replay_command),
    ("verify-log", logs.verify_log_command),
    ("serve", serve.serve_command),
    ("login", kill.login_command),
    ("kill", kill.kill_command),
    ("resume", kill.resume_command),
    ("ledger", ledger.ledger_command),
    ("doctor", doctor.doctor_command),
):
    app.command(name)(command)

app.add_typer(token.token, name="token")
app.add_typer(credential.credential, name="credential")
