"""What the inbox's pages show, gathered from the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from interpreters.alerts import read_alert, redacted
from server.feed_health import in_words
from server.inbox.timeline import Group, timeline, when
from server.inbox.words import rules_in_words
from server.kill import kill_switch
from server.standings import AccountStanding, limits_in_words, standings
from server.store.events import EventRow, latest, of_subject
from server.store.tables import Alert, Decision, Export, Strategy
from server.strategies import artifact_of
from spec.custom import Custom
from spec.equipped import custom_nodes

if TYPE_CHECKING:
    from execution.feeds.registry import Declaration, Registry
    from execution.ports import Feed
    from server.accounts import Accounts

ACTIVE = ("running", "approved", "paused")
ENDED = ("stopped", "rejected", "expired")
EVENTS = 150  # of the timeline
FEED_EVENTS = ("feed.started", "feed.ended", "feed.failed")


class Proposal(Struct, frozen=True):
    """A strategy that waits for a decision."""

    row: Strategy
    rules: list[str]
    left_out: list[dict[str, Any]]
    approvals: int
    expires: str
    code: dict[str, Custom]


class Asked(Struct, frozen=True):
    """An export with open questions."""

    id: str
    received: str
    questions: list[dict[str, Any]]


class Carried(Struct, frozen=True):
    """A feed, the markets it has, and what was last heard of it."""

    id: str
    latency: str
    markets: list[str]
    last: str
    lines: list[str]


class Inbox(Struct, frozen=True):
    """Everything on the front page."""

    proposals: list[Proposal]
    asked: list[Asked]
    active: list[Strategy]
    ended: list[Strategy]
    parked: list[dict[str, Any]]
    feeds: list[Carried]
    groups: list[Group]
    killed: bool
    accounts: list[tuple[AccountStanding, str]]
    papers: list[str]


class OnePage(Struct, frozen=True):
    """Everything on a strategy's page."""

    row: Strategy
    rules: list[str]
    waiting: Proposal | None
    groups: list[Group]
    killed: bool
    code: dict[str, Custom]
    papers: list[str]


async def inbox(feeds: Registry, accounts: Accounts) -> Inbox:
    """The front page as the store stands now."""
    return Inbox(
        proposals=[
            await proposal(row) for row in await Strategy.filter(state="proposed").order_by("-created_at").limit(20)
        ],
        asked=await asked(),
        active=await Strategy.filter(state__in=ACTIVE).order_by("-created_at").limit(50),
        ended=await Strategy.filter(state__in=ENDED).order_by("-created_at").limit(10),
        parked=[_parked(row) for row in await Alert.filter(status="parked").order_by("-received_at").limit(20)],
        feeds=[await _carried(*one) for one in feeds.feeds],
        groups=await _told(await latest(EVENTS)),
        killed=(await kill_switch()).set,
        accounts=[(one, limits_in_words(one.limits)) for one in await standings(accounts)],
        papers=list(accounts.paper),
    )


async def one_page(row: Strategy, accounts: Accounts) -> OnePage:
    """A strategy's page as the store stands now."""
    waiting = await proposal(row) if row.state == "proposed" else None
    strategy = (await artifact_of(row)).strategy
    groups = timeline(await of_subject(row.id, EVENTS), {})
    return OnePage(
        row=row,
        rules=rules_in_words(strategy),
        waiting=waiting,
        groups=groups,
        killed=(await kill_switch()).set,
        code=custom_nodes(strategy.nodes),
        papers=list(accounts.paper),
    )


async def _told(events: list[EventRow]) -> list[Group]:
    subjects = {event.subject for event in events if event.kind.partition(".")[0] not in {"alert", "token"}}
    names = await Strategy.filter(id__in=list(subjects)).values_list("id", "name")
    return timeline(events, dict(names))


async def _carried(declared: Declaration, feed: Feed) -> Carried:
    events = [event for event in await latest(EVENTS, FEED_EVENTS) if event.data.get("feed") == declared.id]
    last = " \u00b7 ".join((events[0].kind.removeprefix("feed."), when(events[0].at))) if events else "not used yet"
    lines = [in_words(health) for health in feed.health()]
    return Carried(declared.id, declared.latency, sorted(declared.coverage), last, lines)


async def proposal(row: Strategy) -> Proposal:
    """A proposal with its rules in words."""
    artifact = await artifact_of(row)
    left_out = await Export.filter(id=row.export).values_list("left_out", flat=True)
    mine = Decision.filter(strategy=row.id, digest=row.digest, decision="approve", purpose="paper")
    expires = when(row.expires_at) if row.expires_at else ""
    left = json.loads(str(left_out[0])) if left_out else []
    code = custom_nodes(artifact.strategy.nodes)
    return Proposal(row, rules_in_words(artifact.strategy), left, await mine.count(), expires, code)


async def asked() -> list[Asked]:
    """Exports with open questions, the newest first."""
    open_ones = Export.exclude(questions="[]").order_by("-received_at").limit(20)
    rows = await open_ones.values_list("id", "received_at", "questions")
    return [Asked(identity, when(at), json.loads(questions)) for identity, at, questions in rows]


def _parked(row: Alert) -> dict[str, Any]:
    fields = redacted(read_alert(bytes(row.body)).fields)
    text = str(fields["text"]) if set(fields) == {"text"} else json.dumps(fields, ensure_ascii=False)
    return {"id": row.id, "at": when(row.received_at), "reason": row.reason, "text": text[:400]}
