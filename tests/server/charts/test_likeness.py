"""Likeness: our candles are those that ``mplfinance.plot`` draws, only faster.

The two pictures have other sizes of pane and other widths of body, so candles are compared where each picture's own
projection puts them: the colour in the middle of each body, and the prices of its upper and lower edge as read off the
pixels. Tolerances: 60 of 255 in each channel, as mplfinance blends edges, and 1.5 pixels of either picture in price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest

from server.charts.elements import Scene
from server.charts.layout import layout_of
from server.charts.reference import mplfinance_reference, plot
from server.charts.render import render
from server.charts.themes import DARK, LIGHT, Theme, components
from tests.server.charts.examples import ethbtc, scenes
from tests.server.charts.pixels import pixels_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Place = Callable[[int, float], tuple[float, float]]  # of a bar and a price, in pixels
    Bodies = dict[int, tuple[str, float, float]]

SIZE = (1200, 675)
BESIDE = 2  # pixels from the wick to the column that is looked at
NEAR = 60
TALL = 6  # pixels of a body that can be read


@pytest.fixture(scope="module", params=["dark", "light"])
def scene(request: pytest.FixtureRequest) -> Scene:
    return Scene("ETH/BTC", ethbtc()[5500:5560], theme=request.param)


def column_of(pixels: Pixels, x: float, theme: Theme) -> tuple[str, int, int]:
    """Colour, first and last row of the body beside the wick at ``x``: its longest run of one colour."""
    column = pixels[:, int(x) + BESIDE].astype(np.int64)
    found = ("", 0, 0)
    for name, colour in (("up", theme.up), ("down", theme.down)):
        wanted = np.array([round(part * 255) for part in components(colour)])
        like = np.flatnonzero(np.abs(column - wanted).max(axis=1) <= NEAR)
        for run in np.split(like, np.flatnonzero(np.diff(like) > 1) + 1):
            if len(run) and run[-1] - run[0] >= found[2] - found[1]:
                found = (name, int(run[0]), int(run[-1]) + 1)
    return found


def bodies(pixels: Pixels, scene: Scene, place: Place) -> Bodies:
    """Colour and edges (in pixels off the projected ones) of every body that is tall enough to be read, by bar."""
    theme, bars = DARK if scene.theme == "dark" else LIGHT, scene.bars
    read = {}
    for at, (open_, close) in enumerate(zip(bars.open.tolist(), bars.close.tolist(), strict=True)):
        (x, top), (_, bottom) = place(at, max(open_, close)), place(at, min(open_, close))
        if bottom - top >= TALL:
            start = int(top) - 3
            name, first, last = column_of(pixels[start : int(bottom) + 4], x, theme)
            read[at] = (name, start + first - top, start + last - bottom)
    return read


def ours(scene: Scene) -> Bodies:
    layout = layout_of(scene, *SIZE)
    pixels = pixels_of(render(scene, width=SIZE[0], height=SIZE[1]))
    return bodies(pixels, scene, lambda at, price: (layout.bars.x_of(at), layout.prices.y_of(price)))


def theirs(scene: Scene) -> Bodies:
    figure, axes = plot(scene, SIZE, returnfig=True)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[:, :, :3]
    to_pixels: Any = axes[0].transData.transform

    def place(at: int, price: float) -> tuple[float, float]:
        x, y = to_pixels((at, price))
        return float(x), SIZE[1] - float(y)

    read = bodies(pixels, scene, place)
    import matplotlib.pyplot as plt  # noqa: PLC0415 (not before the backend is chosen)

    plt.close(figure)
    return read


def test_both_pictures_show_the_same_candles(scene: Scene) -> None:
    expected = ["up" if rises else "down" for rises in scene.bars.close >= scene.bars.open]
    for read in (ours(scene), theirs(scene)):
        assert len(read) >= 20
        assert {at: name for at, (name, _, _) in read.items()} == {at: expected[at] for at in read}
        assert max(abs(edge) for _, top, bottom in read.values() for edge in (top, bottom)) <= 1.5


def test_the_reference_is_drawn_with_all_drawings_and_leaves_the_settings_alone() -> None:
    before = dict(mpl.rcParams)
    watch = scenes()["watch-light"]
    assert isinstance(watch, Scene)
    assert pixels_of(mplfinance_reference(watch)).shape == (675, 1200, 3)
    assert dict(mpl.rcParams) == before
