"""Slack's signed requests to an app's address: v0 HMAC-SHA256 over the raw body, forged or stale where asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from tests.slack.clock import ACK
from tests.slack.core import SECRET

if TYPE_CHECKING:
    from tests.slack.core import Core
    from tests.slack.sockets import Kind

Wire = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """An app's answer. ``status``: None where there was none. ``reason``: Slack's word for what went wrong."""

    status: int | None
    payload: Wire = field(default_factory=dict)
    reason: str = ""
    no_retry: bool = False
    text: str = ""


class Door:
    """``url``: where the app takes events, clicks and commands alike."""

    def __init__(self, slack: Core, url: str, secret: str = SECRET) -> None:
        self.slack = slack
        self.url = url
        self.verifier = SignatureVerifier(secret)
        self.heard: list[Heard] = []

    async def post(
        self,
        kind: Kind,
        payload: Wire,
        *,
        attempt: int = 0,
        reason: str = "",
        forged: bool = False,
        age: float = 0.0,
    ) -> Heard:
        """One request. ``forged``: with a signature that is wrong. ``age``: of its timestamp, seconds."""
        body, mime = encoded(kind, payload)
        headers = self.signed(body, forged=forged, age=age) | {"Content-Type": mime}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        heard = await self._sent(body, headers)
        self.heard.append(heard)
        return heard

    def signed(self, body: str, *, forged: bool = False, age: float = 0.0) -> dict[str, str]:
        at = str(int(self.slack.clock.wall() - age))
        signature = self.verifier.generate_signature(timestamp=at, body=body + (" " if forged else "")) or ""
        agent = "Slackbot 1.0 (+https://api.slack.com/robots)"
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature, "User-Agent": agent}

    async def verify_url(self, challenge: str = "a-challenge") -> Heard:
        """What Slack does when the address is entered; a right answer carries the challenge."""
        payload = {"type": "url_verification", "token": "verification", "challenge": challenge}
        return await self.post("events_api", payload)

    async def _sent(self, body: str, headers: dict[str, str]) -> Heard:
        limit = aiohttp.ClientTimeout(total=self.slack.clock.real(ACK))
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(self.url, data=body.encode(), headers=headers, allow_redirects=False) as response,
            ):
                return heard(response.status, await response.text(), response.headers.get("X-Slack-No-Retry"))
        except TimeoutError:
            return Heard(None, reason="http_timeout")
        except aiohttp.ClientError:
            return Heard(None, reason="connection_failed")


def encoded(kind: Kind, payload: Wire) -> tuple[str, str]:
    """The body and its type: events are JSON, clicks a form's ``payload``, commands a form."""
    match kind:
        case "events_api":
            return json.dumps(payload), "application/json"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        case "slash_commands":
            return urlencode(payload), "application/x-www-form-urlencoded"


def heard(status: int, text: str, no_retry: str | None) -> Heard:
    try:
        payload = json.loads(text) if text else {}
    except ValueError:
        payload = {"text": text}
    reason = "" if 200 <= status < 300 else "http_error"
    return Heard(status, payload if isinstance(payload, dict) else {}, reason, no_retry == "1", text)
