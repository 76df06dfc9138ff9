"""Which hook a webhook's path names.

What a secret stands for never changes, so it is asked of the store once and remembered. Whether it still holds may
change at any moment and in any process: that is asked in the transaction that stores the webhook, once a batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.access.tokens import digest_of, who_has
from server.store.tables import Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.store.store import Work

LONGEST_SECRET = 64  # letters; ours have 43
MOST_KNOWN = 10_000


class Hooks:
    """The hooks' tokens by their secrets' digests."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def token_of(self, secret: str) -> str | None:
        """The id of the hook token with this secret, which may be revoked since; raises StoreUnavailable."""
        if not secret or len(secret) > LONGEST_SECRET:
            return None
        digest = digest_of(secret)
        if (known := self._known.get(digest)) is not None:
            return known
        who = await who_has(secret)
        if who is None or who.token is None or not who.may("hook"):
            return None
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[digest] = who.token
        return who.token

    def forget(self, secret: str) -> None:
        """Ask the store about this secret again."""
        self._known.pop(digest_of(secret), None)


async def revoked(hooks: Iterable[str], work: Work) -> frozenset[str]:
    """Those of the tokens that no longer hold."""
    wanted = sorted(set(hooks))
    holding = await Token.filter(id__in=wanted, revoked_at=None).using_db(work.connection).values_list("id", flat=True)
    return frozenset(wanted).difference(map(str, holding))
