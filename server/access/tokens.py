"""Tokens: 256 random bits that belong to a person, stored as SHA-256, scoped, revocable at once."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from server.access.who import SCOPES, Who, scopes_of
from server.clock import LONGEST_ID, new_id, new_secret, now_ms
from server.store.tables import Person, Token

if TYPE_CHECKING:
    from server.store.store import Work

NAME = re.compile(r"[^\W_][\w .@-]{0,79}")


class BadName(ValueError):
    """A name or a scope that cannot be given to a person or token."""


class UnknownToken(ValueError):
    """There is no such token."""


class TokenRow(Struct, frozen=True):
    """A token as it is listed: never its secret."""

    id: str
    person: str
    scope: str
    created_at: int
    revoked_at: int | None


def digest_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def ensure_person(work: Work, name: str) -> str:
    """The person of that name, made if new; raises BadName."""
    if not NAME.fullmatch(name):
        msg = f"{name[:80]!r} is no name for a person; use letters, digits, spaces and . @ - up to 80 characters"
        raise BadName(msg)
    await Person.get_or_create(name=name, defaults={"created_at": now_ms()}, using_db=work.connection)
    return name


async def create_token(work: Work, person: str, scope: str) -> tuple[str, str]:
    """A new token: its id and its secret, which is shown once; raises BadName."""
    if scope not in SCOPES:
        msg = f"{scope!r} is no scope; the scopes are {', '.join(SCOPES)}"
        raise BadName(msg)
    await ensure_person(work, person)
    identity, secret = new_id("tok"), new_secret()
    await Token.create(
        id=identity, digest=digest_of(secret), person=person, scope=scope, created_at=now_ms(), using_db=work.connection
    )
    work.record("token.created", identity, {"person": person, "scope": scope}, person)
    return identity, secret


async def revoke_token(work: Work, identity: str, person: str | None = None) -> None:
    """Revoke a token at once; raises UnknownToken."""
    held = Token.filter(id=identity[:LONGEST_ID], revoked_at=None).using_db(work.connection)
    if len(identity) > LONGEST_ID or not await held.update(revoked_at=now_ms()):
        msg = f"there is no token {identity} that could be revoked; see `drawbridge token list`"
        raise UnknownToken(msg)
    work.record("token.revoked", identity, {}, person)


async def list_tokens() -> list[TokenRow]:
    """All tokens, oldest first."""
    rows = await Token.all().order_by("created_at", "id")
    return [TokenRow(row.id, row.person, row.scope, row.created_at, row.revoked_at) for row in rows]


async def who_has(secret: str) -> Who | None:
    """Who holds a token that is not revoked; None for any other text.

    The store is asked each time, so that a revocation holds at once, whichever process made it.
    """
    row = await Token.get_or_none(digest=digest_of(secret), revoked_at=None)
    return Who(row.person, scopes_of(row.scope), token=row.id) if row else None
