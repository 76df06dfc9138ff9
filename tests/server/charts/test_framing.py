"""Framing: a picture shows what a trader would want to see, and never more than it can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.charts.framing import LEAST, WIDEST, ahead, window


@pytest.mark.parametrize(
    ("count", "anchors", "events", "shown"),
    [
        (1000, [850.0, 900.0], [], (831, 999)),  # a little before the first anchor
        (1000, [980.0, 990.0], [], (880, 999)),  # a fresh drawing: enough candles to see where it stands
        (1000, [100.0, 200.0], [], (700, 999)),  # an old one: the last bars
        (1000, [], [], (880, 999)),  # a level has no anchor
        (1000, [100.0, 200.0], [900], (700, 999)),
        (1000, [100.0, 200.0], [300, 250], (71, 330)),  # all of it long ago: a little after the last event
        (2000, [100.0, 200.0], [900], (631, 930)),  # too wide to show whole
        (1000, [200.0, 300.0], [650], (141, 680)),  # wide, but the drawing and its last event fit together
        (50, [10.0], [], (0, 49)),
        (1, [0.0], [0], (0, 0)),
        (1000, [1200.0], [], (880, 999)),  # an anchor in the future does not move the picture
    ],
)
def test_a_window_is_framed(count: int, anchors: list[float], events: list[int], shown: tuple[int, int]) -> None:
    assert window(count, anchors, events) == shown


@given(
    st.integers(1, 5000).flatmap(
        lambda count: st.tuples(
            st.just(count), st.lists(st.floats(-1e6, 1e6), max_size=4), st.lists(st.integers(0, count - 1), max_size=4)
        )
    )
)
def test_a_window_holds_the_last_bar_or_the_last_event(given_: tuple[int, list[float], list[int]]) -> None:
    count, anchors, events = given_
    first, last = window(count, anchors, events)
    assert 0 <= first <= last < count
    assert last - first + 1 <= WIDEST
    assert last == count - 1 or first <= max(events) <= last
    assert last - first + 1 >= min(LEAST, last + 1)


def test_room_is_left_for_anchors_in_the_future() -> None:
    assert ahead(300, 999, [900.0, 1010.0]) == 11
    assert ahead(300, 999, [900.0]) == 0
    assert ahead(300, 999, [9000.0]) == 100
    assert ahead(300, 999, []) == 0
