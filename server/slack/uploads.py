"""Exports by chat: a file or a pasted text that may be a drawing export, and its bytes.

Text comes escaped and with links marked up (docs.slack.dev, formatting message text); a file is fetched with the bot's
token from the workspace's own address, never from elsewhere.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import aiohttp

from server.exports import MAX_BYTES
from server.refused import Refused
from server.slack.trouble import Unconfirmed

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

FENCE = re.compile(r"^```(?:[a-z]*\n)?|```$")
MARKED = re.compile(r"<((?:https?|mailto):[^|>]*)(?:\|[^>]*)?>")
MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>")
CALLED = re.compile(rf"^\s*{MENTION.pattern}")
# How an export begins as JSON, or what clips, pages and forms hold: other talk is none, however it begins.
OPENING = re.compile(r"""[\[{]\s*["\[{]""")
MARKS = ("data-tradingview-clip", "viewChartOptions", "application/prs.init-data", "data-options", "ownerSource")
TEXTUAL = frozenset({"json", "javascript", "text", "plain", "csv", "yaml", "auto", "txt", "binary", "space"})
OWN_MODES = frozenset({"hosted", "snippet"})  # others lie elsewhere, or are no files
FILES = "/files-pri/"  # below it lie files and nothing else: no method of the API
SLACK_HOSTS = re.compile(r"(^|\.)slack(-gov)?\.com$|(^|\.)slack-files\.com$")


def pasted(text: str) -> bytes | None:
    """The export in a message's text, as it was before Slack marked it up; None where it looks like none."""
    bare = FENCE.sub("", CALLED.sub("", text).strip()).strip()
    raw = html.unescape(MARKED.sub(lambda found: found[1], bare))
    looks = OPENING.match(raw) or any(mark in raw for mark in MARKS)
    return raw.encode("utf-8", "replace") if looks else None


def may_be_export(file: dict[str, Any]) -> bool:
    """Whether a file is worth reading: text of some kind; pictures and documents are other talk."""
    kind, mime = str(file.get("filetype", "")), str(file.get("mimetype", ""))
    return kind in TEXTUAL or mime.startswith("text/") or "json" in mime


async def fetch(client: AsyncWebClient, file: dict[str, Any]) -> bytes:
    """A file's bytes; raises Refused where it is too large or lies elsewhere, and Unconfirmed where it cannot be had.

    At most ``MAX_BYTES`` and one more are read, so that a larger one is told apart.
    """
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if int(file.get("size") or 0) > MAX_BYTES:
        raise Refused(413, f"an export may have {MAX_BYTES // 1024 // 1024} MiB; this file has more")
    if file.get("is_external") or file.get("mode") not in OWN_MODES or not _is_slacks(url, client.base_url):
        raise Refused(422, "the file does not lie with Slack; upload it here")
    headers = {"Authorization": f"Bearer {client.token}"}
    timeout = aiohttp.ClientTimeout(total=30)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status != 200 or _signs_in(answer, file):
                msg = f"Slack did not give the file ({answer.status}); the bot needs the scope files:read"
                raise Unconfirmed(msg)
            raw = bytearray()
            async for part in answer.content.iter_chunked(65_536):
                raw += part
                if len(raw) > MAX_BYTES:
                    break
            return bytes(raw)
    except (aiohttp.ClientError, TimeoutError) as error:
        msg = f"Slack did not give the file ({type(error).__name__}); send it again"
        raise Unconfirmed(msg) from None


def _signs_in(answer: aiohttp.ClientResponse, file: dict[str, Any]) -> bool:
    """Whether this is the page on which people sign in, which a bot is led to where it lacks the scope."""
    page = "html" in str(file.get("mimetype", ""))
    return answer.content_type == "text/html" and not page


def _is_slacks(url: str, api: str) -> bool:
    """Whether our token may be shown at an address: a file's, at Slack's own or where the settings' API is."""
    asked, own = urlsplit(url), urlsplit(api)
    if not asked.path.startswith(FILES) or ".." in re.split(r"[/\\]", unquote(asked.path)):
        return False
    if (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
        return True
    return asked.scheme == "https" and bool(SLACK_HOSTS.search(asked.hostname or ""))
