"""A PNG's pixels, read back by Pillow, which matplotlib brings."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pixels_of(png: bytes) -> NDArray[np.uint8]:
    """Height x width x RGB."""
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))
