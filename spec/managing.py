"""How an entry is sent and how a position is looked after, beyond its stop, targets and exit node.

Everything here is new to the schema since its first version: what is not said is not written, so that every earlier
artifact keeps its bytes and its digest. Levels move between bars, never within one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import force_setattr

from spec.geometry import UnixTime
from spec.rules import AtAtr, AtLine, AtPercent, AtPrice, BadStrategy, ExitRule

Bars = Annotated[int, Meta(ge=1, le=1_000_000)]
MultipleOfRisk = Annotated[float, Meta(ge=0, le=1000)]
MinuteOfDay = Annotated[int, Meta(ge=0, lt=1440)]
Moving = AtPercent | AtAtr | AtLine
Standing = AtPrice | AtLine


class Trail(Struct, frozen=True, forbid_unknown_fields=True):
    """A stop that follows: a distance from the best price since the entry (percent of it, or an ATR of now), or a line.

    It never moves back. ``after`` is how far the price has to have gone first, in multiples of the distance between
    entry and first stop (R). A bar counts once it has closed, that of the entry by its close alone.
    """

    by: Moving
    after: MultipleOfRisk = 0.0


class BreakEven(Struct, frozen=True, forbid_unknown_fields=True):
    """The stop goes to the entry price once a target (from 1) has filled, or the price has gone ``after_r`` R."""

    after_target: Annotated[int, Meta(ge=1)] | None = None
    after_r: Annotated[float, Meta(gt=0, le=1000)] | None = None

    def __post_init__(self) -> None:
        if self.after_target is None and self.after_r is None:
            msg = "a break-even needs its moment: after_target, after_r, or both"
            raise BadStrategy(msg)


class Managing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a position is looked after.

    ``bars``: it is left at the open of the so many-th bar after that of its entry. ``minute``: it is left at the first
    open at or after this minute of the day, UTC. ``until``: from then on nothing is entered, and what is open is left.
    ``invalidation``: a close beyond it (under it for a long) takes a waiting entry back and leaves a position.
    """

    trail: Trail | None = None
    break_even: BreakEven | None = None
    bars: Bars | None = None
    minute: MinuteOfDay | None = None
    until: UnixTime | None = None
    invalidation: Standing | None = None


class Requote(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry that has not filled follows the market: every so many bars its price is taken from the open anew."""

    bars: Bars = 1
    times: Annotated[int, Meta(ge=1, le=1000)] = 10


class EntryOrder(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the entry is sent, where it is not a market order.

    ``at`` is its price: fixed, on a line (and it moves with it), or a distance from the price of the signal, to the
    better side for a limit and to the worse for a stop. Without a time in force it rests. ``slack``: a stop_limit's
    limit in percent beyond its trigger. ``bars``: it is taken back at the open of the so many-th bar after the one on
    which it was sent.
    """

    type: Literal["limit", "stop", "stop_limit"]
    at: ExitRule
    slack: Annotated[float, Meta(ge=0, lt=100)] | None = None
    time_in_force: Literal["ioc", "fok", "post_only"] | None = None
    bars: Bars | None = None
    requote: Requote | None = None

    def __post_init__(self) -> None:
        if (self.slack is not None) != (self.type == "stop_limit"):
            msg = "slack says how far a stop_limit may fill beyond its trigger; no other order has one"
            raise BadStrategy(msg)
        if self.time_in_force == "post_only" and self.type != "limit":
            msg = f"a {self.type} entry cannot be post_only: only a limit can rest before it fills"
            raise BadStrategy(msg)
        if self.requote is not None and not isinstance(self.at, AtPercent | AtAtr):
            msg = "an entry is quoted again by its distance from the price; give it at a percent or an ATR"
            raise BadStrategy(msg)


class Slices(Struct, frozen=True, forbid_unknown_fields=True):
    """A market entry in parts: the first at once, then one every so many bars of the strategy, at their opens.

    ``twap`` makes them equal, ``vwap`` in proportion to the volume of the last ten days at that time of day.
    """

    by: Literal["twap", "vwap"]
    parts: Annotated[int, Meta(ge=2, le=100)]
    bars: Bars = 1


NOT_MANAGED = Managing()


def settled(strategy: Struct, managing: Managing | UnsetType) -> None:
    """Leave an empty Managing unsaid, so that one strategy has one digest."""
    if managing == NOT_MANAGED:
        force_setattr(strategy, "managing", UNSET)


def check(managing: Managing | UnsetType, order: EntryOrder | UnsetType, targets: int) -> None:
    """Raise BadStrategy where the parts do not fit together."""
    rules: list[ExitRule] = [] if isinstance(order, UnsetType) else [order.at]
    if not isinstance(managing, UnsetType):
        trail, level, even = managing.trail, managing.invalidation, managing.break_even
        rules += ([trail.by] if trail else []) + ([level] if level else [])
        if even is not None and (even.after_target or 0) > targets:
            msg = f"the break-even waits for target {even.after_target}, and there are {targets}"
            raise BadStrategy(msg)
    if any(isinstance(rule, AtLine) and rule.line.scale is None for rule in rules):
        msg = "the line of an entry, a trail or an invalidation has no scale; say linear or log"
        raise BadStrategy(msg)
