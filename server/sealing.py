"""Sealing: what opens an account at an exchange, encrypted with AES-256-GCM, and the key that it is sealed with.

A sealed credential is its 96-bit nonce, the ciphertext and the tag; the record's name is associated data, so that a
credential opens under its own name only. Sealing serves the command line; opening serves the broker's process alone.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from server.clock import random_bytes

if TYPE_CHECKING:
    from pathlib import Path

NONCE = 12  # bytes
KEY = 32  # bytes
HEX_KEY = re.compile(rb"[0-9a-fA-F]{64}")


class BadKey(ValueError):
    """The key cannot be had: one sentence says what to do."""


class CannotOpen(ValueError):
    """A sealed credential that this key does not open: one sentence says what to do."""


class Secret(Struct, frozen=True, forbid_unknown_fields=True):
    """What opens an account: an API key, its secret, and a password where the exchange asks for one."""

    key: str
    secret: str
    password: str | None = None

    def __repr__(self) -> str:
        return "Secret(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []

    @property
    def texts(self) -> tuple[str, ...]:
        """What must not be seen anywhere."""
        return tuple(text for text in (self.key, self.secret, self.password) if text)


class Content(Struct, frozen=True):
    """What is sealed: the exchange too, so that it cannot be exchanged for another."""

    exchange: str
    secret: Secret


def seal(key: bytes, name: str, exchange: str, secret: Secret) -> bytes:
    """The credential as it is stored, different at every call."""
    nonce = random_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, msgspec.json.encode(Content(exchange, secret)), name.encode())


def unseal(key: bytes, name: str, exchange: str, sealed: bytes) -> Secret:
    """What was sealed; raises CannotOpen for another key, name or exchange, and for a changed byte."""
    try:
        text = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
        content = msgspec.json.decode(text, type=Content)
    except (InvalidTag, ValueError):
        raise CannotOpen(_shut(name)) from None
    if content.exchange != exchange:
        raise CannotOpen(_shut(name))
    return content.secret


def _shut(name: str) -> str:
    return (
        f"the credential {name} does not open: the key is another one, or the record was changed; "
        f"set it again with `drawbridge credential set {name}`"
    )


def key_of(text: str | None, file: Path, *, make: bool = False) -> bytes:
    """The key: from the setting's text, else from the file, which is made where it may be; raises BadKey."""
    if text is not None:
        return _parsed(text.encode(), "DRAWBRIDGE_CREDENTIAL_KEY")
    if make:
        with suppress(FileExistsError):
            _make(file)
    try:
        return _parsed(file.read_bytes(), str(file))
    except OSError as error:
        msg = f"the key of the credentials cannot be read from {file} ({error.strerror}); restore it, or set them again"
        raise BadKey(msg) from None


def _make(file: Path) -> None:
    """A new key in a file that its owner alone may read; raises FileExistsError, and BadKey."""
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise
    except OSError as error:
        msg = f"the key of the credentials cannot be written to {file} ({error.strerror})"
        raise BadKey(msg) from None
    with os.fdopen(number, "w") as opened:
        opened.write(random_bytes(KEY).hex() + "\n")


def _parsed(text: bytes, where: str) -> bytes:
    if not HEX_KEY.fullmatch(text.strip()):
        msg = f"{where} does not hold a key: 64 hexadecimal digits"
        raise BadKey(msg)
    return bytes.fromhex(text.strip().decode())
