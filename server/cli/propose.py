"""``drawbridge propose``: a frozen strategy is put before the people who approve, beside a server that may be running.

What holds code comes to a server by this way alone.
"""

from __future__ import annotations

from server.cli.arguments import OWNER, Artifact, Name
from server.cli.output import say, show
from server.cli.strategies import open_artifact
from server.custom.running import try_out
from server.settings import read_settings


def propose_command(strategy: Artifact, name: Name = OWNER) -> None:
    """Propose a frozen strategy on the server of this folder, and print its id there.

    It waits for approval like one that an export made. One with custom nodes is taken if DRAWBRIDGE_CUSTOM_NODES
    allows them; the approval shows their source.

    Examples:
      drawbridge propose strategy.yaml

      drawbridge propose quiet-long.yaml --as ann

    """
    artifact = open_artifact(strategy)
    try_out(artifact.strategy, allowed=read_settings().custom_nodes)
    from server.cli import stored  # noqa: PLC0415 - see there

    show(stored.propose(artifact, name))
    say(f"{artifact.id}: {artifact.name}, proposed by {name} {stored.where()}")
