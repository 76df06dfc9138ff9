"""The assumed path, and where hits and orders lie on it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.brokers.paper import Paper, PaperTerms, Path, Point, assumed_path, end, locate, reach, start
from execution.messages import Accepted, Cancelled, Order, PlaceOrder, ReplaceOrder, Traded, WithdrawOrder
from spec.block import Block, Scratch
from spec.crossing import _low_first
from spec.evaluation import evaluate
from spec.geometry import Level
from spec.hits import EVENTS
from spec.signals import TrendlineCross
from tests.execution.scenes import MARKET, Row, bars_of
from tests.execution.test_properties import rows

DIP_FIRST: Path = (100.0, 98.0, 104.0, 101.0)


def order(side: str, kind: str, level: float | None = None) -> Order:
    price = None if level is None else Decimal(str(level))
    limit, trigger = (price, None) if kind == "limit" else (None, price)
    return Order("id", "ETH/USDT", side, kind, Decimal(2), limit, trigger)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bar", "path"),
    [
        ((100.0, 104.0, 98.0, 101.0), DIP_FIRST),
        ((100.0, 102.0, 96.0, 101.0), (100.0, 102.0, 96.0, 101.0)),
        ((100.0, 102.0, 98.0, 101.0), (100.0, 98.0, 102.0, 101.0)),
        ((100.0, 102.0, 97.999995, 101.0), (100.0, 97.999995, 102.0, 101.0)),
        ((100.0, 102.0, 97.99, 101.0), (100.0, 102.0, 97.99, 101.0)),
    ],
    ids=["the low is nearer", "the high is nearer", "a tie", "a tie within a thousandth of a tick", "a tick apart"],
)
def test_the_path_visits_the_nearer_extreme_first_and_of_a_tie_the_low(bar: Row, path: Path) -> None:
    assert assumed_path(bar, 0.01) == path


@given(
    st.lists(st.tuples(*[st.integers(0, 10_000_000)] * 3), min_size=1, max_size=30), st.sampled_from([0.0, 0.01, 0.5])
)
def test_the_path_is_the_one_that_intrabar_nodes_are_evaluated_on(
    bars: list[tuple[int, int, int]], tick: float
) -> None:
    table = [(1000.0, 1000.0 + up * 1e-6, 1000.0 - down * 1e-6, 1000.0 - down * 5e-7) for up, down, _ in bars]
    series = bars_of(table)
    low_first = _low_first(Block(series, 0, Scratch(len(series)), lambda _: np.empty(0)), np.arange(len(series)), tick)
    assert [assumed_path(row, tick or None)[1] == row[2] or row[1] == row[2] for row in table] == low_first.tolist()


@given(rows(), st.integers(96, 104), st.sampled_from(["up", "down", "either"]))
def test_every_intrabar_crossing_is_found_on_the_path(bars: list[Row], level: int, direction: str) -> None:
    node = TrendlineCross("1h", Level(float(level)), direction, "intrabar")  # type: ignore[arg-type]
    said, _ = evaluate({"n": node}, MARKET, bars_of(bars))
    hits = said["n"].hits
    for at, row in enumerate(hits.index.tolist()):
        path = assumed_path(bars[row], MARKET.tick_size)
        point = locate(path, EVENTS[hits.event[at]], float(hits.price[at]), float(hits.value[at]))
        assert point is not None
        assert point.price == hits.price[at]


@pytest.mark.parametrize(
    ("event", "price", "value", "point"),
    [
        ("touch", 99.0, 99.0, Point(0, 1.0, 99.0)),
        ("down", 99.0, 99.0, Point(0, 1.0, 99.0)),
        ("up", 99.0, 99.0, Point(1, 1.0, 99.0)),
        ("up", 100.0, 97.0, Point(0, 0.0, 100.0)),
        ("up", 100.0, 100.0, Point(1, 2.0, 100.0)),
        ("enter", 100.0, 100.0, Point(0, 0.0, 100.0)),
        ("down", 103.0, 103.0, Point(2, 1.0, 103.0)),
        ("near", 97.5, 97.5, None),
    ],
)
def test_a_hit_lies_where_the_path_first_passes_its_price_in_its_direction(
    event: str, price: float, value: float, point: Point | None
) -> None:
    assert locate(DIP_FIRST, event, price, value) == point


@pytest.mark.parametrize(
    ("side", "kind", "level", "after", "point"),
    [
        ("sell", "stop", 99.0, start(DIP_FIRST), Point(0, 1.0, 99.0)),
        ("sell", "stop", 98.0, start(DIP_FIRST), Point(0, 2.0, 98.0)),
        ("sell", "stop", 97.9, start(DIP_FIRST), None),
        ("sell", "stop", 101.0, start(DIP_FIRST), Point(0, 0.0, 100.0)),
        ("buy", "stop", 103.0, start(DIP_FIRST), Point(1, 5.0, 103.0)),
        ("buy", "stop", 99.0, start(DIP_FIRST), Point(0, 0.0, 100.0)),
        ("sell", "limit", 104.0, start(DIP_FIRST), Point(1, 6.0, 104.0)),
        ("sell", "limit", 99.0, start(DIP_FIRST), Point(0, 0.0, 100.0)),
        ("buy", "limit", 99.0, start(DIP_FIRST), Point(0, 1.0, 99.0)),
        ("buy", "limit", 99.0, Point(1, 2.0, 100.0), None),
        ("buy", "limit", 102.0, Point(1, 5.0, 103.0), Point(2, 2.0, 102.0)),
        ("buy", "market", None, Point(1, 5.0, 103.0), Point(1, 5.0, 103.0)),
        ("buy", "market", None, end(DIP_FIRST), Point(2, 3.0, 101.0)),
    ],
)
def test_an_order_fills_where_the_rest_of_the_path_first_reaches_it(
    side: str, kind: str, level: float | None, after: Point, point: Point | None
) -> None:
    assert reach(order(side, kind, level), DIP_FIRST, after) == point


def test_the_book_answers_what_it_is_asked() -> None:
    paper, stop = Paper(PaperTerms(), 0.01), order("sell", "stop", 99.0)
    moved = order("sell", "stop", 98.5)
    assert paper.take(PlaceOrder(stop)) == Accepted("id")
    assert paper.take(ReplaceOrder(moved)) == Accepted("id")
    met = paper.next_fill(DIP_FIRST, start(DIP_FIRST))
    assert met == (Point(0, 1.5, 98.5), moved)
    assert paper.fill(moved, Point(0, 1.5, 98.5)) == Traded("id", "id-1", Decimal(2), 98.5, 0.0)
    assert paper.next_fill(DIP_FIRST, start(DIP_FIRST)) is None
    assert paper.take(WithdrawOrder("id")) == Cancelled("id")


def test_of_two_orders_at_one_point_the_stop_fills_first() -> None:
    paper = Paper(PaperTerms(), 0.01)
    target = Order("target", "ETH/USDT", "sell", "limit", Decimal(2), price=Decimal(99))
    stop = Order("stop", "ETH/USDT", "sell", "stop", Decimal(2), stop_price=Decimal(101))
    for one in (target, stop):
        paper.take(PlaceOrder(one))
    assert paper.next_fill(DIP_FIRST, start(DIP_FIRST)) == (Point(0, 0.0, 100.0), stop)
