"""Scenes for execution: a few hourly bars, a strategy whose entry is told by time, and what must come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from execution.backtest import BacktestResult, Borders, run
from execution.brokers.paper import PaperTerms
from spec.bars import Bars, make_bars
from spec.geometry import Anchor, Line
from spec.managing import NOT_MANAGED, EntryOrder, Managing, Slices
from spec.market import Market
from spec.signals import Node, TimeWindow
from spec.strategy import AtLine, AtPrice, Entry, ExitRule, Risk, Side, Strategy, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

START = 1_700_000_400 - 1_700_000_400 % 3_600
HOUR = 3_600
MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
TERMS = PaperTerms(equity=10_000.0)
MIRROR = 200.0  # what is at 105 stands at 95 for the other side

Row = tuple[float, float, float, float]
Outcome = tuple[int, float, int, float, float, str]  # entry bar and price, exit bar and price, size, reason


class Scene(msgspec.Struct, frozen=True):
    """Bars as (open, high, low, close); the entry signal comes on the close of bar ``signal``."""

    promise: str
    bars: tuple[Row, ...]
    trades: tuple[Outcome, ...]
    stop: ExitRule = AtPrice(98.0)
    targets: tuple[Target, ...] = (Target(AtPrice(105.0)),)
    signal: int = 0
    leave: int | None = None
    side: Side = "long"
    order: EntryOrder | None = None
    slices: Slices | None = None
    managing: Managing = NOT_MANAGED


def time_of(row: int) -> int:
    return START + row * HOUR


def bars_of(rows: Sequence[Row]) -> Bars:
    return make_bars("1h", [(float(time_of(at)), *row, float(1 + at * 3 % 5)) for at, row in enumerate(rows)])


def on_bar(row: int) -> TimeWindow:
    """A node that is true on one bar."""
    return TimeWindow("1h", time_of(row), time_of(row + 1))


def rising(start: float, slope: float, last: int | None = None) -> AtLine:
    """A line at ``start`` on bar 0; it ends on bar ``last``, or goes on."""
    end = 1 if last is None else last
    a, b = Anchor(time_of(0), start), Anchor(time_of(end), start + slope * end)
    return AtLine(Line("bars", "linear", a, b, end, extend_forward=last is None))


def strategy_of(scene: Scene, nodes: dict[str, Node] | None = None, market: Market = MARKET) -> Strategy:
    own: dict[str, Node] = {"in": on_bar(scene.signal)}
    if scene.leave is not None:
        own["out"] = on_bar(scene.leave)
    return Strategy(
        kind="strategy",
        market=market,
        timeframe="1h",
        nodes=own | (nodes or {}),
        entry=Entry(scene.side, "in", scene.order or UNSET, scene.slices or UNSET),
        stop=scene.stop,
        targets=scene.targets,
        exit="out" if "out" in own | (nodes or {}) else None,
        risk=Risk(percent=1.0, max_exposure=100.0),
        managing=scene.managing,
    )


def play(scene: Scene, nodes: dict[str, Node] | None = None, terms: PaperTerms = TERMS) -> BacktestResult:
    return run(strategy_of(scene, nodes), bars_of(scene.bars), Borders(), terms)


def outcomes(result: BacktestResult) -> tuple[Outcome, ...]:
    return tuple(
        (
            (trade.entry_time - START) // HOUR,
            trade.entry_price,
            (trade.exit_time - START) // HOUR,
            trade.exit_price,
            trade.size,
            trade.reason,
        )
        for trade in result.trades
    )


def rounded(trades: Sequence[Outcome]) -> list[Outcome]:
    """Trades without the last digits that a reflection or a division leaves."""
    return [(i, round(bought, 9), o, round(sold, 9), round(size, 8), why) for i, bought, o, sold, size, why in trades]


def mirrored(scene: Scene) -> Scene:
    """The same scene for the other side, every price reflected."""
    return replace(
        scene,
        bars=tuple((MIRROR - o, MIRROR - low, MIRROR - high, MIRROR - c) for o, high, low, c in scene.bars),
        trades=tuple(
            (i, MIRROR - bought, o, MIRROR - sold, size, why) for i, bought, o, sold, size, why in scene.trades
        ),
        stop=mirrored_rule(scene.stop),
        targets=tuple(Target(mirrored_rule(target.at), target.share) for target in scene.targets),
        side="short" if scene.side == "long" else "long",
        order=None if scene.order is None else mirrored_order(scene.order),
        managing=mirrored_managing(scene.managing),
    )


def mirrored_order(order: EntryOrder) -> EntryOrder:
    return replace(order, at=mirrored_rule(order.at))


def mirrored_managing(managing: Managing) -> Managing:
    trail, level = managing.trail, managing.invalidation
    return replace(
        managing,
        trail=None if trail is None else replace(trail, by=mirrored_rule(trail.by)),
        invalidation=None if level is None else mirrored_rule(level),
    )


def mirrored_rule(rule: ExitRule) -> ExitRule:
    """A fixed price or a line reflected; distances are the same on both sides."""
    match rule:
        case AtPrice(price):
            return AtPrice(MIRROR - price)
        case AtLine(line):
            a, b = (replace(anchor, price=MIRROR - anchor.price) for anchor in (line.a, line.b))
            return AtLine(replace(line, a=a, b=b))
        case _:
            return rule
