"""Golden pictures: strategies, watches and equity look as they did when somebody last looked at them.

``python -m tests.server.charts.golden`` draws them anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.server.charts.examples import scenes
from tests.server.charts.golden import FOLDER, drawn
from tests.server.charts.pixels import pixels_of

# A label of one word that moves by a pixel is 0.6; two builds of FreeType differ in the last bits, far below that.
MOST = 0.25  # root mean square over all channels, of 255

SCENES = scenes()


@pytest.mark.parametrize("name", SCENES)
def test_a_picture_looks_as_it_did(name: str) -> None:
    was = pixels_of((FOLDER / f"{name}.png").read_bytes()).astype(np.float64)
    now = pixels_of(drawn(SCENES[name])).astype(np.float64)
    assert was.shape == now.shape
    assert float(np.sqrt(np.mean((was - now) ** 2))) <= MOST


def test_every_golden_picture_is_drawn() -> None:
    assert {Path(path).stem for path in FOLDER.glob("*.png")} == set(SCENES)
