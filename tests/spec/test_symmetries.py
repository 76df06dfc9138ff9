"""What may not matter: where in time and at which price a drawing stands, and in which direction time is told."""

from __future__ import annotations

from dataclasses import replace as moved
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from spec.geometry import Anchor, Level, Line
from spec.signals import SrProximity, TrendlineCross
from tests.spec import generated as make
from tests.spec.series import HOUR, START, line, numbers, said, series, values

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from spec.bars import Bars

Both = TrendlineCross | SrProximity


@st.composite
def drawn(draw: st.DrawFn, grid: tuple[float, ...] = make.LINEAR) -> tuple[Bars, Line, TrendlineCross]:
    bars = draw(make.candles(grid))
    shape = draw(make.lines(bars, grid))
    return bars, shape, TrendlineCross(bars.timeframe, shape, draw(make.DIRECTIONS), draw(make.TRIGGERS))


def in_time(shape: Line, seconds: int) -> Line:
    a, b = (replace(anchor, time=anchor.time + seconds) for anchor in (shape.a, shape.b))
    return replace(shape, a=a, b=b)


def in_price(shape: Line, moved_to: Callable[[float], float]) -> Line:
    a, b = (replace(anchor, price=moved_to(anchor.price)) for anchor in (shape.a, shape.b))
    return replace(shape, a=a, b=b)


def repriced(bars: Bars, to: Callable[[np.ndarray], np.ndarray]) -> Bars:
    return moved(bars, open=to(bars.open), high=to(bars.high), low=to(bars.low), close=to(bars.close))


@given(drawn(), st.integers(-1000, 1000))
def test_moving_everything_in_time_moves_nothing_else(given: tuple[Bars, Line, TrendlineCross], hours: int) -> None:
    bars, shape, node = given
    later = moved(bars, time=bars.time + hours * HOUR)
    assert said(replace(node, geometry=in_time(shape, hours * HOUR)), later) == said(node, bars)


@given(drawn(), st.integers(-20, 1000))
def test_moving_everything_in_price_moves_nothing_else(given: tuple[Bars, Line, TrendlineCross], by: int) -> None:
    bars, shape, node = given
    higher = repriced(bars, lambda column: column + by)
    assert said(replace(node, geometry=in_price(shape, lambda price: price + by)), higher) == said(node, bars)


@given(drawn(make.LOG), st.sampled_from([0.25, 0.1, 3.0, 1024.0]))
def test_scaling_everything_moves_nothing_of_a_log_line(given: tuple[Bars, Line, TrendlineCross], by: float) -> None:
    bars, shape, node = given
    scaled = replace(node, geometry=in_price(shape, lambda price: price * by))
    by_close = [replace(each, trigger="bar_close") for each in (scaled, node)]
    assert said(by_close[0], repriced(bars, lambda column: column * by)) == said(by_close[1], bars)


@given(drawn())
def test_down_mirrors_up(given: tuple[Bars, Line, TrendlineCross]) -> None:
    bars, shape, node = given
    by_close = replace(node, trigger="bar_close", direction="either")
    turned = moved(bars, open=-bars.open, high=-bars.low, low=-bars.high, close=-bars.close)
    mirrored = said(replace(by_close, geometry=in_price(shape, lambda price: -price)), turned)
    swapped = {"up": "down", "down": "up"}
    assert [(bar, swapped[event]) for bar, event in mirrored] == said(by_close, bars)


@given(st.data())
def test_telling_time_backwards_swaps_the_anchors_and_the_extensions(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 12))
    first = data.draw(st.integers(0, count - 2))
    last = data.draw(st.integers(first + 1, count - 1))
    one, two = (data.draw(st.sampled_from(make.LINEAR)) for _ in range(2))
    backward, forward = data.draw(st.booleans()), data.draw(st.booleans())
    bars = series(*[1] * count)
    there = line((first, one), (last, two), extend_backward=backward, extend_forward=forward)
    back = line((count - 1 - last, two), (count - 1 - first, one), extend_backward=forward, extend_forward=backward)
    assert numbers(values(back, bars)[::-1]) == pytest.approx(numbers(values(there, bars)), rel=1e-12, nan_ok=True)


@given(st.sampled_from(make.LOG), st.sampled_from(make.LOG), st.integers(1, 20))
def test_log_and_linear_agree_at_the_anchors_and_log_lies_below_between(one: float, two: float, count: int) -> None:
    bars = series(*[1] * (count + 1))
    log, linear = (values(line((0, one), (count, two), scale), bars) for scale in ("log", "linear"))
    assert [log[0], log[-1]] == pytest.approx([one, two], rel=1e-14)
    assert [linear[0], linear[-1]] == [one, two]
    pairs = [(low, high) for low, high in zip(log, linear, strict=True) if low is not None and high is not None]
    assert all(low <= high * (1 + 1e-14) for low, high in pairs)


@given(st.data())
def test_a_flat_line_and_a_level_are_the_same_question(data: st.DataObject) -> None:
    bars = data.draw(make.candles())
    price = data.draw(st.sampled_from(make.LINEAR))
    flat = Line("time", "linear", Anchor(START, price), Anchor(START + HOUR, price), None, True, True)
    direction, trigger = data.draw(make.DIRECTIONS), data.draw(make.TRIGGERS)
    lined, levelled = (TrendlineCross("1h", shape, direction, trigger) for shape in (flat, Level(price)))
    assert said(lined, bars) == said(levelled, bars)
