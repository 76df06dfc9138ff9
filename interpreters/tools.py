"""TradingView's line tools: api name, saved type name, and the least number of points that gives them a shape.

Source: the registry of the Charting Library v28.3 and v29.4 and its public type file. The names are not regular
(``gannbox`` is ``LineToolGannSquare``, ``schiff_pitchfork`` is ``LineToolSchiffPitchfork2``), hence a table.
"""

from __future__ import annotations

# fmt: off
TOOLS: tuple[tuple[str, str, int], ...] = (
    ("brush", "LineToolBrush", 2),
    ("highlighter", "LineToolHighlighter", 2),
    ("text", "LineToolText", 1),
    ("anchored_text", "LineToolTextAbsolute", 0),
    ("note", "LineToolNote", 1),
    ("text_note", "LineToolTextNote", 1),
    ("anchored_note", "LineToolNoteAbsolute", 0),
    ("signpost", "LineToolSignpost", 1),
    ("callout", "LineToolCallout", 2),
    ("balloon", "LineToolBalloon", 1),
    ("comment", "LineToolComment", 1),
    ("arrow_up", "LineToolArrowMarkUp", 1),
    ("arrow_down", "LineToolArrowMarkDown", 1),
    ("arrow_left", "LineToolArrowMarkLeft", 1),
    ("arrow_right", "LineToolArrowMarkRight", 1),
    ("price_label", "LineToolPriceLabel", 1),
    ("price_note", "LineToolPriceNote", 2),
    ("arrow_marker", "LineToolArrowMarker", 2),
    ("flag", "LineToolFlagMark", 1),
    ("image", "LineToolImage", 1),
    ("table", "LineToolTable", 1),
    ("vertical_line", "LineToolVertLine", 1),
    ("horizontal_line", "LineToolHorzLine", 1),
    ("cross_line", "LineToolCrossLine", 1),
    ("horizontal_ray", "LineToolHorzRay", 1),
    ("trend_line", "LineToolTrendLine", 2),
    ("info_line", "LineToolInfoLine", 2),
    ("trend_angle", "LineToolTrendAngle", 2),
    ("arrow", "LineToolArrow", 2),
    ("ray", "LineToolRay", 2),
    ("extended", "LineToolExtended", 2),
    ("parallel_channel", "LineToolParallelChannel", 3),
    ("disjoint_angle", "LineToolDisjointAngle", 3),
    ("flat_bottom", "LineToolFlatBottom", 3),
    ("anchored_vwap", "LineToolAnchoredVWAP", 1),
    ("pitchfork", "LineToolPitchfork", 3),
    ("schiff_pitchfork_modified", "LineToolSchiffPitchfork", 3),
    ("schiff_pitchfork", "LineToolSchiffPitchfork2", 3),
    ("inside_pitchfork", "LineToolInsidePitchfork", 3),
    ("pitchfan", "LineToolPitchfan", 3),
    ("gannbox", "LineToolGannSquare", 2),
    ("gannbox_square", "LineToolGannComplex", 2),
    ("gannbox_fixed", "LineToolGannFixed", 2),
    ("gannbox_fan", "LineToolGannFan", 2),
    ("fib_retracement", "LineToolFibRetracement", 2),
    ("fib_trend_ext", "LineToolTrendBasedFibExtension", 3),
    ("fib_speed_resist_fan", "LineToolFibSpeedResistanceFan", 2),
    ("fib_timezone", "LineToolFibTimeZone", 2),
    ("fib_trend_time", "LineToolTrendBasedFibTime", 3),
    ("fib_circles", "LineToolFibCircles", 2),
    ("fib_spiral", "LineToolFibSpiral", 2),
    ("fib_speed_resist_arcs", "LineToolFibSpeedResistanceArcs", 2),
    ("fib_wedge", "LineToolFibWedge", 3),
    ("fib_channel", "LineToolFibChannel", 3),
    ("xabcd_pattern", "LineTool5PointsPattern", 5),
    ("cypher_pattern", "LineToolCypherPattern", 5),
    ("abcd_pattern", "LineToolABCD", 4),
    ("triangle_pattern", "LineToolTrianglePattern", 4),
    ("3divers_pattern", "LineToolThreeDrivers", 7),
    ("head_and_shoulders", "LineToolHeadAndShoulders", 7),
    ("elliott_impulse_wave", "LineToolElliottImpulse", 6),
    ("elliott_triangle_wave", "LineToolElliottTriangle", 6),
    ("elliott_triple_combo", "LineToolElliottTripleCombo", 6),
    ("elliott_correction", "LineToolElliottCorrection", 4),
    ("elliott_double_combo", "LineToolElliottDoubleCombo", 4),
    ("cyclic_lines", "LineToolCircleLines", 2),
    ("time_cycles", "LineToolTimeCycles", 2),
    ("sine_line", "LineToolSineLine", 2),
    ("long_position", "LineToolRiskRewardLong", 2),
    ("short_position", "LineToolRiskRewardShort", 2),
    ("forecast", "LineToolPrediction", 2),
    ("date_range", "LineToolDateRange", 2),
    ("price_range", "LineToolPriceRange", 2),
    ("date_and_price_range", "LineToolDateAndPriceRange", 2),
    ("ghost_feed", "LineToolGhostFeed", 2),
    ("projection", "LineToolProjection", 3),
    ("rectangle", "LineToolRectangle", 2),
    ("rotated_rectangle", "LineToolRotatedRectangle", 3),
    ("circle", "LineToolCircle", 2),
    ("ellipse", "LineToolEllipse", 3),
    ("triangle", "LineToolTriangle", 3),
    ("polyline", "LineToolPolyline", 2),
    ("path", "LineToolPath", 2),
    ("curve", "LineToolBezierQuadro", 3),
    ("double_curve", "LineToolBezierCubic", 4),
    ("arc", "LineToolArc", 3),
    ("icon", "LineToolIcon", 1),
    ("emoji", "LineToolEmoji", 1),
    ("sticker", "LineToolSticker", 1),
    ("regression_trend", "LineToolRegressionTrend", 2),
    ("fixed_range_volume_profile", "LineToolFixedRangeVolumeProfile", 2),
    ("bars_pattern", "LineToolBarsPattern", 2),
    ("anchored_volume_profile", "LineToolAnchoredVolumeProfile", 1),
    ("tweet", "LineToolTweet", 1),
    ("idea", "LineToolIdea", 1),
)
# fmt: on

# Types of older saves, renamed as the library renames them on loading, and names of older documentation.
LEGACY = {
    "LineToolVbPFixed": "fixed_range_volume_profile",
    "LineToolElliottSubminuette": "elliott_impulse_wave",
    "LineToolElliottMinor": "elliott_impulse_wave",
    "LineToolElliottCircle": "elliott_impulse_wave",
    "LineToolElliottMajor": "elliott_impulse_wave",
    "LineToolElliottMinorRetr": "elliott_correction",
    "LineToolElliottMajorRetr": "elliott_correction",
    "trend_infoline": "info_line",
}

# Trading objects that share the prefix: createOrderLine, createPositionLine, createExecutionShape.
NOT_DRAWINGS = frozenset({"LineToolOrder", "LineToolPosition", "LineToolExecution"})

API_NAMES = {type_name: api for api, type_name, _ in TOOLS} | LEGACY
LEAST_POINTS = {api: points for api, _, points in TOOLS}


def api_name(name: str) -> str:
    """The api name of a saved type or of an older name; any other name comes back as it is."""
    return API_NAMES.get(name, name)


def is_drawing(type_name: object) -> bool:
    """Whether a saved source of this type is a drawing, rather than a study, a series or a trading object."""
    if not isinstance(type_name, str) or type_name in NOT_DRAWINGS:
        return False
    return type_name.startswith("LineTool") or type_name in LEAST_POINTS or type_name in LEGACY


def is_known(name: str) -> bool:
    """Whether the table knows this api name, saved type or older name."""
    return name in LEAST_POINTS or name in API_NAMES
