"""Credentials in the store: sealed under their name, listed without what they hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from server.clock import now_ms
from server.store.tables import Credential

if TYPE_CHECKING:
    from server.store.store import Work

NAME = re.compile(r"[a-zA-Z0-9][\w.-]{0,39}", re.ASCII)


class BadCredential(ValueError):
    """A credential that cannot be stored, or is not there: one sentence says why."""


class CredentialRow(Struct, frozen=True):
    """A credential as it is listed; ``created_at`` in UNIX milliseconds UTC."""

    name: str
    exchange: str
    created_at: int


class SealedCredential(Struct, frozen=True):
    """A credential as the broker's process is given it."""

    name: str
    exchange: str
    sealed: bytes


def check_name(name: str) -> str:
    """The name; raises BadCredential for one that no credential can have."""
    if not NAME.fullmatch(name):
        msg = f"{name[:40]!r} is no name for a credential; use up to 40 letters, digits and . - _"
        raise BadCredential(msg)
    return name


async def set_credential(work: Work, sealed: SealedCredential) -> None:
    """Store a credential in place of what had its name."""
    values = {"exchange": sealed.exchange, "sealed": sealed.sealed, "created_at": now_ms()}
    await Credential.update_or_create(values, name=sealed.name, using_db=work.connection)
    work.record("credential.set", sealed.name, {"exchange": sealed.exchange})


async def remove_credential(work: Work, name: str) -> None:
    """Forget a credential; raises BadCredential."""
    if not await Credential.filter(name=name).using_db(work.connection).delete():
        msg = f"there is no credential {name[:40]}; `drawbridge credential list` shows them"
        raise BadCredential(msg)
    work.record("credential.removed", name, {})


async def list_credentials() -> list[CredentialRow]:
    """All credentials by name."""
    rows = await Credential.all().order_by("name").values_list("name", "exchange", "created_at")
    return [CredentialRow(*row) for row in rows]


async def sealed_credentials() -> list[SealedCredential]:
    """All credentials by name, sealed."""
    rows = await Credential.all().order_by("name")
    return [SealedCredential(row.name, row.exchange, bytes(row.sealed)) for row in rows]


async def account_of(exchange: str) -> str | None:
    """The name of the credential that trades on an exchange: its first."""
    row = await Credential.filter(exchange=exchange).order_by("name").first()
    return row.name if row else None
