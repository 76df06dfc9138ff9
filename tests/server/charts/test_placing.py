"""Placing: nothing covers anything, nothing leaves the room, nothing strays."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from server.charts.canvas import Rect
from server.charts.placing import Board

ROOM = Rect(0, 0, 400, 300)
WANTED = st.builds(
    lambda left, top, width, height: Rect(left, top, left + width, top + height),
    st.integers(0, 300),
    st.integers(-200, 500),
    st.integers(1, 100),
    st.integers(1, 40),
)


@given(st.lists(WANTED, max_size=40), st.floats(0, 300))
def test_places_are_in_the_room_and_never_meet(wanted: list[Rect], farthest: float) -> None:
    board = Board(ROOM)
    given_ = [(rect, board.nearest(rect, farthest)) for rect in wanted]
    placed = [(rect, place) for rect, place in given_ if place is not None]
    assert all(place.top >= 0 and place.bottom <= 300 for _, place in placed)
    assert not any(one.meets(other) for (_, one), (_, other) in combinations(placed, 2))
    for rect, place in placed:
        inside = min(max(rect.top, 0), 300 - rect.height)
        assert abs(place.top - inside) <= farthest
        assert (place.left, place.right, place.height) == (rect.left, rect.right, rect.height)


def test_the_nearest_place_is_taken() -> None:
    board = Board(ROOM, [Rect(0, 100, 50, 120)])
    assert board.nearest(Rect(10, 112, 60, 127)) == Rect(10, 120, 60, 135)
    assert board.nearest(Rect(10, 98, 60, 113)) == Rect(10, 85, 60, 100)
    assert board.nearest(Rect(60, 112, 90, 127)) == Rect(60, 112, 90, 127)


def test_a_full_room_gives_no_place() -> None:
    assert Board(ROOM, [ROOM]).nearest(Rect(10, 10, 20, 20)) is None
