"""The voice: what somebody waits for is said at once, out of turn; what Slack asked to wait with is said after that.

What it says counts for a channel's pace, so that the next message of a thread keeps its distance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.slack.line import told
from server.slack.trouble import Limited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

    from server.slack.message import Message
    from server.slack.pace import Pace

AGAIN = 3  # times, after a 429 each


class Voice:
    """Answers to people; every method raises as the line does, Limited only where Slack asks to wait ever again."""

    def __init__(self, client: AsyncWebClient, pace: Pace) -> None:
        self._client = client
        self._pace = pace

    async def aloud(self, channel: str, message: Message, thread: str | None = None) -> None:
        """To everybody there, or to one person in a conversation with them (a user's id)."""
        said: Any = {"text": message.text, "blocks": list(message.blocks)}
        await self._out(channel, lambda: self._client.chat_postMessage(channel=channel, thread_ts=thread, **said))

    async def quietly(self, channel: str, user: str, message: Message, thread: str | None = None) -> None:
        """To one person where others are, too."""
        said: Any = {"text": message.text, "blocks": list(message.blocks), "thread_ts": thread}
        await self._out(channel, lambda: self._client.chat_postEphemeral(channel=channel, user=user, **said))

    async def home(self, user: str, view: dict[str, Any]) -> None:
        """App Home of a person."""
        await self._out("views.publish", lambda: self._client.views_publish(user_id=user, view=view))

    async def unfurl(self, channel: str, ts: str, unfurls: dict[str, Any]) -> None:
        """What stands behind the links of a message."""
        await self._out("chat.unfurl", lambda: self._client.chat_unfurl(channel=channel, ts=ts, unfurls=unfurls))

    async def window(self, trigger: str, view: dict[str, Any]) -> None:
        """A window; what opens it lasts three seconds, so there is no second try."""
        with told():
            await self._client.views_open(trigger_id=trigger, view=view)

    async def _out(self, name: str, call: Callable[[], Awaitable[Any]]) -> None:
        """A call, once what it is counted with rests no more; ``name`` is a channel or a method, as in ``pace``.

        After a 429 it takes its turn, so that many who wait do not all come back at once.
        """
        await self._pace.rested(name)
        self._pace.passed(name)
        for left in reversed(range(AGAIN + 1)):
            try:
                with told():
                    await call()
            except Limited as error:
                self._pace.rest(name, error.seconds)
                if not left:
                    raise
                await self._pace.turn(name)
            else:
                return
