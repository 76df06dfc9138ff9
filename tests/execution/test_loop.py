"""The loop of one run over fakes of its ports: what is written is what happened, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.loop import go_on
from execution.ports import FeedFailed
from execution.resuming import NotTheSame, begin
from spec.bars import Bars
from spec.strategy import BadStrategy
from tests.execution.ports import Commands, Feed, Journal, JournalRefused
from tests.execution.scenes import bars_of, strategy_of
from tests.execution.test_runner_resuming import SCENE, began, whole

if TYPE_CHECKING:
    from execution.journal import Line
    from execution.ports import Word

BARS = bars_of(SCENE.bars)
STRATEGY = strategy_of(SCENE)


def begun() -> tuple[Line, ...]:
    return begin(began(STRATEGY, BARS[:1]), STRATEGY, BARS[:1])[2]


def run(journal: Journal, feed: Feed | None = None, *words: tuple[int, Word]) -> str:
    return asyncio.run(go_on(STRATEGY, feed or Feed(BARS, 1), journal, Commands(*words)))


def test_it_hears_every_bar_after_the_history_and_ends_with_the_feed() -> None:
    journal = Journal(begun())
    assert run(journal) == "end of data"
    runner, lines = whole(STRATEGY, BARS, {})
    read = [say.read(line.text) for line in journal.lines]
    assert [entry.time for entry in read if isinstance(entry, say.Heard)] == BARS.time[1:].tolist()
    assert journal.lines[: len(lines)] == lines
    assert runner.ended is None
    assert isinstance(read[-1], say.Ended)


def test_it_goes_on_from_the_bars_kept_with_it_whatever_the_feed_tells_of_them_now() -> None:
    now = Bars(BARS.timeframe, BARS.time, BARS.open, BARS.high + (BARS.time == BARS.time[0]), *BARS.columns()[3:])
    undisturbed, journal = Journal(begun()), Journal(begun(), kept=BARS[:1])
    run(undisturbed)
    with pytest.raises(NotTheSame, match="not those it began with"):
        run(Journal(begun()), Feed(now, 1))
    run(journal, Feed(now, 1))
    assert journal.lines == undisturbed.lines


@given(st.integers(1, 5))
def test_after_a_refused_write_it_goes_on_as_if_nothing_had_been(refuses: int) -> None:
    undisturbed, journal = Journal(begun()), Journal(begun(), refuses)
    run(undisturbed)
    with pytest.raises(JournalRefused):
        run(journal)
    run(journal)
    assert journal.lines == undisturbed.lines


def test_a_command_is_written_with_its_number_before_bars_that_wait() -> None:
    journal = Journal(begun())
    assert run(journal, None, (17, "pause"), (18, "stop")) == "stopped"
    told = [entry.word for entry in map(say.read, (line.text for line in journal.lines)) if isinstance(entry, say.Told)]
    assert (told, journal.heard) == (["pause", "stop"], [17, 18])


def test_what_the_feed_says_when_it_fails_reaches_the_caller_and_what_came_before_is_written() -> None:
    journal = Journal(begun())
    with pytest.raises(FeedFailed, match="the exchange does not answer"):
        run(journal, Feed(BARS, 1, fails_after=3))
    heard = [entry for entry in map(say.read, (line.text for line in journal.lines)) if isinstance(entry, say.Heard)]
    assert len(heard) == 2


def test_a_watch_without_a_market_is_not_run() -> None:
    watch = replace(STRATEGY, kind="watch", market=None, entry=None, stop=None, targets=())
    with pytest.raises(BadStrategy, match="the market is unknown"):
        asyncio.run(go_on(watch, Feed(BARS, 1), Journal(begun()), Commands()))
