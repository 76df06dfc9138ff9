"""``drawbridge doctor``: whether a server could work here."""

from __future__ import annotations

from server.cli.errors import No
from server.cli.output import show
from server.settings import read_settings


def doctor_command() -> None:
    """Look at what a server needs: folder, store, kill switch, repository, feeds, exchanges and their clocks.

    Prints a line for each; anything that is not well is a no (exit code 1).

    Example:
      drawbridge doctor

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    ill = 0
    for finding in stored.examine(read_settings()):
        ill += not finding.well
        show(f"{'ok ' if finding.well else 'NO '} {finding.what}: {finding.said}")
    if ill:
        msg = "one thing is not well" if ill == 1 else f"{ill} things are not well"
        raise No(msg)
