"""``drawbridge serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.arguments import OWNER, Name
from server.cli.output import say, show
from server.settings import read_settings


def serve_command(
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to bind; else the setting.")] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port; 0 takes a free one; else the setting.")
    ] = None,
    name: Name = OWNER,
) -> None:
    """Run the server, the executor and the inbox until it is interrupted.

    Prints the address and a link that signs your browser in, once.
    """
    from server.cli import stored  # noqa: PLC0415 - see there

    given = {"host": host, "port": port}
    settings = read_settings(**{key: value for key, value in given.items() if value is not None})

    def ready(base: str, link: str) -> None:
        say(f"drawbridge serves on {base}; sign in with this link, once, within 15 minutes:")
        show(link)

    stored.run_server(settings, name, ready)
