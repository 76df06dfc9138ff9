"""Orders and fills as scenes: each is played for a long, and mirrored for a short."""

from __future__ import annotations

import pytest

from spec.strategy import AtPrice, Target
from tests.execution.scenes import Scene, mirrored, outcomes, play, rising, rounded

CALM = (100.0, 101.0, 99.5, 100.0)
HALVES = (Target(AtPrice(103.0), 0.5), Target(AtPrice(105.0), 0.5))

SCENES = (
    Scene(
        "a signal on a close is filled at the next open, a target at its price",
        (CALM, (100.0, 102.0, 99.0, 101.5), (101.5, 105.75, 101.0, 105.5)),
        ((1, 100.0, 2, 105.0, 50.0, "target"),),
    ),
    Scene(
        "the entry fills at the open even where it gapped away from the signal's close",
        (CALM, (102.0, 103.0, 101.5, 102.5), (102.5, 106.0, 102.0, 105.5)),
        ((1, 102.0, 2, 105.0, 25.0, "target"),),
    ),
    Scene(
        "a stop fills at its price",
        (CALM, (100.0, 101.0, 99.0, 100.5), (100.5, 100.75, 97.5, 99.0)),
        ((1, 100.0, 2, 98.0, 50.0, "stop"),),
    ),
    Scene(
        "a gap over the stop fills at the open",
        (CALM, (100.0, 101.0, 99.0, 99.5), (97.0, 98.5, 96.0, 98.25)),
        ((1, 100.0, 2, 97.0, 50.0, "stop"),),
    ),
    Scene(
        "a gap over the target fills at the open, which is better",
        (CALM, (100.0, 101.0, 99.0, 100.5), (106.0, 107.0, 104.0, 104.5)),
        ((1, 100.0, 2, 106.0, 50.0, "target"),),
    ),
    Scene(
        "stop and target in one bar: the stop, where the low is nearer to the open",
        (CALM, (100.0, 101.0, 99.0, 100.0), (100.0, 105.5, 97.5, 101.0)),
        ((1, 100.0, 2, 98.0, 50.0, "stop"),),
    ),
    Scene(
        "stop and target in one bar: the target, where the high is nearer to the open",
        (CALM, (100.0, 101.0, 99.0, 100.0), (100.0, 105.5, 90.0, 101.0)),
        ((1, 100.0, 2, 105.0, 50.0, "target"),),
    ),
    Scene(
        "stop and target in the bar of the entry follow its path too",
        (CALM, (100.0, 106.0, 97.5, 101.0), CALM),
        ((1, 100.0, 1, 98.0, 50.0, "stop"),),
    ),
    Scene(
        "a limit that is touched exactly is filled",
        (CALM, (100.0, 101.0, 99.0, 100.5), (100.5, 105.0, 100.0, 104.0)),
        ((1, 100.0, 2, 105.0, 50.0, "target"),),
    ),
    Scene(
        "a stop that is touched exactly is filled",
        (CALM, (100.0, 101.0, 99.0, 100.5), (100.5, 101.0, 98.0, 100.0)),
        ((1, 100.0, 2, 98.0, 50.0, "stop"),),
    ),
    Scene(
        "a limit that the price misses by a tick is not filled",
        (CALM, (100.0, 101.0, 99.0, 100.5), (100.5, 104.99, 100.0, 104.5)),
        ((1, 100.0, 2, 104.5, 50.0, "end of data"),),
    ),
    Scene(
        "what is open at the last candle is closed at its close",
        (CALM, (100.0, 102.0, 99.0, 101.5)),
        ((1, 100.0, 1, 101.5, 50.0, "end of data"),),
    ),
    Scene("a signal on the last bar finds no open to be filled at", (CALM,), ()),
    Scene(
        "two targets of a half each close half and half",
        (CALM, (100.0, 103.5, 99.0, 103.0), (103.0, 105.5, 102.0, 105.0)),
        ((1, 100.0, 1, 103.0, 25.0, "target 1"), (1, 100.0, 2, 105.0, 25.0, "target 2")),
        targets=HALVES,
    ),
    Scene(
        "two targets on one leg fill in the order of the path",
        (CALM, (100.0, 106.0, 99.0, 105.5)),
        ((1, 100.0, 1, 103.0, 25.0, "target 1"), (1, 100.0, 1, 105.0, 25.0, "target 2")),
        targets=HALVES,
    ),
    Scene(
        "after the first of two targets the stop holds the rest",
        (CALM, (100.0, 103.5, 99.0, 103.0), (103.0, 103.25, 97.0, 97.5)),
        ((1, 100.0, 1, 103.0, 25.0, "target 1"), (1, 100.0, 2, 98.0, 25.0, "stop")),
        targets=HALVES,
    ),
    Scene(
        "what the targets leave over stays with the exit node",
        (CALM, (100.0, 103.5, 99.0, 103.0), (103.0, 107.0, 102.0, 106.0), (106.5, 107.0, 106.0, 106.0)),
        ((1, 100.0, 1, 103.0, 20.0, "target"), (1, 100.0, 3, 106.5, 30.0, "exit")),
        targets=(Target(AtPrice(103.0), 0.4),),
        leave=2,
    ),
    Scene(
        "shares that make up the whole leave nothing behind, whatever the rounding",
        (CALM, (100.0, 106.0, 99.0, 105.5)),
        (
            (1, 100.0, 1, 103.0, 11.1111111, "target 1"),
            (1, 100.0, 1, 104.0, 11.1111111, "target 2"),
            (1, 100.0, 1, 105.0, 11.11111113, "target 3"),
        ),
        stop=AtPrice(97.0),
        targets=tuple(Target(AtPrice(price), 1 / 3) for price in (103.0, 104.0, 105.0)),
    ),
    Scene(
        "an exit node that is true on a close leaves at the next open",
        (CALM, (100.0, 101.0, 99.0, 100.5), (100.5, 101.5, 100.0, 101.0), (101.25, 102.0, 100.5, 101.0), CALM),
        ((1, 100.0, 3, 101.25, 50.0, "exit"),),
        leave=2,
    ),
    Scene(
        "an exit that finds no next open is the end of the data",
        (CALM, (100.0, 101.0, 99.0, 100.5)),
        ((1, 100.0, 1, 100.5, 50.0, "end of data"),),
        leave=1,
    ),
    Scene(
        "a stop on a rising line stands on each bar at that bar's value",
        (CALM, (100.0, 101.0, 96.5, 100.5), (100.5, 101.5, 97.25, 101.0), (101.0, 101.5, 97.75, 100.0)),
        ((1, 100.0, 3, 98.0, 25.0, "stop"),),
        stop=rising(95.0, 1.0),
        targets=(),
    ),
    Scene(
        "beyond the end of a line its last value holds",
        (CALM, (100.0, 101.0, 98.5, 100.5), (100.5, 101.5, 97.5, 101.0), (101.0, 101.5, 96.75, 97.5)),
        ((1, 100.0, 3, 97.0, 33.33333333, "stop"),),
        stop=rising(96.0, 1.0, last=1),
        targets=(),
    ),
    Scene(
        "a stop whose line comes to stand above the open leaves at the open",
        (CALM, (100.0, 101.0, 99.0, 100.0), (100.0, 100.5, 99.75, 99.8), (99.8, 101.0, 99.75, 100.0)),
        ((1, 100.0, 3, 99.8, 20.0, "stop"),),
        stop=rising(92.5, 2.5),
        targets=(),
    ),
    Scene(
        "a target on a falling line comes to meet the price",
        (CALM, (100.0, 103.0, 99.0, 102.0), (102.0, 103.5, 101.0, 103.0)),
        ((1, 100.0, 2, 103.0, 50.0, "target"),),
        targets=(Target(rising(105.0, -1.0)),),
    ),
    Scene(
        "an entry with its stop on the wrong side is never traded",
        (CALM, (97.5, 106.0, 97.0, 105.5), CALM),
        (),
    ),
    Scene("an entry on its stop is never traded", (CALM, (98.0, 106.0, 97.0, 105.5), CALM), ()),
    Scene("an entry that is past its target already is never traded", (CALM, (105.0, 106.0, 97.0, 105.5), CALM), ()),
)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.promise)
def test_a_long(scene: Scene) -> None:
    assert rounded(outcomes(play(scene))) == rounded(scene.trades)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.promise)
def test_a_short_is_its_mirror(scene: Scene) -> None:
    assert rounded(outcomes(play(mirrored(scene)))) == rounded(mirrored(scene).trades)
