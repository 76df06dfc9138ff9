"""``drawbridge token create|list|revoke``."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from server.cli.arguments import OWNER, Name
from server.cli.output import say, show

token = typer.Typer(help="Tokens: who may call the server, and for what.", no_args_is_help=True)


class Scope(StrEnum):
    """What a token is for."""

    hook = "hook"
    export = "export"
    view = "view"
    approve = "approve"
    storage = "storage"
    udf = "udf"
    admin = "admin"


@token.command("create")
def create(
    scope: Annotated[
        Scope,
        typer.Option(help="hook, storage and udf are the {token} of their paths; the others are bearer tokens."),
    ],
    name: Name = OWNER,
) -> None:
    """Make a token and print it, this once: only its hash is stored.

    Examples:
      drawbridge token create --scope export --as ann

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    identity, secret = stored.create_token(name, scope.value)
    show(secret)
    say(f"{identity}: {scope.value}, of {name}; revoke it with `drawbridge token revoke {identity}`")


@token.command("list")
def list_them() -> None:
    """List the tokens, without their secrets.

    Example:
      drawbridge token list

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    for row in stored.list_tokens():
        revoked = f"revoked {_day(row.revoked_at)}" if row.revoked_at else "valid"
        show(f"{row.id}  {row.scope:8}  {_day(row.created_at)}  {revoked:18}  {row.person}")


@token.command("revoke")
def revoke(identity: Annotated[str, typer.Argument(metavar="ID", help="As `drawbridge token list` shows it.")]) -> None:
    """Revoke a token; a running server refuses it from the next request on.

    Example:
      drawbridge token revoke tok_0191f2c3a4b5d6e7f8091a2b

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    stored.revoke_token(identity)
    say(f"{identity} is revoked")


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y-%m-%d")
