"""The chat port: where the team reads, decides and watches beside the inbox. Slack is an adapter; others need no more.

A chat is told the event log, page by page, with a cursor of its own: so nothing is told that was not stored, and
nothing stored is forgotten. Decisions come back through the domain (approvals, editing, exports), never past it. The
inbox reads the same log with the same words (``server.words``), whenever somebody looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from server.store.events import find_cursor, pages, set_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.store.events import EventRow
    from server.store.store import Store, Work


class Standing(Struct, frozen=True):
    """How a chat stands: events that wait to be told, calls that failed since the start, why nothing gets out.

    ``last`` is when it took a message last, in UNIX milliseconds UTC; ``pictures`` is why messages go out
    without theirs.
    """

    name: str
    waiting: int
    failures: int
    last: int | None = None
    trouble: str | None = None
    pictures: str | None = None


class Chat(Protocol):
    """What the server needs of a chat. ``name`` is that of its cursor."""

    name: str

    async def begin(self, work: Work) -> None:
        """Take note of what is open already, when the chat is set up beside a log that has begun."""

    async def tell(self, work: Work, events: Sequence[EventRow]) -> None:
        """Take note of what is to be shown, in the log's order and in the transaction that moves the cursor."""

    async def wake(self) -> None:
        """What was noted is stored now."""

    async def run(self) -> None:
        """Show what was noted and listen to people, until cancelled."""

    async def standing(self) -> Standing:
        """How it stands now."""


class Heard(Struct, frozen=True):
    """What a chat answers to a request."""

    status: int
    body: str
    media_type: str = "text/plain"


class HttpChat(Chat, Protocol):
    """A chat that sends requests to a door of ours."""

    @property
    def by_http(self) -> bool:
        """Whether it sends to us at all."""

    async def hear(self, body: str, query: str, headers: Mapping[str, str]) -> Heard:
        """One request as it came; what is not signed by the chat is refused."""


async def keep_telling(store: Store, chat: Chat) -> None:
    """Tell a chat every event once, from where it is; a chat that is new is told only what comes from now on."""
    seq = await find_cursor(chat.name)
    if seq is None:
        seq = store.last_seq
        async with store.write() as work:
            await chat.begin(work)
            await set_cursor(work, chat.name, seq)
        await chat.wake()
    async for page in pages(store, seq):
        async with store.write() as work:
            await chat.tell(work, page)
            await set_cursor(work, chat.name, page[-1].seq)
        await chat.wake()
