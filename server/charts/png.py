"""PNG from pixels, with zlib-ng.

Format: PNG (Portable Network Graphics) Specification, third edition: signature, IHDR, IDAT, IEND.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 4  # with the filter below: a seventh of the time of Pillow's level 6, at its size
UP = 2  # each row is written as its difference from the row above


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """A picture of height x width x RGBA (or RGB) as an opaque PNG."""
    height, width = pixels.shape[:2]
    plain = np.empty((height, width, 3), dtype=np.uint8)
    for channel in range(3):  # five times as fast as copying pixel by pixel
        plain[:, :, channel] = pixels[:, :, channel]
    rows = np.empty((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 0] = UP
    rows[:, 1:] = plain.reshape(height, 3 * width)
    rows[1:, 1:] -= plain.reshape(height, 3 * width)[:-1]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib_ng.compress(rows, LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib_ng.crc32(kind + data))
