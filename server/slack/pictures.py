"""Pictures on their way up: words do not wait for one that Slack does not take, they say that it is missing, and why.

An upload that fails is Slack's trouble as a whole, in which words would not go out either, or the upload's own: a scope
that is missing, a storage that is full, an address that does not answer. So Slack is asked whether it is there. After a
failure uploads rest, and are then tried once each, until one is taken.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from server.logs import logger
from server.slack.trouble import Limited, NotReady, Unconfirmed, Unreachable, Unwanted, is_away
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.slack.line import Line
    from server.slack.reach import Patience

PAUSES = (0.5, 1.0)  # seconds between tries at an upload
UNDRAWN = "it could not be drawn"
UNTAKEN = "Slack did not take it"


class Picture(Struct, frozen=True):
    """A picture to be sent: a file name, its PNG, and what it shows in words; ``digest`` of the version shown."""

    name: str
    png: bytes
    alt: str
    digest: str | None = None


class Shown(NamedTuple):
    """The picture of a message by Slack's id of it, or why there is none where there was to be one."""

    file: str | None = None
    why: str = ""


class Uploaded(NamedTuple):
    """What came of a picture; ``digest`` of the version that it shows, None where a later try may do better."""

    shown: Shown
    digest: str | None = None


class NotTaken(Exception):
    """An upload failed, and Slack is there."""


class Pictures:
    """The pictures of one workspace; ``trouble`` is why they are left out, None while they are not."""

    def __init__(self, line: Line, patience: Patience) -> None:
        self._line = line
        self._patience = patience
        self._failures = 0  # on end
        self._until = 0.0  # uploads rest, by the loop's clock
        self.trouble: str | None = None

    async def uploaded(self, make: Callable[[], Awaitable[Picture | None]]) -> Uploaded:
        """Make a picture and send it up; raises StoreUnavailable, and as the line does where Slack is away."""
        try:
            picture = await make()
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the words are to go out
            logger().error("picture failed", chat="slack", exc_info=error)
            return Uploaded(Shown(why=UNDRAWN))
        if picture is None:
            return Uploaded(Shown())
        if self.trouble is not None and asyncio.get_running_loop().time() < self._until:
            return Uploaded(Shown(why=self.trouble))
        return await self._sent_up(picture)

    async def _sent_up(self, picture: Picture) -> Uploaded:
        try:
            file = await self._upload(picture)
        except Limited as error:
            return Uploaded(Shown(why=str(error)))
        except (NotTaken, Unwanted) as error:
            logger().warning("picture left out", chat="slack", reason=str(error))
            final = isinstance(error, Unwanted) and not isinstance(error, NotReady)
            return Uploaded(Shown(why=self._failed(error)), picture.digest if final else None)
        self._failures, self.trouble = 0, None
        return Uploaded(Shown(file), picture.digest)

    def _failed(self, error: NotTaken | Unwanted) -> str:
        """Why it is missing; one that Slack is slow with lets none rest (the line looks for those less often)."""
        self.trouble = f"{UNTAKEN} ({error})"
        if not isinstance(error, NotReady):
            self._failures += 1
            self._until = asyncio.get_running_loop().time() + self._patience.after(self._failures)
        return self.trouble

    async def _upload(self, picture: Picture) -> str:
        """Slack's id of a picture, after some tries."""
        if self._line.away:
            await self._line.knock()
        for pause in () if self._failures else PAUSES:
            try:
                return await self._tried(picture)
            except NotTaken:
                await asyncio.sleep(pause)
        return await self._tried(picture)

    async def _tried(self, picture: Picture) -> str:
        """Slack's id of a picture; raises NotTaken, and as the line does."""
        try:
            return await self._line.upload(picture.name, picture.png, picture.alt)
        except (Unreachable, Unconfirmed) as error:
            if is_away(error):
                await self._line.knock()
            raise NotTaken(str(error)) from None
