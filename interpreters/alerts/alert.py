"""What a webhook's body says, and what reading it found on the way."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

Form = Literal["json", "json_repaired", "key_value", "csv", "form", "pipe", "command", "text", "empty"]
Action = Literal["buy", "sell", "close", "cancel"]
Status = Literal["accepted", "parked"]

# TradingView caps a message at 40,960 characters (help centre 43000773947), at most four times as many bytes in UTF-8.
LONGEST_MESSAGE = 40_960
MAX_BYTES = 256 * 1024


class FiringId(Struct, frozen=True):
    """An id, whether it tells firings apart by itself, and whether it will never come again."""

    text: str
    alone: bool
    lasting: bool


class Alert(Struct, frozen=True):
    """One delivery of a webhook, as far as it could be read.

    ``fields`` are plain JSON values with their names as written: no NaN, no NUL character, no integer beyond 64 bits.
    ``symbol`` is as written, with its exchange before it (``BYBIT:BTCUSDT.P``) where the body names both. ``price`` is
    never a guess from an unnamed number. Times are UNIX seconds. ``firing`` is the id that the template carries,
    ``told`` whether a field that can hold nothing else, like ``timenow``, says when it fired. ``reason`` is a sentence
    for both states and holds no secret.
    """

    form: Form
    fields: dict[str, Any]
    repairs: tuple[str, ...]
    symbol: str | None
    action: Action | None
    price: float | None
    bar_time: int | None
    fired_at: int | None
    firing: FiringId | None
    told: bool
    status: Status
    reason: str

    @property
    def explicit_id(self) -> str | None:
        """The id where it can only be this firing's."""
        return self.firing.text if self.firing is not None and self.firing.lasting else None


class Sense(Struct, frozen=True):
    """What a text says beyond its fields."""

    symbol: str | None = None
    action: Action | None = None
    price: float | None = None


NO_SENSE = Sense()


class Reading(Struct, frozen=True):
    """A body taken apart: its fields, what was repaired, and the first thing that is visibly wrong with it.

    ``source`` is the JSON where it was valid to the letter.
    """

    form: Form
    fields: dict[str, Any]
    repairs: tuple[str, ...] = ()
    problem: str | None = None
    sense: Sense = NO_SENSE
    source: bytes | None = None


class Unreadable(ValueError):
    """The text cannot be read without guessing; the message says where and why."""
