"""The line to Slack's Web API: a message out, a picture up, a thread searched; Slack's answers in our words.

Formats: docs.slack.dev, methods chat.postMessage, chat.update, files.getUploadURLExternal,
files.completeUploadExternal, files.info, conversations.replies and conversations.history.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from server.slack.stamps import metadata_of, stamp_of
from server.slack.trouble import Limited, NotReady, Unconfirmed, Unreachable, Unwanted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from slack_sdk.web.async_client import AsyncWebClient

    from server.slack.message import Message
    from server.slack.stamps import Place, Stamp

OURS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text"})
OURS_TOO = frozenset({"invalid_arguments", "invalid_attachments", "metadata_too_large", "invalid_metadata_format"})
UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
LOOKS = (0.1, 0.2, 0.4, 0.8, 1.0, 1.5, 2.0, 2.0, 2.0, 2.0, 3.0, 5.0)  # seconds between looks whether a picture is ready
SEARCHED = 5  # pages of 200 messages


class Line:
    """One workspace, by one bot token."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def post(self, place: Place, message: Message, stamp: Stamp) -> str:
        """Send a message; Slack's ts of it. Raises Limited, Unconfirmed, Unwanted, NotReady and Unreachable."""
        with told():
            answer = await self._client.chat_postMessage(
                channel=place.channel,
                thread_ts=place.thread,
                text=message.text,
                blocks=list(message.blocks),
                metadata=metadata_of(stamp),
                unfurl_links=False,
                unfurl_media=False,
            )
        return str(answer["ts"])

    async def update(self, channel: str, ts: str, message: Message, stamp: Stamp) -> None:
        """Show something else in a message of ours; raises as ``post`` does."""
        with told():
            await self._client.chat_update(
                channel=channel, ts=ts, text=message.text, blocks=list(message.blocks), metadata=metadata_of(stamp)
            )

    async def upload(self, name: str, png: bytes, alt: str) -> str:
        """Send a picture and wait until Slack has processed it; its id. Raises as ``post`` does.

        It is in no channel until a message shows it.
        """
        with told():
            given = await self._client.files_getUploadURLExternal(filename=name, length=len(png), alt_txt=alt)
            await self._put(str(given["upload_url"]), png)
            file = str(given["file_id"])
            await self._client.files_completeUploadExternal(files=[{"id": file, "title": alt}])
            for pause in LOOKS:
                answer = await self._client.files_info(file=file)
                if _processed(answer["file"]):
                    return file
                await asyncio.sleep(pause)
        msg = "Slack has not processed a picture in time"
        raise NotReady(msg)

    async def find(self, place: Place, stamps: set[Stamp]) -> dict[Stamp, str]:
        """Which of these stamps stand on messages of ours already, and each one's ts."""
        found: dict[Stamp, str] = {}
        async for message in self._messages(place):
            stamp = stamp_of(message)
            if stamp in stamps:
                found.setdefault(stamp, str(message["ts"]))
        return found

    async def told_up_to(self, place: Place, key: str) -> dict[int, str]:
        """The last event that each message of ours in a thread tells, and its ts."""
        stamped = [(stamp_of(one), str(one["ts"])) async for one in self._messages(place)]
        return {stamp.last: ts for stamp, ts in stamped if stamp and stamp.key == key and stamp.last}

    async def _messages(self, place: Place) -> AsyncIterator[dict[str, Any]]:
        """The newest messages of a thread or a channel."""
        cursor: str | None = None
        for _ in range(SEARCHED):
            with told():
                common: dict[str, Any] = {"channel": place.channel, "include_all_metadata": True, "limit": 200}
                if place.thread:
                    answer = await self._client.conversations_replies(ts=place.thread, cursor=cursor, **common)
                else:
                    answer = await self._client.conversations_history(cursor=cursor, **common)
            for message in answer["messages"]:
                yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def _put(self, url: str, png: bytes) -> None:
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=png) as answer:
            if answer.status != 200:
                msg = f"Slack's upload answered {answer.status}"
                raise Unconfirmed(msg)


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
    if status == 429:
        return Limited(float(response.headers.get("Retry-After", 1)))
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    name = str(data.get("error", ""))
    details = " ".join(map(str, (data.get("response_metadata") or {}).get("messages", [])))
    if name == "ratelimited":
        return Limited(float(response.headers.get("Retry-After", 1)))
    if status >= 500 or name in UNSURE or not name:
        return Unconfirmed(f"Slack answered {name or status}")
    if "slack file" in f"{details} {data.get('errors', '')}".lower():
        return NotReady(f"{name}: {details}")
    if name in OURS | OURS_TOO:
        return Unwanted(f"{name}: {details}".rstrip(": "))
    return Unreachable(f"{name}: {details}".rstrip(": "))
