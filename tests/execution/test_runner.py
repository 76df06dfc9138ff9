"""The runner: bar by bar or many at once, it does what a backtest does over the same bars."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from execution import entries as say
from execution.backtest import Borders, run
from execution.brokers.paper import PaperTerms
from execution.desk import Desk
from execution.firings import firings
from execution.firings import rows as as_rows
from execution.plan import plan_of
from execution.risk import Bounds
from execution.runner import Runner
from execution.tape import prepare
from spec import timeframe as tf
from spec.bars import Bars, make_bars, resample
from spec.canonical import digest
from spec.geometry import Anchor, Level, Line
from spec.graph import timeframes
from spec.market import Market
from spec.operands import Constant, PriceOf
from spec.signals import (
    AllOf,
    AnyOf,
    Compare,
    Cooldown,
    Node,
    NoneOf,
    Sequence,
    SrProximity,
    Tolerance,
    TrendlineCross,
    is_state,
)
from spec.strategy import AtAtr, AtPercent, AtPrice, Entry, Strategy, Target
from tests.execution.scenes import MARKET, bars_of, rising
from tests.execution.test_properties import TERMS, rows, strategies

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from execution.ledger import Trade
    from spec.strategy import ExitRule
    from tests.execution.scenes import Row

CANDLES = Path(__file__).parents[2] / "examples" / "ETHBTC-5m.csv"
FRAMES = ("1h", "2h", "4h")


def real() -> Bars:
    with CANDLES.open() as file:
        return make_bars("5m", [tuple(float(cell) for cell in row) for row in list(csv.reader(file))[1:]])


@st.composite
def graphs(draw: DrawFn) -> dict[str, Node]:
    """Leaves on three timeframes and what is made of them."""

    def level() -> Level:
        return Level(float(draw(st.integers(96, 104))))

    def frame() -> str:
        return draw(st.sampled_from(FRAMES))

    leaves: dict[str, Node] = {
        "cross": TrendlineCross(frame(), level(), draw(st.sampled_from(["up", "down", "either"])), "intrabar"),
        "break": TrendlineCross("1h", rising(96.0, 0.25).line, "either"),
        "near": SrProximity(frame(), level(), "near", "bar_close", Tolerance("absolute", 1.5)),
        "enter": SrProximity(frame(), level(), "enter"),
        "above": Compare(frame(), PriceOf("close", 1), "greater", Constant(100.0)),
    }
    names = st.sampled_from(sorted(leaves))
    made: dict[str, Node] = {
        "both": AllOf((draw(names), draw(names))),
        "one": AnyOf((draw(names), draw(names))),
        "calm": Cooldown(draw(names), 3),
        "none": NoneOf((draw(names),)),
    }
    return leaves | made | {"then": Sequence("enter", "enter", draw(st.integers(1, 5)))}


@st.composite
def mixed(draw: DrawFn) -> Strategy:
    graph = draw(graphs())
    names = st.sampled_from(sorted(graph))
    stops: tuple[ExitRule, ...] = (AtPrice(92.0), AtPercent(3.0), rising(90.0, 0.1))
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1h",
        nodes=graph,
        entry=Entry("long", draw(names)),
        stop=draw(st.sampled_from(stops)),
        targets=(Target(AtPercent(2.0), 0.5),),
        exit=draw(st.one_of(st.none(), names)),
    )


def split(bars: Bars, cuts: list[int]) -> list[Bars]:
    edges = sorted({0, len(bars), *(cut % (len(bars) + 1) for cut in cuts)})
    return [bars[one:other] for one, other in pairwise(edges)]


def ran(
    strategy: Strategy, bars: Bars, begin: int, terms: PaperTerms, cuts: list[int] | None = None
) -> list[say.Entry]:
    """What a run says that begins after so many bars; without cuts one bar at a time."""
    runner = Runner(strategy, digest(strategy), bars[:begin], terms)
    rest = bars[begin:]
    parts = [rest[at : at + 1] for at in range(len(rest))] if cuts is None else split(rest, cuts)
    said = [entry for part in parts for entry in runner.take(part)]
    return said + runner.tell("finish")


def trades(said: list[say.Entry]) -> list[Trade]:
    return [entry.trade for entry in said if isinstance(entry, say.Closed)]


def desk_over(strategy: Strategy, bars: Bars, begin: int, terms: PaperTerms) -> Desk:
    """The backtest's own tape, traded from a bar on."""
    tape = prepare(strategy, bars)
    desk = Desk(plan_of(strategy, digest(strategy)), Bounds(strategy.risk), terms)
    for row in range(begin, len(tape)):
        desk.bar(tape, row)
    desk.finish(tape)
    return desk


@given(rows(), st.one_of(strategies(), mixed()), TERMS, st.integers(1, 9))
def test_one_bar_at_a_time_it_trades_as_a_backtest_does(
    table: list[Row], strategy: Strategy, terms: PaperTerms, begin: int
) -> None:
    bars = bars_of(table)
    said, desk = ran(strategy, bars, begin, terms), desk_over(strategy, bars, begin, terms)
    assert trades(said) == desk.trades
    assert [(one.time, one.text) for one in said if isinstance(one, say.Noted)] == desk.notes


@given(rows(), st.one_of(strategies(), mixed()), TERMS, st.lists(st.integers(0, 40), max_size=5))
def test_how_many_bars_come_at_once_changes_no_line(
    table: list[Row], strategy: Strategy, terms: PaperTerms, cuts: list[int]
) -> None:
    bars = bars_of(table)
    assert ran(strategy, bars, 1, terms, cuts) == ran(strategy, bars, 1, terms)


@given(rows(), graphs(), st.integers(1, 9))
def test_a_watch_says_what_the_signals_command_says_and_of_a_state_its_beginning(
    table: list[Row], graph: dict[str, Node], begin: int
) -> None:
    bars = bars_of(table)
    watch = Strategy(kind="watch", market=MARKET, timeframe="1h", nodes=graph)
    said = [entry for entry in ran(watch, bars, begin, PaperTerms()) if isinstance(entry, say.Fired)]
    told = [(one.node, one.kind, one.event, one.time, one.price, one.value, one.role) for one in said]
    assert sorted(told, key=str) == sorted(expected(watch, bars, begin), key=str)


def expected(watch: Strategy, bars: Bars, begin: int) -> list[tuple[object, ...]]:
    """The firings known after so many bars, without those of a state that held on its bar before."""
    said, _ = firings(watch, bars)
    frames, held = timeframes(watch.nodes), {(one["node"], one["time"]) for one in as_rows(said)}
    kept: list[tuple[object, ...]] = []
    for one in as_rows(said):
        name, time, frame = one["node"], one["time"], frames[one["node"]]
        own = [None, *resample(bars, frame).time.tolist()]
        before = own[own.index(time) - 1]
        news = not is_state(name, watch.nodes) or (name, before) not in held
        if news and tf.close_time(time, frame) > bars[:begin].end:
            kept.append((name, one["kind"], one["event"], time, one["price"], one["value"], "watch"))
    return kept


def on_real_candles(bars: Bars) -> Strategy:
    """Lines, levels, three timeframes, and distances by an ATR that is warm after five hundred bars."""
    a, b = Anchor(int(bars.time[700]), 0.09), Anchor(int(bars.time[1200]), 0.095)
    line = Line("bars", "log", a, b, 500, extend_forward=True)
    return Strategy(
        kind="strategy",
        market=Market("binance", "ETH/BTC", "spot", 1e-6),
        timeframe="5m",
        nodes={
            "break": TrendlineCross("15m", line, "up"),
            "hold": SrProximity("5m", Level(0.095), "near", "intrabar", Tolerance("atr", 1.0)),
            "in": AnyOf(("break", "hold")),
            "out": TrendlineCross("1h", Level(0.1), "up"),
        },
        entry=Entry("long", "in"),
        stop=AtAtr(2.0),
        targets=(Target(AtAtr(3.0), 0.5),),
        exit="out",
    )


def test_on_real_candles_every_trade_is_the_backtests() -> None:
    bars, terms = real(), PaperTerms(fee_rate=0.001)
    strategy = on_real_candles(bars)
    said = ran(strategy, bars, 1201, terms)
    assert trades(said) == desk_over(strategy, bars, 1201, terms).trades
    assert len(trades(said)) > 10
    assert ran(strategy, bars, 1201, terms, [*range(7, 5_000, 397)]) == said


@given(rows(), strategies(kinds=("price", "percent")), TERMS)
def test_without_a_history_it_is_the_backtest(table: list[Row], strategy: Strategy, terms: PaperTerms) -> None:
    bars = bars_of(table)
    assert trades(ran(strategy, bars, 0, terms)) == list(run(strategy, bars, Borders(), terms).trades)
