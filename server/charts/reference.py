"""The reference: the same scene as plain ``mplfinance.plot`` draws it, for the likeness test and the benchmark.

mplfinance needs pandas and pyplot, so both are imported here only, when a reference is asked for.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from server.charts.themes import THEMES

if TYPE_CHECKING:
    from server.charts.elements import Places, Scene, Stroke
    from server.charts.themes import Theme

DPI = 100


def mplfinance_reference(scene: Scene, *, width: int = 1200, height: int = 675) -> bytes:
    """Candles, volume, lines and areas of a scene as one call of ``mplfinance.plot``, in the theme's colours; a PNG."""
    picture = io.BytesIO()
    plot(scene, (width, height), savefig={"fname": picture, "format": "png", "dpi": DPI}, closefig=True)
    return picture.getvalue()


def plot(scene: Scene, size: tuple[int, int], **options: Any) -> Any:
    """What ``mplfinance.plot`` gives for a scene of ``size`` pixels; matplotlib's settings stay as they were."""
    import matplotlib as mpl  # noqa: PLC0415 (see above)
    import mplfinance as mpf  # noqa: PLC0415

    mpl.use("Agg")
    with mpl.rc_context({"figure.dpi": DPI}):
        return mpf.plot(
            _frame(scene),
            type="candle",
            volume=True,
            style=_style(mpf, THEMES[scene.theme]),
            figsize=(size[0] / DPI, size[1] / DPI),
            **_drawings(scene),
            **options,
        )


def _frame(scene: Scene) -> Any:
    import pandas as pd  # noqa: PLC0415

    time, *columns = scene.bars.columns()
    names = ("Open", "High", "Low", "Close", "Volume")
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=pd.to_datetime(time, unit="s"))


def _style(mpf: Any, theme: Theme) -> Any:
    colours = mpf.make_marketcolors(up=theme.up, down=theme.down, inherit=True)
    frame = {"axes.labelcolor": theme.text, "xtick.color": theme.text, "ytick.color": theme.text}
    return mpf.make_mpf_style(
        base_mpf_style="tradingview",
        marketcolors=colours,
        facecolor=theme.background,
        figcolor=theme.background,
        edgecolor=theme.border,
        gridcolor=theme.grid,
        rc=frame,
    )


def _drawings(scene: Scene) -> dict[str, Any]:
    """Lines as ``alines``, areas as ``fill_between``, cut to the bars: mplfinance knows no others."""
    drawings: dict[str, Any] = {}
    lines = [(stroke, line) for stroke in scene.strokes if len(line := _on_bars(scene, stroke.places)) > 1]
    if lines:
        drawings["alines"] = {
            "alines": [_dated(scene, line) for _, line in lines],
            "colors": [stroke.colour for stroke, _ in lines],
            "linestyle": [_dash(stroke) for stroke, _ in lines],
            "linewidths": [stroke.width for stroke, _ in lines],
        }
    if scene.areas:
        drawings["fill_between"] = [
            {
                "y1": _column(scene, area.one),
                "y2": _column(scene, area.two),
                "color": area.colour,
                "alpha": area.opacity,
            }
            for area in scene.areas
        ]
    return drawings


def _dash(stroke: Stroke) -> str:
    return "--" if stroke.dashed else "-"


def _column(scene: Scene, places: Places) -> Any:
    """The line's price on each bar, NaN beyond its ends."""
    table = np.array(places)
    index = np.arange(len(scene.bars))
    return np.interp(index, table[:, 0], table[:, 1], left=np.nan, right=np.nan)


def _on_bars(scene: Scene, places: Places) -> list[tuple[int, float]]:
    column = _column(scene, places)
    inside = np.flatnonzero(np.isfinite(column))
    ends = sorted({int(inside[0]), int(inside[-1])}) if len(inside) else []
    return [(at, float(column[at])) for at in ends]


def _dated(scene: Scene, line: list[tuple[int, float]]) -> list[tuple[Any, float]]:
    import pandas as pd  # noqa: PLC0415

    return [(pd.Timestamp(int(scene.bars.time[at]), unit="s"), price) for at, price in line]
