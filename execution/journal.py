"""The journal: lines that are only ever added, each with a hash over itself and the line before.

hash = sha256 over ``previous``, log, number, at and text, each followed by a line feed; the first ``previous`` is
64 zeros. So no byte of a line, no line and no order of lines can change without a hash that disagrees from there on.
That the last lines are missing shows in the hash of the last one alone.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Log = Literal["strategy", "order"]
LOGS: tuple[Log, ...] = ("strategy", "order")
GENESIS = "0" * 64
STEP = 4_096  # lines between two reports of progress


class BrokenChain(ValueError):
    """A line that is not the one that was written: one sentence names it."""


class Line(Struct, frozen=True):
    """A line of one of a run's two logs; ``at`` is the market's time in UNIX milliseconds UTC, ``text`` is JSON."""

    log: Log
    number: int
    at: int
    text: str
    previous: str
    hash: str


class Chain:
    """The ends of a run's two logs, to which lines are added."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._ends: dict[str, Line] = {line.log: line for line in lines}

    def add(self, log: Log, at: int, text: str) -> Line:
        """The next line of a log."""
        end = self._ends.get(log)
        number, previous = (end.number + 1, end.hash) if end else (0, GENESIS)
        line = Line(log, number, at, text, previous, hash_of(previous, log, (number, at), text))
        self._ends[log] = line
        return line


def hash_of(previous: str, log: str, place: tuple[int, int], text: str) -> str:
    """The hash of a line at (number, at)."""
    number, at = place
    return hashlib.sha256(f"{previous}\n{log}\n{number}\n{at}\n{text}\n".encode()).hexdigest()


def verify(lines: Sequence[Line], on_progress: Callable[[int, int], None] = lambda _done, _of: None) -> None:
    """Raise BrokenChain at the first line, of either log, that was changed, moved, added or removed.

    ``on_progress`` is told (lines verified, lines in all).
    """
    done = 0
    for log in LOGS:
        previous = GENESIS
        for number, line in enumerate(line for line in lines if line.log == log):
            whole = line.number == number and line.previous == previous
            if not whole or line.hash != hash_of(previous, log, (number, line.at), line.text):
                msg = f"line {number} of the {log} log is not the one that was written; restore the log from a backup"
                raise BrokenChain(msg)
            previous, done = line.hash, done + 1
            if done % STEP == 0:
                on_progress(done, len(lines))
    stray = next((line.log for line in lines if line.log not in LOGS), None)
    if stray is not None:
        msg = f"there is no {stray} log; a run has a strategy log and an order log"
        raise BrokenChain(msg)
