"""The assumed path, and where hits and orders lie on it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.brokers.paper import NOT_WHOLE, NOTHING_THERE, WOULD_TAKE, Paper, reach
from execution.brokers.path import Path, Point, assumed_path, end, locate, start
from execution.brokers.terms import BadTerms, Book, PaperTerms
from execution.messages import (
    Accepted,
    Cancelled,
    Missing,
    PlaceOrder,
    QueryOrder,
    Rejected,
    ReplaceOrder,
    Traded,
    WithdrawOrder,
)
from execution.orders import Order
from spec.block import Block, Scratch
from spec.crossing import _low_first
from spec.evaluation import evaluate
from spec.geometry import Level
from spec.hits import EVENTS
from spec.signals import TrendlineCross
from tests.execution.scenes import MARKET, Row, bars_of
from tests.execution.test_properties import rows

if TYPE_CHECKING:
    from execution.messages import Report

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
    met = paper.next_event(DIP_FIRST, start(DIP_FIRST))
    assert met == (Point(0, 1.5, 98.5), moved)
    assert paper.meet(moved, Point(0, 1.5, 98.5)) == (Traded("id", "id-1", Decimal(2), 98.5, 0.0),)
    assert paper.next_event(DIP_FIRST, start(DIP_FIRST)) is None
    assert paper.take(WithdrawOrder("id")) == Cancelled("id")


def test_of_two_orders_at_one_point_the_stop_fills_first() -> None:
    paper = Paper(PaperTerms(), 0.01)
    target = Order("target", "ETH/USDT", "sell", "limit", Decimal(2), price=Decimal(99))
    stop = Order("stop", "ETH/USDT", "sell", "stop", Decimal(2), stop_price=Decimal(101))
    for one in (target, stop):
        paper.take(PlaceOrder(one))
    assert paper.next_event(DIP_FIRST, start(DIP_FIRST)) == (Point(0, 0.0, 100.0), stop)


FLAT: Path = (100.0, 100.0, 100.0, 100.0)
HUNDRED = start(FLAT)
TWO = Decimal(2)


def met(paper: Paper, path: Path = FLAT, at: Point | None = None) -> list[Report]:
    """Everything that comes of a path, the orders that are left staying on the book."""
    told: list[Report] = []
    at = at or start(path)
    while (event := paper.next_event(path, at)) is not None:
        at, one = event
        told += paper.meet(one, at)
    return told


def book(*orders: Order, terms: PaperTerms | None = None, volume: float = 10.0) -> Paper:
    paper = Paper(terms or PaperTerms(), 0.01)
    paper.open_bar(volume)
    for one in orders:
        assert paper.take(PlaceOrder(one)) == Accepted(one.id)
    return paper


def sent(side: str, kind: str, tif: str, level: float | None = None) -> Order:
    return replace(order(side, kind, level), time_in_force=tif)


THIN = PaperTerms(book=Book(volume_share=0.1))  # of a volume of 10 one unit fills


@pytest.mark.parametrize(
    ("one", "terms", "told"),
    [
        (sent("buy", "limit", "ioc", 101.0), PaperTerms(), [Traded("id", "id-1", TWO, 100.0)]),
        (sent("buy", "limit", "ioc", 99.0), PaperTerms(), [Cancelled("id", NOTHING_THERE)]),
        (
            sent("buy", "limit", "ioc", 101.0),
            THIN,
            [Traded("id", "id-1", Decimal(1), 100.0), Cancelled("id", NOTHING_THERE)],
        ),
        (sent("buy", "limit", "fok", 101.0), PaperTerms(), [Traded("id", "id-1", TWO, 100.0)]),
        (sent("buy", "limit", "fok", 101.0), THIN, [Cancelled("id", NOT_WHOLE)]),
        (sent("buy", "limit", "fok", 99.0), PaperTerms(), [Cancelled("id", NOT_WHOLE)]),
        (sent("sell", "market", "fok"), THIN, [Cancelled("id", NOT_WHOLE)]),
        (sent("sell", "stop", "fok", 101.0), THIN, [Cancelled("id", NOT_WHOLE)]),
        (
            sent("sell", "market", "ioc"),
            THIN,
            [Traded("id", "id-1", Decimal(1), 100.0), Cancelled("id", NOTHING_THERE)],
        ),
        (sent("buy", "limit", "post_only", 100.0), PaperTerms(), [Rejected("id", WOULD_TAKE)]),
        (sent("sell", "limit", "post_only", 99.5), PaperTerms(), [Rejected("id", WOULD_TAKE)]),
    ],
)
def test_time_in_force_says_what_becomes_of_what_cannot_fill_at_once(
    one: Order, terms: PaperTerms, told: list[Report]
) -> None:
    paper = book(one, terms=terms)
    assert met(paper) == told
    assert paper.orders == {}


def test_a_post_only_order_that_rests_fills_as_a_maker() -> None:
    terms = PaperTerms(fee_rate=0.002, book=Book(maker_rate=-0.001))
    paper = book(sent("buy", "limit", "post_only", 99.0), terms=terms)
    assert met(paper, DIP_FIRST) == [Traded("id", "id-1", TWO, 99.0, -0.001 * 99.0 * 2)]


def test_a_limit_that_takes_pays_as_a_taker_and_its_rest_as_a_maker() -> None:
    terms = PaperTerms(fee_rate=0.002, book=Book(maker_rate=0.0, volume_share=0.1))
    paper = book(order("buy", "limit", 100.0), terms=terms)
    assert met(paper) == [Traded("id", "id-1", Decimal(1), 100.0, 0.002 * 100.0)]
    paper.open_bar(5.0)
    assert met(paper) == [Traded("id", "id-2", Decimal("0.5"), 100.0, 0.0)]
    paper.close_market()
    assert met(paper) == [Traded("id", "id-3", Decimal("0.5"), 100.0, 0.0)]
    assert paper.take(QueryOrder("id")) == Missing("id")


def test_without_a_makers_rate_everything_pays_alike() -> None:
    paper = book(order("buy", "limit", 99.0), terms=PaperTerms(fee_rate=0.002))
    assert met(paper, DIP_FIRST) == [Traded("id", "id-1", TWO, 99.0, 0.002 * 99.0 * 2)]


@pytest.mark.parametrize(
    ("one", "price"),
    [
        (order("buy", "market"), 100.5),
        (order("sell", "market"), 99.5),
        (order("sell", "stop", 100.0), 99.5),
        (order("buy", "limit", 100.51), 100.5),
        (order("buy", "limit", 101.0), 100.5),
        (order("sell", "limit", 99.0), 99.5),
        (order("buy", "limit", 100.25), None),
        (order("sell", "limit", 99.75), None),
    ],
)
@pytest.mark.parametrize("spread", [Book(spread_ticks=100.0), Book(spread_rate=0.01)])
def test_half_the_spread_lies_on_either_side_of_the_path(one: Order, price: float | None, spread: Book) -> None:
    told = [fill.price for fill in met(book(one, terms=PaperTerms(book=spread))) if isinstance(fill, Traded)]
    assert told == pytest.approx([] if price is None else [price], abs=0.01)


def test_a_resting_limit_fills_at_its_price_once_the_other_side_gets_there() -> None:
    paper = book(order("buy", "limit", 99.0), terms=PaperTerms(book=Book(spread_ticks=30.0)))
    event = paper.next_event(DIP_FIRST, start(DIP_FIRST))
    assert event is not None
    assert event[0] == pytest.approx((0, 1.15, 98.85))
    assert paper.meet(event[1], event[0]) == (Traded("id", "id-1", TWO, 99.0),)


def test_a_stop_limit_rests_as_a_limit_once_it_is_triggered() -> None:
    stop_limit = replace(order("sell", "limit", 98.5), type="stop_limit", stop_price=Decimal(99))
    gapped: Path = (97.0, 96.0, 98.0, 97.5)
    paper = book(stop_limit)
    assert met(paper, gapped) == []
    assert paper.take(ReplaceOrder(replace(stop_limit, stop_price=Decimal("98.5"), price=Decimal(98)))) == Accepted(
        "id"
    )
    assert paper.orders["id"] == order("sell", "limit", 98.0)
    assert met(paper, gapped) == [Traded("id", "id-1", TWO, 98.0)]
    assert met(book(stop_limit), DIP_FIRST) == [Traded("id", "id-1", TWO, 99.0)]


def test_the_rest_of_a_triggered_stop_fills_on_the_next_bars_whatever_their_prices() -> None:
    paper = book(order("sell", "stop", 99.0), terms=PaperTerms(slippage_ticks=10.0, book=Book(volume_share=0.1)))
    assert met(paper, DIP_FIRST) == [Traded("id", "id-1", Decimal(1), 98.9)]
    assert paper.take(ReplaceOrder(order("sell", "stop", 98.0))) == Accepted("id")
    paper.open_bar(4.0)
    assert met(paper) == [Traded("id", "id-2", Decimal("0.4"), 99.9)]
    paper.open_bar(40.0)
    assert met(paper) == [Traded("id", "id-3", Decimal("0.6"), 99.9)]


def test_a_stop_that_is_met_when_the_volume_is_used_up_is_triggered_and_waits() -> None:
    paper = book(order("sell", "stop", 99.0), replace(order("sell", "market"), id="first"), terms=THIN)
    assert met(paper, DIP_FIRST) == [Traded("first", "first-1", Decimal(1), 100.0)]
    assert paper.orders["id"].type == "market"
    paper.open_bar(100.0)
    both = [Traded("id", "id-1", TWO, 100.0), Traded("first", "first-2", Decimal(1), 100.0)]
    assert met(paper) == both


def test_a_post_only_order_is_rejected_even_where_the_volume_is_used_up() -> None:
    paper = book(sent("buy", "limit", "post_only", 100.0), terms=THIN, volume=0.0)
    assert met(paper) == [Rejected("id", WOULD_TAKE)]
    resting = book(sent("buy", "limit", "post_only", 99.0), terms=THIN, volume=0.0)
    assert met(resting, DIP_FIRST) == []
    assert list(resting.orders) == ["id"]


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=12),
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["market", "stop", "limit"]),
    st.sampled_from(["gtc", "ioc", "fok"]),
)
def test_no_more_fills_than_was_asked_for_nor_than_a_bars_share(
    volumes: list[int], side: str, kind: str, tif: str
) -> None:
    paper = book(sent(side, kind, tif, None if kind == "market" else 100.0), terms=THIN, volume=0.0)
    total, told = Decimal(0), met(paper)
    for volume in volumes:
        paper.open_bar(float(volume))
        told = met(paper)
        filled = sum((one.size for one in told if isinstance(one, Traded)), Decimal(0))
        assert filled <= Decimal(volume) / 10
        total += filled
    assert total <= TWO
    assert ("id" in paper.orders) == (tif == "gtc" and total < TWO) or tif != "gtc"
    if tif == "gtc":
        assert total == min(TWO, Decimal(sum(volumes)) / 10)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"spread_ticks": -1.0}, "spread_ticks must be 0 or more, not -1.0"),
        ({"spread_rate": float("inf")}, "spread_rate must be 0 or more, not inf"),
        ({"maker_rate": 1.0}, "maker_rate must lie between -1 and 1, not 1.0"),
        ({"volume_share": 0.0}, "volume_share must be above 0 and at most 1, not 0.0"),
        ({"volume_share": 1.5}, "volume_share must be above 0 and at most 1, not 1.5"),
    ],
)
def test_a_book_that_makes_no_sense_is_refused(terms: dict[str, float], sentence: str) -> None:
    with pytest.raises(BadTerms) as raised:
        Book(**terms)
    assert str(raised.value) == sentence


def test_a_spread_in_ticks_needs_a_tick() -> None:
    with pytest.raises(BadTerms, match="a spread in ticks needs the market's tick size"):
        Paper(PaperTerms(book=Book(spread_ticks=1.0)), None)


def test_a_book_that_says_nothing_is_not_written() -> None:
    old = b'{"equity":10000.0,"fee_rate":0.0,"slippage_ticks":0.0,"slippage_rate":0.0}'
    assert msgspec.json.encode(PaperTerms(book=Book())) == msgspec.json.encode(PaperTerms()) == old
    thin = msgspec.json.encode(THIN)
    assert msgspec.json.decode(thin, type=PaperTerms) == THIN
    assert msgspec.json.decode(old, type=PaperTerms) == PaperTerms()
