"""Which row of a CSV candle file is wrong, and why; asked only once reading has failed."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
ABSENT = frozenset({"", "nan", "null", "none", "n/a", "#n/a"})


def header(raw: bytes) -> list[str]:
    """The names in the first row that is not blank, as they are spelled; empty without one."""
    return next(_rows(raw), (0, []))[1]


def what_is_wrong(raw: bytes, columns: Sequence[str], time_of: Callable[[str], object]) -> str:
    """What to say behind the file's name: the first row that does not hold a time and numbers.

    ``time_of`` raises ValueError for what is no time. Rows are numbered as the lines of the file are, with the header
    and with blank lines.
    """
    rows = _rows(raw)
    names, line = [name.strip().lower() for name in next(rows, (0, []))[1]], 0
    for line, cells in rows:
        if len(cells) != len(names):
            count = f"{len(cells)} value{'' if len(cells) == 1 else 's'}"
            return f", row {line} has {count} where the header has {len(names)}; fix that row"
        for name, text in zip(names, cells, strict=True):
            if name in columns and (wrong := _wrong(name, text.strip(), time_of)):
                return f", row {line}: {wrong}"
    if not line and set(columns) <= set(names):
        return " holds no candles; give a file with at least two rows"
    return f" is no candle file; give CSV with the header {','.join(columns)}, or Parquet"


def _rows(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row that is not blank; ends where the file stops being CSV."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", errors="replace", newline=""))
    try:
        yield from ((rows.line_num, cells) for cells in rows if cells)
    except csv.Error:
        return


def _wrong(name: str, text: str, time_of: Callable[[str], object]) -> str | None:
    if text.lower() in ABSENT:
        return f"the {name} is missing; fix or remove that row"
    if name == "time":
        try:
            time_of(text)
        except ValueError as error:
            return str(error)
        return None
    if NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return None
    return f"the {name} {text[:40]!r} is no finite number; fix or remove that row"
