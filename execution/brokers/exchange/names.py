"""The client order ids: what an order is called at an exchange, from its content alone.

An order keeps its own id until it is amended; each amendment is a new order there, with an id of its own that follows
from the first and the number of the amendment. So no id is ever sent twice, and every run makes the same ones.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal

Leg = Literal["target", "stop"]
LEGS: Final[tuple[Leg, Leg]] = ("target", "stop")
LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SHORT: Final = frozenset({"gate", "gateio"})  # 28 characters at most
UUIDS: Final = frozenset({"coinbase"})
NUMBERS: Final = frozenset({"hyperliquid"})  # 0x and 32 digits


def version_id(order: str, turn: int) -> str:
    """The id of an order after so many amendments: 32 hexadecimal digits."""
    return hashlib.sha256(f"{order}\n{turn}".encode()).hexdigest()[:32] if turn else order


def leg_id(version: str, leg: Leg) -> str:
    """The id of one of the two orders that a bracket is at the exchange."""
    return hashlib.sha256(f"{version}\n{leg}".encode()).hexdigest()[:32]


def to_exchange(exchange: str, version: str) -> str:
    """The id as the exchange takes it; most take 32 digits."""
    if exchange in SHORT:
        return _digits(int(version, 16))
    if exchange in UUIDS:
        return "-".join((version[:8], version[8:12], version[12:16], version[16:20], version[20:]))
    return f"0x{version}" if exchange in NUMBERS else version


def from_exchange(exchange: str, name: str) -> str | None:
    """The id that an exchange's name stands for; None where it is none of ours."""
    if exchange in SHORT:
        return _number(name.removeprefix("t-"))
    text = name.replace("-", "") if exchange in UUIDS else name.removeprefix("0x") if exchange in NUMBERS else name
    return text.lower() if len(text) == 32 and set(text.lower()) <= set(LETTERS[:10] + "abcdef") else None


def _digits(number: int) -> str:
    text = ""
    for _ in range(22):
        number, digit = divmod(number, len(LETTERS))
        text = LETTERS[digit] + text
    return text


def _number(text: str) -> str | None:
    if len(text) != 22 or not set(text) <= set(LETTERS):
        return None
    number = 0
    for letter in text:
        number = number * len(LETTERS) + LETTERS.index(letter)
    return f"{number:032x}" if number < 1 << 128 else None
