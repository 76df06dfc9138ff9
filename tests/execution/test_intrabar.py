"""Nodes that fire within a bar: where on its path, and what the rest of the path does to the position."""

from __future__ import annotations

import pytest

from spec.geometry import Level
from spec.signals import SrProximity, Tolerance, TrendlineCross
from spec.strategy import AtPrice, Target
from tests.execution.scenes import Scene, outcomes, play, rounded

ABOVE = (104.0, 104.5, 103.5, 104.0)
TOUCH = SrProximity("1h", Level(100.0), "touch", "intrabar")
BREAK = TrendlineCross("1h", Level(100.0), "up", "intrabar")
FALL = TrendlineCross("1h", Level(100.0), "down", "intrabar")

ENTRIES = (
    (
        TOUCH,
        Scene(
            "an intrabar entry fills at the level, within its own bar",
            (ABOVE, (102.0, 102.5, 99.0, 101.0), (101.0, 105.5, 100.5, 105.0)),
            ((1, 100.0, 2, 105.0, 50.0, "target"),),
        ),
    ),
    (
        TOUCH,
        Scene(
            "where the bar opens inside already, at the open",
            (ABOVE, (100.0, 102.5, 99.0, 101.0), (101.0, 105.5, 100.5, 105.0)),
            ((1, 100.0, 2, 105.0, 50.0, "target"),),
        ),
    ),
    (
        TOUCH,
        Scene(
            "the rest of that bar's path counts for the stop",
            (ABOVE, (102.0, 103.0, 97.5, 101.0), ABOVE),
            ((1, 100.0, 1, 98.0, 50.0, "stop"),),
        ),
    ),
    (
        TOUCH,
        Scene(
            "the rest of that bar's path counts for the target",
            (ABOVE, (102.0, 105.5, 99.0, 101.0), ABOVE),
            ((1, 100.0, 1, 105.0, 50.0, "target"),),
        ),
    ),
    (
        TOUCH,
        Scene(
            "what the path passed before the entry does not count",
            (ABOVE, (102.0, 104.0, 99.0, 101.0), (101.0, 101.5, 100.5, 101.25)),
            ((1, 100.0, 2, 101.25, 50.0, "end of data"),),
            targets=(Target(AtPrice(103.5)),),
        ),
    ),
    (
        FALL,
        Scene(
            "a fall through the line that gapped through the stop is never traded",
            (ABOVE, (97.0, 100.5, 96.5, 98.0)),
            (),
        ),
    ),
    (
        BREAK,
        Scene(
            "a break that gapped over the line fills at the open",
            ((99.0, 99.5, 98.5, 99.0), (101.0, 102.0, 100.5, 101.5), (101.5, 105.5, 101.0, 105.0)),
            ((1, 101.0, 2, 105.0, 33.33333333, "target"),),
        ),
    ),
    (
        BREAK,
        Scene(
            "a bar that falls through the line and rises again breaks it on the way up",
            (ABOVE, (101.0, 104.5, 99.0, 104.0), (104.0, 105.5, 103.0, 105.0)),
            ((1, 100.0, 2, 105.0, 50.0, "target"),),
        ),
    ),
    (
        SrProximity("1h", Level(100.0), "near", "intrabar", Tolerance("absolute", 0.75)),
        Scene(
            "a level that the bar came near to without reaching it is entered at the next open",
            (ABOVE, (102.0, 102.5, 100.5, 101.0), (101.0, 105.5, 100.25, 105.0)),
            ((2, 101.0, 2, 105.0, 33.33333333, "target"),),
        ),
    ),
)


@pytest.mark.parametrize(("entry", "scene"), ENTRIES, ids=[scene.promise for _, scene in ENTRIES])
def test_an_intrabar_entry(entry: SrProximity | TrendlineCross, scene: Scene) -> None:
    assert rounded(outcomes(play(scene, {"in": entry}))) == rounded(scene.trades)


def test_an_intrabar_exit_leaves_at_its_price() -> None:
    scene = Scene("", (ABOVE, (101.0, 102.0, 100.5, 101.5), (101.5, 102.0, 99.0, 99.5)), ())
    played = play(scene, {"out": FALL})
    assert outcomes(played) == ((1, 101.0, 2, 100.0, 33.33333333, "exit"),)


def test_a_stop_before_an_intrabar_exit_on_the_path_comes_first() -> None:
    scene = Scene("", (ABOVE, (101.0, 102.0, 100.75, 101.5), (101.5, 102.0, 99.0, 99.5)), (), stop=AtPrice(100.5))
    assert outcomes(play(scene, {"out": FALL})) == ((1, 101.0, 2, 100.5, 200.0, "stop"),)


def test_a_position_that_opens_where_its_exit_fires_is_closed_there() -> None:
    scene = Scene("", (ABOVE, (99.0, 99.5, 98.5, 99.25)), ())
    assert outcomes(play(scene, {"out": FALL})) == ((1, 99.0, 1, 99.0, 100.0, "exit"),)


def test_a_signal_that_opens_a_position_does_not_close_it() -> None:
    scene = Scene("", ((99.0, 99.5, 98.5, 99.0), (99.0, 101.0, 98.75, 100.5)), ())
    either = TrendlineCross("1h", Level(100.0), "either", "intrabar")
    assert outcomes(play(scene, {"in": either, "out": either})) == ((1, 100.0, 1, 100.5, 50.0, "end of data"),)


def test_the_bar_in_which_a_position_ends_can_open_the_next_one() -> None:
    scene = Scene("", (ABOVE, (102.0, 102.5, 99.0, 101.0), (104.5, 105.25, 99.5, 101.0)), ())
    enter = TrendlineCross("1h", Level(100.0), "down", "intrabar")
    assert rounded(outcomes(play(scene, {"in": enter}))) == [
        (1, 100.0, 2, 105.0, 50.0, "target"),
        (2, 100.0, 2, 101.0, 51.25, "end of data"),
    ]


def test_candles_alone_make_an_intrabar_strategy_approximate_and_it_says_so() -> None:
    scene = ENTRIES[0][1]
    assert play(scene, {"in": TOUCH}).notes == (
        "approximate: within a bar, the candles alone leave the path to an assumption (intrabar: in)",
    )


def test_an_entry_known_at_the_close_only_says_so() -> None:
    near, scene = ENTRIES[-1]
    assert play(scene, {"in": near}).notes[1:] == (
        "a node came near its price where the bar did not trade: taken as fired at the close "
        "(2023-11-14 23:00 UTC, 2 times in all)",
        "stopped between the decision for an entry and the next open: it was not asked for (2023-11-15 00:00 UTC)",
    )
