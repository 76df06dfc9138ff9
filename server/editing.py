"""Editing: another size, stop, trigger or tolerance makes a new version, with a new digest that needs a new approval.

What runs is not edited under itself: it is stopped first. A watch trades nothing, so its new version is approved as
it is made, like its first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from server.clock import now_ms
from server.refused import Refused
from server.store.tables import Decision, Version
from server.strategies import DAY_MS, Summary, add_version, artifact_of, change, strategy_row, summary
from spec.canonical import freeze, plain
from spec.equipped import custom_nodes
from spec.signals import NodeName, SrProximity, Tolerance, TrendlineCross, Trigger
from spec.strategy import Artifact, AtAtr, AtPercent, AtPrice, Sha256, Strategy

if TYPE_CHECKING:
    from server.store.store import Store, Work
    from server.store.tables import Strategy as Row

EDITABLE = frozenset({"proposed", "rejected", "expired", "stopped"})
GEOMETRIC = (TrendlineCross, SrProximity)


class BadEdit(ValueError):
    """An edit that cannot be made: one sentence says why."""


class Edit(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different in the version that ``digest`` names; what is left out stays.

    ``trigger`` and ``tolerance`` belong to ``node``, or to the entry's own node where none is named.
    """

    digest: Sha256
    risk_percent: Annotated[float, Meta(gt=0, le=100)] | None = None
    max_exposure: Annotated[float, Meta(gt=0, le=100)] | None = None
    stop: AtPrice | AtAtr | AtPercent | None = None
    trigger: Trigger | None = None
    tolerance: Tolerance | None = None
    node: NodeName | None = None


class Difference(Struct, frozen=True):
    """One place that changed: a JSON pointer into the strategy, its value before and after."""

    at: str
    before: Any
    after: Any


class Edited(Struct, frozen=True):
    """The strategy with its new version, and what is different in it."""

    strategy: Summary
    version: int
    before: str
    digest: str
    difference: tuple[Difference, ...]


async def edit(store: Store, identity: str, wanted: Edit, person: str, days: float) -> Edited:
    """Store and propose an edited version; raises BadEdit, Refused (404, 409) and StoreUnavailable."""
    seen = await strategy_row(identity)
    _check(seen, wanted)
    old = await artifact_of(seen)
    new = await asyncio.to_thread(edited, old, wanted, person)
    async with store.write() as work:
        row = await strategy_row(identity, work)
        _check(row, wanted)  # again: the same digest is the same version
        await _check_undecided(work, row, new.digest)
        return await _propose(work, row, (old, new), (person, days))


def edited(artifact: Artifact, wanted: Edit, person: str) -> Artifact:
    """The artifact with other values, frozen anew; raises BadEdit."""
    if custom_nodes(artifact.strategy.nodes):
        msg = "it holds code, and what holds code is frozen on the command line only: freeze its draft again"
        raise BadEdit(msg)
    tree = plain(artifact.strategy)
    for pointer, value in _wishes(artifact.strategy, wanted).items():
        *path, last = pointer
        place = tree
        for key in path:
            place = place[key]
        place[last] = value
    try:
        strategy = msgspec.convert(tree, Strategy)
    except msgspec.ValidationError as error:
        msg = f"the edited strategy is not valid: {error}"
        raise BadEdit(msg) from None
    provenance = msgspec.structs.replace(artifact.provenance, edited=True, proposer=person)
    made = freeze(artifact.id, artifact.name, strategy, provenance)
    if made.digest == artifact.digest:
        msg = "the edit changes nothing; give another size, stop, trigger or tolerance"
        raise BadEdit(msg)
    return made


def _wishes(strategy: Strategy, wanted: Edit) -> dict[tuple[str, ...], Any]:
    """What to set where in the strategy."""
    trade: dict[tuple[str, ...], Any] = {
        ("risk", "percent"): wanted.risk_percent,
        ("risk", "max_exposure"): wanted.max_exposure,
        ("stop",): plain(wanted.stop),
    }
    geometric = {"trigger": wanted.trigger, "tolerance": plain(wanted.tolerance)}
    found = {pointer: value for pointer, value in trade.items() if value is not None}
    if found and strategy.kind == "watch":
        msg = "a watch has no size and no stop; only its trigger and its tolerance can be edited"
        raise BadEdit(msg)
    for field, value in geometric.items():
        if value is not None:
            found["nodes", _node(strategy, wanted.node), field] = value
    return found


def _node(strategy: Strategy, named: str | None) -> str:
    """The node that a trigger or tolerance belongs to; raises BadEdit where that is not clear."""
    nodes = [name for name, node in strategy.nodes.items() if isinstance(node, GEOMETRIC)]
    own = strategy.entry.node if strategy.entry else None
    chosen = named or (own if own in nodes else nodes[0] if len(nodes) == 1 else None)
    if chosen not in nodes:
        msg = f"name the node whose trigger or tolerance is edited: {', '.join(nodes) or 'there is none'}"
        raise BadEdit(msg)
    return chosen


def _check(row: Row, wanted: Edit) -> None:
    if row.digest != wanted.digest:
        raise Refused(409, f"{wanted.digest[:12]} is not the current version any more; {row.digest[:12]} is")
    if row.state not in EDITABLE:
        raise Refused(409, f"the strategy is {row.state}; stop it first, then edit it")


async def _check_undecided(work: Work, row: Row, digest: str) -> None:
    if await Decision.filter(strategy=row.id, digest=digest).using_db(work.connection).exists():
        raise Refused(409, f"that is version {digest[:12]} again, which was decided about already")


async def _propose(work: Work, row: Row, both: tuple[Artifact, Artifact], by: tuple[str, float]) -> Edited:
    (old, new), (person, days) = both, by
    last = await Version.filter(strategy=row.id).using_db(work.connection).order_by("-number").first()
    number = last.number + 1 if last else 1
    await add_version(work, row.id, number, new)
    watch = row.kind == "watch"
    values = {
        "digest": new.digest,
        "proposer": person,
        "state": "approved" if watch else "proposed",
        "approved_for": "paper" if watch else None,
        "expires_at": None if watch else now_ms() + int(days * DAY_MS),
    }
    await change(work, row, **values)
    difference = tuple(differences(plain(old.strategy), plain(new.strategy)))
    words = ", ".join(f"{one.at} {_short(one.before)} → {_short(one.after)}" for one in difference)
    data: dict[str, Any] = {"digest": new.digest, "before": old.digest, "version": number, "difference": words}
    if new.strategy.risk != old.strategy.risk and new.strategy.risk is not None:
        data["risk_percent"] = new.strategy.risk.percent
    work.record("strategy.edited", row.id, data, person)
    if watch:
        work.record("strategy.approved", row.id, {"digest": new.digest, "for": "paper"}, person)
    shown = msgspec.structs.replace(summary(row), **values)
    return Edited(shown, number, old.digest, new.digest, difference)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else f"{text[:79]}…"


def differences(before: Any, after: Any, at: str = "") -> list[Difference]:
    """Where two trees of plain data differ."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [] if before == after else [Difference(at or "/", before, after)]
    found: list[Difference] = []
    for key in [*before, *(key for key in after if key not in before)]:
        here = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
        found += differences(before.get(key), after.get(key), here)
    return found
