"""Happenings: firings and fills stand on the bar on which they were known."""

from __future__ import annotations

from server.charts.elements import Arrow, Fill, Mark
from server.charts.happenings import Firing, arrows_of, firings_of, marks_of
from server.charts.overlay import Overlay
from spec.bars import Bars, make_bars
from spec.evaluation import evaluate
from spec.geometry import Level
from spec.operands import Constant, PriceOf
from spec.signals import AllOf, Compare, Node, SrProximity, TrendlineCross
from spec.strategy import AtPrice, Entry, Strategy
from tests.server.charts.examples import ETHBTC


def bars(*closes: float) -> Bars:
    """Hourly bars that open at the close before."""
    opens = (closes[0], *closes[:-1])
    rows = [
        (3600 * at, open_, max(open_, close), min(open_, close), close, 1)
        for at, (open_, close) in enumerate(zip(opens, closes, strict=True))
    ]
    return make_bars("1h", rows)


def fired(nodes: dict[str, Node], series: Bars, side: str = "long", entry: str = "cross") -> list[Firing]:
    strategy = Strategy(
        "strategy",
        ETHBTC,
        "1h",
        nodes,
        entry=Entry("short" if side == "short" else "long", entry),
        stop=AtPrice(1.0),
    )
    said, _ = evaluate(nodes, ETHBTC, series)
    return firings_of(strategy, Overlay(firings=said), series)


def test_a_cross_points_where_price_went() -> None:
    nodes: dict[str, Node] = {"cross": TrendlineCross("1h", Level(10.0))}
    assert fired(nodes, bars(9, 11, 11, 9)) == [Firing("cross", 1, 11.0, "up"), Firing("cross", 3, 9.0, "down")]


def test_a_state_is_marked_where_it_begins() -> None:
    nodes: dict[str, Node] = {"cross": SrProximity("1h", Level(10.0), "inside", trigger="intrabar")}
    series = bars(9, 10, 10, 12, 12, 10, 10)
    assert [firing.index for firing in fired(nodes, series)] == [1, 5]


def test_an_entry_without_direction_points_to_its_side() -> None:
    nodes: dict[str, Node] = {
        "cross": AllOf(("up", "over")),
        "up": TrendlineCross("1h", Level(10.0), "up"),
        "over": Compare("1h", PriceOf(), "greater", Constant(5.0)),
    }
    found = fired(nodes, bars(9, 11), side="short")
    assert found == [Firing("cross", 1, 11.0, "down"), Firing("up", 1, 11.0, "up")]  # "over" has no geometry


def test_a_firing_of_a_coarser_timeframe_stands_on_the_bar_that_closed_it() -> None:
    nodes: dict[str, Node] = {"cross": TrendlineCross("4h", Level(10.0), "up")}
    series = bars(*[9.0] * 6, *[11.0] * 10)
    assert fired(nodes, series) == [Firing("cross", 7, 11.0, "up")]


def test_marks_and_arrows_are_those_of_the_bars_shown() -> None:
    series = bars(*[10.0] * 10)
    firings = [Firing("a", 2, 10.0, "up"), Firing("a", 6, 10.0, "at")]
    fills = (
        Fill(-5, 9.0, "buy"),
        Fill(2 * 3600, 10.0, "buy"),
        Fill(6 * 3600 + 5, 10.0, "sell", "stop"),
        Fill(10 * 3600, 10.0, "buy"),
    )
    assert marks_of(firings, {"a": "#4f8dff"}, (4, 9)) == (Mark(2, 10.0, "at", "#4f8dff"),)
    assert arrows_of(Overlay(fills=fills), series, (4, 9)) == (Arrow(2, 10.0, "sell", "stop"),)
    assert len(arrows_of(Overlay(fills=fills), series, (0, 9))) == 2
