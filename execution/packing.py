"""Packing: the bars before a run as bytes, so that it goes on from the very ones that it began with.

Byte 0 is the format, then the SHA-256 of the rest: a zlib stream, of each column one byte of decimal places and the
differences from row to row of its values in those places (int64, little-endian; the lowest bytes of all rows, then the
next ones, and so on). A column that no places hold exactly says AS_BITS, and the differences are of its floats' bits.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

import numpy as np

from execution.journal import BrokenChain
from execution.resuming import pin
from spec.bars import Bars

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from execution.entries import History

    Whole = NDArray[np.int64]
    Column = NDArray[np.int64] | NDArray[np.float64]

FORMAT = b"\1"
HEAD = 33  # bytes before the stream
WIDTH = 8  # bytes of a value
COLUMNS = 6
MOST_PLACES = 12
AS_BITS = 255
EXACT = float(1 << 53)  # whole numbers up to here are floats
LEVEL = 9  # a quarter smaller than zlib's own choice, and 0.1 s for 10,000 bars


def pack(history: Bars) -> bytes:
    """The bars as bytes; their timeframe is not among them."""
    stream = zlib.compress(b"".join(_packed(one) for one in history.columns()), LEVEL)
    return _head(stream) + stream


def unpack(raw: bytes, timeframe: str, pinned: History) -> Bars:
    """The bars that a run began with; raises BrokenChain where the bytes do not give those that its log pins."""
    size = pinned.bars * WIDTH + 1
    columns = _unpacked(raw, size)
    if columns is not None:
        time, *prices = columns
        found = Bars(timeframe, np.asarray(time, np.int64), *(np.asarray(one, np.float64) for one in prices))
        if pin(found) == pinned:
            return found
    msg = "the candles stored with the run are not those it began with; restore the store from a backup"
    raise BrokenChain(msg)


def _head(stream: bytes) -> bytes:
    return FORMAT + hashlib.sha256(stream).digest()


def _packed(column: Column) -> bytes:
    places, whole = _whole(column)
    steps = np.diff(whole, prepend=np.int64(0)).astype("<i8")  # wraps where it must, as the sum does
    return bytes([places]) + steps.view(np.uint8).reshape(-1, WIDTH).T.tobytes()


def _whole(column: Column) -> tuple[int, Whole]:
    """The column in the fewest decimal places that give it back to the bit."""
    if column.dtype.kind == "i":
        return 0, column.astype(np.int64)
    for places in range(MOST_PLACES + 1):
        scaled = np.rint(column * 10.0**places)
        if not (np.abs(scaled) <= EXACT).all():
            break
        whole = scaled.astype(np.int64)
        if (whole / 10.0**places).tobytes() == column.tobytes():
            return places, whole
    return AS_BITS, column.view(np.int64)


def _unpacked(raw: bytes, size: int) -> list[Column] | None:
    """The columns of ``size`` packed bytes each; None where these are no such bytes."""
    head, stream = raw[:HEAD], raw[HEAD:]
    if head != _head(stream):
        return None
    plain = zlib.decompressobj().decompress(stream, COLUMNS * size + 1)
    if len(plain) != COLUMNS * size:
        return None
    return [_column(plain[at : at + size], is_time=at == 0) for at in range(0, len(plain), size)]


def _column(packed: bytes, *, is_time: bool) -> Column:
    places = packed[0]
    steps = np.frombuffer(packed, np.uint8, offset=1).reshape(WIDTH, -1).T
    whole = np.cumsum(np.ascontiguousarray(steps).view("<i8").ravel(), dtype=np.int64)
    if is_time:
        return whole
    return whole.view(np.float64) if places == AS_BITS else whole / 10.0 ** min(places, MOST_PLACES)
