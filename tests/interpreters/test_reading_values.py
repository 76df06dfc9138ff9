"""Promises about the small pieces of reading: tools, intervals, numbers, times, bars."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.drawing import ExportBars
from interpreters.reading.bars import read_bars
from interpreters.reading.intervals import normal_interval
from interpreters.reading.values import moment, name, number, whole
from interpreters.tools import LEAST_POINTS, TOOLS, api_name, is_drawing, is_known

REGISTRY = Path(__file__).parents[3] / "shared" / "facts" / "line-tools.csv"

# --- tools --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "api"),
    [
        ("LineToolTrendLine", "trend_line"),
        ("LineToolGannSquare", "gannbox"),
        ("LineToolGannComplex", "gannbox_square"),
        ("LineToolSchiffPitchfork2", "schiff_pitchfork"),
        ("LineToolSchiffPitchfork", "schiff_pitchfork_modified"),
        ("LineToolRiskRewardShort", "short_position"),
        ("LineToolVbPFixed", "fixed_range_volume_profile"),
        ("LineToolElliottMinorRetr", "elliott_correction"),
        ("trend_infoline", "info_line"),
        ("trend_line", "trend_line"),
        ("LineToolNewcomer", "LineToolNewcomer"),
    ],
)
def test_a_saved_type_has_its_api_name(written: str, api: str) -> None:
    assert api_name(written) == api


def test_the_table_of_tools_has_no_name_twice() -> None:
    assert len({api for api, _, _ in TOOLS}) == len({kind for _, kind, _ in TOOLS}) == len(LEAST_POINTS) == len(TOOLS)
    assert all(is_drawing(kind) and is_known(kind) and is_known(api) for api, kind, _ in TOOLS)


def test_series_studies_and_trading_objects_are_no_drawings() -> None:
    kinds = ["MainSeries", "Study", "study_Volume", "LineToolOrder", "LineToolPosition", "LineToolExecution", None, 5]
    assert [kind for kind in kinds if is_drawing(kind)] == []


@pytest.mark.skipif(not REGISTRY.exists(), reason="the registry of line tools is not beside the repository")
def test_the_table_names_every_tool_of_the_registry() -> None:
    lines = [line.split(", ") for line in REGISTRY.read_text().splitlines() if not line.startswith(("#", "-"))]
    assert {(api, kind) for api, kind, _ in TOOLS} == {(line[0], line[1]) for line in lines}


# --- values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("5", "5"), ("60", "60"), (240, "240"), ("D", "1D"), ("1D", "1D"), ("W", "1W"), ("M", "1M"), ("3M", "3M"),
        ("1m", "1"), ("15m", "15"), ("4H", "240"), ("1h", "60"), ("1d", "1D"), ("12M", "12M"), ("Y", "12M"),
        ("10S", "10S"), ("1T", "1T"), ("100R", "100R"), ("05", "5"), (" 5 ", "5"), ("S", "1S"), ("1440", "1440"),
        ("", None), (" ", None), ("0", None), (0, None), (-5, None), (True, None), (None, None), ("x", None),
        ("1Q", None), ("5 minutes", None), ("1" * 20, None), (5.0, None), ([], None),
    ],
)  # fmt: skip
def test_intervals_have_one_spelling(written: object, normal: str | None) -> None:
    assert normal_interval(written) == normal


@given(st.integers(1, 99_999), st.sampled_from(["", "S", "D", "W", "M", "T", "R"]))
def test_a_normal_interval_stays_as_it_is(count: int, unit: str) -> None:
    assert normal_interval(f"{count}{unit}") == f"{count}{unit}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (1, 1.0), (1.5, 1.5), ("1.5", 1.5), (" 2 ", 2.0), ("1e3", 1000.0), (True, None), (None, None), ("", None),
        ("1_0", None), ("NaN", None), (float("inf"), None), (10**400, None), ({}, None), ("9" * 50, None),
    ],
)  # fmt: skip
def test_a_number_is_finite_and_no_boolean(written: object, read: float | None) -> None:
    assert number(written) == read


def test_whole_numbers_and_names() -> None:
    assert [whole(value) for value in (2, 2.0, "2", 2.5, True, None)] == [2, 2, 2, None, None, None]
    assert [name(value) for value in ("a", 7, True, " ", None, 10**30)] == ["a", "7", None, None, None, None]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (1_700_000_000, 1_700_000_000), (1_700_000_000_123, 1_700_000_000), ("1700000000", 1_700_000_000), (-5, -5),
        (1.5, 1), (0, 0), ("2023-11-14T22:13:20Z", 1_700_000_000), ("2023-11-14T22:13:20", 1_700_000_000),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000), (1e300, None), ("soon", None), (None, None), (True, None),
    ],
)  # fmt: skip
def test_a_time_becomes_unix_seconds(written: object, seconds: int | None) -> None:
    assert moment(written, Counter()) == seconds


# --- bars ---------------------------------------------------------------------------------------------------------

BARS = ExportBars((60, 120), (1.0, 2.0), (3.0, 3.0), (0.5, 1.0), (2.0, 2.5), (7.0, 8.0), "1")
SERIES = [{"type": "value", "sourceType": "series", "plotTitle": title} for title in ("open", "high", "low", "close")]
SCHEMA = [
    {"type": "time"}, {"type": "value", "sourceType": "study", "plotTitle": "Close"}, {"type": "userTime"}, *SERIES,
    {"type": "value", "sourceType": "study", "plotTitle": "Volume"}, 5,
]  # fmt: skip


def ways_to_write_bars() -> list[Any]:
    rows = [[60, 1, 3, 0.5, 2, 7], [120, 2, 3, 1, 2.5, 8]]
    names = ("time", "open", "high", "low", "close", "volume")
    exported = [[time, 99, "", *prices, volume, 0] for time, *prices, volume in rows]
    return [
        rows,
        rows[::-1],
        [[float(time), *map(str, rest)] for time, *rest in rows],
        [dict(zip(names, row, strict=True)) for row in rows],
        [dict(zip("tohlcv", row, strict=True)) for row in rows],
        dict(zip("tohlcv", map(list, zip(*rows, strict=True)), strict=True)),
        {"bars": rows},
        {"data": [{"index": at, "value": row} for at, row in enumerate(rows)]},
        {"schema": SCHEMA, "data": exported},
        {"schema": SCHEMA, "data": [{str(at): cell for at, cell in enumerate(row)} for row in exported]},
        {"schema": list(names), "data": rows},
    ]


@pytest.mark.parametrize("written", ways_to_write_bars())
def test_bars_read_the_same_however_they_are_written(written: Any) -> None:
    notes: Counter[str] = Counter()
    assert read_bars(written, "1", notes) == BARS
    assert notes == {}


@pytest.mark.parametrize(
    ("written", "bars", "note"),
    [
        ([[60, 1, 3, 0.5, 2], [120]], ((60,), (2.0,), (0.0,)), "a bar without a time or a close was left out"),
        ([{"t": 60, "c": 2, "v": 7}], ((60,), (2.0,), (7.0,)), "the close stands in its place"),
        ({"t": [60], "c": [2], "o": 5}, ((60,), (2.0,), (0.0,)), "the bars carry no volume"),
        ([[60, 1, 3, 0.5, 2, 7], [60, 1, 3, 0.5, 2, 7]], None, "two of them have the same time"),
        ({"c": [1]}, None, "could not be read"),
        ([5, None], None, "a bar without a time"),
        ({"schema": SCHEMA, "data": 5}, None, "could not be read"),
    ],
)
def test_bars_with_faults_are_repaired_or_left_out_and_it_is_noted(written: Any, bars: Any, note: str) -> None:
    notes: Counter[str] = Counter()
    read = read_bars(written, None, notes)
    assert (read and (read.time, read.close, read.volume)) == bars
    assert any(note in text for text in notes)


@pytest.mark.parametrize("written", [None, [], {}, "", 0])
def test_no_bars_are_no_fault(written: Any) -> None:
    notes: Counter[str] = Counter()
    assert read_bars(written, None, notes) is None
    assert +notes == {}
