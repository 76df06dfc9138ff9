"""Real exports of TradingView and of its exporters, where they are at hand; they are not part of the repository."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from interpreters.drawing import Chart, Drawing, Export, Point
from interpreters.reading import ExportUnreadable, read_export

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "exports"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not beside the repository")

APPLE = Chart("AAPL", ("NasdaqNM:AAPL",), "1D", log=False, tick=None)
UNKNOWN = Chart()


def raw(number: str) -> bytes:
    return next(SAMPLES.glob(f"{number}_*")).read_bytes()


def read(number: str) -> Export:
    return read_export(raw(number))


@pytest.mark.parametrize(
    ("number", "form", "chart", "tools"),
    [
        ("01", "F3", APPLE, {"schiff_pitchfork": 1}),
        ("02", "F3", Chart("DAX Index", ("DAX_Index",), "1D", log=False, tick=None), {"gannbox_fan": 1}),
        ("03", "F3", APPLE, {"pitchfork": 1}),
        (
            "07",
            "F2",
            Chart("BINANCE:SOLUSDT", ("SOLUSDT",), "1D", log=False, tick=0.01),
            {"ray": 5, "fib_retracement": 2},
        ),
        ("09", "F5", UNKNOWN, {"rectangle": 1, "trend_line": 1, "path": 1, "table": 1}),
        ("11", "F6", UNKNOWN, {"short_position": 1}),
        ("12", "F1", UNKNOWN, {"horizontal_ray": 2}),
        (
            "13",
            "F1",
            Chart("OANDA:EURUSD", (), "15"),
            {"short_position": 1, "parallel_channel": 1, "trend_line": 1, "fib_retracement": 1},
        ),
    ],
)
def test_every_sample_is_read_as_its_format(number: str, form: str, chart: Chart, tools: dict[str, int]) -> None:
    export = read(number)
    assert (export.format, export.charts) == (form, (chart,))
    assert Counter(drawing.tool for drawing in export.drawings) == tools


def line_tools(value: Any) -> list[dict[str, Any]]:
    """Every object with a line tool's type, anywhere: counted without the reader."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [value] if isinstance(value, dict) and str(value.get("type")).startswith("LineTool") else []
    return own + [tool for entry in inner for tool in line_tools(entry)]


@pytest.mark.parametrize("number", ["04", "07", "09", "11"])
def test_no_drawing_of_a_sample_is_lost(number: str) -> None:
    counted = line_tools(msgspec.json.decode(raw(number)))
    export = read(number)
    assert sorted(drawing.id for drawing in export.drawings) == sorted(tool["id"] for tool in counted)
    assert {drawing.id: drawing.properties for drawing in export.drawings} == {
        tool["id"]: tool["state"] for tool in counted
    }
    assert [len(one.points) for one in export.drawings] == [len(tool["points"]) for tool in counted]


def test_sample_04_holds_drawings_of_32_symbols_and_one_on_an_indicator() -> None:
    export = read("04")
    assert (len(export.drawings), len({drawing.symbol for drawing in export.drawings})) == (44, 32)
    assert [drawing.id for drawing in export.drawings if not drawing.on_main] == ["dF83XT"]
    assert min(point.offset for drawing in export.drawings for point in drawing.points) == -1095
    assert sum(drawing.tool in {"long_position", "short_position"} for drawing in export.drawings) == 21


def test_sample_03_says_that_it_was_repaired() -> None:
    assert "raw line breaks inside strings were removed" in read("03").notes


def by_id(number: str, key: str) -> Drawing:
    return next(drawing for drawing in read(number).drawings if drawing.id == key)


def test_the_fib_of_sample_07_has_one_visible_level() -> None:
    fib = by_id("07", "6YYsrK")
    levels = [value for key, value in fib.properties.items() if key.startswith("level") and key[5:].isdigit()]
    assert len(levels) == 24
    assert [level[0] for level in levels if level[2] is True] == [0.618]
    assert (fib.version, fib.interval, fib.log) == (2, "240", False)


def test_sample_09_keeps_reversed_points_a_future_offset_and_a_group() -> None:
    box, path = by_id("09", "25FuOW"), by_id("09", "5Eg8Ci")
    assert box.points == (Point(1748526300, 13, 7.009, "5"), Point(1748525700, 0, 6.899, "5"))
    assert (path.group, path.interval) == ("4H笔", "240")
    assert by_id("09", "dUMWzJ").text.startswith("3D笔趋势 ")


def test_sample_12_keeps_its_text_and_the_shape_that_was_only_listed() -> None:
    told, listed = read("12").drawings
    assert told.text.startswith("NSE:SWANENERGY-EQ crossing up 870.97")
    assert (listed.id, listed.points) == ("iDt6vE", ())


def test_sample_13_is_read_as_a_whole() -> None:
    export = read("13")
    assert [drawing.id for drawing in export.drawings] == ["R5zDSP", "kazo98", "a", "b"]
    assert export.drawings[1].points[2] == Point(1772582400, 0, None, None)
    assert {(drawing.symbol, drawing.interval) for drawing in export.drawings} == {("OANDA:EURUSD", "15")}


def test_sample_15_is_refused_for_it_holds_alerts() -> None:
    with pytest.raises(ExportUnreadable, match="alerts of TradingView, not drawings"):
        read("15")
