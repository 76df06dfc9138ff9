"""``drawbridge kill``, ``drawbridge resume`` and ``drawbridge login``: what must work without a browser."""

from __future__ import annotations

from server.cli.arguments import OWNER, Name
from server.cli.output import say, show


def kill_command(name: Name = OWNER) -> None:
    """Set the kill switch: nothing enters the market. A running server hears it within a second.

    A position that is open is managed to its end.

    Example:
      drawbridge kill --as ann

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    switch = stored.set_kill(name, on=True)
    say(f"the kill switch is set, by {switch.person}, {stored.where()}; `drawbridge resume` clears it")


def resume_command(name: Name = OWNER) -> None:
    """Clear the kill switch: strategies may enter the market again.

    Example:
      drawbridge resume --as ann

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    stored.set_kill(name, on=False)
    say(f"the kill switch is clear {stored.where()}")


def login_command(name: Name = OWNER) -> None:
    """Print a link that signs a browser in, once, within 15 minutes.

    Example:
      drawbridge login --as ann

    """
    from server.cli import stored  # noqa: PLC0415 - see there

    secret = stored.create_login(name)
    show(f"{stored.base()}/login/{secret}")
