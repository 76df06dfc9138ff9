"""The chat port: where the team reads, decides and watches. The inbox is the embedded one; Slack is another adapter.

A chat reads the event log with a cursor of its own, so that nothing is told that was not stored, and nothing stored is
forgotten. Decisions come back through server.approvals, never past it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from server.store.events import EventRow


class Chat(Protocol):
    """What the server needs of a chat."""

    name: str

    async def open(self) -> None:
        """Begin to listen for what people do there."""

    async def tell(self, event: EventRow) -> None:
        """Show one event; called in the log's order, and again after a crash if it is not known to be shown."""

    async def close(self) -> None:
        """Stop listening."""
