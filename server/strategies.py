"""Strategies on the server: proposed, listed, edited, and moved through their states by events.

A row's ``revision`` rises with each change; a change that saw an older one is refused (compare-and-set).
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field, structs

from server.accounts import DEFAULT
from server.clock import LONGEST_ID, new_id, now_ms
from server.refused import Refused
from server.store.tables import Decision, Strategy, Version
from spec.artifact import read, write
from spec.canonical import plain
from spec.equipped import custom_nodes

if TYPE_CHECKING:
    from server.store.store import Work
    from spec.strategy import Artifact

DAY_MS = 86_400_000
MOST_READ = 64  # artifacts kept as they were read; what their bytes say never changes
_READ: dict[bytes, Artifact] = {}
BY_COMMAND = ""  # the export of what was proposed on the command line
ENDED = ("stopped", "rejected", "expired")
State = Literal["proposed", "approved", "running", "paused", "stopped", "rejected", "expired"]


class Summary(Struct, frozen=True):
    """A strategy or watch and where it stands; times in UNIX milliseconds.

    ``account`` is the paper account of a strategy that is approved.
    """

    id: str
    slug: str
    name: str
    kind: str
    symbol: str | None
    timeframe: str
    state: str
    digest: str
    approved_for: str | None
    proposer: str
    created_at: int
    expires_at: int | None
    export: str
    account: str | None


class Decided(Struct, frozen=True):
    """What one person decided about one digest, and when (UNIX milliseconds)."""

    person: str
    digest: str
    decision: str
    purpose: str = field(name="for")
    at: int


class Detail(Summary, frozen=True):
    """A strategy with its frozen version in full and every decision about it."""

    strategy: dict[str, Any]
    provenance: dict[str, Any]
    decisions: list[Decided]


class Frozen(Struct, frozen=True):
    """A frozen version; ``artifact`` is the YAML file, byte for byte."""

    number: int
    digest: str
    created_at: int
    artifact: str


# Which state may become which, by the word that does it.
MOVES: dict[str, tuple[frozenset[str], str, str]] = {
    "pause": (frozenset({"running", "approved"}), "paused", "strategy.paused"),
    "resume": (frozenset({"paused"}), "approved", "strategy.resumed"),
    "stop": (frozenset({"running", "approved", "paused", "proposed"}), "stopped", "strategy.stopped"),
    "start": (frozenset({"approved"}), "running", "strategy.started"),
}


async def propose(work: Work, export: str, artifact: Artifact, person: str, days: float) -> Strategy:
    """Store what an export made as a proposal; raises Refused (403) for code, which enters on the command line only."""
    code = sorted(custom_nodes(artifact.strategy.nodes))
    if code:
        raise Refused(403, f"node {code[0]} is code; freeze and propose it on the server's command line")
    return await store_proposal(work, export, artifact, person, days)


async def store_proposal(work: Work, export: str, artifact: Artifact, person: str, days: float) -> Strategy:
    """Store a frozen strategy as a proposal.

    A watch has no orders to approve: it is approved as it is frozen, unless it holds code.
    """
    now = now_ms()
    watch = artifact.strategy.kind == "watch" and not custom_nodes(artifact.strategy.nodes)
    row = await Strategy.create(
        id=new_id("str"),
        slug=artifact.id,
        name=_storable(artifact.name),
        kind=artifact.strategy.kind,
        symbol=_storable(artifact.provenance.symbol or "")[:120] or None,
        timeframe=artifact.strategy.timeframe,
        export=export,
        proposer=person,
        state="approved" if watch else "proposed",
        digest=artifact.digest,
        approved_for="paper" if watch else None,
        expires_at=None if watch else now + int(days * DAY_MS),
        created_at=now,
        using_db=work.connection,
    )
    await add_version(work, row.id, 1, artifact)
    data = {"digest": artifact.digest, "version": 1, "kind": row.kind, "name": row.name, "export": export}
    work.record("strategy.proposed", row.id, data, person)
    if watch:
        work.record("strategy.approved", row.id, {"digest": artifact.digest, "for": "paper"}, person)
    return row


def _storable(text: str) -> str:
    """Text from a drawing as every database takes it."""
    return text.replace("\0", "")


async def add_version(work: Work, strategy: str, number: int, artifact: Artifact) -> None:
    """Store a frozen version."""
    file = await asyncio.to_thread(write, artifact)
    await Version.create(
        id=new_id("ver"),
        strategy=strategy,
        number=number,
        digest=artifact.digest,
        artifact=file,
        created_at=now_ms(),
        using_db=work.connection,
    )


async def names_of(identities: set[str]) -> dict[str, str]:
    """The names of strategies."""
    return dict(await Strategy.filter(id__in=list(identities)).values_list("id", "name"))


async def strategy_row(identity: str, work: Work | None = None) -> Strategy:
    """The row of a strategy; raises Refused (404)."""
    using = work.connection if work else None
    row = await Strategy.get_or_none(id=identity, using_db=using) if len(identity) <= LONGEST_ID else None
    if row is None:
        raise Refused(404, f"there is no strategy {identity}")
    return row


async def with_digest(digest: str, work: Work) -> Strategy | None:
    """A strategy of this digest that has not ended."""
    return await Strategy.filter(digest=digest).exclude(state__in=ENDED).using_db(work.connection).first()


async def artifact_of(row: Strategy, digest: str | None = None) -> Artifact:
    """The frozen artifact of a strategy's current version, or of another, every byte verified.

    Raises Refused (404) and BadArtifact.
    """
    wanted = digest or row.digest
    version = await Version.filter(strategy=row.id, digest=wanted).order_by("-number").first()
    if version is None:
        raise Refused(404, f"there is no version {wanted} of {row.id}")
    return await read_stored(bytes(version.artifact))


async def read_stored(raw: bytes) -> Artifact:
    """A stored artifact, every byte verified; raises BadArtifact. A large one takes seconds: beside the event loop."""
    name = hashlib.sha256(raw).digest()
    if (known := _READ.get(name)) is None:
        known = _READ[name] = await asyncio.to_thread(read, raw)
        if len(_READ) > MOST_READ:
            del _READ[next(iter(_READ))]
    return known


async def change(work: Work, row: Strategy, **values: Any) -> None:
    """Write new values of a row if nobody changed it since it was read; raises Refused (409)."""
    same = Strategy.filter(id=row.id, revision=row.revision).using_db(work.connection)
    if not await same.update(revision=row.revision + 1, **values):
        raise Refused(409, "the strategy changed meanwhile; look at it again")


async def move(work: Work, identity: str, word: str, person: str | None) -> Strategy:
    """Pause, resume, stop or start a strategy; raises Refused (409) from a state that does not allow it."""
    row = await strategy_row(identity, work)
    allowed, state, event = MOVES[word]
    if row.state not in allowed:
        raise Refused(409, f"a strategy that is {row.state} cannot {word}; it would have to be {_either(allowed)}")
    await change(work, row, state=state)
    work.record(event, identity, {"digest": row.digest}, person)
    return row


def _either(states: frozenset[str]) -> str:
    return " or ".join(sorted(states))


def summary(row: Strategy) -> Summary:
    """A strategy as the list shows it."""
    return Summary(
        id=row.id,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        symbol=row.symbol,
        timeframe=row.timeframe,
        state=row.state,
        digest=row.digest,
        approved_for=row.approved_for,
        proposer=row.proposer,
        created_at=row.created_at,
        expires_at=row.expires_at,
        export=row.export,
        account=row.account or DEFAULT if row.kind == "strategy" and row.approved_for else None,
    )


async def list_strategies(state: str | None, limit: int, before: str | None) -> list[Strategy]:
    """Strategies newest first, at most ``limit``; ``before`` is the id that the list goes on from."""
    rows = Strategy.all()
    if state is not None:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return await rows.order_by("-id").limit(limit)


async def read_strategy(identity: str) -> Detail:
    """A strategy in full; raises Refused (404)."""
    row = await strategy_row(identity)
    artifact = await artifact_of(row)
    decisions = await Decision.filter(strategy=identity).order_by("at", "id")
    return Detail(
        **structs.asdict(summary(row)),
        strategy=plain(artifact.strategy),
        provenance=plain(artifact.provenance),
        decisions=[Decided(one.person, one.digest, one.decision, one.purpose, one.at) for one in decisions],
    )


async def versions_of(identity: str) -> list[Frozen]:
    """Every frozen version, the newest first; raises Refused (404)."""
    await strategy_row(identity)
    rows = await Version.filter(strategy=identity).order_by("-number")
    return [Frozen(row.number, row.digest, row.created_at, bytes(row.artifact).decode()) for row in rows]


async def version_of(identity: str, digest: str) -> bytes | None:
    """The file of the version with this digest, the newest of them; None where there is none."""
    row = await Version.filter(strategy=identity, digest=digest).order_by("-number").first()
    return bytes(row.artifact) if row else None


async def version_bytes(identity: str, number: int) -> bytes:
    """The file of one version; raises Refused (404)."""
    row = await Version.get_or_none(strategy=identity, number=number)
    if row is None:
        raise Refused(404, f"there is no version {number} of {identity}")
    return bytes(row.artifact)
