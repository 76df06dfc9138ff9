"""Rights, checked again whenever a strategy starts: what runs is what was approved, by enough people who still may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.clock import now_ms
from server.store.tables import Decision, Session, Token, Version
from server.strategies import read_stored
from spec.artifact import BadArtifact
from spec.equipped import custom_nodes

if TYPE_CHECKING:
    from server.store.tables import Strategy
    from spec.strategy import Artifact


class NotEntitled(ValueError):
    """A strategy that may not run: one sentence says why."""


async def entitled(row: Strategy, digest: str, quorum: int, purpose: str = "paper") -> Artifact:
    """The artifact of a version, every byte verified, and approved as it has to be; raises NotEntitled.

    What is approved for live was approved for paper before, and a run on paper goes on until the live one begins.
    """
    artifact = await verified(row, digest)
    if artifact.strategy.kind == "watch" and not custom_nodes(artifact.strategy.nodes):
        return artifact
    if row.digest == digest and row.approved_for not in {purpose, "live"}:
        msg = "it is not approved"
        raise NotEntitled(msg)
    await _check_approvals(row, digest, (artifact.provenance.proposer or row.proposer, quorum), purpose)
    return artifact


async def verified(row: Strategy, digest: str) -> Artifact:
    """The artifact of a version, every byte verified; raises NotEntitled."""
    version = await Version.filter(strategy=row.id, digest=digest).order_by("-number").first()
    if version is None:
        msg = f"there is no version {digest[:12]} of it any more; send the export again"
        raise NotEntitled(msg)
    try:
        artifact = await read_stored(bytes(version.artifact))
    except BadArtifact as error:
        msg = f"its artifact is not the one that was approved: {error}; send the export again"
        raise NotEntitled(msg) from None
    if artifact.digest != digest:
        msg = "its artifact has another digest than the one that was approved; send the export again"
        raise NotEntitled(msg)
    return artifact


async def _check_approvals(row: Strategy, digest: str, needed: tuple[str, int], purpose: str) -> None:
    """Of the version itself: a later one has another proposer, and other approvals."""
    proposer, quorum = needed
    rows = await Decision.filter(strategy=row.id, digest=digest, purpose=purpose)
    if any(one.decision == "reject" for one in rows):
        msg = "somebody rejected this version; send the export again"
        raise NotEntitled(msg)
    people = {one.person for one in rows if one.decision == "approve"}
    people -= {proposer} if quorum > 1 else set()
    able = [person for person in sorted(people) if not await _barred(person)]
    if len(able) < quorum:
        msg = f"{quorum} approvals are needed and {len(able)} count; let others approve it"
        raise NotEntitled(msg)


async def _barred(person: str) -> bool:
    """Whether every token by which this person could approve was revoked, and no session is left."""
    tokens = Token.filter(person=person, scope__in=("approve", "admin"))
    if not await tokens.exists() or await tokens.filter(revoked_at=None).exists():
        return False
    return not await Session.filter(person=person, revoked_at=None, expires_at__gt=now_ms()).exists()
