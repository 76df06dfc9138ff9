"""Candle files: CSV with a header ``time,open,high,low,close,volume``, or Parquet with the same columns.

Times are UNIX seconds or milliseconds, or ISO 8601 (without an offset: UTC). The timeframe is the smallest step between
rows; a hole is an interval that the exchange did not report.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from spec.bars import BadBars, Bars, check
from spec.timeframe import DAY, text_of

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("time", "open", "high", "low", "close", "volume")
MILLISECONDS = 100_000_000_000  # seconds reach this in the year 5138
SHORTEST_MONTH = 28 * DAY
UNITS = (("w", 7 * DAY), ("d", DAY), ("h", 3600), ("m", 60), ("s", 1))


class BadCandles(ValueError):
    """A candle file that cannot be used: one sentence says why."""


def read_candles(path: Path) -> Bars:
    """The candles of a file as bars; raises BadCandles."""
    try:
        columns = _parquet(path) if path.suffix.lower() in {".parquet", ".pq"} else _csv(path)
        bars = Bars(timeframe_of_steps(columns["time"]), *(columns[name] for name in COLUMNS))
        check(bars)
    except BadBars as error:
        msg = f"{path.name}: {error}"
        raise BadCandles(msg) from None
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise BadCandles(msg) from None
    return bars


def _parquet(path: Path) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415 - a tenth of a second that most commands need not pay
    from pyarrow import parquet  # noqa: PLC0415

    try:
        table = parquet.read_table(path)
    except pa.ArrowInvalid:
        msg = f"{path.name} is no Parquet file; give CSV or Parquet with the columns {','.join(COLUMNS)}"
        raise BadCandles(msg) from None
    _require(path, table.column_names)
    return _columns(path, {name: table.column(name) for name in COLUMNS})


def _csv(path: Path) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv as arrow_csv  # noqa: PLC0415

    text = {"time": pa.string()}
    try:
        table = arrow_csv.read_csv(path, convert_options=arrow_csv.ConvertOptions(column_types=text))
    except pa.ArrowInvalid:
        raise BadCandles(_first_bad_row(path)) from None
    table = table.rename_columns([name.strip().lower().removeprefix("\ufeff") for name in table.column_names])
    _require(path, table.column_names)
    return _columns(path, {name: table.column(name) for name in COLUMNS})


def _require(path: Path, names: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        msg = f"{path.name} has no column {', '.join(missing)}; its header must be {','.join(COLUMNS)}"
        raise BadCandles(msg)


def _columns(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    import pyarrow as pa  # noqa: PLC0415

    if len(table["time"]) == 0:
        msg = f"{path.name} holds no candles; give a file with at least two rows"
        raise BadCandles(msg)
    columns: dict[str, Any] = {"time": _times(path, table["time"])}
    for name in COLUMNS[1:]:
        try:
            values = table[name].cast(pa.float64())
        except pa.ArrowInvalid:
            raise BadCandles(_first_bad_row(path)) from None
        if values.null_count:
            row = values.is_null().index(pa.scalar(value=True)).as_py() + 2
            msg = f"{path.name}, row {row}: the {name} is missing; fix or remove that row"
            raise BadCandles(msg)
        columns[name] = np.ascontiguousarray(values.to_numpy())
    return columns


def _times(path: Path, column: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ms")).cast(pa.int64()).to_numpy() // 1000
    try:
        numbers = column.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return _iso_times(path, column.to_pylist())
    if not np.isfinite(numbers).all():
        raise BadCandles(_first_bad_row(path))
    seconds = numbers / 1000 if (numbers > MILLISECONDS).any() else numbers
    return np.floor(seconds).astype(np.int64)


def _iso_times(path: Path, texts: list[str | None]) -> Any:
    times = []
    for row, text in enumerate(texts, start=2):
        try:
            times.append(parse_time(text or ""))
        except ValueError as error:
            msg = f"{path.name}, row {row}: {error}"
            raise BadCandles(msg) from None
    return np.array(times, dtype=np.int64)


def _first_bad_row(path: Path) -> str:
    """The sentence for the first row of a CSV file that does not read as six values."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        header = [name.strip().lower() for name in next(rows, [])]
        for number, row in enumerate(rows, start=2):
            if len(row) != len(header):
                return (
                    f"{path.name}, row {number} has {len(row)} values where the header has {len(header)}; fix that row"
                )
            for name, text in zip(header, row, strict=True):
                if name in COLUMNS[1:] and not _is_number(text):
                    return f"{path.name}, row {number}: the {name} {text[:40]!r} is no number; fix or remove that row"
    return f"{path.name} is no candle file; give CSV with the header {','.join(COLUMNS)}, or Parquet"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def parse_time(text: str) -> int:
    """UNIX seconds from UNIX seconds or milliseconds, or ISO 8601 (UTC without an offset); raises ValueError."""
    stripped = text.strip()
    try:
        number = float(stripped)
    except ValueError:
        number = None
    try:
        if number is not None:
            seconds = int(number / 1000 if abs(number) > MILLISECONDS else number)
            datetime.fromtimestamp(seconds, tz=UTC)
            return seconds
        moment = datetime.fromisoformat(stripped)
    except (ValueError, OverflowError, OSError):
        msg = f"{text[:40]!r} is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z"
        raise ValueError(msg) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def timeframe_of_steps(times: Any) -> str:
    """The timeframe whose length is the smallest step between the times; raises BadBars."""
    steps = np.diff(np.unique(times))
    if len(steps) == 0:
        msg = f"{len(times)} candle at one time has no timeframe; give at least two rows with different times"
        if len(times) > 1:
            msg = f"all {len(times)} candles have the time {text_of(int(times[0]))}; give each its own"
        raise BadBars(msg)
    step = int(steps.min())
    if step >= SHORTEST_MONTH:
        return f"{max(1, round(step / (30.44 * DAY)))}M"
    unit, length = next((unit, length) for unit, length in UNITS if step % length == 0)
    return f"{step // length}{unit}"
