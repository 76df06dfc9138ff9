"""Why a tool is left out: every tool that is not read has its reason."""

from __future__ import annotations

REASONS: dict[str, tuple[str, ...]] = {
    "it marks a time, not a price": (
        "vertical_line", "date_range", "fib_timezone", "fib_trend_time", "cyclic_lines", "time_cycles", "sine_line",
    ),
    "it is text or a mark, not a line, level or zone": (
        "text", "anchored_text", "note", "text_note", "anchored_note", "signpost", "callout", "balloon", "comment",
        "arrow_up", "arrow_down", "arrow_left", "arrow_right", "arrow_marker", "price_label", "price_note", "flag",
        "image", "table", "icon", "emoji", "sticker", "tweet", "idea",
    ),
    "it is drawn freehand": ("brush", "highlighter"),
    "its shape depends on the size of the screen, so it has no exact price": (
        "circle", "ellipse", "triangle", "rotated_rectangle", "arc", "curve", "double_curve", "gannbox",
        "gannbox_fixed", "gannbox_square", "gannbox_fan", "fib_circles", "fib_spiral", "fib_speed_resist_arcs",
        "fib_speed_resist_fan", "fib_wedge",
    ),
    "it is computed from bars that the export does not carry": (
        "regression_trend", "anchored_vwap", "fixed_range_volume_profile", "anchored_volume_profile",
    ),
    "it is a projection, not a line that price can meet": (
        "forecast", "bars_pattern", "ghost_feed", "projection",
    ),
}  # fmt: skip
OTHER = "this kind of drawing is not read yet"

_REASON_OF = {tool: reason for reason, tools in REASONS.items() for tool in tools}


def reason_for(tool: str) -> str:
    """The phrase that stands in the report beside a drawing of this tool."""
    return _REASON_OF.get(tool, OTHER)
