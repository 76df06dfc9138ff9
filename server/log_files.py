"""A run's logs as a file: JSON lines, the strategy log first, each line in the one form that is ever written.

Written so, a file holds nothing that a hash does not cover: a byte that changed is in a line that is not as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from execution.journal import BrokenChain, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Progress = Callable[[int, int], None]

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Line)
STEP = 4_096  # lines between two reports of progress


class NoLog(ValueError):
    """A file that is no log: one sentence says so."""


def write_log(lines: Iterable[Line]) -> bytes:
    """The file of a run's lines."""
    return b"".join(_ENCODER.encode(line) + b"\n" for line in lines)


def read_log(raw: bytes, on_progress: Progress) -> tuple[Line, ...]:
    """The lines of a file, not yet verified; raises BrokenChain at a line of another form, NoLog where none is one.

    ``on_progress`` is told (lines read, lines in all).
    """
    rows = raw.split(b"\n")
    last = rows.pop()
    lines: list[Line] = []
    wrong: int | None = None
    for number, row in enumerate(rows):
        line = _line(row)
        if line is None:
            wrong = number if wrong is None else wrong
        else:
            lines.append(line)
        if number % STEP == 0:
            on_progress(number, len(rows))
    if not lines:
        msg = "this is no log of a run; give a run's id, or a file that --out wrote"
        raise NoLog(msg)
    if last:
        wrong = len(rows) if wrong is None else wrong
    if wrong is not None:
        msg = f"line {wrong + 1} of the file is not as it was written; restore the file from a backup"
        raise BrokenChain(msg)
    return tuple(lines)


def _line(row: bytes) -> Line | None:
    try:
        line = _DECODER.decode(row)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return line if _ENCODER.encode(line) == row else None
