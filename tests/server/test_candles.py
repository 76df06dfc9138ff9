"""Candle files: what is accepted in which spelling, what is refused, and that the refusal names the row."""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from server.candles import BadCandles, parse_time, read_candles

if TYPE_CHECKING:
    from pathlib import Path

    from spec.bars import Bars

NAMES = ["time", "open", "high", "low", "close", "volume"]
HEADER = ",".join(NAMES)
START = 1_516_969_500  # 2018-01-26 12:25 UTC
TIMES = [START + 300 * at for at in range(5)]
PRICES = [[1.0 + at, 2.0 + at, 0.5 + at, 1.5 + at, 10.0] for at in range(5)]
ROWS: list[list[Any]] = [[time, *prices] for time, prices in zip(TIMES, PRICES, strict=True)]
MOMENTS = [datetime.fromtimestamp(time, tz=UTC) for time in TIMES]


def csv_of(rows: list[list[Any]], header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{line}{end}" for line in [header, *(",".join(map(str, row)) for row in rows)]).encode()


def with_times(times: list[Any]) -> list[list[Any]]:
    return [[time, *prices] for time, prices in zip(times, PRICES, strict=True)]


def changed(row: int, column: str, value: Any) -> list[list[Any]]:
    rows = [list(one) for one in ROWS]
    rows[row][NAMES.index(column)] = value
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, content: bytes, name: str = "candles.csv") -> Bars:
    path = folder / name
    path.write_bytes(content)
    return read_candles(path)


def read_table(folder: Path, columns: list[Any], names: list[str] = NAMES) -> Bars:
    path = folder / "candles.parquet"
    parquet.write_table(pa.table(columns, names=names), path)
    return read_candles(path)


def refusal(folder: Path, content: bytes, name: str = "candles.csv") -> str:
    with pytest.raises(BadCandles) as refused:
        read(folder, content, name)
    return str(refused.value)


def lines_of_refusal(folder: Path, content: bytes, name: str) -> int:
    """How many lines a refusal has; 1 for candles that were read."""
    try:
        read(folder, content, name)
    except BadCandles as refused:
        return len(str(refused).splitlines())
    return 1


def listed(bars: Bars) -> tuple[str, list[list[float]]]:
    return bars.timeframe, [list(row) for row in zip(*(column.tolist() for column in bars.columns()), strict=True)]


THE_CANDLES = ("5m", ROWS)


class TestCsv:
    @pytest.mark.parametrize(
        "times",
        [
            TIMES,
            [time * 1000 for time in TIMES],
            [f"{time}.0" for time in TIMES],
            [f"{time}.75" for time in TIMES],
            [f" {time} " for time in TIMES],
            [moment.isoformat() for moment in MOMENTS],
            [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in MOMENTS],
            [f"{moment:%Y-%m-%d %H:%M}" for moment in MOMENTS],
            [(moment.astimezone(tz=None)).isoformat() for moment in MOMENTS],
            [f"{moment + timedelta(hours=5, minutes=30):%Y-%m-%dT%H:%M:%S}+05:30" for moment in MOMENTS],
            [f"{moment:%Y-%m-%dT%H:%M:%S}.250" for moment in MOMENTS],
        ],
        ids=["s", "ms", "float", "fraction", "spaces", "iso", "Z", "minutes", "local", "offset", "iso-fraction"],
    )
    def test_times_are_seconds_milliseconds_or_iso_8601_and_utc_without_an_offset(
        self, folder: Path, times: list[Any]
    ) -> None:
        assert listed(read(folder, csv_of(with_times(times)))) == THE_CANDLES

    @pytest.mark.parametrize(
        "content",
        [
            csv_of(ROWS, end="\r\n"),
            csv_of(ROWS, end="\r"),
            csv_of(ROWS, end="\n\n"),
            b"\n\n" + csv_of(ROWS),
            b"\xef\xbb\xbf" + csv_of(ROWS),
            csv_of(ROWS)[:-1],
            csv_of(ROWS, header="Time,OPEN, High ,low,Close,Volume"),
            csv_of(ROWS, header='"time","open","high","low","close","volume"'),
            csv_of([[f'"{cell}"' for cell in row] for row in ROWS]),
            csv_of([row[::-1] for row in ROWS], header=",".join(NAMES[::-1])),
            csv_of([["x", *row, f'"a, {row[0]}"'] for row in ROWS], header=f"id,{HEADER},note"),
            csv_of([[row[0], *(f"{cell:e}" for cell in row[1:])] for row in ROWS]),
        ],
        ids=["CRLF", "CR", "blank", "lead", "BOM", "no-end", "case", "quoted-names", "quoted", "order", "more", "1e0"],
    )
    def test_line_ends_case_order_quotes_and_further_columns_do_not_matter(self, folder: Path, content: bytes) -> None:
        assert listed(read(folder, content)) == THE_CANDLES

    def test_a_further_column_may_change_its_kind_deep_in_a_large_file(self, folder: Path) -> None:
        rows = [[300 * at, 1.0, 1.0, 1.0, 1.0, 1.0, at if at < 60_000 else "x"] for at in range(61_000)]
        assert len(read(folder, csv_of(rows, header=f"{HEADER},note"))) == 61_000

    def test_a_pipe_is_read_once(self, folder: Path) -> None:
        pipe = folder / "candles"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(csv_of(ROWS),))
        writer.start()
        assert listed(read_candles(pipe)) == THE_CANDLES
        writer.join()

    @pytest.mark.parametrize(
        ("column", "value", "words"),
        [
            ("time", "soon", "'soon' is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z"),
            ("time", "", "the time is missing; fix or remove that row"),
            ("time", "NaN", "the time is missing; fix or remove that row"),
            ("time", "inf", "'inf' is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z"),
            ("time", 10**18, f"'{10**18}' is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z"),
            ("open", "1,5", "has 7 values where the header has 6; fix that row"),
            ("open", '"1,5"', "the open '1,5' is no finite number; fix or remove that row"),
            ("high", "", "the high is missing; fix or remove that row"),
            ("low", "nan", "the low is missing; fix or remove that row"),
            ("close", "-inf", "the close '-inf' is no finite number; fix or remove that row"),
            ("close", "1e999", "the close '1e999' is no finite number; fix or remove that row"),
            ("close", "true", "the close 'true' is no finite number; fix or remove that row"),
            ("close", "2018-01-26", "the close '2018-01-26' is no finite number; fix or remove that row"),
            ("volume", "9" * 50 + "x", f"the volume '{'9' * 40}' is no finite number; fix or remove that row"),
        ],
    )
    def test_the_refusal_names_the_line_of_the_file(self, folder: Path, column: str, value: Any, words: str) -> None:
        plain, blank = csv_of(changed(2, column, value)), csv_of(changed(2, column, value), end="\n\n")
        colon = "" if words.startswith("has") else ":"
        assert refusal(folder, plain) == f"candles.csv, row 4{colon} {words}"
        assert refusal(folder, blank) == f"candles.csv, row 7{colon} {words}"

    def test_the_first_of_several_wrong_rows_is_named(self, folder: Path) -> None:
        rows = changed(1, "time", "x")
        rows[0][5] = "y"
        assert refusal(folder, csv_of(rows)) == (
            "candles.csv, row 2: the volume 'y' is no finite number; fix or remove that row"
        )

    def test_a_row_that_stops_short_is_named(self, folder: Path) -> None:
        said = "candles.csv, row 7 has 1 value where the header has 6; fix that row"
        assert refusal(folder, csv_of(ROWS) + b"1516971000") == said

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (csv_of(ROWS, header="time,open,high,low,close"), " has no column volume; its header must be " + HEADER),
            (csv_of(ROWS, header="t,o,h,l,c,v"), f" has no column {', '.join(NAMES)}; its header must be {HEADER}"),
            (csv_of(ROWS, header="time,open,high,low,close,Close"), " has the column close twice; remove one of them"),
            (csv_of([row[:5] for row in ROWS]), ", row 2 has 5 values where the header has 6; fix that row"),
            (b"", f" has no column {', '.join(NAMES)}; its header must be {HEADER}"),
            (b"\n \n", f" has no column {', '.join(NAMES)}; its header must be {HEADER}"),
            (HEADER.encode(), " holds no candles; give a file with at least two rows"),
            (HEADER.encode() + b"\n\n", ": it holds no candles; give a file with at least two rows"),
            (csv_of(ROWS[:1]), ": one candle has no timeframe; give at least two rows with different times"),
            (csv_of([ROWS[0]] * 2), ": all 2 candles have the time 2018-01-26 12:25 UTC; give each its own"),
            (b"[" * 5_000_000, f" has no column {', '.join(NAMES)}; its header must be {HEADER}"),
            (csv_of(ROWS).decode().encode("utf-16"), f" has no column {', '.join(NAMES)}; its header must be {HEADER}"),
        ],
    )
    def test_a_file_that_holds_no_candles_is_refused(self, folder: Path, content: bytes, words: str) -> None:
        assert refusal(folder, content) == "candles.csv" + words


class TestRows:
    def test_rows_out_of_order_are_refused(self, folder: Path) -> None:
        said = "candles.csv: the candles are not in time order at 2018-01-26 12:40 UTC; sort the file by time"
        assert refusal(folder, csv_of(ROWS[::-1])) == said

    @pytest.mark.parametrize("rows", [[*ROWS, ROWS[2]], [*ROWS[:3], ROWS[2], *ROWS[3:]]])
    def test_two_rows_of_one_time_are_refused(self, folder: Path, rows: list[list[Any]]) -> None:
        said = "candles.csv: two candles have the same time 2018-01-26 12:35 UTC; remove one of them"
        assert refusal(folder, csv_of(rows)) == said

    @pytest.mark.parametrize(("column", "value"), [("high", 3.4), ("low", 3.1), ("open", -5), ("close", 99)])
    def test_high_and_low_have_to_hold_open_and_close(self, folder: Path, column: str, value: float) -> None:
        said = (
            "the candle at 2018-01-26 12:35 UTC has a high or low that does not hold its open and close; fix that row"
        )
        assert refusal(folder, csv_of(changed(2, column, value))) == f"candles.csv: {said}"

    @pytest.mark.parametrize(
        ("column", "value"), [("volume", -1), ("volume", 1e30), ("low", -1e20), ("low", 1e-30), ("high", 1e300)]
    )
    def test_what_no_market_has_is_refused(self, folder: Path, column: str, value: float) -> None:
        said = f"candles.csv: the {column} {value:g} of the candle at 2018-01-26 12:35 UTC is that of no market"
        assert refusal(folder, csv_of(changed(2, column, value))) == f"{said}; fix that row"

    def test_a_price_may_be_below_zero_as_that_of_oil_was(self, folder: Path) -> None:
        rows = [[row[0], -4.0, -3.0, -37.63, -5.0, 7.0] for row in ROWS]
        assert listed(read(folder, csv_of(rows))) == ("5m", rows)

    def test_a_hole_is_an_interval_that_was_not_reported(self, folder: Path) -> None:
        rows = [ROWS[0], ROWS[3], ROWS[4]]
        assert listed(read(folder, csv_of(rows))) == ("5m", rows)


class TestTimeframe:
    @pytest.mark.parametrize(
        ("step", "timeframe"),
        [
            (1, "1s"),
            (30, "30s"),
            (60, "1m"),
            (90, "90s"),
            (300, "5m"),
            (3_600, "1h"),
            (14_400, "4h"),
            (86_400, "1d"),
            (259_200, "3d"),
            (604_800, "1w"),
        ],
    )
    def test_it_is_the_smallest_step(self, folder: Path, step: int, timeframe: str) -> None:
        rows = [[at * step, *PRICES[0]] for at in (0, 7, 8, 30)]
        assert read(folder, csv_of(rows)).timeframe == timeframe

    @pytest.mark.parametrize(("months", "timeframe"), [(1, "1M"), (2, "2M"), (3, "3M"), (12, "12M")])
    @pytest.mark.parametrize("year", [2016, 2017])
    def test_months_have_28_to_31_days(self, folder: Path, year: int, months: int, timeframe: str) -> None:
        opens = [date(year + at // 12, at % 12 + 1, 1) for at in range(0, 37, months)]
        assert read(folder, csv_of([[day, *PRICES[0]] for day in opens])).timeframe == timeframe

    def test_days_without_weekends_are_days(self, folder: Path) -> None:
        days = [date(2018, 1, 1) + timedelta(days=at) for at in range(14)]
        rows = [[day, *PRICES[0]] for day in days if day.weekday() < 5]
        bars = read(folder, csv_of(rows))
        assert (bars.timeframe, len(bars)) == ("1d", 10)

    def test_a_step_that_is_no_timeframe_is_refused(self, folder: Path) -> None:
        rows = [[at * 10_001, *PRICES[0]] for at in range(3)]
        said = "candles.csv: its smallest step is 10001 seconds, which is no timeframe; give candles of one timeframe"
        assert refusal(folder, csv_of(rows)) == said


class TestParquet:
    COLUMNS = [list(column) for column in zip(*PRICES, strict=True)]  # noqa: RUF012

    @pytest.mark.parametrize(
        "times",
        [
            pa.array(TIMES),
            pa.array(TIMES, pa.uint32()),
            pa.array([time * 1000 for time in TIMES]),
            pa.array([time + 0.5 for time in TIMES]),
            pa.array(MOMENTS, pa.timestamp("s")),
            pa.array(MOMENTS, pa.timestamp("ms", "America/New_York")),
            pa.array(MOMENTS, pa.timestamp("ns", "UTC")),
            pa.array([moment + timedelta(microseconds=1) for moment in MOMENTS], pa.timestamp("us")),
            pa.array([moment.isoformat() for moment in MOMENTS]),
            pa.array([moment.isoformat() for moment in MOMENTS]).dictionary_encode(),
        ],
        ids=["int", "uint", "ms", "float", "t-s", "t-ms-tz", "t-ns", "t-us", "text", "dictionary"],
    )
    def test_times_come_as_numbers_timestamps_or_text(self, folder: Path, times: pa.Array) -> None:
        assert listed(read_table(folder, [times, *self.COLUMNS])) == THE_CANDLES

    def test_times_come_as_dates(self, folder: Path) -> None:
        days = [date(2018, 1, 1) + timedelta(days=at) for at in range(5)]
        bars = read_table(folder, [pa.array(days), *self.COLUMNS])
        assert (bars.timeframe, bars.time[0]) == ("1d", 1_514_764_800)

    @pytest.mark.parametrize("make", [np.float32, np.float64, lambda cell: Decimal(str(cell)), str])
    def test_prices_come_as_any_numbers(self, folder: Path, make: Any) -> None:
        columns = [pa.array([make(cell) for cell in column]) for column in self.COLUMNS]
        assert listed(read_table(folder, [TIMES, *columns])) == THE_CANDLES

    def test_case_order_and_further_columns_do_not_matter(self, folder: Path) -> None:
        columns = [["x"] * 5, *self.COLUMNS[::-1], TIMES]
        names = ["note", *(name.upper() for name in NAMES[::-1])]
        assert listed(read_table(folder, columns, names)) == THE_CANDLES

    def test_it_is_known_by_its_content_too(self, folder: Path) -> None:
        read_table(folder, [TIMES, *self.COLUMNS])
        assert listed(read(folder, (folder / "candles.parquet").read_bytes(), "candles.dat")) == THE_CANDLES

    @pytest.mark.parametrize(
        ("times", "words"),
        [
            (pa.array([*TIMES[:2], None, *TIMES[3:]]), "the time is missing or beyond the year 9999"),
            (pa.array([*MOMENTS[:2], None, *MOMENTS[3:]]), "the time is missing or beyond the year 9999"),
            (pa.array([*TIMES[:2], 10**18, *TIMES[3:]]), "the time is missing or beyond the year 9999"),
        ],
    )
    def test_a_time_that_cannot_be_is_named(self, folder: Path, times: pa.Array, words: str) -> None:
        with pytest.raises(BadCandles) as refused:
            read_table(folder, [times, *self.COLUMNS])
        assert str(refused.value) == f"candles.parquet, row 3: {words}; fix or remove that row"

    @pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
    def test_a_price_that_is_missing_or_not_finite_is_named(self, folder: Path, value: float | None) -> None:
        columns = [*self.COLUMNS[:3], [*self.COLUMNS[3][:4], value], self.COLUMNS[4]]
        with pytest.raises(BadCandles) as refused:
            read_table(folder, [TIMES, *columns])
        said = "candles.parquet, row 5: the close is missing or no finite number; fix or remove that row"
        assert str(refused.value) == said

    @pytest.mark.parametrize(
        "times", [pa.array([[1]] * 5), pa.array([timedelta(1)] * 5), pa.array(TIMES, pa.time64("us"))]
    )
    def test_a_column_of_another_kind_is_refused(self, folder: Path, times: pa.Array) -> None:
        with pytest.raises(BadCandles, match="is no Parquet file that can be read; give CSV or"):
            read_table(folder, [times, *self.COLUMNS])

    def test_a_missing_column_and_no_rows_are_refused(self, folder: Path) -> None:
        with pytest.raises(BadCandles, match=f"has no column volume; its header must be {HEADER}"):
            read_table(folder, [TIMES, *self.COLUMNS[:4]], NAMES[:5])
        with pytest.raises(BadCandles, match="it holds no candles; give a file with at least two rows"):
            read_table(folder, [pa.array([], pa.float64())] * 6)

    @pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1PAR1", csv_of(ROWS)])
    def test_another_file_under_its_name_is_refused(self, folder: Path, content: bytes) -> None:
        said = f"is no Parquet file that can be read; give CSV or Parquet with the columns {HEADER}"
        assert refusal(folder, content, "candles.parquet") == f"candles.parquet {said}"

    @given(at=st.integers(0, 10_000), mask=st.integers(1, 255))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_a_changed_byte_gives_candles_or_one_sentence(self, folder: Path, at: int, mask: int) -> None:
        path = folder / "whole.parquet"
        if not path.exists():
            parquet.write_table(pa.table([TIMES, *self.COLUMNS], names=NAMES), path)
        raw = bytearray(path.read_bytes())
        raw[at % len(raw)] ^= mask
        assert lines_of_refusal(folder, bytes(raw), "changed.parquet") == 1


@pytest.mark.parametrize("path", ["absent.csv", "absent.parquet", "."])
def test_a_file_that_cannot_be_read_is_named(folder: Path, path: str) -> None:
    reason = "Is a directory" if path == "." else "No such file or directory"
    with pytest.raises(BadCandles) as refused:
        read_candles(folder / path)
    assert str(refused.value) == f"{folder / path} cannot be read: {reason}"


@given(rows=st.lists(st.lists(st.sampled_from(["", "1", "-1", "x", "1e400", '"', "\0", "\udcff", "é"]), max_size=8)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_under_the_header_gives_candles_or_one_sentence(folder: Path, rows: list[list[str]]) -> None:
    content = "\n".join([HEADER, *(",".join(row) for row in rows)]).encode(errors="surrogateescape")
    assert lines_of_refusal(folder, content, "candles.csv") == 1


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_every_second_of_the_years_1_to_9999_is_read_back_from_iso_8601(time: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time)
    assert parse_time(moment.isoformat()) == time
    assert parse_time(str(time)) == (time if abs(time) <= 100_000_000_000 else time // 1000)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-inf", "1e300", "2018-13-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z"):
        parse_time(text)
