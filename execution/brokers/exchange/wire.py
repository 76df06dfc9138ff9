"""The pipe between the server and the process that trades: frames of a length (4 bytes, big endian) and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import Struct

from execution.brokers.exchange.terms import Terms
from execution.feeds.exchange.access import Access
from execution.messages import Following, Report, Request, Standing

if TYPE_CHECKING:
    import asyncio

LONGEST = 64 * 1024 * 1024  # bytes of a frame


class Connect(Struct, frozen=True, tag="connect", tag_field="is"):
    """Open an account with a sealed credential; ``access`` is how its exchange is reached."""

    account: str
    exchange: str
    sealed: bytes
    access: Access = Access()
    terms: Terms = Terms()


class Follow(Struct, frozen=True, tag="follow", tag_field="is"):
    """Follow a market of an account for a run, which is named by ``key`` from now on."""

    key: str
    account: str
    symbol: str
    following: Following


class Ask(Struct, frozen=True, tag="ask", tag_field="is"):
    """Requests of a run, in their order."""

    key: str
    requests: tuple[Request, ...]


class Leave(Struct, frozen=True, tag="leave", tag_field="is"):
    """A run is over."""

    key: str


class Said(Struct, frozen=True, tag="said", tag_field="is"):
    """Reports for a run, in their order."""

    key: str
    reports: tuple[Report, ...]


class Stood(Struct, frozen=True, tag="stood", tag_field="is"):
    """How the account stands in a run's market."""

    key: str
    standing: Standing


class Failed(Struct, frozen=True, tag="failed", tag_field="is"):
    """A run's market cannot be followed: one sentence says why."""

    key: str
    reason: str


ToProcess: TypeAlias = Connect | Follow | Ask | Leave
FromProcess: TypeAlias = Said | Stood | Failed
TO_PROCESS: msgspec.json.Decoder[ToProcess] = msgspec.json.Decoder(ToProcess)
FROM_PROCESS: msgspec.json.Decoder[FromProcess] = msgspec.json.Decoder(FromProcess)
_ENCODER = msgspec.json.Encoder()


class BadFrame(RuntimeError):
    """What came is no frame; the other side is of another make."""


def frame(message: ToProcess | FromProcess) -> bytes:
    """A message as it is sent."""
    text = _ENCODER.encode(message)
    return len(text).to_bytes(4, "big") + text


async def receive(reader: asyncio.StreamReader, decoder: msgspec.json.Decoder[Any]) -> Any:
    """The next message; raises IncompleteReadError at the end, BadFrame."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > LONGEST:
        msg = f"a frame of {length} bytes"
        raise BadFrame(msg)
    try:
        return decoder.decode(await reader.readexactly(length))
    except msgspec.MsgspecError as error:
        raise BadFrame(str(error)) from None
