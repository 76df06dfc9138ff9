"""Equity: the course of an account and how far it fell."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.charts.equity import BadEquity, Equity, drawdown, render_equity
from server.charts.render import BadSize
from tests.server.charts.examples import HOSTILE, equity
from tests.server.charts.pixels import pixels_of


def test_the_drawdown_is_the_way_down_from_the_highest_so_far() -> None:
    assert drawdown(np.array([100.0, 120.0, 90.0, 150.0, 75.0])).tolist() == [0.0, 0.0, -0.25, 0.0, -0.5]
    assert drawdown(np.array([-5.0, 0.0, 10.0, 5.0])).tolist() == [0.0, 0.0, 0.0, -0.5]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50))
def test_any_course_becomes_a_picture(values: list[float]) -> None:
    course = tuple((300 * at, value) for at, value in enumerate(values))
    pixels = pixels_of(render_equity(Equity("account", course), width=480, height=300))
    assert pixels.shape == (300, 480, 3)


@pytest.mark.parametrize("course", [(), ((0, float("nan")),), ((0, 1.0), (300, float("inf")))])
def test_a_course_that_is_none_is_refused(course: tuple[tuple[int, float], ...]) -> None:
    with pytest.raises(BadEquity, match="at least one point, and finite values"):
        render_equity(Equity("account", course))


def test_a_size_without_room_is_refused() -> None:
    with pytest.raises(BadSize):
        render_equity(equity(), width=100)


def test_hostile_words_are_drawn_quietly() -> None:
    words = HOSTILE * 100
    shown = msgspec.structs.replace(
        equity(), title=words, subtitle=words, facts=((words, words),), borders=((0, words),)
    )
    assert pixels_of(render_equity(shown)).shape == (675, 1200, 3)


def test_gains_are_green_and_losses_are_red() -> None:
    pictures = [
        pixels_of(render_equity(Equity("account", ((0, 100.0), (300, end)), theme="light"), width=480, height=300))
        for end in (110.0, 90.0)
    ]
    found = [
        {colour for colour in ((8, 153, 129), (242, 54, 69)) if (picture[:200, :380] == colour).all(axis=2).any()}
        for picture in pictures
    ]
    assert found == [{(8, 153, 129)}, {(242, 54, 69)}]
