"""Plain rounds are what the kernels make of them, bit for bit, and nothing else is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.account import Limits, Rate
from execution.backtest import simulate
from execution.brokers.terms import Book, PaperTerms
from execution.desk import Desk
from execution.plan import plan_of
from execution.risk import Bounds
from execution.strategy_kernel import IGNORED
from execution.tape import prepare
from spec.geometry import Level
from spec.managing import EntryOrder, Managing, Slices
from spec.signals import AnyOf, Node, SrProximity, Tolerance, TrendlineCross
from spec.strategy import AtAtr, AtPercent, AtPrice, Entry, ExitRule, Risk, Strategy, Target
from tests.execution.scenes import MARKET, Scene, bars_of, on_bar, rising, strategy_of
from tests.execution.test_properties import rows

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from execution.tape import Tape
    from tests.execution.scenes import Row

TERMS = st.builds(
    PaperTerms,
    equity=st.sampled_from([1_000.0, 10_000.0]),
    fee_rate=st.sampled_from([0.0, 0.001]),
    slippage_ticks=st.sampled_from([0.0, 0.0, 3.0, 150.0]),
    slippage_rate=st.sampled_from([0.0, 0.0005]),
)
LIMITS = st.sampled_from([Limits(), Limits(daily_loss=0.02, drawdown=0.05, rate=Rate(9, 36_000))])
CALM = (100.0, 101.0, 99.5, 100.0)
NEAR_100 = SrProximity("1h", Level(100.0), "near", "bar_close", Tolerance("absolute", 1.5))


class Counting(Desk):
    """A desk that counts the bars that it is stepped over."""

    stepped = 0

    def bar(self, tape: Tape, row: int) -> None:
        self.stepped += 1
        super().bar(tape, row)


@st.composite
def rules(draw: DrawFn, sign: int) -> ExitRule:
    """Prices and distances, on whole numbers, where the bars' corners stand, and beside them."""
    level = AtPrice(100.0 + sign * draw(st.sampled_from([1.0, 2.0, 2.5, 4.0])))
    kinds: list[ExitRule] = [level, AtPercent(1.0), AtPercent(2.5), AtAtr(1.5, 3)]
    return draw(st.sampled_from(kinds))


@st.composite
def plain_strategies(draw: DrawFn) -> Strategy:
    """A market entry at a close, a stop, and at most one target; some have an exit node as well."""
    sign = draw(st.sampled_from([1, -1]))
    fired: dict[str, Node] = {f"in.{row}": on_bar(row) for row in draw(st.sets(st.integers(0, 40), max_size=12))}
    left: dict[str, Node] = {f"out.{row}": on_bar(row) for row in draw(st.sets(st.integers(0, 40), max_size=4))}
    inputs: dict[str, Node] = {"cross": TrendlineCross("1h", Level(100.0), "up", "bar_close"), "near": NEAR_100}
    both: dict[str, Node] = {"in": AnyOf(tuple(fired) or ("cross", "near")), "out": AnyOf(tuple(left) or ("cross",))}
    within: dict[str, Node] = {"within": TrendlineCross("1h", Level(101.0), "either", "intrabar")}
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1h",
        nodes=inputs | fired | left | both | within,
        entry=Entry("long" if sign > 0 else "short", "in"),
        stop=draw(rules(-sign)),
        targets=draw(st.just(()) | st.builds(lambda at: (Target(at, 1.0),), rules(sign))),
        exit=draw(st.sampled_from([None, None, "out", "within"])),
        risk=Risk(percent=1.0, max_exposure=100.0),
    )


@given(rows(), plain_strategies(), TERMS, LIMITS)
def test_a_round_played_at_once_is_what_the_kernels_make_of_it(
    bars: list[Row], strategy: Strategy, terms: PaperTerms, limits: Limits
) -> None:
    tape, bounds = prepare(strategy, bars_of(bars)), Bounds(strategy.risk, limits)
    quick, slow = (Counting(plan_of(strategy, "digest"), bounds, terms) for _ in range(2))
    curves = simulate(quick, tape).tolist(), simulate(slow, tape, every_bar=True).tolist()
    assert curves[0] == curves[1]
    assert quick.trades == slow.trades
    assert [note for note in quick.notes if note[1] != IGNORED] == [note for note in slow.notes if note[1] != IGNORED]
    assert (quick.rounds, quick.ledger, quick.tally) == (slow.rounds, slow.ledger, slow.tally)


WON = Scene(
    promise="the target is reached",
    bars=(CALM, (100.0, 101.0, 99.5, 100.0), CALM, (100.0, 106.0, 99.0, 105.0), CALM),
    trades=(),
)


def bars_stepped(scene: Scene, terms: PaperTerms) -> int:
    strategy = strategy_of(scene)
    desk = Counting(plan_of(strategy, "digest"), Bounds(strategy.risk), terms)
    simulate(desk, prepare(strategy, bars_of(scene.bars)))
    return desk.stepped


def test_no_kernel_is_stepped_for_a_plain_round() -> None:
    assert bars_stepped(WON, PaperTerms()) == 0
    close = (100.0, 101.0, 98.005, 100.0)  # half a tick from the stop
    assert bars_stepped(replace(WON, bars=(CALM, close, *WON.bars[2:])), PaperTerms()) == 0
    assert bars_stepped(replace(WON, targets=(), stop=AtPrice(99.25)), PaperTerms(slippage_ticks=2.0)) == 0


@pytest.mark.parametrize(
    "scene",
    [
        replace(WON, targets=(Target(AtPrice(105.0), 0.5),)),
        replace(WON, targets=(Target(AtPrice(104.0), 0.5), Target(AtPrice(105.0), 0.5))),
        replace(WON, stop=rising(97.0, 0.25)),
        replace(WON, managing=Managing(bars=10)),
        replace(WON, order=EntryOrder("limit", AtPrice(99.75))),
        replace(WON, slices=Slices("twap", 2)),
        replace(WON, leave=2),
        replace(WON, signal=4),
        replace(WON, targets=(Target(AtPrice(110.0), 1.0),)),
        replace(WON, stop=AtPrice(103.0)),
    ],
)
def test_the_kernels_are_stepped_where_a_round_is_not_plain(scene: Scene) -> None:
    strategy = strategy_of(scene)
    desk = Counting(plan_of(strategy, "digest"), Bounds(strategy.risk), PaperTerms())
    simulate(desk, prepare(strategy, bars_of(scene.bars)))
    assert desk.stepped > 0


def test_the_kernels_are_stepped_where_there_is_a_book_or_somebody_hears_the_orders() -> None:
    strategy = strategy_of(WON)
    tape, bounds = prepare(strategy, bars_of(WON.bars)), Bounds(strategy.risk)
    said: list[object] = []
    told = Counting(plan_of(strategy, "digest"), bounds, PaperTerms(), said.append)
    simulate(told, tape)
    assert (told.stepped > 0, len(said) > 0) == (True, True)
    assert bars_stepped(WON, PaperTerms(book=Book(spread_ticks=2.0))) > 0
