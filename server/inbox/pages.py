"""What the inbox's pages show, gathered from the store."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from server.inbox.timeline import Line, line_of, when
from server.inbox.words import rules_in_words
from server.kill import kill_switch
from server.store.events import latest
from server.store.tables import Alert, Decision, Export, Strategy
from server.strategies import artifact_of

ACTIVE = ("running", "approved", "paused")
TIMELINE = 60


class Proposal(Struct, frozen=True):
    """A strategy that waits for a decision."""

    row: Strategy
    rules: list[str]
    left_out: list[dict[str, Any]]
    approvals: int
    expires: str


class Asked(Struct, frozen=True):
    """An export with open questions."""

    id: str
    received: str
    questions: list[dict[str, Any]]


class Inbox(Struct, frozen=True):
    """Everything on the front page."""

    proposals: list[Proposal]
    asked: list[Asked]
    active: list[Strategy]
    parked: list[dict[str, Any]]
    lines: list[Line]
    killed: bool
    seq: int


async def inbox() -> Inbox:
    """The front page as the store stands now."""
    events = await latest(TIMELINE * 3)
    lines = [line for line in map(line_of, events) if line is not None][:TIMELINE]
    return Inbox(
        proposals=[
            await proposal(row) for row in await Strategy.filter(state="proposed").order_by("-created_at").limit(20)
        ],
        asked=await asked(),
        active=await Strategy.filter(state__in=ACTIVE).order_by("-created_at").limit(50),
        parked=[_parked(row) for row in await Alert.filter(status="parked").order_by("-received_at").limit(20)],
        lines=lines,
        killed=(await kill_switch()).set,
        seq=events[0].seq if events else 0,
    )


async def proposal(row: Strategy) -> Proposal:
    """A proposal with its rules in words."""
    artifact = await artifact_of(row)
    export = await Export.get_or_none(id=row.export)
    left_out = json.loads(bytes(export.draft))["left_out"] if export else []
    approvals = await Decision.filter(strategy=row.id, digest=row.digest, decision="approve").count()
    expires = when(row.expires_at) if row.expires_at else ""
    return Proposal(row, rules_in_words(artifact.strategy), left_out, approvals, expires)


async def asked() -> list[Asked]:
    """Exports with open questions, the newest first."""
    found = []
    for row in await Export.all().order_by("-received_at").limit(20):
        answers = json.loads(row.answers)
        questions = [one for one in json.loads(bytes(row.draft))["questions"] if one["id"] not in answers]
        if questions:
            found.append(Asked(row.id, when(row.received_at), questions))
    return found


def _parked(row: Alert) -> dict[str, Any]:
    text = bytes(row.body).decode("utf-8", "replace")
    return {"id": row.id, "at": when(row.received_at), "reason": row.reason, "text": text[:400]}
