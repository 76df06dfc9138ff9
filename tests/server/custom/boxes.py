"""Custom nodes for tests, and whether this machine can box them."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from server.custom.box import why_not
from server.custom.running import Boxes
from spec.bars import Bars, make_bars
from spec.custom import Custom
from spec.evaluation import Evaluation
from spec.operands import PriceOf

if TYPE_CHECKING:
    from collections.abc import Iterator

WHY_NOT = why_not()
needs_box = pytest.mark.skipif(WHY_NOT is not None, reason=f"no custom node can run: {WHY_NOT}")
RISING = "return window.close[-1] > window.close[0], window.close[-1] - window.close[0]"


def source(body: str = RISING, head: str = "") -> str:
    """A node's file with this body of ``evaluate``, and what stands before its class."""
    return (
        textwrap.dedent(head)
        + "class SignalNode:\n"
        + '    inputs = {"close": "close"}\n'
        + '    output = "pulse"\n'
        + "    lookback = 3\n\n"
        + "    def evaluate(self, window):\n"
        + textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
        + "\n"
    )


def node(body: str = RISING, head: str = "", timeframe: str = "5m") -> Custom:
    """The same as it is frozen."""
    return Custom(timeframe, {"close": PriceOf()}, "pulse", 3, source(body, head))


def bars(count: int, seed: int = 7) -> Bars:
    """A random walk on 5m."""
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.002, count)))
    return make_bars("5m", np.column_stack([np.arange(count) * 300, walk, walk, walk, walk, np.ones(count)]))


@contextmanager
def running(one: Custom) -> Iterator[tuple[Evaluation, Boxes]]:
    """The evaluation of a node, and its box."""
    boxes = Boxes()
    try:
        yield Evaluation({"mine": one}, None, bars(10), boxes.begin), boxes
    finally:
        boxes.close()
