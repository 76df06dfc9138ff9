"""The runner tick by tick: nodes fire and orders fill on the trade itself, and the bar says none of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.brokers.paper import PaperTerms
from execution.ports import Tick
from execution.replaying import again, differs, ends
from execution.resuming import begin, link, resume
from execution.runner import Runner
from execution.tick_places import NOT_QUIET
from spec.canonical import digest
from spec.geometry import Level
from spec.signals import SrProximity
from spec.strategy import AtPrice, Strategy, Target
from tests.execution.scenes import MARKET, Scene, bars_of, strategy_of, time_of
from tests.execution.test_properties import TERMS, rows, strategies
from tests.execution.test_runner import graphs, mixed, ran
from tests.execution.test_runner_resuming import began
from tests.execution.ticks import spelled

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from execution.journal import Chain, Line
    from spec.bars import Bars
    from spec.signals import Node
    from tests.execution.scenes import Row

Prices = list[float]


@st.composite
def walks(draw: DrawFn, most: int = 24) -> list[Prices]:
    """The trades of some bars on quarters, near each other, so that lines are touched, passed and jumped over."""
    steps = st.integers(-6, 6).map(lambda step: step if abs(step) > 1 else step / 4)
    bars, last = [], 100.0
    for moves in draw(st.lists(st.lists(steps, min_size=1, max_size=8), min_size=4, max_size=most)):
        prices = []
        for move in moves:
            last = min(115.0, max(85.0, last + move))
            prices.append(last)
        bars.append(prices)
    return bars


def candle_of(prices: Prices) -> Row:
    return prices[0], max(prices), min(prices), prices[-1]


def candles_of(walk: list[Prices]) -> Bars:
    return bars_of([candle_of(prices) for prices in walk])


def ticks_of(row: int, prices: Prices) -> list[Tick]:
    return [Tick(1000 * time_of(row) + at, price, 1.0 + at % 3) for at, price in enumerate(prices)]


def runner_of(strategy: Strategy, history: Bars, terms: PaperTerms, kind: type[Runner] = Runner) -> Runner:
    return kind(strategy, digest(strategy), history, terms)


def walked(runner: Runner, walk: list[Prices], start: int, bars: Bars | None = None) -> list[say.Entry]:
    """Every trade and every bar from a row on."""
    bars = candles_of(walk) if bars is None else bars
    said: list[say.Entry] = []
    for row in range(start, len(walk)):
        for tick in ticks_of(row, walk[row]):
            said += runner.tick(time_of(row), tick)
        said += runner.take(bars[row : row + 1])
    return said


def without_ticks(said: list[say.Entry]) -> list[say.Entry]:
    return [entry for entry in said if not isinstance(entry, say.Ticked)]


class HearsAll(Runner):
    """One to which no price is quiet."""

    @property
    def quiet(self) -> tuple[float, float]:
        return NOT_QUIET


ANY = st.one_of(strategies(), mixed())


@given(walks(), ANY, TERMS, st.integers(0, 3))
def test_the_ticks_that_are_left_out_change_nothing(
    walk: list[Prices], strategy: Strategy, terms: PaperTerms, start: int
) -> None:
    history = candles_of(walk)[:start] if start else candles_of(walk)[:1]
    start = max(start, 1)
    some = walked(runner_of(strategy, history, terms), walk, start)
    every = walked(runner_of(strategy, history, terms, HearsAll), walk, start)
    assert without_ticks(some) == without_ticks(every)
    assert len(some) <= len(every)


@given(walks(), graphs(), st.integers(1, 3))
def test_the_ticks_that_are_left_out_change_no_firing_of_a_watch(
    walk: list[Prices], graph: dict[str, Node], start: int
) -> None:
    watch = Strategy(kind="watch", market=MARKET, timeframe="1h", nodes=graph)
    history = candles_of(walk)[:start]
    some, every = (walked(runner_of(watch, history, PaperTerms(), kind), walk, start) for kind in (Runner, HearsAll))
    assert without_ticks(some) == without_ticks(every)


def fired(said: list[say.Entry]) -> list[say.Fired]:
    return sorted((one for one in said if isinstance(one, say.Fired)), key=lambda one: (one.time, one.node))


@given(rows(most=24), ANY, st.integers(1, 4))
def test_ticks_along_the_assumed_path_fire_what_the_bars_fire(table: list[Row], strategy: Strategy, start: int) -> None:
    walk = [[float(price) for price in spelled(row)] for row in table]
    bars = bars_of(table)
    by_tick = walked(runner_of(strategy, bars[:start], PaperTerms()), walk, start, bars)
    by_bar = ran(strategy, bars, start, PaperTerms())
    assert fired(by_tick) == fired(by_bar)


def at_every_whole_price(table: list[Row]) -> list[Row]:
    """Bars that open where the last one closed, so that nothing is jumped over."""
    found, last = [], 100.0
    for opened, high, low, close in table:
        shift = last - opened
        found.append((last, high + shift, low + shift, close + shift))
        last = close + shift
    return found


@given(rows(most=24), st.sampled_from(["up", "down", "either"]), st.integers(96, 104), st.booleans())
def test_where_every_price_is_traded_the_trades_are_those_of_the_assumed_path(
    table: list[Row], direction: str, level: int, short: bool
) -> None:
    table = at_every_whole_price(table)
    side, sign = ("short", -1) if short else ("long", 1)
    strategy = replace(
        strategy_of(Scene("", (), (), side=side, stop=AtPrice(100.0 - 8 * sign))),
        nodes={"in": SrProximity("1h", Level(float(level)), "touch", "intrabar")},
        targets=(Target(AtPrice(100.0 + 7 * sign), 0.5), Target(AtPrice(100.0 + 9 * sign), 0.5)),
    )
    walk, bars = [[float(price) for price in spelled(row)] for row in table], bars_of(table)
    by_tick, by_bar = (
        [one.trade for one in said if isinstance(one, say.Closed)]
        for said in (
            walked(runner_of(strategy, bars[:1], PaperTerms()), walk, 1, bars),
            [entry for row in range(1, len(bars)) for entry in whole_bars(strategy, bars)[row - 1]],
        )
    )
    assert by_tick == by_bar


def whole_bars(strategy: Strategy, bars: Bars) -> list[list[say.Entry]]:
    runner = runner_of(strategy, bars[:1], PaperTerms())
    return [runner.take(bars[row : row + 1]) for row in range(1, len(bars))]


def logged(runner: Runner, chain: Chain, walk: list[Prices], rest: range) -> list[Line]:
    lines: list[Line] = []
    bars = candles_of(walk)
    for row in rest:
        for tick in ticks_of(row, walk[row]):
            lines += link(chain, runner.tick(time_of(row), tick))
        lines += link(chain, runner.take(bars[row : row + 1]))
    return lines


@given(walks(), ANY, st.integers(0, 400))
def test_a_run_cut_after_any_line_goes_on_as_if_it_had_not_been_and_replays_to_the_same_hash(
    walk: list[Prices], strategy: Strategy, cut: int
) -> None:
    history = candles_of(walk)[:1]
    runner, chain, first = begin(began(strategy, history), strategy, history)
    undisturbed = [*first, *logged(runner, chain, walk, range(1, len(walk)))]
    replayed = again(undisturbed, strategy, history, lambda _, __: None)
    assert differs(undisturbed, replayed) is None
    assert ends(undisturbed) == ends(replayed)

    runner, chain, first = begin(began(strategy, history), strategy, history)
    lines, events = list(first), happenings(walk)
    for done, event in enumerate(events):
        if done == cut % len(events):
            runner, chain = resume(lines, strategy, history)
        lines += link(chain, event(runner))
    assert lines == undisturbed


def happenings(walk: list[Prices]):
    bars, found = candles_of(walk), []
    for row in range(1, len(walk)):
        for tick in ticks_of(row, walk[row]):
            found.append(lambda runner, row=row, tick=tick: runner.tick(time_of(row), tick))
        found.append(lambda runner, row=row: runner.take(bars[row : row + 1]))
    return found
