"""Agg: matplotlib's renderer, which is untyped, behind one typed door."""

from __future__ import annotations

from typing import Any

from matplotlib.backends.backend_agg import RendererAgg


def agg(width: int, height: int) -> Any:
    """A transparent renderer on which a point is a pixel (72 dots an inch)."""
    make: Any = RendererAgg
    return make(width, height, 72)
