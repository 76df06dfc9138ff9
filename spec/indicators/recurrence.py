"""The two recurrences of indicators that never forget, and how long they are waited for.

They run over lists of floats: in numpy a recurrence is no faster, and its sums would depend on the block's length.
By the end of the warm-up the candles' beginning weighs (1 - share) to the power of the bars since: for 14 bars 1e-15
of a Wilder average, and never more than 2e-4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def warm_up(length: int) -> int:
    """Bars before a recursive indicator of this length is given: max(500, 10 x length)."""
    return max(500, 10 * length)


def given_after(values: Floats, seen: int, length: int) -> Floats:
    """The values with NaN in the warm-up, ``seen`` bars of which have passed; changed in place."""
    values[: max(0, warm_up(length) - seen)] = np.nan
    return values


def exponential(mean: float | None, values: Floats, length: int) -> Floats:
    """Mean + (value - mean) x 2 / (length + 1) on each bar; the first value is the first mean (Pine's ta.ema)."""
    numbers = values.tolist()
    share, running = 2 / (length + 1), numbers[0] if mean is None else mean
    means = []
    for number in numbers:
        running += share * (number - running)
        means.append(running)
    return np.array(means)


def wilder(mean: float, values: Floats, length: int, at: int) -> Floats:
    """The running mean of the first ``length`` values, then mean + (value - mean) / length (Pine's ta.rma).

    ``at`` numbers the first of these values: 1 begins a mean, 0 is a value that the next one replaces.
    """
    numbers = values.tolist()
    beginning, means = max(0, length - at), []
    for count, number in enumerate(numbers[:beginning], start=at):
        mean += (number - mean) / max(1, count)
        means.append(mean)
    for number in numbers[beginning:]:
        mean += (number - mean) / length
        means.append(mean)
    return np.array(means)
