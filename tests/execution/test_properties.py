"""What holds of every backtest, whatever the candles and the strategy."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from execution import ledger
from execution.account import Limits, Rate
from execution.backtest import Borders, as_json, run, simulate
from execution.brokers.terms import Book, PaperTerms
from execution.desk import Desk
from execution.messages import PlaceOrder, ReplaceOrder, Traded
from execution.plan import plan_of
from execution.risk import Bounds
from execution.strategy_kernel import IGNORED
from execution.tape import prepare
from spec.geometry import Level
from spec.managing import NOT_MANAGED, BreakEven, EntryOrder, Managing, Requote, Slices, Trail
from spec.signals import AnyOf, Node, SrProximity, TimeWindow, Tolerance, TrendlineCross
from spec.strategy import AtPercent, AtPrice, Entry, ExitRule, Risk, Strategy, Target
from tests.execution.scenes import (
    MARKET,
    MIRROR,
    bars_of,
    mirrored_managing,
    mirrored_order,
    mirrored_rule,
    on_bar,
    outcomes,
    rising,
    time_of,
)
from tests.execution.ticks import Replay

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from execution.ledger import Trade
    from execution.messages import Event
    from spec.managing import Moving, Standing
    from spec.signals import Direction, ProximityEvent, Trigger
    from spec.strategy import ExitRule, Side
    from tests.execution.scenes import Row

PRICES = st.integers(90, 110)
SIDES: tuple[Side, ...] = ("long", "short")
TRIGGERS: tuple[Trigger, ...] = ("bar_close", "intrabar")
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "either")
EVENTS: tuple[ProximityEvent, ...] = ("inside", "enter", "leave", "touch")
KINDS: tuple[Literal["limit", "stop", "stop_limit"], ...] = ("limit", "stop", "stop_limit")
TURNED: dict[Direction, Direction] = {"up": "down", "down": "up", "either": "either"}
TERMS = st.builds(
    PaperTerms,
    equity=st.sampled_from([1_000.0, 10_000.0]),
    fee_rate=st.sampled_from([0.0, 0.001]),
    slippage_ticks=st.sampled_from([0.0, 3.0]),
    slippage_rate=st.sampled_from([0.0, 0.0005]),
    book=st.sampled_from([UNSET, Book(spread_ticks=7.0), Book(0.0, 0.0005, 0.0002, 0.5), Book(volume_share=0.1)]),
)


@st.composite
def rows(draw: DrawFn, most: int = 40) -> list[Row]:
    """Bars on whole numbers, close to each other, so that levels are touched, passed and gapped over."""
    bars: list[Row] = []
    last = 100
    for opened, closed, up, down in draw(
        st.lists(st.tuples(*[st.integers(-3, 3)] * 2, *[st.integers(0, 4)] * 2), min_size=10, max_size=most)
    ):
        o = min(115, max(85, last + (opened if abs(opened) == 3 else 0)))
        c = min(115, max(85, o + closed))
        bars.append((float(o), float(max(o, c) + up), float(min(o, c) - down), float(c)))
        last = c
    return bars


@st.composite
def nodes(draw: DrawFn) -> Node:
    """A leaf of either kind, on either trigger, or a window in time."""
    level, trigger = Level(float(draw(st.integers(96, 104)))), draw(st.sampled_from(TRIGGERS))
    match draw(st.sampled_from(["cross", "nearness", "near", "window"])):
        case "cross":
            return TrendlineCross("1h", level, draw(st.sampled_from(DIRECTIONS)), trigger)
        case "near":
            return SrProximity("1h", level, "near", trigger, Tolerance("absolute", 1.5))
        case "nearness":
            return SrProximity("1h", level, draw(st.sampled_from(EVENTS)), trigger)
        case _:
            first = draw(st.integers(0, 20))
            return TimeWindow("1h", time_of(first), time_of(first + draw(st.integers(1, 20))))


@st.composite
def rules(draw: DrawFn, sign: int, kinds: tuple[str, ...]) -> ExitRule:
    """A price, a line or a distance; prices stand on the given side of 100, so that a trade comes about."""
    start = float(100 + sign * draw(st.integers(1, 8)))
    match draw(st.sampled_from(kinds)):
        case "price":
            return AtPrice(start)
        case "line":
            return rising(start, draw(st.sampled_from([-0.5, -0.25, 0.25, 0.5])), draw(st.sampled_from([None, 5, 15])))
        case _:
            return AtPercent(2.5)


@st.composite
def managings(draw: DrawFn, sign: int, kinds: tuple[str, ...]) -> Managing:
    """Some of the ways in which a position can be looked after."""
    lined = "line" in kinds
    trails: list[Moving] = [*[rising(100 - sign * 6.0, sign * 0.25, 12)] * lined]
    trails += [AtPercent(2.0)] * ("percent" in kinds)
    levels: list[Standing] = [AtPrice(100 - sign * 2.0), *[rising(100 - sign * 4.0, sign * 0.25)] * lined]
    return Managing(
        trail=draw(st.none() | st.builds(Trail, st.sampled_from(trails), st.sampled_from([0.0, 0.5]))),
        break_even=draw(st.none() | st.builds(BreakEven, st.none(), st.sampled_from([0.5, 1.0]))),
        bars=draw(st.none() | st.integers(1, 8)),
        minute=draw(st.sampled_from([None, 0, 750])),
        until=draw(st.sampled_from([None, time_of(12)])),
        invalidation=draw(st.none() | st.sampled_from(levels)),
    )


@st.composite
def orders(draw: DrawFn, sign: int, kinds: tuple[str, ...]) -> EntryOrder:
    """Entries that rest: near the market, so that they come to fill."""
    kind = draw(st.sampled_from(KINDS))
    away = -sign if kind == "limit" else sign
    near: list[ExitRule] = [AtPrice(100.0 + away), *[rising(100.0 + away, sign * 0.25)] * ("line" in kinds)]
    at = draw(st.sampled_from(near))
    far = AtPercent(1.0) if "percent" in kinds and draw(st.booleans()) else None
    return EntryOrder(
        type=kind,
        at=far or at,
        slack=0.0 if kind == "stop_limit" else None,
        time_in_force=draw(st.sampled_from([None, "ioc", "fok", "post_only" if kind == "limit" else None])),
        bars=draw(st.none() | st.integers(1, 5)),
        requote=Requote(2, 3) if far and draw(st.booleans()) else None,
    )


@st.composite
def entries(draw: DrawFn, side: Side, sign: int, kinds: tuple[str, ...]) -> Entry:
    """At the market, at a price, or in slices."""
    match draw(st.sampled_from(["market", "order", "slices"])):
        case "order":
            return Entry(side, "in", draw(orders(sign, kinds)))
        case "slices":
            rule = Slices(draw(st.sampled_from(["twap", "vwap"])), draw(st.integers(2, 5)), draw(st.integers(1, 3)))
            return Entry(side, "in", slices=rule)
        case _:
            return Entry(side, "in")


@st.composite
def strategies(draw: DrawFn, kinds: tuple[str, ...] = ("price", "line", "percent")) -> Strategy:
    side: Side = draw(st.sampled_from(SIDES))
    sign = 1 if side == "long" else -1
    stop = draw(rules(-sign, kinds))
    shares = draw(st.sampled_from([(), (1.0,), (0.4,), (0.5, 0.5), (1 / 3, 1 / 3, 1 / 3)]))
    targets = tuple(Target(draw(rules(sign, kinds)), share) for share in shares)
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1h",
        nodes={"in": draw(nodes()), "out": draw(nodes())},
        entry=draw(entries(side, sign, kinds)),
        stop=stop,
        targets=targets,
        exit="out" if draw(st.booleans()) else None,
        risk=Risk(percent=1.0, max_exposure=100.0),
        managing=draw(st.just(NOT_MANAGED) | managings(sign, kinds)),
    )


@given(rows(), strategies(), TERMS)
def test_leaving_out_the_bars_on_which_nothing_can_happen_changes_nothing(
    bars: list[Row], strategy: Strategy, terms: PaperTerms
) -> None:
    tape = prepare(strategy, bars_of(bars))
    bounds = Bounds(strategy.risk, Limits(daily_loss=0.02, drawdown=0.05, rate=Rate(9, 36_000)))
    skipping, stepping = (Desk(plan_of(strategy, "digest"), bounds, terms) for _ in range(2))
    quick, slow = simulate(skipping, tape), simulate(stepping, tape, every_bar=True)
    assert skipping.trades == stepping.trades
    assert quick.tolist() == slow.tolist()
    assert [note for note in skipping.notes if note[1] != IGNORED] == [
        note for note in stepping.notes if note[1] != IGNORED
    ]
    assert (skipping.rounds, skipping.ledger, skipping.tally) == (stepping.rounds, stepping.ledger, stepping.tally)


class Watched(Desk):
    """A desk that is looked at after every event: what it holds is protected, and its books agree."""

    def tell(self, event: Event) -> None:
        super().tell(event)
        turn = self.life.round
        held = turn.held if turn else Decimal(0)
        assert abs(self.ledger.held) == held
        working = {order.role: order for order in turn.working} if turn else {}
        if turn is None or held == 0:
            return
        if turn.closing is not None:
            assert sum((order.size for order in turn.working if order.role == "exit"), Decimal(0)) == held
            return
        assert working["stop"].size == held
        on_the_book = self.paper.orders[working["stop"].id]
        assert on_the_book.reduce_only
        shares = sum((order.size for role, order in working.items() if role.startswith("target")), Decimal(0))
        assert shares <= held


@given(rows(), strategies(), TERMS)
def test_whatever_is_held_has_a_stop_working_for_all_of_it_or_is_being_closed(
    bars: list[Row], strategy: Strategy, terms: PaperTerms
) -> None:
    said: list[object] = []
    desk = Watched(plan_of(strategy, "digest"), Bounds(strategy.risk), terms, said.append)
    simulate(desk, prepare(strategy, bars_of(bars)), every_bar=True)
    assert desk.ledger.held == 0
    asked = {one.order.id: one.order.size for one in said if isinstance(one, PlaceOrder | ReplaceOrder)}
    filled = dict.fromkeys(asked, Decimal(0))
    for one in said:
        if isinstance(one, Traded):
            filled[one.id] += one.size
    assert all(filled[name] <= size for name, size in asked.items())
    assert len({one.trade for one in said if isinstance(one, Traded)}) == sum(isinstance(o, Traded) for o in said)


@given(rows(), strategies(), TERMS)
def test_the_profits_of_all_trades_are_the_change_of_the_equity(
    bars: list[Row], strategy: Strategy, terms: PaperTerms
) -> None:
    played = run(strategy, bars_of(bars), Borders(), terms)
    profit = sum(trade.pnl for trade in played.trades)
    assert float(played.equity[-1]) == pytest.approx(terms.equity + profit, rel=1e-12)
    assert played.metrics.before_export.net_profit == pytest.approx(profit, abs=1e-9)


@given(rows(), strategies(), st.lists(st.integers(-1, 45), min_size=2, max_size=2))
def test_every_trade_and_every_bar_is_in_exactly_one_part(
    bars: list[Row], strategy: Strategy, borders: list[int]
) -> None:
    played = run(strategy, bars_of(bars), Borders(*(time_of(border) for border in borders)), PaperTerms())
    parts = (played.metrics.before_last_anchor, played.metrics.before_export, played.metrics.after_export)
    assert sum(part.trades for part in parts if part) == len(played.trades)
    assert sum(part.bars for part in parts if part) == len(bars)
    growth = np.prod([1 + part.return_ for part in parts if part])
    assert float(growth) == pytest.approx(float(played.equity[-1]) / 10_000)


@given(
    st.sampled_from(SIDES),
    st.lists(st.tuples(st.integers(1, 999), PRICES), min_size=1, max_size=4),
    PRICES,
    st.sampled_from([0.0, 0.002]),
)
def test_a_fill_changes_the_equity_at_its_price_by_its_fee_alone(
    side: Side, fills: list[tuple[int, int]], last: int, rate: float
) -> None:
    book = ledger.Ledger(1_000.0)
    total = sum((Decimal(size) / 8 for size, _ in fills), Decimal(0))
    for at, (size, price) in enumerate(fills):
        fill = Traded("id", str(at), Decimal(size) / 8, float(price), rate * price * size / 8)
        before = book.equity(float(price))
        book = ledger.opening(book, fill, side, at)
        assert book.equity(float(price)) == pytest.approx(before - fill.fee)
    trades: list[Trade] = []
    for at, part in enumerate((total / 4, total - total / 4)):
        fill = Traded("id", f"out {at}", part, float(last), rate * last * float(part))
        before = book.equity(float(last))
        book, trade = ledger.closing(book, fill, "stop", 100 + at)
        trades.append(trade)
        assert book.equity(float(last)) == pytest.approx(before - fill.fee)
    assert book.held == 0
    assert book.cash == pytest.approx(1_000.0 + sum(trade.pnl for trade in trades))


def mirrored_node(node: Node) -> Node:
    match node:
        case TrendlineCross(geometry=Level(price), direction=direction):
            return replace(node, geometry=Level(MIRROR - price), direction=TURNED[direction])
        case SrProximity(geometry=Level(price)):
            return replace(node, geometry=Level(MIRROR - price))
        case _:
            return node


def mirrored_strategy(strategy: Strategy) -> Strategy:
    assert strategy.entry is not None
    assert strategy.stop is not None
    return replace(
        strategy,
        nodes={name: mirrored_node(node) for name, node in strategy.nodes.items()},
        entry=Entry(
            "short" if strategy.entry.side == "long" else "long",
            strategy.entry.node,
            UNSET if strategy.entry.order is UNSET else mirrored_order(strategy.entry.order),
            strategy.entry.slices,
        ),
        managing=mirrored_managing(strategy.managed),
        stop=mirrored_rule(strategy.stop),
        targets=tuple(Target(mirrored_rule(target.at), target.share) for target in strategy.targets),
    )


@given(rows(), strategies(kinds=("price", "line")))
def test_the_sides_mirror_each_other(bars: list[Row], strategy: Strategy) -> None:
    untied = [row if row[0] - row[2] != row[1] - row[0] else (row[0], row[1] + 1, *row[2:]) for row in bars]
    turned = [(MIRROR - o, MIRROR - low, MIRROR - high, MIRROR - c) for o, high, low, c in untied]
    one = run(strategy, bars_of(untied), Borders(), PaperTerms(slippage_ticks=2.0))
    other = run(mirrored_strategy(strategy), bars_of(turned), Borders(), PaperTerms(slippage_ticks=2.0))
    assert [(trade.entry_time, trade.exit_time, trade.reason) for trade in one.trades] == [
        (trade.entry_time, trade.exit_time, trade.reason) for trade in other.trades
    ]
    assert [MIRROR - price for trade in one.trades for price in (trade.entry_price, trade.exit_price)] == pytest.approx(
        [price for trade in other.trades for price in (trade.entry_price, trade.exit_price)]
    )
    assert other.equity.tolist() == pytest.approx(one.equity.tolist())


@given(
    rows(),
    st.sampled_from([1, -1]),
    st.integers(1, 6),
    st.sampled_from([(), (Fraction(1),), (Fraction(1, 4),), (Fraction(1, 2), Fraction(1, 2))]),
    st.tuples(*[st.sets(st.integers(0, 40), min_size=1, max_size=8)] * 2),
)
def test_fills_are_those_of_a_replay_price_by_price(
    bars: list[Row], sign: int, distance: int, shares: tuple[Fraction, ...], signals: tuple[set[int], set[int]]
) -> None:
    entries, exits = signals
    targets = [(100 + sign * (2 + 2 * at), share) for at, share in enumerate(shares)]
    named: dict[str, Node] = {f"in.{at}": on_bar(at) for at in sorted(entries)}
    named |= {f"out.{at}": on_bar(at) for at in sorted(exits)}
    own: dict[str, Node] = {
        "in": AnyOf(tuple(name for name in named if name.startswith("in"))),
        "out": AnyOf(tuple(name for name in named if name.startswith("out"))),
    }
    strategy = Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1h",
        nodes=named | own,
        entry=Entry("long" if sign > 0 else "short", "in"),
        stop=AtPrice(float(100 - sign * distance)),
        targets=tuple(Target(AtPrice(float(level)), float(share)) for level, share in targets),
        exit="out",
        risk=Risk(percent=1.0, max_exposure=100.0),
    )
    played = run(strategy, bars_of(bars), Borders(), PaperTerms())
    replayed = Replay(sign, 100 - sign * distance, targets).run(bars, entries, exits)
    sizes: dict[int, float] = {}
    for trade in played.trades:
        sizes[trade.entry_time] = sizes.get(trade.entry_time, 0.0) + trade.size
    assert [outcome[:4] + outcome[5:] for outcome in outcomes(played)] == [
        outcome[:4] + outcome[5:] for outcome in replayed
    ]
    parts = [trade.size / sizes[trade.entry_time] for trade in played.trades]
    assert parts == pytest.approx([float(outcome[4]) for outcome in replayed], abs=1e-6)


@given(rows(), strategies(), TERMS)
def test_the_same_run_twice_is_the_same_result(bars: list[Row], strategy: Strategy, terms: PaperTerms) -> None:
    one, other = (as_json(run(strategy, bars_of(bars), Borders(), terms)) for _ in range(2))
    assert one == other
