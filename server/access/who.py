"""Who is asking: a person with scopes, by a token or by a browser's session."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

Scope = Literal["hook", "export", "view", "approve", "storage", "udf", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
IMPLIED: dict[str, frozenset[str]] = {
    "admin": frozenset({"admin", "view", "export", "approve"}),
    "approve": frozenset({"approve", "view"}),
    "export": frozenset({"export", "view"}),
}
SESSION_SCOPES = IMPLIED["admin"]  # whoever holds the login link runs this server


class Who(Struct, frozen=True):
    """A person and what they may do; ``token`` is the token's id, ``csrf`` what a session's forms must carry."""

    person: str
    scopes: frozenset[str]
    token: str | None = None
    session: str | None = None
    csrf: str | None = None

    def may(self, scope: str) -> bool:
        """Whether the scope is theirs."""
        return scope in self.scopes


def scopes_of(scope: str) -> frozenset[str]:
    """A token's scope with what it implies: approving and exporting need sight, admin has all but the path tokens."""
    return IMPLIED.get(scope, frozenset({scope}))
