"""``drawbridge credential set|list|remove``: what opens an account at an exchange, never shown, never an argument."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from execution.feeds.exchange.shells import is_exchange
from server.cli.errors import BadInput
from server.cli.output import say, show
from server.sealing import Secret

credential = typer.Typer(help="Credentials: API keys of exchanges, sealed in the database.", no_args_is_help=True)
Label = Annotated[str, typer.Argument(metavar="NAME", help="What the credential is called here.")]


@credential.command("set")
def set_it(
    name: Label,
    exchange: Annotated[str, typer.Option(metavar="ID", help="The exchange as ccxt writes it, like binance.")],
) -> None:
    """Store a credential, in place of what had its name.

    Key, secret and password are asked for, without echo; where standard input is no terminal, it holds them as
    JSON: {"key": "…", "secret": "…", "password": "…"}, the password only where the exchange has one.

    Example:
      drawbridge credential set main --exchange binance < key.json

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    stored.check_credential_name(name)
    if not is_exchange(exchange):
        msg = f"ccxt knows no exchange {exchange[:40]!r}; write its id as ccxt does, like binance"
        raise BadInput(msg)
    stored.set_credential(name, exchange, _asked() if sys.stdin.isatty() else _read(sys.stdin.buffer.read()))
    say(f"the credential {name} is sealed; a running server takes it up within a second")


@credential.command("list")
def list_them() -> None:
    """List the credentials, without what they hold.

    Example:
      drawbridge credential list

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    for row in stored.list_credentials():
        day = datetime.fromtimestamp(row.created_at / 1000, tz=UTC).strftime("%Y-%m-%d")
        show(f"{row.name:40}  {row.exchange:20}  {day}")


@credential.command("remove")
def remove(name: Label) -> None:
    """Forget a credential; a running server lets go of the account within a second.

    Example:
      drawbridge credential remove main

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    stored.remove_credential(name)
    say(f"the credential {name} is forgotten here; revoke it at the exchange too")


def _asked() -> Secret:
    key, secret = getpass.getpass("API key: "), getpass.getpass("Secret: ")
    return _whole(Secret(key.strip(), secret.strip(), getpass.getpass("Password (empty: none): ").strip() or None))


def _read(raw: bytes) -> Secret:
    """The JSON of standard input; what it holds is never repeated."""
    try:
        return _whole(msgspec.json.decode(raw, type=Secret))
    except msgspec.MsgspecError:
        msg = 'standard input has to hold JSON like {"key": "…", "secret": "…"}, with a "password" if there is one'
        raise BadInput(msg) from None


def _whole(secret: Secret) -> Secret:
    if not secret.key or not secret.secret:
        msg = "a credential needs a key and a secret; neither may be empty"
        raise BadInput(msg)
    return secret
