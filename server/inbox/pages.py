"""What the inbox's pages show, gathered from the store."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from interpreters.alerts import read_alert, redacted
from server.backtests import Backtest
from server.feed_health import in_words
from server.figures import NAMES, PARTS, cells
from server.inbox.timeline import Group, timeline
from server.kill import kill_switch
from server.standings import AccountStanding, limits_in_words, standings
from server.store.events import EventRow, latest, of_subject
from server.store.tables import Alert, Decision, Export, Strategy
from server.strategies import artifact_of
from server.words.events import when
from server.words.rules import rules_in_words
from spec.custom import Custom
from spec.equipped import custom_nodes

if TYPE_CHECKING:
    from execution.feeds.registry import Declaration, Registry
    from execution.ports import Feed
    from server.accounts import Accounts
    from server.backtests import Backtests
    from server.chat import Chat, Standing

ACTIVE = ("running", "approved", "paused")
ENDED = ("stopped", "rejected", "expired")
EVENTS = 150  # of the timeline
HEADS = tuple((title, meaning) for _, title, meaning in PARTS)
PATIENCE = 2.0  # seconds that a page waits for its backtest
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
    chat: str
    accounts: list[tuple[AccountStanding, str]]
    papers: list[str]


class OnePage(Struct, frozen=True):
    """Everything on a strategy's page."""

    row: Strategy
    rules: list[str]
    waiting: Proposal | None
    groups: list[Group]
    killed: bool
    backtest: Backtest | None
    figures: list[tuple[str, ...]]
    heads: tuple[tuple[str, str], ...]
    code: dict[str, Custom]
    papers: list[str]


@dataclass(frozen=True)
class Sources:
    """What the pages show beside the store."""

    feeds: Registry
    accounts: Accounts
    backtests: Backtests
    chat: Chat | None


async def inbox(sources: Sources) -> Inbox:
    """The front page as the store stands now."""
    return Inbox(
        proposals=[
            await proposal(row) for row in await Strategy.filter(state="proposed").order_by("-created_at").limit(20)
        ],
        asked=await asked(),
        active=await Strategy.filter(state__in=ACTIVE).order_by("-created_at").limit(50),
        ended=await Strategy.filter(state__in=ENDED).order_by("-created_at").limit(10),
        parked=await parked_alerts(),
        feeds=[await carried(*one) for one in sources.feeds.feeds],
        groups=await _told(await latest(EVENTS)),
        killed=(await kill_switch()).set,
        accounts=[(one, limits_in_words(one.limits)) for one in await standings(sources.accounts)],
        papers=list(sources.accounts.paper),
        chat=_in_its_way(await sources.chat.standing()) if sources.chat else "",
    )


def _in_its_way(chat: Standing) -> str:
    """Why the chat is not told what happens, or not shown its pictures; empty while it is."""
    name = chat.name.capitalize()
    waiting = f"{chat.waiting} events wait" if chat.waiting != 1 else "1 event waits"
    if chat.trouble:
        return f"{name} takes nothing ({chat.trouble}); {waiting} to be told."
    return f"{name} is told without pictures: {chat.pictures}." if chat.pictures else ""


async def one_page(row: Strategy, sources: Sources) -> OnePage:
    """A strategy's page as the store stands now."""
    artifact = await artifact_of(row)
    tested = await sources.backtests.of(artifact, PATIENCE)
    return OnePage(
        row=row,
        rules=rules_in_words(artifact.strategy),
        waiting=await proposal(row) if row.state == "proposed" else None,
        groups=timeline(await of_subject(row.id, EVENTS), {}),
        killed=(await kill_switch()).set,
        backtest=tested,
        figures=_figures(tested),
        heads=HEADS,
        code=custom_nodes(artifact.strategy.nodes),
        papers=list(sources.accounts.paper),
    )


def _figures(tested: Backtest | None) -> list[tuple[str, ...]]:
    """The name of each figure with its values in the three parts of hindsight."""
    if tested is None or tested.parts is None:
        return []
    columns = [cells(getattr(tested.parts, name)) for name, _, _ in PARTS]
    return list(zip(NAMES, *columns, strict=True))


async def _told(events: list[EventRow]) -> list[Group]:
    subjects = {event.subject for event in events if event.kind.partition(".")[0] not in {"alert", "token"}}
    names = await Strategy.filter(id__in=list(subjects)).values_list("id", "name")
    return timeline(events, dict(names))


async def carried(declared: Declaration, feed: Feed) -> Carried:
    """A feed as the inbox shows it."""
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


async def parked_alerts() -> list[dict[str, Any]]:
    """The newest alerts that nobody could use, and why."""
    return [parked_of(row) for row in await Alert.filter(status="parked").order_by("-received_at").limit(20)]


def parked_of(row: Alert) -> dict[str, Any]:
    """A parked alert in words, its secrets hidden."""
    fields = redacted(read_alert(bytes(row.body)).fields)
    text = str(fields["text"]) if set(fields) == {"text"} else json.dumps(fields, ensure_ascii=False)
    return {"id": row.id, "at": when(row.received_at), "reason": row.reason, "text": text[:400]}
