"""Candle files: CSV with a header ``time,open,high,low,close,volume``, or Parquet with the same columns.

Times are UNIX seconds or milliseconds, or ISO 8601 (without an offset: UTC). The timeframe is the smallest step between
rows; a hole is an interval that the exchange did not report. Case, order and further columns do not matter.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from server import candle_rows
from server.candle_steps import timeframe_of_steps
from spec import timeframe as tf
from spec.bars import BadBars, Bars, check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = ("time", "open", "high", "low", "close", "volume")
MILLISECONDS = 100_000_000_000  # seconds reach this in the year 5138
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999
SMALLEST, LARGEST = 1e-18, 1e18  # between them no figure of a backtest leaves the floats


class BadCandles(ValueError):
    """A candle file that cannot be used: one sentence says why."""


class File(NamedTuple):
    """A candle file's name and bytes."""

    name: str
    raw: bytes


def read_candles(path: Path) -> Bars:
    """The candles of a file as bars; raises BadCandles."""
    try:
        file = File(path.name, path.read_bytes())  # read once: it may be a pipe
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise BadCandles(msg) from None
    columns = _parquet(file) if file.raw.startswith(b"PAR1") or _says_parquet(path) else _csv(file)
    try:
        bars = Bars(timeframe_of_steps(columns["time"]), *(columns[name] for name in COLUMNS))
        check(bars)
    except BadBars as error:
        msg = f"{path.name}: {error}"
        raise BadCandles(msg) from None
    for name, column in zip(COLUMNS[1:], bars.columns()[1:], strict=True):
        wrong = np.flatnonzero((column < 0) | (column > LARGEST) if name == "volume" else _beyond_reason(column))
        if len(wrong):
            at = tf.text_of(int(bars.time[wrong[0]]))
            msg = (
                f"{path.name}: the {name} {column[wrong[0]]:g} of the candle at {at} is that of no market; fix that row"
            )
            raise BadCandles(msg)
    return bars


def _beyond_reason(prices: Any) -> Any:
    """Which prices no market has: below 0 (oil) and at 0 (a dead coin) there are some."""
    return (np.abs(prices) > LARGEST) | ((prices != 0) & (np.abs(prices) < SMALLEST))


def _says_parquet(path: Path) -> bool:
    return path.suffix.lower() in {".parquet", ".pq"}


def _parquet(file: File) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415 - a tenth of a second that most commands need not pay
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with parquet.ParquetFile(pa.BufferReader(file.raw)) as opened:
            names = _wanted(file, opened.schema_arrow.names)
            table = opened.read(columns=list(names.values()))
        numbers = {name: _numbers(file, name, table.column(raw)) for name, raw in names.items() if name != "time"}
        return {"time": _parquet_times(file, table.column(names["time"])), **numbers}
    except BadCandles:
        raise
    except (pa.ArrowException, OSError, ValueError):  # pyarrow lets some of Python's own errors through
        msg = f"{file.name} is no Parquet file that can be read; give CSV or Parquet with the columns {_listed()}"
        raise BadCandles(msg) from None


def _parquet_times(file: File, column: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_temporal(column.type):
        whole = column.cast(pa.timestamp("us", tz=getattr(column.type, "tz", None)), safe=False)
        numbers = _values(whole.cast(pa.int64()).cast(pa.float64(), safe=False)) / 1e6
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        numbers = _seconds(_floats(column))
    else:
        return _iso_times(file, column.cast(pa.string()).to_pylist())
    wrong = np.flatnonzero(~_within(numbers))
    if len(wrong):
        msg = f"{file.name}, row {wrong[0] + 1}: the time is missing or beyond the year 9999; fix or remove that row"
        raise BadCandles(msg)
    return np.floor(numbers).astype(np.int64)


def _numbers(file: File, name: str, column: Any) -> Any:
    values = _floats(column)
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        msg = f"{file.name}, row {wrong[0] + 1}: the {name} is missing or no finite number; fix or remove that row"
        raise BadCandles(msg)
    return values


def _floats(column: Any) -> Any:
    """A column of numbers as an array of floats."""
    import pyarrow as pa  # noqa: PLC0415

    whole = column.null_count == 0 and column.type in {pa.float64(), pa.int64()}
    # what pyarrow casts with takes some time to load, and here NumPy casts as well
    return _values(column if whole else column.cast(pa.float64(), safe=False))


def _values(column: Any) -> Any:
    """A column of numbers as an array of floats, what is missing as NaN (to_numpy would load all of pandas for it)."""
    pieces = (piece.fill_null(math.nan) if piece.null_count else piece for piece in column.chunks)
    return np.concatenate([np.empty(0), *map(np.from_dlpack, pieces)])


def _csv(file: File) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

    names = _wanted(file, candle_rows.header(file.raw))
    types = {raw: pa.string() if name == "time" else pa.float64() for name, raw in names.items()}
    convert = csv.ConvertOptions(column_types=types, include_columns=list(types))
    try:
        table = csv.read_csv(pa.BufferReader(file.raw), convert_options=convert)
    except pa.ArrowException:
        raise BadCandles(_wrong_row(file)) from None
    columns = {name: _values(table.column(names[name])) for name in COLUMNS[1:]}
    if not all(np.isfinite(column).all() for column in columns.values()):
        raise BadCandles(_wrong_row(file))
    return {"time": _csv_times(file, table.column(names["time"])), **columns}


def _csv_times(file: File, column: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    try:
        seconds = _seconds(_values(column.cast(pa.float64())))
    except pa.ArrowException:
        try:
            return _iso_times(file, column.to_pylist())
        except BadCandles:
            raise BadCandles(_wrong_row(file)) from None
    if not _within(seconds).all():
        raise BadCandles(_wrong_row(file))
    return np.floor(seconds).astype(np.int64)


def _wrong_row(file: File) -> str:
    return f"{file.name}{candle_rows.what_is_wrong(file.raw, COLUMNS, parse_time)}"


def _wanted(file: File, names: Sequence[str]) -> dict[str, str]:
    """The file's own spelling of each column; raises BadCandles."""
    found: dict[str, str] = {}
    for raw in names:
        name = raw.strip().lower()
        if name in found:
            msg = f"{file.name} has the column {name} twice; remove one of them"
            raise BadCandles(msg)
        if name in COLUMNS:
            found[name] = raw
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        msg = f"{file.name} has no column {', '.join(missing)}; its header must be {_listed()}"
        raise BadCandles(msg)
    return found


def _listed() -> str:
    return ",".join(COLUMNS)


def _seconds(numbers: Any) -> Any:
    """Seconds of numbers that are seconds or, as a whole column, milliseconds."""
    return numbers / 1000 if (numbers > MILLISECONDS).any() else numbers


def _within(seconds: Any) -> Any:
    """Which times lie in the years 1 to 9999; not a number does not."""
    return (seconds >= FIRST) & (seconds <= LAST)


def _iso_times(file: File, texts: Sequence[str | None]) -> Any:
    times = []
    for row, text in enumerate(texts, start=1):
        try:
            times.append(parse_time(text or ""))
        except ValueError as error:
            msg = f"{file.name}, row {row}: {error}"
            raise BadCandles(msg) from None
    return np.array(times, dtype=np.int64)


def parse_time(text: str) -> int:
    """UNIX seconds from UNIX seconds or milliseconds, or ISO 8601 (UTC without an offset); raises ValueError."""
    stripped = text.strip()
    try:
        number = float(stripped)
    except ValueError:
        number = None
    seconds = _iso_seconds(stripped) if number is None else number
    if abs(seconds) > MILLISECONDS and number is not None:
        seconds /= 1000
    if not FIRST <= seconds <= LAST:  # not a number is not between them either
        msg = f"{text[:40]!r} is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z"
        raise ValueError(msg)
    return math.floor(seconds)


def _iso_seconds(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
