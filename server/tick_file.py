"""Files of recorded trades: CSV with a header ``time,price,amount``, or Parquet with the same columns, in time order.

Times are UNIX milliseconds or seconds (with a fraction), or ISO 8601 (without an offset: UTC). Further columns do not
matter.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from execution.tick_backtest import Recording
from server import candle_rows
from server.candles import FIRST, LARGEST, LAST, MILLISECONDS, BadCandles, parse_time

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("time", "price", "amount")


class BadTicks(BadCandles):
    """A file of trades that cannot be used: one sentence says why."""


def read_ticks(path: Path) -> Recording:
    """The trades of a file; raises BadTicks."""
    import pyarrow as pa  # noqa: PLC0415 - a tenth of a second that most commands need not pay

    try:
        raw = path.read_bytes()  # read once: it may be a pipe
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise BadTicks(msg) from None
    try:
        table = _parquet(raw) if raw.startswith(b"PAR1") else _csv(raw)
        names = {name.strip().lower(): name for name in table.column_names}
        time, price, amount = (table.column(names[name]) for name in COLUMNS)
        found = Recording(_times(time), _numbers(price), _numbers(amount))
    except (OSError, pa.ArrowException, ValueError, KeyError):
        raise BadTicks(_why(path.name, raw)) from None
    return _checked(path.name, found)


def _csv(raw: bytes) -> Any:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv  # noqa: PLC0415

    times = {name: pa.string() for name in candle_rows.header(raw) if name.strip().lower() == "time"}
    return csv.read_csv(pa.BufferReader(raw), convert_options=csv.ConvertOptions(column_types=times))


def _parquet(raw: bytes) -> Any:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    return parquet.read_table(pa.BufferReader(raw))


def _numbers(column: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if column.null_count:
        raise ValueError
    return np.concatenate([np.empty(0), *map(np.from_dlpack, column.cast(pa.float64(), safe=False).chunks)])


def _times(column: Any) -> Any:
    """UNIX milliseconds."""
    import pyarrow as pa  # noqa: PLC0415

    if pa.types.is_temporal(column.type):
        column = column.cast(pa.timestamp("ms", tz=getattr(column.type, "tz", None)), safe=False).cast(pa.int64())
    try:
        numbers = _numbers(column)
    except pa.ArrowException:
        return np.array([_milliseconds(text) for text in column.to_pylist()], np.int64)
    if not np.isfinite(numbers).all():
        raise ValueError
    whole = numbers if (np.abs(numbers) > MILLISECONDS).any() else numbers * 1000
    return np.floor(whole + 0.5).astype(np.int64)


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text.strip())
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _why(name: str, raw: bytes) -> str:
    said = "" if raw.startswith(b"PAR1") else candle_rows.what_is_wrong(raw, COLUMNS, parse_time)
    if said.startswith(","):
        return f"{name}{said}"
    return f"{name} is no file of trades; give CSV with the header {','.join(COLUMNS)}, or Parquet, without holes"


def _checked(name: str, found: Recording) -> Recording:
    if len(found) == 0:
        msg = f"{name} holds no trades; give a file with at least one row"
        raise BadTicks(msg)
    with np.errstate(invalid="ignore"):
        wrong = {
            "time lies before that of the trade before; sort the file by time": np.diff(found.time, prepend=-(2**62))
            < 0,
            "time is beyond the year 9999": (found.time < 1000 * FIRST) | (found.time > 1000 * LAST),
            "price is that of no market": ~(np.abs(found.price) <= LARGEST),
            "amount is that of no trade": ~((found.amount >= 0) & (found.amount <= LARGEST)),
        }
    for what, rows in wrong.items():
        if rows.any():
            msg = f"{name}, trade {int(rows.argmax()) + 1}: the {what}"
            raise BadTicks(msg)
    return found
