"""The two looks: TradingView's dark and light colours."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

ThemeName = Literal["dark", "light"]


class Theme(Struct, frozen=True):
    """Colours as ``#rrggbb``; ``palette`` is what drawings take in turn."""

    background: str
    grid: str
    border: str
    text: str
    muted: str
    warning: str
    up: str
    down: str
    buy: str
    sell: str
    palette: tuple[str, ...]


DARK = Theme(
    background="#131722",
    grid="#1e222d",
    border="#2a2e39",
    text="#d1d4dc",
    muted="#868b98",
    warning="#ffb74d",
    up="#089981",
    down="#f23645",
    buy="#3b8cff",
    sell="#e040fb",
    palette=("#4f8dff", "#ff9800", "#ba68c8", "#26c6da", "#ffd54f", "#f06292", "#9ccc65", "#a1887f"),
)
LIGHT = Theme(
    background="#ffffff",
    grid="#eef0f4",
    border="#e0e3eb",
    text="#131722",
    muted="#6a6d78",
    warning="#b26a00",
    up="#089981",
    down="#f23645",
    buy="#2962ff",
    sell="#aa00ff",
    palette=("#2962ff", "#e65100", "#8e24aa", "#00838f", "#9e7700", "#c2185b", "#558b2f", "#6d4c41"),
)
THEMES: dict[ThemeName, Theme] = {"dark": DARK, "light": LIGHT}

_HEX = re.compile(r"#([0-9a-fA-F]{6})$")
_RGBA = re.compile(r"rgba?\( *(\d{1,3}) *, *(\d{1,3}) *, *(\d{1,3}) *(?:, *[0-9.]{1,12} *)?\)$")


def components(colour: str) -> tuple[float, float, float]:
    """Red, green and blue of ``#rrggbb``, each 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def drawn_colour(written: str, theme: Theme) -> str | None:
    """A drawing's own colour (``#RRGGBB`` or ``rgba(r, g, b, a)``) as ``#rrggbb``.

    None where it is written otherwise, or would not be seen on the theme's background.
    """
    if match := _HEX.match(written.strip()):
        colour = f"#{match[1].lower()}"
    elif match := _RGBA.match(written.strip()):
        channels = [int(channel) for channel in match.groups()]
        if max(channels) > 255:
            return None
        colour = "#" + "".join(f"{channel:02x}" for channel in channels)
    else:
        return None
    return colour if _contrast(colour, theme.background) >= 2 else None


def ink_on(colour: str) -> str:
    """White or near-black, whichever reads better on a colour."""
    return "#ffffff" if _contrast(colour, "#ffffff") >= 2.2 else "#131722"


def _contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21. Source: WCAG 2.2, contrast ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in components(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
