"""``drawbridge serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.arguments import OWNER, Name
from server.cli.output import say, show
from server.settings import read_settings

if TYPE_CHECKING:
    from server.store.store import Store


def serve_command(
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to bind; else the setting.")] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Port; 0 takes a free one; else the setting.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Replay bundled candles, in a folder of its own, and print what to try.")
    ] = False,
    name: Name = OWNER,
) -> None:
    """Run the server, the executor and the inbox until it is interrupted.

    Prints the address and a link that signs your browser in, once.

    Examples:
      drawbridge serve
      drawbridge serve --demo --port 0

    """
    from server import demo as demonstration  # noqa: PLC0415
    from server.cli import stored  # noqa: PLC0415 - see there

    given = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    settings = demonstration.demo_settings(**given) if demo else read_settings(**given)

    async def ready(base: str, link: str, store: Store) -> None:
        say(f"drawbridge serves on {base}; sign in with this link, once, within 15 minutes:")
        show(link)
        if demo:
            tokens = await demonstration.demo_tokens(store, settings.data_dir, name)
            show(demonstration.demo_text(base, tokens))

    stored.run_server(settings, name, ready)
