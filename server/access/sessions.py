"""Sessions: a one-time login link becomes a cookie, and a cookie a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.access.tokens import digest_of, ensure_person
from server.access.who import SESSION_SCOPES, Who
from server.clock import LONGEST_ID, new_secret, now_ms
from server.store.tables import LoginLink, Session, Token

if TYPE_CHECKING:
    from server.store.store import Work

COOKIE = "drawbridge_session"
LINK_MS = 15 * 60_000
SESSION_MS = 30 * 24 * 3_600_000


class Login(Struct, frozen=True):
    """A new session: the cookie's value and the token that its forms carry."""

    cookie: str
    csrf: str
    person: str


async def create_login(work: Work, person: str) -> str:
    """The secret of a link that logs this person in once, within 15 minutes."""
    await ensure_person(work, person)
    secret = new_secret()
    link = LoginLink(digest=digest_of(secret), person=person, expires_at=now_ms() + LINK_MS)
    await link.save(using_db=work.connection)
    return secret


async def is_fresh(secret: str) -> bool:
    """Whether a link with this secret could log somebody in."""
    return await LoginLink.exists(digest=digest_of(secret), used_at=None, expires_at__gt=now_ms())


async def use_login(work: Work, secret: str) -> Login | None:
    """The session behind a link that is fresh and was not used; None otherwise."""
    now = now_ms()
    fresh = LoginLink.filter(digest=digest_of(secret), used_at=None, expires_at__gt=now).using_db(work.connection)
    row = await fresh.first()
    if row is None or not await fresh.update(used_at=now):
        return None
    cookie, csrf = new_secret(), new_secret()
    session = Session(
        digest=digest_of(cookie), person=row.person, csrf=csrf, created_at=now, expires_at=now + SESSION_MS
    )
    await session.save(using_db=work.connection)
    work.record("session.began", session.digest[:LONGEST_ID], {}, row.person)
    return Login(cookie, csrf, row.person)


async def who_session(cookie: str) -> Who | None:
    """Who a cookie belongs to; None when it is forged, expired or revoked."""
    row = await Session.get_or_none(digest=digest_of(cookie), revoked_at=None, expires_at__gt=now_ms())
    return Who(row.person, SESSION_SCOPES, session=row.digest, csrf=row.csrf) if row else None


async def end_session(work: Work, who: Who) -> None:
    """Log a session out."""
    if who.session:
        await Session.filter(digest=who.session).using_db(work.connection).update(revoked_at=now_ms())
        work.record("session.ended", who.session[:LONGEST_ID], {}, who.person)


async def still_holds(who: Who) -> bool:
    """Whether the token or session by which somebody came is still valid."""
    if who.session:
        return await Session.exists(digest=who.session, revoked_at=None, expires_at__gt=now_ms())
    return await Token.exists(id=who.token, revoked_at=None)
