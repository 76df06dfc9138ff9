"""The equity of a backtest: its course above, its drawdown below, in the looks of the candle pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from server.charts.calendar_ticks import date_of, time_ticks
from server.charts.canvas import Canvas, Face, Pen, Rect
from server.charts.layout import LARGE, NORMAL, SMALL, TIME_AXIS
from server.charts.lettering import fitted, plain, width_of
from server.charts.png import png_of
from server.charts.prices import decimals_for, percent, spread, written
from server.charts.render import DRAWING, check_size
from server.charts.scales import BarScale, PriceScale, price_ticks
from server.charts.themes import THEMES, ThemeName, ink_on
from spec.timeframe import DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEGEND, GAP, SHADE = 66, 26, 0.2
UPPER = 0.7  # of the height, for the equity
DEEPEST = -10.0  # an account that owes many times what it ever held is lost in any case


class BadEquity(ValueError):
    """A course of equity that cannot be drawn: one sentence says why."""


class Equity(Struct, frozen=True):
    """The course of an account: (UNIX seconds UTC, value), rising in time, at least one.

    ``borders`` are (time, words): a line at each, such as the last anchor and the export, which part what the trader
    had seen from what was still to come. ``facts`` are (name, value) for the legend.
    """

    title: str
    course: tuple[tuple[int, float], ...]
    subtitle: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    borders: tuple[tuple[int, str], ...] = ()
    theme: ThemeName = "dark"


class Pane(Struct, frozen=True):
    """A part of the picture with its own scale, and how a value on it is written."""

    room: Rect
    scale: PriceScale
    decimals: int
    last: float
    unit: str = ""

    @property
    def tag(self) -> int:
        """The height of the tag for ``last``, the value that the axis points out."""
        return min(max(round(self.scale.y_of(self.last)), int(self.room.top) + 9), int(self.room.bottom) - 9)

    def written(self, value: float) -> str:
        return written(value, self.decimals) + self.unit


def drawdown(values: Floats) -> Floats:
    """How far each value lies under the highest so far, as a share from 0 to -10; 0 while nothing was above 0."""
    peak = np.maximum.accumulate(values)
    with np.errstate(over="ignore"):
        share = np.divide(values - peak, peak, out=np.zeros(len(values)), where=peak > 0)
    return np.maximum(share, DEEPEST)


def render_equity(equity: Equity, *, width: int = 1200, height: int = 675) -> bytes:
    """The picture as a PNG. Raises BadEquity without a finite point, BadSize where ``render`` does."""
    check_size(width, height)
    times, values = _columns(equity)
    fall = drawdown(values) * 100
    with DRAWING:
        canvas = Canvas(width, height, THEMES[equity.theme].background)
        panes = _panes(values, fall, width, height)
        pitch = (panes[0].room.width - 12) / max(1, len(values) - 1)
        bars = BarScale(6.0, pitch)
        _draw_grid(canvas, equity, panes, (times, bars))
        _draw_course(canvas, equity, panes[0], bars.x(np.arange(len(values), dtype=np.float64)), values)
        _draw_fall(canvas, equity, panes[1], bars.x(np.arange(len(values), dtype=np.float64)), fall)
        _draw_borders(canvas, equity, panes, (times, bars))
        _draw_legend(canvas, equity, panes, (times, values, fall))
        return png_of(canvas.pixels())


def _columns(equity: Equity) -> tuple[NDArray[np.int64], Floats]:
    times = np.array([time for time, _ in equity.course], dtype=np.int64)
    values = np.array([value for _, value in equity.course], dtype=np.float64)
    if len(values) == 0 or not np.isfinite(values).all():
        msg = "there is no equity to draw; a course needs at least one point, and finite values"
        raise BadEquity(msg)
    return times, values


def _panes(values: Floats, fall: Floats, width: int, height: int) -> tuple[Pane, Pane]:
    low, high = spread(float(values.min()), float(values.max()), None)
    decimals, least = decimals_for(high - low, 200), min(float(fall.min()), -0.1)
    texts = [written(value, decimals) for value in (low, high)]
    axis = max(64, max(width_of(text, NORMAL, bold=False) for text in texts) + 18)
    middle, bottom = round(height * UPPER), height - TIME_AXIS
    upper, lower = Rect(0, 0, width - axis, middle), Rect(0, middle + 1, width - axis, bottom)
    return (
        Pane(upper, PriceScale(low, high, LEGEND, middle - 14), decimals, float(values[-1])),
        Pane(
            lower, PriceScale(least, 0.0, middle + GAP, bottom - 10), decimals_for(-least, 20), float(fall.min()), "%"
        ),
    )


def _draw_grid(
    canvas: Canvas, equity: Equity, panes: tuple[Pane, Pane], axis: tuple[NDArray[np.int64], BarScale]
) -> None:
    theme, (times, bars) = THEMES[equity.theme], axis
    right, bottom = panes[0].room.right, panes[1].room.bottom
    for tick in time_ticks(times, 84 / bars.pitch, daily=_daily(times)):
        x, half = int(bars.x_of(tick.index)), width_of(tick.text, NORMAL, tick.major) / 2
        canvas.fill(Rect(x, 0, x + 1, bottom), theme.grid)
        if half <= x <= right - half:
            face = Face(theme.text, NORMAL, bold=tick.major, align="centre")
            canvas.text(x, bottom + TIME_AXIS / 2 + 1, tick.text, face)
    for pane, gap in zip(panes, (44, 30), strict=True):
        edges = (pane.scale.top - 4, pane.scale.bottom + 4)
        for value in price_ticks(pane.scale, edges, gap, pane.decimals):
            y = round(pane.scale.y_of(value))
            canvas.fill(Rect(0, y, right, y + 1), theme.grid)
            if abs(y - pane.tag) > 14:
                canvas.text(right + 9, y, pane.written(value), Face(theme.text, NORMAL))
        canvas.fill(Rect(0, pane.room.bottom, canvas.width, pane.room.bottom + 1), theme.border)
    canvas.fill(Rect(right, 0, right + 1, canvas.height), theme.border)
    middle = (right + canvas.width) / 2
    canvas.text(middle, bottom + TIME_AXIS / 2 + 1, "UTC", Face(theme.muted, SMALL, align="centre"))


def _daily(times: NDArray[np.int64]) -> bool:
    return len(times) > 1 and int(np.diff(times).min()) >= DAY


def _draw_course(canvas: Canvas, equity: Equity, pane: Pane, x: Floats, values: Floats) -> None:
    """The line, green where the account is above its start and red below, over a shade down to the start."""
    theme, y = THEMES[equity.theme], pane.scale.y(values)
    start = float(y[0])
    halves = (
        (Rect(0, 0, pane.room.right, start), theme.up),
        (Rect(0, start, pane.room.right, pane.room.bottom), theme.down),
    )
    for half, colour in halves:
        with canvas.within(half):
            canvas.polygon(_closed(x, y, start), colour, SHADE)
            canvas.line(np.column_stack([x, y]), Pen(colour, 1.6))
    canvas.line(
        np.array([[0.0, round(start) + 0.5], [pane.room.right, round(start) + 0.5]]), Pen(theme.muted, dashes=(1, 2))
    )
    _draw_tag(canvas, pane, theme.up if values[-1] >= values[0] else theme.down)


def _draw_fall(canvas: Canvas, equity: Equity, pane: Pane, x: Floats, fall: Floats) -> None:
    theme, y = THEMES[equity.theme], pane.scale.y(fall)
    with canvas.within(pane.room):
        canvas.polygon(_closed(x, y, pane.scale.y_of(0.0)), theme.down, SHADE)
        canvas.line(np.column_stack([x, y]), Pen(theme.down, 1.2))
        canvas.text(12, pane.room.top + 13, "Drawdown", Face(theme.muted, NORMAL))
    _draw_tag(canvas, pane, theme.down)


def _closed(x: Floats, y: Floats, base: float) -> Floats:
    ends = np.array([[x[-1], base], [x[0], base]])
    return np.concatenate([np.column_stack([x, y]), ends])


def _draw_tag(canvas: Canvas, pane: Pane, colour: str) -> None:
    canvas.fill(Rect(pane.room.right + 1, pane.tag - 8, canvas.width, pane.tag + 9), colour)
    canvas.text(pane.room.right + 9, pane.tag, pane.written(pane.last), Face(ink_on(colour), NORMAL))


def _draw_borders(
    canvas: Canvas, equity: Equity, panes: tuple[Pane, Pane], axis: tuple[NDArray[np.int64], BarScale]
) -> None:
    """A dashed line at each border, its words at the right of it, one row lower where two would meet."""
    theme, (times, bars) = THEMES[equity.theme], axis
    room, end, row = panes[0].room, 0.0, 0
    for time, words in sorted(equity.borders):
        x = int(bars.x_of(float(np.searchsorted(times, time)))) + 0.5
        if not 0 <= x < room.right:
            continue
        canvas.line(np.array([[x, LEGEND], [x, panes[1].room.bottom]]), Pen(theme.muted, dashes=(4, 4)))
        text = fitted(plain(words), SMALL, room.right - x - 10)
        row = row + 1 if x < end else 0
        width, y = width_of(text, SMALL, bold=False), room.bottom - 12 - 14 * row
        canvas.fill(Rect(x + 2, y - 7, x + 8 + width, y + 7), theme.background, 0.7)
        canvas.text(x + 5, y, text, Face(theme.text, SMALL))
        end = max(end, x + 10 + width)


def _draw_legend(
    canvas: Canvas, equity: Equity, panes: tuple[Pane, Pane], columns: tuple[NDArray[np.int64], Floats, Floats]
) -> None:
    theme, (times, values, fall) = THEMES[equity.theme], columns
    room = panes[0].room.width - 24
    title = fitted(plain(equity.title), LARGE, room * 0.7, bold=True)
    canvas.text(12, 18, title, Face(theme.text, LARGE, bold=True))
    x = 12 + width_of(title, LARGE, bold=True) + 14
    change = float(values[-1] - values[0])
    colour = theme.up if change >= 0 else theme.down
    part = f" ({percent(change / values[0])})" if values[0] > 0 else ""
    sign = "" if change < 0 else "+"
    canvas.text(x, 18, f"{sign}{panes[0].written(change)}{part}", Face(colour, NORMAL))
    worst = f"max drawdown {written(float(fall.min()), 1)}%"
    span = " \u2013 ".join(date_of(int(time), daily=True) for time in times[[0, -1]])
    facts = [worst, *(f"{plain(name)} {plain(value)}" for name, value in equity.facts)]
    rows = (plain(equity.subtitle), theme.text), (" \u00b7 ".join([span, *facts]), theme.muted)
    for number, (text, ink) in enumerate((row for row in rows if row[0]), start=1):
        canvas.text(12, 18 + 18 * number, fitted(text, NORMAL, room), Face(ink, NORMAL))
