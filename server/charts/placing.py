"""Placing: rectangles that must not cover one another, each as near to its wanted height as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.charts.canvas import Rect

if TYPE_CHECKING:
    from collections.abc import Iterable


class Board:
    """The room for labels, and what has been put on it."""

    def __init__(self, room: Rect, taken: Iterable[Rect] = ()) -> None:
        self.room = room
        self.taken = list(taken)

    def nearest(self, wanted: Rect, farthest: float = 10_000.0) -> Rect | None:
        """The free place nearest to ``wanted``, which is brought into the room first, and takes it.

        None where that is more than ``farthest`` pixels up or down. The room's left and right are not looked at.
        """
        height = wanted.height
        start = min(max(wanted.top, self.room.top), self.room.bottom - height)
        beside = [rect for rect in self.taken if rect.left < wanted.right and wanted.left < rect.right]
        edges = [start, *(rect.bottom for rect in beside), *(rect.top - height for rect in beside)]
        for top in sorted(edges, key=lambda top: abs(top - start)):
            place = Rect(wanted.left, top, wanted.right, top + height)
            inside = self.room.top <= top and place.bottom <= self.room.bottom
            if inside and abs(top - start) <= farthest and not any(place.meets(rect) for rect in beside):
                self.taken.append(place)
                return place
        return None
