"""The loop of one run over fakes of its ports: what is written is what happened, once."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.account import Account, Holding, Limits
from execution.loop import Command, Run, go_on
from execution.ports import FeedFailed
from execution.resuming import NotTheSame, begin
from spec.bars import Bars
from spec.strategy import BadStrategy
from tests.execution.ports import Commands, Feed, Journal, JournalRefused
from tests.execution.scenes import bars_of, strategy_of
from tests.execution.test_runner_resuming import SCENE, began, whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution.journal import Line
    from execution.ports import Word
    from execution.runner import Evaluated
    from spec.market import Market

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


class Whole(Feed):
    """A feed that hands over all bars at once."""

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        some = [one async for one in super().bars(market, timeframe, after)]
        yield self.recording[len(self.recording) - len(some) :]


def bounded(limits: Limits) -> tuple[Line, ...]:
    return begin(replace(began(STRATEGY, BARS[:1]), limits=limits), STRATEGY, BARS[:1])[2]


def said(journal: Journal) -> list[say.Entry]:
    return [say.read(line.text) for line in journal.lines]


FULL = Account(10_000.0, 20_000.0, held=(Holding("binance BTC/USDT", 1.0),))


def test_with_limits_bars_are_heard_one_by_one_and_the_account_is_told_before_the_first_that_it_matters_to() -> None:
    journal = Journal(bounded(Limits(positions=1)))
    journal.account = FULL
    assert run(journal, Whole(BARS, 1)) == "end of data"
    known = [entry for entry in said(journal) if isinstance(entry, say.Known)]
    assert known == [say.Known(int(BARS.time[0]), FULL)]
    refused = [entry for entry in said(journal) if isinstance(entry, say.Refused)]
    assert {entry.rule for entry in refused} == {"open positions"}
    assert (len(refused) > 0, journal.writes) == (True, len(BARS))
    assert journal.ages == [0] * (len(BARS) - 1)


def test_without_limits_they_are_heard_at_once_and_nothing_is_told() -> None:
    journal = Journal(begun())
    run(journal, Whole(BARS, 1))
    assert (journal.writes, len(journal.ages)) == (2, 1)
    assert not any(isinstance(entry, say.Known) for entry in said(journal))


def test_a_run_that_ends_at_a_bar_hears_no_more_of_those_that_came_with_it() -> None:
    first = replace(began(STRATEGY, BARS[:1]), limits=Limits(positions=1))
    runner, chain, _ = begin(first, STRATEGY, BARS[:1])
    one = Run(runner, chain, Journal())
    one.now = lambda: 0

    def ended() -> str | None:
        return runner.ended

    async def scenario() -> None:
        row = 1
        while runner.desk is not None and not runner.desk.ledger.held:
            await one.bars(BARS[row : row + 1])
            row += 1
        await one.take(Command(1, "stop"))
        assert not ended()
        await one.bars(BARS[row:])
        assert (ended(), runner.time) == ("stopped", int(BARS.time[row]))
        assert row < len(BARS) - 1

    asyncio.run(scenario())


def test_code_is_asked_beside_the_event_loop_before_the_account_is_so_that_no_other_run_comes_between() -> None:
    runner, chain, _ = begin(replace(began(STRATEGY, BARS[:1]), limits=Limits(positions=1)), STRATEGY, BARS[:1])
    runner.ticker.coded = True
    journal, threads = Journal(), []
    evaluate = runner.evaluate

    def slow(bar: Bars) -> Evaluated:
        threads.append(threading.current_thread() is threading.main_thread())
        journal.account = FULL  # of another run that enters meanwhile
        return evaluate(bar)

    runner.evaluate = slow  # type: ignore[method-assign]
    one = Run(runner, chain, journal)
    one.now = lambda: 0
    asyncio.run(one.bars(BARS[1:]))
    assert (len(threads), any(threads)) == (len(BARS) - 1, False)
    assert [entry.rule for entry in said(journal) if isinstance(entry, say.Refused)][:1] == ["open positions"]
    assert not any(isinstance(entry, say.Filled) for entry in said(journal))


def test_a_watch_asks_for_no_account() -> None:
    watch = replace(STRATEGY, kind="watch", entry=None, stop=None, targets=(), exit=None)
    journal = Journal(begin(began(watch, BARS[:1]), watch, BARS[:1])[2])
    assert asyncio.run(go_on(watch, Feed(BARS, 1), journal, Commands())) == "end of data"
    assert journal.ages == []
