"""The line to Slack's Web API: a message out, a picture up, a thread searched; Slack's answers in our words.

Formats: docs.slack.dev, methods chat.postMessage, chat.update, files.getUploadURLExternal,
files.completeUploadExternal, files.info, conversations.replies and conversations.history.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from server.slack.reach import SLACK
from server.slack.stamps import metadata_of, stamp_of
from server.slack.trouble import Gone, Limited, NotReady, Unconfirmed, Unreachable, Unwanted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from slack_sdk.web.async_client import AsyncWebClient

    from server.slack.message import Message
    from server.slack.pace import Pace
    from server.slack.reach import Reach
    from server.slack.stamps import Place, Stamp

# Errors that concern the message as it is; their pages list them.
OURS = frozenset(
    "invalid_blocks invalid_blocks_format msg_too_long msg_blocks_too_long no_text invalid_arguments "
    "invalid_attachments metadata_too_large invalid_metadata_format invalid_metadata_schema "
    "metadata_must_be_sent_from_app cant_update_message edit_window_closed".split()
)
GONE = frozenset({"message_not_found", "thread_not_found"})
UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
LOOKS = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)  # seconds between looks whether a picture is ready
PAGE = 200  # messages
UPLOAD_SECONDS = 15
AT_ONCE = 4  # pictures
FEW = 3  # looks, while Slack processes no picture at all


class Line:
    """One workspace, by one bot token: each call at its pace, and what it proves about the workspace is noted."""

    def __init__(self, client: AsyncWebClient, pace: Pace, reach: Reach) -> None:
        self._client = client
        self._pace = pace
        self._reach = reach
        self._pictures = asyncio.Semaphore(AT_ONCE)
        self._unprocessed = 0  # pictures on end

    @property
    def away(self) -> bool:
        """Whether Slack took nothing when it was tried last."""
        return self._reach.is_closed(SLACK)

    async def knock(self) -> None:
        """Ask whether Slack is there and knows us; raises Unconfirmed and Unreachable where not.

        It opens no door: that Slack answers this does not say that it takes messages.
        """
        with suppress(Limited), told():
            await self._client.auth_test()

    async def turn(self, channel: str) -> None:
        """Wait until a channel takes a message; what it says is best put together after that."""
        await self._pace.turn(channel)

    async def post(self, place: Place, message: Message, stamp: Stamp) -> str:
        """Send a message, after its turn; Slack's ts of it.

        Raises Limited, Unconfirmed, Unwanted, NotReady, Gone and Unreachable.
        """
        await self._pace.rested(place.channel)
        with self._heard(place.channel):
            answer = await self._client.chat_postMessage(
                channel=place.channel,
                thread_ts=place.thread,
                text=message.text,
                blocks=list(message.blocks),
                metadata=metadata_of(stamp),
                unfurl_links=False,
                unfurl_media=False,
            )
        self._reach.delivered(place.channel)
        return str(answer["ts"])

    async def turn_to_update(self) -> None:
        """Wait until a message may be updated."""
        await self._pace.turn("chat.update")

    async def update(self, channel: str, ts: str, message: Message, stamp: Stamp) -> None:
        """Show something else in a message of ours, after its turn; raises as ``post`` does."""
        await self._pace.rested("chat.update")
        with self._heard("chat.update"):
            await self._client.chat_update(
                channel=channel, ts=ts, text=message.text, blocks=list(message.blocks), metadata=metadata_of(stamp)
            )
        self._reach.delivered(channel)

    async def upload(self, name: str, png: bytes, alt: str) -> str:
        """Send a picture and wait until Slack has processed it; its id. Raises as ``post`` does.

        It is in no channel until a message shows it.
        """
        async with self._pictures:
            async with self._asked("files.getUploadURLExternal"):
                given = await self._client.files_getUploadURLExternal(filename=name, length=len(png), alt_txt=alt)
            await self._put(str(given["upload_url"]), png)
            file = str(given["file_id"])
            async with self._asked("files.completeUploadExternal"):
                await self._client.files_completeUploadExternal(files=[{"id": file, "title": alt}])
            if await self._is_processed(file):
                return file
        msg = "Slack has not processed a picture in time"
        raise NotReady(msg)

    async def _is_processed(self, file: str) -> bool:
        """Whether Slack makes a picture of a file, within some seconds; fewer while it makes none."""
        for pause in (*LOOKS[: FEW if self._unprocessed > FEW else None], 0.0):
            async with self._asked("files.info"):
                answer = await self._client.files_info(file=file)
            if _processed(answer["file"]):
                self._unprocessed = 0
                return True
            await asyncio.sleep(pause)
        self._unprocessed += 1
        return False

    async def sent(self, place: Place, key: str, since: str) -> list[tuple[Stamp, str]]:
        """The stamps of our messages for a key there, each with its ts, among those after the ts ``since``."""
        found = [(stamp_of(one), str(one["ts"])) async for one in self._messages(place, since)]
        return [(stamp, ts) for stamp, ts in found if stamp is not None and stamp.key == key]

    async def _messages(self, place: Place, since: str) -> AsyncIterator[dict[str, Any]]:
        """The messages of a thread or a channel after a ts, page by page."""
        cursor: str | None = None
        while True:
            asked: dict[str, Any] = {"channel": place.channel, "include_all_metadata": True, "oldest": since}
            asked |= {"limit": PAGE, "cursor": cursor}
            if place.thread:
                async with self._asked("conversations.replies"):
                    answer = await self._client.conversations_replies(ts=place.thread, **asked)
            else:
                async with self._asked("conversations.history"):
                    answer = await self._client.conversations_history(**asked)
            for message in answer["messages"]:
                yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def _put(self, url: str, png: bytes) -> None:
        """The bytes of a picture, by the client's own connections; its address says nothing of Slack as a whole."""
        timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS)
        try:
            async with aiohttp_session(self._client) as session, session.post(url, data=png, timeout=timeout) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            msg = f"Slack's upload could not be reached: {type(error).__name__}"
            raise Unconfirmed(msg, answered=True) from None
        if status != 200:
            msg = f"Slack's upload answered {status}"
            raise Unconfirmed(msg, answered=True)

    @asynccontextmanager
    async def _asked(self, method: str) -> AsyncIterator[None]:
        """A call of a method, in its turn."""
        await self._pace.turn(method)
        with self._heard(method):
            yield

    @contextmanager
    def _heard(self, name: str) -> Iterator[None]:
        """What a call's answer says of its pace, and of the workspace."""
        try:
            with told():
                yield
        except (Limited, Unwanted, Gone, Unreachable) as error:
            if isinstance(error, Limited):
                self._pace.rest(name, error.seconds)
            if not (isinstance(error, Unreachable) and error.where == "team"):
                self._reach.proved(SLACK)
            raise
        self._reach.proved(SLACK)


@asynccontextmanager
async def aiohttp_session(client: AsyncWebClient) -> AsyncIterator[aiohttp.ClientSession]:
    """The session that a client keeps, or one for this once."""
    if client.session is not None:
        yield client.session
        return
    async with aiohttp.ClientSession() as session:
        yield session


def _processed(file: dict[str, Any]) -> bool:
    return bool(file.get("mimetype")) and bool(file.get("thumb_360") or file.get("thumb_64") or file.get("original_w"))


@contextmanager
def told() -> Iterator[None]:
    """Slack's errors in our words."""
    try:
        yield
    except SlackApiError as error:
        raise _meaning(error) from None
    except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
        msg = f"Slack could not be reached: {type(error).__name__}"
        raise Unconfirmed(msg) from None


def _meaning(error: SlackApiError) -> Exception:
    response: Any = error.response
    status = getattr(response, "status_code", 200)
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    name = str(data.get("error", ""))
    if status == 429 or name == "ratelimited":
        return Limited(float(response.headers.get("Retry-After", 1)))
    if status >= 500 or name in UNSURE or not name:
        return Unconfirmed(f"Slack answered {name or status}", answered=name in UNSURE)
    return _refusal(name, data)


def _refusal(name: str, data: dict[str, Any]) -> Exception:
    details = " ".join(map(str, (data.get("response_metadata") or {}).get("messages", [data.get("needed", "")])))
    said = f"{name}: {details}".rstrip(": ")
    if "slack file" in f"{details} {data.get('errors', '')}".lower():
        return NotReady(said)
    if name in GONE:
        return Gone(said)
    return Unwanted(said) if name in OURS else Unreachable(name, details)
