"""Plans: which drawings belong together, before anything is placed or answered.

An entry makes a strategy. Stops, targets and exits join the only entry of their group, or without a group of their
symbol and timeframe; where several entries qualify, that is a question. A position tool beside exactly one worded
entry of its side supplies stop and target, and alone it is an entry itself. Everything else is a watch, one for each
symbol and timeframe.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct, structs

from interpreters.items import Item


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
    """All plans of an export, strategies first, and what only a person can assign."""

    plans: tuple[Plan, ...]
    loose: tuple[Loose, ...]


def plan(items: list[Item]) -> Plans:
    """The plans of the drawings that were taken up."""
    worded = [item for item in items if item.role == "entry"]
    positions = [item for item in items if item.role == "position"]
    alone = [item for item in positions if not _claims(item, worded)]
    entries = worded + alone
    names = _ids(entries)
    joined: dict[str, list[Item]] = {entry.name: [] for entry in entries}
    watched: list[Item] = []
    loose: list[Loose] = []
    for item in items:
        if item.name in joined:
            continue
        claims = _claims(item, worded if item.role == "position" else entries)
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
    return Plans((*strategies, *_watches(watched)), tuple(loose))


def _claims(item: Item, entries: list[Item]) -> list[Item]:
    """The entries that a stop, target, exit or position may belong to."""
    if item.role not in {"stop", "target", "exit", "position"}:
        return []
    return [
        entry
        for entry in entries
        if entry.symbol == item.symbol
        and (entry.words.group == item.words.group if item.words.group else entry.timeframe == item.timeframe)
        and (item.side is None or entry.side == item.side)
    ]


def _watches(items: list[Item]) -> list[Plan]:
    groups: dict[tuple[str | None, str | None], list[Item]] = {}
    for item in items:
        groups.setdefault((item.symbol, item.timeframe), []).append(item)
    taken: dict[str, int] = {}
    return [
        Plan(
            _unique(f"{slug(symbol)}-{timeframe or 'any'}-watch", taken), "watch", symbol, timeframe, None, tuple(group)
        )
        for (symbol, timeframe), group in groups.items()
    ]


def _ids(entries: list[Item]) -> dict[str, str]:
    taken: dict[str, int] = {}
    found = {}
    for entry in entries:
        group = entry.words.group
        stem = f"{slug(entry.symbol)}-{entry.timeframe or 'any'}-{(group and slug(group)) or entry.side}"
        found[entry.name] = _unique(stem, taken)
    return found


def _unique(stem: str, taken: dict[str, int]) -> str:
    taken[stem] = taken.get(stem, 0) + 1
    return stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"


def slug(text: str | None) -> str:
    """``BINANCE:ETHBTC`` as ``ethbtc``: letters and digits that an id may have."""
    plain = re.sub(r"[^a-z0-9]+", "-", (text or "").rsplit(":", maxsplit=1)[-1].lower()).strip("-")
    return plain[:32] or "unnamed"


def as_watch(plan: Plan) -> Plan:
    """The plan without its trade."""
    return structs.replace(plan, kind="watch", entry=None, members=plan.items)
