"""PNG: what is written is read back the same by an independent reader."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.charts.png import png_of
from tests.server.charts.pixels import pixels_of


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 4]), st.integers(0, 2**32 - 1))
def test_pixels_come_back_as_they_were(height: int, width: int, channels: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    assert np.array_equal(pixels_of(png_of(pixels)), pixels[:, :, :3])


def test_a_plain_picture_is_small() -> None:
    assert len(png_of(np.full((675, 1200, 4), 19, dtype=np.uint8))) < 15_000
