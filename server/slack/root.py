"""What the root message of a strategy's thread is made of."""

from __future__ import annotations

from msgspec import Struct

from server.review import Review
from server.slack.papers import Paper


class Root(Struct, frozen=True):
    """A strategy with its version's review, as the thread's root shows it; ``expires_at`` in UNIX milliseconds UTC.

    ``approvals`` are the people who approved the version for paper, ``live_approvals`` those for live, ``ended_by``
    who rejected or stopped it. ``papers`` is the paper account, or those that an approval may name, see ``papers_of``.
    ``image`` is the id of the uploaded picture, ``link`` the strategy's page.
    """

    id: str
    name: str
    kind: str
    state: str
    proposer: str
    review: Review
    symbol: str = ""
    timeframe: str = ""
    approved_for: str | None = None
    quorum: int = 1
    approvals: tuple[str, ...] = ()
    live_approvals: tuple[str, ...] = ()
    ended_by: str = ""
    reason: str = ""
    expires_at: int | None = None
    may_go_live: bool = False
    killed: bool = False
    image: str | None = None
    link: str = ""
    result: str = ""
    papers: tuple[Paper, ...] = ()
