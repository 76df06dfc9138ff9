"""Rules in words: whoever approves is told how an entry is sent."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.editing import Edit, edited
from server.words.rules import rules_in_words
from spec.managing import Slices
from spec.strategy import Entry
from tests.spec.frozen import SLICED, STRATEGY, sliced


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Slices("twap", 12, 3), "Enter at the market in 12 slices of equal size, one every 3 bars"),
        (Slices("twap", 2), "Enter at the market in 2 slices of equal size, one a bar"),
        (
            Slices("vwap", 4, 2),
            "Enter at the market in 4 slices by the volume of the last ten days at that time of day, one every 2 bars",
        ),
    ],
)
def test_an_entry_in_slices_is_said_after_what_it_waits_for(rule: Slices, words: str) -> None:
    strategy = replace(SLICED, timeframe="1h", entry=Entry("long", "break", slices=rule))
    said = rules_in_words(strategy)
    assert said[0].startswith("Go long: ")
    assert said[1] == words


def test_an_entry_that_is_sent_whole_says_nothing_of_slices() -> None:
    assert not any("slices" in words for words in rules_in_words(STRATEGY))


def test_an_edit_of_the_size_keeps_the_slices() -> None:
    artifact = sliced()
    made = edited(artifact, Edit(artifact.digest, risk_percent=0.25), "bert")
    assert made.strategy.entry == artifact.strategy.entry
    assert made.digest != artifact.digest
