"""Plans: which drawings belong together, before anything is placed or answered.

An entry makes a strategy. Stops, targets and exits join the only entry of their group, or without a group of their
symbol and timeframe; where several entries qualify, that is a question. A position tool beside exactly one worded
entry of its side supplies stop and target, and alone it is an entry itself. Everything else is a watch, one for each
symbol and timeframe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from interpreters.items import Item
from interpreters.naming import slug, unique

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Fits = Callable[[Item, str | None], bool]  # whether a drawing has a shape on an entry's timeframe


class Plan(Struct, frozen=True):
    """One strategy or watch to be. ``members`` of a watch are its drawings; of a strategy, what joined the entry."""

    id: str
    kind: Literal["strategy", "watch"]
    symbol: str | None
    timeframe: str | None
    entry: Item | None = None
    members: tuple[Item, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every drawing of the plan."""
        return ((self.entry,) if self.entry else ()) + self.members


class Loose(Struct, frozen=True):
    """A drawing that several entries could claim: their plans' ids."""

    item: Item
    claims: tuple[str, ...]


class Plans(Struct, frozen=True):
    """All plans of an export, strategies first, and what only a person can assign; ``notes`` on what found no entry."""

    plans: tuple[Plan, ...]
    loose: tuple[Loose, ...]
    notes: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every drawing that was taken up."""
        return tuple(item for plan in self.plans for item in plan.items) + tuple(one.item for one in self.loose)


def plan(items: list[Item], fits: Fits) -> Plans:
    """The plans of the drawings that were taken up."""
    worded = [item for item in items if item.role == "entry"]
    alone = [item for item in items if item.role == "position" and not _claims(item, worded, fits)]
    entries = worded + alone
    names = _ids(entries)
    joined: dict[str, list[Item]] = {entry.name: [] for entry in entries}
    watched: list[Item] = []
    loose: list[Loose] = []
    for item in items:
        if item.name in joined:
            continue
        claims = _claims(item, worded if item.role == "position" else entries, fits)
        if len(claims) == 1:
            joined[claims[0].name].append(item)
        elif claims:
            loose.append(Loose(item, tuple(names[entry.name] for entry in claims)))
        else:
            watched.append(item)
    strategies = [
        Plan(names[entry.name], "strategy", entry.symbol, entry.timeframe, entry, tuple(joined[entry.name]))
        for entry in entries
    ]
    notes = tuple(_homeless(item) for item in watched if item.role != "watch")
    return Plans((*strategies, *_watches(watched)), tuple(loose), notes)


def _claims(item: Item, entries: list[Item], fits: Fits) -> list[Item]:
    """The entries that a stop, target, exit or position may belong to."""
    if item.role == "watch":
        return []
    return [
        entry
        for entry in entries
        if entry.symbol == item.symbol
        and (entry.words.group == item.words.group if item.words.group else entry.timeframe == item.timeframe)
        and (item.side is None or entry.side == item.side)
        and fits(item, entry.timeframe)
    ]


def _homeless(item: Item) -> str:
    group = f" in the group {item.words.group}" if item.words.group else " on its symbol and timeframe"
    side = f"{item.side} " if item.side else ""
    return f"{item.key} says {item.role}, but there is no {side}entry{group}: it is only watched"


def _watches(items: list[Item]) -> list[Plan]:
    groups: dict[tuple[str | None, str | None], list[Item]] = {}
    for item in items:
        groups.setdefault((item.symbol, item.timeframe), []).append(item)
    taken: dict[str, int] = {}
    watches = []
    for (symbol, timeframe), group in groups.items():
        identity = unique(f"{slug(symbol)}-{_frame(timeframe)}-watch", taken)
        watches.append(Plan(identity, "watch", symbol, timeframe, None, tuple(group)))
    return watches


def _frame(timeframe: str | None) -> str:
    """The timeframe in an id, which has no capitals: a month is not a minute."""
    return "any" if timeframe is None else timeframe.replace("M", "mo")


def _ids(entries: list[Item]) -> dict[str, str]:
    taken: dict[str, int] = {}
    found = {}
    for entry in entries:
        group = entry.words.group
        stem = f"{slug(entry.symbol)}-{_frame(entry.timeframe)}-{slug(group) if group else entry.side}"
        found[entry.name] = unique(stem, taken)
    return found


def settled(plans: Plans, answers: Mapping[str, str], watch: Callable[[Plan], bool]) -> tuple[Plan, ...]:
    """The plans once drawings are assigned and trades given up: ``watch`` tells which plans only watch."""
    claimed: dict[str | None, list[Item]] = {}
    for loose in plans.loose:
        claimed.setdefault(answers.get(f"belongs.{loose.item.name}"), []).append(loose.item)
    joined = (structs.replace(one, members=(*one.members, *claimed.get(one.id, ()))) for one in plans.plans)
    return tuple(_as_watch(one) if one.kind == "strategy" and watch(one) else one for one in joined)


def _as_watch(one: Plan) -> Plan:
    """The plan without its trade."""
    return structs.replace(one, kind="watch", entry=None, members=one.items)
