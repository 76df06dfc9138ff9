"""In words: how an entry is sent, and how a position is looked after."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from msgspec import UnsetType

from server.words.shapes import shape_in_words
from spec.rules import AtAtr, AtLine, AtPercent, AtPrice
from spec.timeframe import text_of

if TYPE_CHECKING:
    from spec.managing import BreakEven, EntryOrder, Managing, Slices, Trail
    from spec.rules import ExitRule
    from spec.strategy import Entry, Side

IN_FORCE = {
    None: "",
    "ioc": ", what does not fill at once is dropped",
    "fok": ", all of it at once or nothing",
    "post_only": ", only where it rests first",
}


def rule_in_words(rule: ExitRule, of: str = "the entry") -> str:
    """Where a price stands; a distance is one from ``of``."""
    match rule:
        case AtPrice(price):
            return f"at {price:.10g}"
        case AtLine(line):
            return f"along {shape_in_words(line)}"
        case AtAtr(multiple, length):
            return f"{multiple:.10g} x ATR({length}) from {of}"
        case AtPercent(percent):
            return f"{percent:.10g} % from {of}"
        case _:
            assert_never(rule)


def entry_in_words(entry: Entry) -> list[str]:
    """How the entry is sent, where that is not at the market and whole."""
    order = [] if isinstance(entry.order, UnsetType) else [_order(entry.order)]
    return order if isinstance(entry.slices, UnsetType) else [*order, _slices(entry.slices)]


def _slices(rule: Slices) -> str:
    how = {"twap": "of equal size", "vwap": "by the volume of the last ten days at that time of day"}[rule.by]
    every = "one a bar" if rule.bars == 1 else f"one every {rule.bars} bars"
    return f"Enter at the market in {rule.parts} slices {how}, {every}"


def _order(order: EntryOrder) -> str:
    where = rule_in_words(order.at, f"the signal's price, on its {'better' if order.type == 'limit' else 'worse'} side")
    slack = "" if order.slack is None else f", filled at most {order.slack:.10g} % beyond it"
    taken_back = "" if order.bars is None else f", taken back after {_bars(order.bars)}"
    again = order.requote
    anew = "" if again is None else f", its price taken anew every {_bars(again.bars)}, {again.times} times at most"
    kind = order.type.replace("_", "-")
    return f"Enter by a {kind} order {where}{slack}{IN_FORCE[order.time_in_force]}{taken_back}{anew}"


def managing_in_words(managing: Managing, side: Side) -> list[str]:
    """One sentence for each rule by which a position is looked after."""
    words = [] if managing.trail is None else [_trail(managing.trail)]
    if managing.break_even is not None:
        words.append(_break_even(managing.break_even))
    if managing.bars is not None:
        words.append(f"Leave at the open of the bar that is {_bars(managing.bars)} after the entry's")
    if managing.minute is not None:
        words.append(f"Leave at the first open at or after {managing.minute // 60:02}:{managing.minute % 60:02} UTC")
    if managing.until is not None:
        words.append(f"From {text_of(managing.until)} on nothing is entered, and what is open is left")
    if managing.invalidation is not None:
        beyond = "under" if side == "long" else "over"
        level = managing.invalidation
        at = f"{level.price:.10g}" if isinstance(level, AtPrice) else shape_in_words(level.line)
        words.append(f"A close {beyond} {at} takes a waiting entry back and leaves the position")
    return words


def _trail(trail: Trail) -> str:
    after = f", once the price has gone {trail.after:.10g} R" if trail.after else ""
    return f"Trail the stop {rule_in_words(trail.by, 'the best price')}{after}"


def _break_even(rule: BreakEven) -> str:
    moments = [] if rule.after_target is None else [f"target {rule.after_target} has filled"]
    moments += [] if rule.after_r is None else [f"the price has gone {rule.after_r:.10g} R"]
    return f"Stop to the entry price once {' or '.join(moments)}"


def _bars(count: int) -> str:
    return "1 bar" if count == 1 else f"{count} bars"
