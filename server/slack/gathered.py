"""A strategy as it stands, gathered from the store for its root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from server.kill import kill_switch
from server.live import account_for
from server.results import results_of
from server.slack.papers import papers_of
from server.slack.root import Root
from server.slack.text import counted
from server.store.events import of_subject
from server.store.tables import Decision
from server.strategies import artifact_of
from spec.artifact import BadArtifact

if TYPE_CHECKING:
    from server.review import Review
    from server.slack.sources import Sources
    from server.store.tables import Strategy


async def root_of(sources: Sources, row: Strategy, image: str | None = None, why: str = "") -> Root:
    """A strategy as its root shows it, with a picture or why it has none."""
    review = await sources.reviewing.of(row, drawn=image is None and not why)
    review = replace(review, unpictured=why) if why else review
    paper, live, rejected = await _decided(row)
    ended_by, reason = await _ended(row, rejected)
    return Root(
        id=row.id,
        name=row.name,
        kind=row.kind,
        state=row.state,
        proposer=row.proposer,
        review=review,
        symbol=row.symbol or "",
        timeframe=row.timeframe,
        approved_for=row.approved_for,
        quorum=sources.rules.quorum,
        approvals=paper,
        live_approvals=live,
        ended_by=ended_by,
        reason=reason,
        expires_at=row.expires_at,
        may_go_live=await _may_go_live(sources, row, review),
        killed=(await kill_switch()).set,
        image=image,
        link=sources.links.strategy(row.id),
        papers=papers_of(sources.accounts, row, approved=bool(paper)),
        result=await _result(row),
    )


async def _may_go_live(sources: Sources, row: Strategy, review: Review) -> bool:
    if not sources.rules.live.allowed or row.kind == "watch" or not review.digest:
        return False
    try:
        artifact = await artifact_of(row)
    except BadArtifact:
        return False
    account, _ = await account_for(sources.rules.live, artifact.strategy)
    return account is not None


async def _decided(row: Strategy) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Who approved the version for paper, who for live, and who rejected it."""
    rows = await Decision.filter(strategy=row.id, digest=row.digest).order_by("at")
    paper = tuple(one.person for one in rows if (one.purpose, one.decision) == ("paper", "approve"))
    live = tuple(one.person for one in rows if (one.purpose, one.decision) == ("live", "approve"))
    rejected = [one.person for one in rows if (one.purpose, one.decision) == ("paper", "reject")]
    return paper, live, rejected[-1] if rejected else ""


async def _result(row: Strategy) -> str:
    """What its closed trades made; nothing before the first."""
    pnl, trades = (await results_of([row.id])).get(row.id, (0.0, 0))
    return f"{counted(trades, 'trade')}, {pnl:+.6g}" if trades else ""


async def _ended(row: Strategy, rejected: str) -> tuple[str, str]:
    """Who ended it, and why."""
    if row.state == "rejected":
        return rejected, ""
    if row.state != "stopped":
        return "", ""
    events = [event for event in await of_subject(row.id, 50) if event.kind == "strategy.stopped"]
    return (events[0].person or "", str(events[0].data.get("reason") or "")) if events else ("", "")
