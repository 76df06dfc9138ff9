"""The legend at the top left: market and timeframe, the last bar, the strategy's name; and the note at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.charts.calendar_ticks import date_of
from server.charts.candles import rising
from server.charts.canvas import Face, Rect
from server.charts.layout import LARGE, NORMAL, SMALL, has_volume
from server.charts.lettering import MINUS, fitted, plain, width_of
from server.charts.prices import percent, volume, written
from server.charts.themes import THEMES
from spec.timeframe import spans_days

if TYPE_CHECKING:
    from server.charts.canvas import Canvas
    from server.charts.elements import Scene
    from server.charts.layout import Layout

LEFT, FIRST_ROW, ROW = 12, 18, 18


def draw_legend(canvas: Canvas, scene: Scene, layout: Layout) -> list[Rect]:
    """Draw the rows; gives the rectangles that they cover."""
    theme, room = THEMES[scene.theme], layout.pane.width - 2 * LEFT
    title = fitted(plain(scene.title), LARGE, room * 0.6, bold=True)
    canvas.text(LEFT, FIRST_ROW, title, Face(theme.text, LARGE, bold=True))
    end = LEFT + width_of(title, LARGE, bold=True)
    ends = [_draw_runs(canvas, _last_bar(scene, layout), end + 14, layout)]
    name = fitted(plain(scene.subtitle), NORMAL, room * 0.6)
    rows = [[(name, theme.text)]] if name else []
    rows.append([(text, theme.muted) for text in _facts(scene)])
    for number, row in enumerate(rows, start=1):
        for_row = [(text, colour) for text, colour in row]
        ends.append(_draw_runs(canvas, for_row, LEFT, layout, FIRST_ROW + number * ROW))
    return [Rect(0, at * ROW, end + 4, at * ROW + ROW + 9) for at, end in enumerate(ends)]


def _draw_runs(canvas: Canvas, runs: list[tuple[str, str]], x: float, layout: Layout, y: float = FIRST_ROW) -> float:
    """Runs of text one after another while there is room; gives where they end."""
    for text, colour in runs:
        end = x + width_of(text, NORMAL, bold=False)
        if end > layout.pane.right - LEFT:
            break
        canvas.text(x, y, text, Face(colour, NORMAL))
        x = end + (8 if colour == runs[-1][1] else 2)
    return x


def _last_bar(scene: Scene, layout: Layout) -> list[tuple[str, str]]:
    """Open, high, low, close and the change from the close before, as TradingView's legend gives them."""
    theme, bars = THEMES[scene.theme], scene.bars
    colour = theme.up if rising(bars)[-1] else theme.down
    runs: list[tuple[str, str]] = []
    for letter, column in zip("OHLC", bars.columns()[1:5], strict=True):
        runs += [(letter, theme.text), (written(float(column[-1]), layout.decimals), colour)]
    if len(bars) > 1:
        before, last = (float(price) for price in bars.close[-2:])
        change = written(last - before, layout.decimals)
        sign = "" if change.startswith(MINUS) else "+"
        part = f" ({percent((last - before) / abs(before))})" if before else ""
        runs.append((f"{sign}{change}{part}", colour))
    return runs


def _facts(scene: Scene) -> list[str]:
    bars = scene.bars
    facts = [date_of(int(bars.time[-1]), daily=spans_days(bars.timeframe))]
    return [*facts, f"Vol {volume(float(bars.volume[-1]))}"] if has_volume(scene) else facts


def draw_note(canvas: Canvas, note: str, scene: Scene, layout: Layout) -> list[Rect]:
    """One small line at the foot of the pane; gives the rectangle that it covers."""
    text = fitted(plain(note), SMALL, layout.pane.width - 2 * LEFT)
    if not text:
        return []
    theme, bottom = THEMES[scene.theme], layout.pane.bottom - 6
    place = Rect(LEFT - 6, bottom - 16, LEFT + width_of(text, SMALL, bold=False) + 6, bottom)
    canvas.fill(place, theme.background, 0.8)
    canvas.text(LEFT, bottom - 8, text, Face(theme.warning, SMALL))
    return [place]
