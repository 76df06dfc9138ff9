"""Volumes: what a schedule by volume may know, the bars of the last days before it, and the profile of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from spec.bars import Bars

DAYS = 10


class Volumes(NamedTuple):
    """The volumes of bars by their open, UNIX seconds UTC, rising."""

    time: NDArray[np.int64]
    volume: NDArray[np.float64]

    def then(self, bars: Bars) -> Volumes:
        """These and the next bars, without those that no profile from the first of them on looks at."""
        first = int(self.time.searchsorted(bars.time[0] - DAYS * tf.DAY)) if len(bars) else 0
        return Volumes(
            np.concatenate([self.time[first:], bars.time]), np.concatenate([self.volume[first:], bars.volume])
        )


NO_VOLUMES = Volumes(np.empty(0, np.int64), np.empty(0))


def profile_of(past: Volumes, times: Sequence[int], span: int) -> tuple[float, ...] | None:
    """The volumes to expect from each of the times on, for ``span`` seconds (at most a day): None without a bar before.

    A mean of the ten days before the first time, at that time of day; where they have no bar there, of all of them.
    Only bars that opened before it count, so nothing is known beforehand. The sums are exact, so that every machine
    comes to the same.
    """
    ends = past.time.searchsorted([times[0] - DAYS * tf.DAY, times[0]])
    time, volume = past.time[slice(*ends)], past.volume[slice(*ends)]
    if len(time) == 0:
        return None
    there = [volume[(time - start) % tf.DAY < span] for start in times]
    return tuple(_mean(one if len(one) else volume) for one in there)


def _mean(volume: NDArray[np.float64]) -> float:
    return math.fsum(volume.tolist()) / len(volume)
