"""Rendering: any scene becomes a picture, quietly, the same each time, with its words inside and apart."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import matplotlib as mpl
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.charts.axes import Ticks, draw_axes
from server.charts.canvas import Canvas, Rect
from server.charts.elements import Area, Arrow, Label, Mark, Places, Position, Scene, Stroke, Tag
from server.charts.labels import draw_labels
from server.charts.layout import layout_of
from server.charts.legend import draw_legend
from server.charts.placing import Board
from server.charts.render import BadSize, render
from server.charts.themes import DARK, LIGHT, components
from spec.bars import BadBars, Bars, make_bars
from tests.server.charts.examples import HOSTILE, daily, ethbtc, scenes
from tests.server.charts.pixels import pixels_of

SCENES = {name: part for name, part in scenes().items() if isinstance(part, Scene)}
SMALL = {"width": 480, "height": 300}


def scaled(factor: float, shift: float = 0.0, count: int = 120) -> Bars:
    """The made-up market at other prices."""
    days = daily(count)
    rows = [column * factor + shift for column in (days.open, days.high, days.low, days.close)]
    return make_bars("1d", np.column_stack([days.time, *rows, days.volume]))


def level(price: float, words: str = "level") -> tuple[Stroke, Label, Tag]:
    places: Places = ((-500.0, price), (900.0, price))
    return Stroke(places, "#ff9800"), Label(words, (price,), places, "#ff9800"), Tag(price, "#ff9800")


def with_levels(bars: Bars, prices: list[float], words: str = "level") -> Scene:
    strokes, labels, tags = zip(*(level(price, words) for price in prices), strict=True)
    return Scene("LEVELS", bars, strokes=strokes, labels=labels, tags=tags)


def months(count: int) -> Bars:
    opens = np.arange("2010-01", "2030-01", dtype="datetime64[M]")[:count].astype("datetime64[s]").astype(float)
    return make_bars("1M", np.column_stack([opens, *daily(count).columns()[1:]]))


def flat(price: float, count: int = 50) -> Bars:
    return make_bars("1m", [(60 * at, price, price, price, price, 0) for at in range(count)])


BARS = {
    "one": lambda: daily(1),
    "two": lambda: daily(2),
    "flat": lambda: flat(5.0),
    "flat at zero": lambda: flat(0.0),
    "one at zero": lambda: flat(0.0, 1),
    "flat below zero": lambda: flat(-5.0),
    "tiny": lambda: scaled(1e-10),
    "tinier": lambda: scaled(1e-16),
    "huge": lambda: scaled(1e4),
    "huger": lambda: scaled(1e14),
    "negative": lambda: scaled(1.0, shift=-1000.0),
    "through zero": lambda: scaled(1.0, shift=-120.0),
    "months": lambda: months(120),
    "many": lambda: ethbtc()[:5000],
}


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("name", BARS)
def test_any_bars_become_a_picture(name: str, log: bool) -> None:
    bars = BARS[name]()
    middle = float(bars.close[-1])
    scene = with_levels(bars, [middle, middle * 1.001 + 1e-12, -1e300, 1e300])
    pixels = pixels_of(render(msgspec.structs.replace(scene, log=log)))
    assert pixels.shape == (675, 1200, 3)
    colours = [[round(part * 255) for part in components(colour)] for colour in (DARK.up, DARK.down)]
    assert any((pixels == colour).all(axis=2).any() for colour in colours)


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert all(render(scene) == render(scene) for scene in SCENES.values())


def test_threads_draw_what_one_alone_draws() -> None:
    wanted = {name: render(scene) for name, scene in SCENES.items()}
    jobs = list(SCENES) * 3
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda name: render(SCENES[name]), jobs))
    assert drawn == [wanted[name] for name in jobs]


def test_pictures_leave_nothing_in_memory() -> None:
    scene = SCENES["plan-dark"]
    for _ in range(3):
        render(scene)
    tracemalloc.start()
    try:
        render(scene)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(10):
            render(scene)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000  # one picture alone is 3 MB


def test_matplotlibs_settings_do_not_matter() -> None:
    scene = SCENES["plan-light"]
    wanted = render(scene)
    with mpl.rc_context({"text.color": "red", "lines.linewidth": 9, "font.size": 30, "path.snap": False}):
        assert render(scene) == wanted


def test_pandas_and_pyplot_are_not_needed_for_a_picture() -> None:
    code = "import sys, server.charts.render, server.charts.scene, server.charts.equity, server.charts.reference\n"
    code += "print(sorted({'pandas', 'mplfinance', 'matplotlib.pyplot'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("size", [(319, 675), (1200, 239), (8193, 675), (-1, -1)])
def test_a_size_without_room_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadSize, match="ask for 320 x 240 up to 8192 x 8192"):
        render(SCENES["plan-dark"], width=size[0], height=size[1])


@pytest.mark.parametrize("size", [(320, 240), (480, 300), (640, 1200), (2400, 1350)])
def test_every_size_with_room_is_drawn(size: tuple[int, int]) -> None:
    for scene in SCENES.values():
        assert pixels_of(render(scene, width=size[0], height=size[1])).shape == (size[1], size[0], 3)


def test_a_scene_without_bars_is_refused() -> None:
    with pytest.raises(BadBars, match="there are no candles"):
        render(Scene("EMPTY", daily()[:0]))


@given(st.text(max_size=80) | st.just(HOSTILE))
def test_any_text_is_drawn_quietly(text: str) -> None:
    bars = ethbtc()[-60:]
    scene = with_levels(bars, [float(bars.close[-1])], text)
    arrows = (Arrow(30, float(bars.close[30]), "buy", text),)
    scene = msgspec.structs.replace(scene, title=text, subtitle=text, note=text, arrows=arrows)
    assert pixels_of(render(scene, **SMALL)).shape == (300, 480, 3)


def test_text_of_ten_thousand_characters_stays_a_line() -> None:
    short, long = (msgspec.structs.replace(SCENES["plan-light"], subtitle="W" * count) for count in (1000, 10_000))
    assert render(short) == render(long)


@given(st.lists(st.floats(0.09, 0.12), min_size=1, max_size=60), st.sampled_from([(1200, 675), (480, 300)]))
def test_labels_stand_apart_and_inside(prices: list[float], size: tuple[int, int]) -> None:
    scene = with_levels(ethbtc()[-200:], prices, "touch level")
    layout = layout_of(scene, *size)
    canvas = Canvas(*size, DARK.background)
    legend = draw_legend(canvas, scene, layout)
    board = Board(layout.pane, legend)
    draw_labels(canvas, scene, layout, board)
    words = board.taken[len(legend) :]
    assert words
    assert not any(one.meets(other) for one, other in combinations([*words, *legend[:1]], 2))
    assert all(word.left >= 0 and word.right <= layout.pane.right for word in words)
    assert all(layout.pane.top <= word.top and word.bottom <= layout.pane.bottom for word in words)


def test_the_axes_are_drawn_over_all_that_would_leave_the_pane() -> None:
    bars = ethbtc()[-100:]
    wild = ((-500.0, -1e9), (-400.0, 1e9), (50.0, 0.104), (51.0, 1e300), (52.0, -1e300), (900.0, 0.104))
    empty = Scene("WILD", bars)
    scene = msgspec.structs.replace(
        empty,
        strokes=(Stroke(wild, "#ff9800", width=4.0),),
        areas=(Area(wild, ((-500.0, 0.1), (900.0, 0.1)), "#4f8dff"),),
        position=Position("long", 90, 1e6, 0.104, -1e9, ((1e9, 1.0),)),
        marks=(Mark(0, 1e300, "at", "#ff9800"),),
    )
    pane = layout_of(empty, 1200, 675).pane
    assert layout_of(scene, 1200, 675).pane == pane
    one, other = (pixels_of(render(part)) for part in (empty, scene))
    assert np.array_equal(one[int(pane.bottom) :], other[int(pane.bottom) :])
    assert np.array_equal(one[:, int(pane.right) :], other[:, int(pane.right) :])


def test_tags_take_the_place_of_tick_labels() -> None:
    bars = ethbtc()[-100:]
    scene = with_levels(bars, [0.104])
    layout = layout_of(scene, 1200, 675)
    assert 0.104 in [round(layout.prices.price_at(y), 4) for y, _ in Ticks(scene, layout).prices]
    canvas = Canvas(1200, 675, LIGHT.background)
    draw_axes(canvas, Ticks(scene, layout), scene, layout)
    y = round(layout.prices.y_of(0.104))
    column = canvas.pixels()[y - 8 : y + 9, int(layout.pane.right) + 3, :3]
    assert {tuple(colour) for colour in column.tolist()} == {(255, 152, 0)}


def test_a_rectangle_meets_what_shares_a_pixel_with_it() -> None:
    rect = Rect(0, 0, 10, 10)
    assert [rect.meets(Rect(left, 5, left + 5, 15)) for left in (-5, -4, 9, 10)] == [False, True, True, False]
