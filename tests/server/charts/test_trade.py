"""Trades: the box of a position is the one that execution would open."""

from __future__ import annotations

import msgspec
import pytest

from server.charts.elements import Fill, Position
from server.charts.happenings import Firing
from server.charts.overlay import NOTHING, Overlay
from server.charts.tracing import Sheet
from server.charts.trade import Opening, not_drawn, opening_of, position_of
from spec.bars import Bars, make_bars
from spec.geometry import Level, Zone
from spec.operands import Constant, PriceOf
from spec.signals import AllOf, Compare, Cooldown, Node, Once, Sequence, SrProximity, TrendlineCross
from spec.strategy import AtAtr, AtLine, AtPercent, AtPrice, Entry, ExitRule, Side, Strategy, Target, shapes_of
from tests.server.charts.examples import ETHBTC, line

HOUR = 3600


def hours(count: int = 100) -> Bars:
    return make_bars("1h", [(HOUR * at, 100, 102, 98, 100, 1) for at in range(count)])


def strategy(stop: ExitRule, *targets: Target, side: Side = "long", nodes: dict[str, Node] | None = None) -> Strategy:
    entry: dict[str, Node] = {"entry": TrendlineCross("1h", Level(100.0), "up")}
    return Strategy("strategy", ETHBTC, "1h", nodes or entry, entry=Entry(side, "entry"), stop=stop, targets=targets)


def opening(plan: Strategy, overlay: Overlay = NOTHING, firings: list[Firing] | None = None) -> Opening | None:
    sheet = Sheet(hours(), by_clock=False)
    spots = {name: tuple(sheet.spot(shape, "1h") for shape in shapes_of(node)) for name, node in plan.nodes.items()}
    return opening_of(plan, overlay, firings or [], spots, hours())


STOP = AtPrice(90.0)


def test_the_latest_fill_opens_the_trade_and_the_one_against_it_ends_it() -> None:
    fills = (
        Fill(10 * HOUR, 99.0, "buy"),
        Fill(12 * HOUR, 95.0, "sell"),
        Fill(40 * HOUR, 101.0, "buy"),
        Fill(50 * HOUR, 103.0, "sell"),
        Fill(60 * HOUR, 104.0, "sell"),
        Fill(1000 * HOUR, 1.0, "buy"),
    )
    assert opening(strategy(STOP), Overlay(fills=fills)) == Opening(40, 101.0, 60)
    assert opening(strategy(STOP), Overlay(fills=fills[:3])) == Opening(40, 101.0)


def test_without_fills_the_latest_firing_of_the_entry_opens_the_trade() -> None:
    firings = [Firing("entry", 20, 100.5, "up"), Firing("entry", 70, 100.8, "up"), Firing("other", 90, 1.0, "up")]
    assert opening(strategy(STOP), firings=firings) == Opening(70, 100.8)


@pytest.mark.parametrize(
    ("nodes", "price"),
    [
        ({"entry": TrendlineCross("1h", Level(104.0))}, 104.0),
        ({"entry": Once("x"), "x": TrendlineCross("1h", Level(104.0))}, 104.0),
        ({"entry": Cooldown("x", 5), "x": SrProximity("1h", Zone(95.0, 97.0), "enter")}, 97.0),
        (
            {
                "entry": Sequence("x", "y", 5),
                "x": TrendlineCross("1h", Level(104.0)),
                "y": TrendlineCross("1h", Level(103.0)),
            },
            103.0,
        ),
        (
            {
                "entry": AllOf(("y", "x")),
                "x": TrendlineCross("1h", Level(104.0)),
                "y": Compare("1h", PriceOf(), "greater", Constant(1.0)),
            },
            104.0,
        ),
        ({"entry": Compare("1h", PriceOf(), "greater", Constant(1.0))}, 100.0),
    ],
)
def test_before_anything_fired_the_trade_waits_at_its_line(nodes: dict[str, Node], price: float) -> None:
    assert opening(strategy(STOP, nodes=nodes)) == Opening(99, price, planned=True)


def test_a_short_waits_at_the_lower_edge_of_its_zone() -> None:
    nodes: dict[str, Node] = {"entry": SrProximity("1h", Zone(95.0, 97.0), "leave")}
    assert opening(strategy(AtPrice(110.0), side="short", nodes=nodes)) == Opening(99, 95.0, planned=True)


def test_exits_become_prices_for_the_side() -> None:
    bars = hours()
    plan = strategy(AtPercent(5.0), Target(AtPercent(10.0), 0.5), Target(AtPrice(104.0), 0.5))
    held = Position("long", 50, 64.0, 100.0, 95.0, ((104.0, 0.5), (110.0, 0.5)))
    assert position_of(plan, Opening(50, 100.0), bars, 100) == held
    short = msgspec.structs.replace(plan, entry=Entry("short", "entry"))
    assert position_of(short, Opening(50, 100.0, 70), bars, 100) == Position(
        "short", 50, 70, 100.0, 105.0, ((90.0, 0.5),)
    )


def test_a_stop_on_a_line_stands_where_the_line_is() -> None:
    bars = hours()
    plan = strategy(AtLine(line(bars, (10, 80.0), (20, 81.0))))
    position = position_of(plan, Opening(40, 100.0), bars, 100)
    assert position is not None
    assert position.stop == pytest.approx(83.0)


def test_a_position_without_a_stop_on_its_losing_side_is_not_drawn() -> None:
    assert position_of(strategy(AtPrice(101.0)), Opening(50, 100.0), hours(), 100) is None
    assert position_of(strategy(AtAtr(2.0)), Opening(50, 100.0), hours(), 100) is None  # not warmed up


def test_what_cannot_be_drawn_is_said() -> None:
    plan = strategy(AtPrice(90.0), Target(AtAtr(2.0), 0.5), Target(AtPrice(110.0), 0.5))
    position = position_of(plan, Opening(50, 100.0), hours(), 100)
    assert not_drawn(plan, position) == ["1 of 2 targets have no price beyond the entry yet"]
    assert not_drawn(plan, None) == ["exits at a distance from the entry are not drawn without one"]
    assert not_drawn(strategy(AtPrice(90.0)), None) == []
