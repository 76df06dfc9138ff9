"""Framing: which bars a picture shows, as a trader would frame it."""

from __future__ import annotations

MOST, LEAST = 300, 120  # bars of a picture, where there are as many
WIDEST = 720  # bars where only so many show the drawing together with its last event
BEFORE = 0.12  # of the bars from the earliest anchor on: what is seen before it
AFTER = 30  # bars seen after the last event, where the picture does not reach the last bar


def window(count: int, anchors: list[float], events: list[int]) -> tuple[int, int]:
    """First and last bar shown of ``count``.

    From a little before the earliest anchor to the last bar, at most 300 bars. Where the drawing and all its events
    (firings and fills, bar indexes) lie farther back than that, the picture ends a little after the last event; and
    where up to 720 bars hold the drawing and its last event together, they are shown.
    """
    last = count - 1
    earliest = min((anchor for anchor in anchors if anchor <= last), default=float(last))
    if events and last - max(events) >= MOST:
        last = min(last, max(events) + AFTER)
    wanted = int(earliest - BEFORE * max(0.0, last - earliest) - 1)
    first = min(wanted, last - LEAST + 1)
    whole = bool(events) and last - wanted < WIDEST
    return max(0, first, last - (WIDEST if whole else MOST) + 1), last


def ahead(count: int, last: int, anchors: list[float]) -> float:
    """Bars to leave free after the last one for anchors in the future, at most a third of those shown."""
    beyond = max((anchor for anchor in anchors), default=0.0) - last
    return min(max(0.0, beyond), count / 3)
