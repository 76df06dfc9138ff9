"""Hits: the bars on which a node fired, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVENTS = ("up", "down", "enter", "leave", "touch", "near", "inside", "true")
CODE = {name: code for code, name in enumerate(EVENTS)}


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Columns of equal length: bar index in the series, event code, price and the line's value (NaN: none)."""

    index: NDArray[np.int64]
    event: NDArray[np.int8]
    price: NDArray[np.float64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, rows: slice | NDArray[np.bool_] | NDArray[np.int64]) -> Hits:
        return Hits(self.index[rows], self.event[rows], self.price[rows], self.value[rows])


NOTHING = Hits(np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0), np.empty(0))


def join(parts: list[Hits]) -> Hits:
    """The hits of consecutive blocks as one."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    return Hits(
        np.concatenate([part.index for part in parts]),
        np.concatenate([part.event for part in parts]),
        np.concatenate([part.price for part in parts]),
        np.concatenate([part.value for part in parts]),
    )
