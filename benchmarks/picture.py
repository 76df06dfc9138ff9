"""Pictures: two hundred candles, volume and eight shapes as a PNG, against mplfinance; warm, and from a cold start."""

from __future__ import annotations

import io
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.image import imread

from benchmarks import own_plot, plain_plot
from benchmarks.benchmark import Aim, Benchmark
from benchmarks.processes import interpreter, module
from benchmarks.shapes import CANDLES, HEIGHT, WIDTH, make_picture
from benchmarks.timing import Candidate
from server.charts.png import png_of
from server.charts.render import render
from server.charts.scene import scene_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WARM = 3
TEXT = f"""
{WIDTH} x {HEIGHT} pixels, {CANDLES} candles with volume, three trend lines, a channel, two levels and two zones,
ready as a PNG in memory. Every run draws another picture. Drawbridge starts from the strategy, places the shapes and
writes what they mean at their ends; mplfinance starts from a ready data frame and writes nothing on the chart. The
floor is the PNG encoding of the finished pixels.
"""
COLD_TEXT = """
The same picture in a new process: start, imports, one picture, end. All files lie in the disk cache.
"""


def benchmarks(rounds: int = 15, cold_rounds: int = 5) -> list[Benchmark]:
    """The warm and the cold one."""
    return [_warm(rounds), _cold(cold_rounds)]


def _warm(rounds: int) -> Benchmark:
    pictures = [make_picture(seed) for seed in range(rounds + WARM)]
    pairs = [(own_plot.strategy_of(picture), own_plot.bars_of(picture)) for picture in pictures]
    scenes = [scene_of(strategy, "eight shapes", bars) for strategy, bars in pairs]
    frames = [(plain_plot.frame_of(picture), picture) for picture in pictures]
    pixels = (imread(io.BytesIO(own_plot.plot(*pairs[0]))) * 255).astype(np.uint8)
    return Benchmark(
        title="A picture",
        text=" ".join(TEXT.split()),
        candidates=(
            Candidate("Drawbridge", _each([partial(own_plot.plot, *pair) for pair in pairs])),
            Candidate(
                "Drawbridge, the shapes placed",
                _each([partial(render, scene, width=WIDTH, height=HEIGHT) for scene in scenes]),
            ),
            Candidate("mplfinance.plot", _each([partial(plain_plot.plot, *frame) for frame in frames])),
            Candidate("PNG encoding", partial(png_of, pixels)),
        ),
        peer="mplfinance.plot",
        floor="PNG encoding",
        rounds=rounds,
        warm=WARM,
        aim=Aim(ratio=0.3),
    )


def _each(draw: Iterable[Callable[[], bytes]]) -> Callable[[], bytes]:
    """A function that draws the next picture each time it is called."""
    following = cycle(draw)

    def draw_next() -> bytes:
        return next(following)()

    return draw_next


def _cold(rounds: int) -> Benchmark:
    return Benchmark(
        title="A picture from a cold start",
        text=" ".join(COLD_TEXT.split()),
        candidates=(
            Candidate("Drawbridge", module("benchmarks.own_plot")),
            Candidate("mplfinance.plot", module("benchmarks.plain_plot")),
            Candidate("python -c pass", interpreter("-c", "pass")),
        ),
        peer="mplfinance.plot",
        floor="python -c pass",
        rounds=rounds,
        warm=1,
    )
