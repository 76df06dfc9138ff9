"""Trades followed once for all runs: who hears which, what is said of a bar, and that live is the backtest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.account import Account, Limits
from execution.backtest import Borders, run
from execution.brokers.paper import PaperTerms
from execution.feeds import seats
from execution.feeds.seats import Gap, Held, Passed, Room
from execution.feeds.tick_feed import TickFeed
from execution.loop import go_on
from execution.ports import FeedFailed, Tick, Ticks
from execution.resuming import begin
from execution.runner import Runner
from execution.sleepers import SPARE, Sleepers
from execution.tick_backtest import Recording, hear, run_over
from execution.tick_places import NOT_QUIET
from spec.strategy import BadStrategy
from tests.execution.ports import Commands, Feed, Journal
from tests.execution.scenes import MARKET, bars_of, strategy_of, time_of
from tests.execution.test_properties import strategies
from tests.execution.test_runner import mixed
from tests.execution.test_runner_resuming import SCENE, began
from tests.execution.test_runner_ticks import CALM, candle_of, candles_of, quiet_strategy, ticks_of, walks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from spec.bars import Bars
    from spec.market import Market
    from spec.strategy import Strategy
    from tests.execution.test_runner_ticks import Prices


class Stage(Feed):
    """ports.Feed and ports.Quotes that tell each bar's trades and then the bar; ``lost`` trades are never told."""

    def __init__(self, walk: list[Prices], lost: frozenset[tuple[int, int]] = frozenset()) -> None:
        super().__init__(candles_of(walk), 1)
        self.walk, self.lost = walk, lost
        self.trades: asyncio.Queue[Ticks] = asyncio.Queue()
        self.listeners = 0

    async def ticks(self, market: Market) -> AsyncIterator[Ticks]:
        self.listeners += 1
        try:
            while True:
                yield await self.trades.get()
                self.trades.task_done()
        finally:
            self.listeners -= 1

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        complete = True
        for row in range(1, len(self.walk)):
            for at, tick in enumerate(ticks_of(row, self.walk[row])):
                if (row, at) in self.lost:
                    complete = False
                else:
                    self.trades.put_nowait(Ticks((tick,), complete))
                    complete = True
            await asyncio.sleep(0)
            if self.listeners:
                await self.trades.join()
            for _ in range(5):
                await asyncio.sleep(0)
            yield self.recording[row : row + 1]


def live(strategy: Strategy, stage: Stage) -> list[say.Entry]:
    history = stage.recording[:1]
    journal = Journal(begin(began(strategy, history), strategy, history)[2])

    async def scene() -> None:
        feed = TickFeed(stage, stage, pytest.fail)  # type: ignore[arg-type]
        await go_on(strategy, feed, journal, Commands())
        assert stage.listeners == 0

    asyncio.run(scene())
    return [say.read(line.text) for line in journal.lines if not line.text.startswith('{"is":"began"')]


def recording_of(walk: list[Prices]) -> Recording:
    ticks = [tick for row, prices in enumerate(walk) for tick in ticks_of(row, prices)]
    columns = ([one.time for one in ticks], [one.price for one in ticks], [one.amount for one in ticks])
    return Recording(*map(np.array, columns))


def backtested(strategy: Strategy, walk: list[Prices]) -> list[say.Entry]:
    bars = candles_of(walk)
    runner = begin(began(strategy, bars[:1]), strategy, bars[:1])[0]
    said = [entry for entries in hear(runner, bars[1:], recording_of(walk)) for entry in entries]
    return said + runner.tell("finish")


def decided(said: list[say.Entry]) -> list[say.Entry]:
    """Firings, orders, fills, trades and states; of each log in its own order."""
    kept = [one for one in said if not isinstance(one, say.Ticked | say.Missed | say.Heard | say.Told | say.Noted)]
    return sorted(kept, key=say.log_of)


@settings(deadline=None)
@given(walks(), st.one_of(strategies(), mixed()))
def test_live_and_backtest_agree_on_every_firing_order_and_fill_over_the_same_trades(
    walk: list[Prices], strategy: Strategy
) -> None:
    assert decided(live(strategy, Stage(walk))) == decided(backtested(strategy, walk))


def test_a_trade_that_was_missed_is_said_with_what_was_heard_of_its_bar() -> None:
    walk = [CALM, CALM, [100.0, 101.5, 99.0, 100.0], CALM]
    said = live(quiet_strategy(), Stage(walk, frozenset({(2, 1)})))
    assert [one for one in said if isinstance(one, say.Missed)][1:] == [say.Missed(time_of(2), 99.0, 100.0, 100.0)]
    assert [(one.time, one.price) for one in said if isinstance(one, say.Fired)] == [(time_of(2), 101.0)]


def test_a_strategy_without_a_node_that_a_trade_decides_hears_none() -> None:
    said = live(strategy_of(SCENE), Stage([CALM, CALM, CALM]))
    assert not [one for one in said if isinstance(one, say.Ticked)]


class Aged(Journal):
    """An account that holds nothing, and is told how old what is decided on is."""

    def rest(self, age: int) -> Account:
        return Account(feed_age=float(age) if age > 60 else None)


class Behind(Stage):
    """A stage whose trades come ten minutes after they happened."""

    def now(self, market: Market) -> int:
        return time_of(2) + 600


def test_a_trade_that_comes_too_late_for_the_account_is_not_entered_on() -> None:
    strategy, stage = quiet_strategy(), Behind([CALM, CALM, [100.0, 101.5, 102.0], CALM])
    history = stage.recording[:1]
    first = replace(began(strategy, history), limits=Limits(feed_age=60))
    journal = Aged(begin(first, strategy, history)[2])
    feed = TickFeed(stage, stage, pytest.fail)  # type: ignore[arg-type]
    asyncio.run(go_on(strategy, feed, journal, Commands()))
    said = [say.read(line.text) for line in journal.lines]
    assert [one.rule for one in said if isinstance(one, say.Refused)] == ["stale feed"]
    assert not any(isinstance(one, say.Filled) for one in said)


def test_trades_of_bars_that_do_not_come_are_kept_up_to_a_number_and_then_told_by_the_candle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seats, "MOST", 4)
    held = Held()
    assert held.add([Passed(bar, Tick(bar, 100.0, 1.0)) for bar in (1, 1, 2, 3)]) == frozenset()
    assert (held.first(2), held.first(9)) == (Tick(2, 100.0, 1.0), None)
    assert (held.take(2), held.count) == ([Tick(2, 100.0, 1.0)], 1)
    assert held.take(1) == []
    assert held.add([Passed(4, Tick(4, 100.0, 1.0))] * 4) == {3, 4}
    assert (held.take(4), held.count) == ([], 0)


class Untold(Stage):
    """An exchange that does not tell its trades."""

    async def ticks(self, market: Market) -> AsyncIterator[Ticks]:
        for _ in self.walk:
            msg = "binance does not tell this"
            raise FeedFailed(msg)
        yield Ticks((), complete=True)

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        for row in range(1, len(self.walk)):
            await asyncio.sleep(0.001)
            yield self.recording[row : row + 1]


def test_where_trades_are_not_told_the_run_goes_on_by_its_bars_and_somebody_hears_why() -> None:
    why: list[str] = []
    stage, history = Untold([CALM, [100.0, 102.0]]), candles_of([CALM])
    strategy = quiet_strategy()
    journal = Journal(begin(began(strategy, history), strategy, history)[2])
    feed = TickFeed(stage, stage, why.append)  # type: ignore[arg-type]
    assert asyncio.run(go_on(strategy, feed, journal, Commands())) == "end of data"
    assert why == ["binance does not tell this"]
    assert any('"is":"fired"' in line.text for line in journal.lines)
    assert (feed.health(), feed.corrections(), feed.now(MARKET)) == ((), (), stage.now(MARKET))


class Broken(Untold):
    """An exchange whose trades the program cannot read."""

    async def ticks(self, market: Market) -> AsyncIterator[Ticks]:
        yield Ticks((), complete=True)
        raise KeyError(market.name)


def test_a_fault_of_the_program_while_trades_are_followed_is_said_too() -> None:
    why: list[str] = []

    async def scene() -> None:
        stage = Broken([CALM])
        feed = TickFeed(stage, stage, why.append)  # type: ignore[arg-type]
        place = feed.sit(MARKET, "1h")
        await asyncio.sleep(0.01)
        await feed.leave(MARKET, place)

    asyncio.run(scene())
    assert why == [f"the program failed (KeyError: '{MARKET.name}')"]


class Brief(Stage):
    """An exchange whose trades end."""

    async def ticks(self, market: Market) -> AsyncIterator[Ticks]:
        yield Ticks((Tick(1000 * time_of(1), 100.0, 1.0), Tick(1000 * time_of(1) + 1, 101.0, 1.0)), complete=False)


def test_of_trades_told_at_once_only_the_first_may_follow_a_gap_and_a_stream_may_end() -> None:
    stage = Brief([CALM])

    async def scene() -> None:
        feed = TickFeed(stage, stage, pytest.fail)  # type: ignore[arg-type]
        place = feed.sit(MARKET, "1h")
        await place.get()
        assert [one.tick.price for one in place.seat.take()] == [100.0, 101.0]
        assert not place.seat.room.candles[time_of(1)].whole
        await asyncio.sleep(0)
        await feed.leave(MARKET, place)

    asyncio.run(scene())


class Again(Stage):
    """An exchange whose trades break off after the first, and can be had again."""

    async def ticks(self, market: Market) -> AsyncIterator[Ticks]:
        self.listeners += 1
        yield Ticks((Tick(1000 * time_of(self.listeners), 100.0, 1.0),), complete=True)
        if self.listeners == 1:
            msg = "binance is away"
            raise FeedFailed(msg)
        yield Ticks((Tick(1000 * time_of(3), 101.0, 1.0),), complete=True)
        await asyncio.Event().wait()


def test_trades_that_broke_off_are_followed_again_for_the_next_run_and_for_those_that_were_there() -> None:
    stage, why = Again([CALM]), list[str]()

    async def scene() -> None:
        feed = TickFeed(stage, stage, why.append)  # type: ignore[arg-type]
        first = feed.sit(MARKET, "1h")
        await asyncio.sleep(0.01)
        assert [one.tick.price for one in first.seat.take()] == [100.0]
        second = feed.sit(MARKET, "1h")
        await asyncio.sleep(0.01)
        for place in (first, second):
            assert [one.bar for one in place.seat.take()] == [time_of(2), time_of(3)]
        whole = {bar: candle.whole for bar, candle in second.seat.room.candles.items()}
        assert whole == {time_of(1): False, time_of(2): False, time_of(3): True}
        await feed.leave(MARKET, second)
        await feed.leave(MARKET, first)

    asyncio.run(scene())
    assert (why, stage.listeners) == (["binance is away"], 2)


def test_over_no_trades_a_backtest_is_that_of_its_candles() -> None:
    walk = [CALM, [100.0, 101.5, 104.5], CALM]
    nothing = Recording(np.empty(0, np.int64), np.empty(0), np.empty(0))
    strategy, terms = quiet_strategy(), PaperTerms()
    over, alone = (
        run_over(strategy, (candles_of(walk), nothing), Borders(), terms),
        run(strategy, candles_of(walk), Borders(), terms),
    )
    assert (over.trades, over.equity.tolist()) == (alone.trades, alone.equity.tolist())
    assert set(alone.notes) <= set(over.notes)


def test_progress_is_told_and_a_watch_is_refused() -> None:
    told_: list[tuple[int, int]] = []
    walk = [CALM, [100.0, 101.5, 104.5], CALM]
    strategy = quiet_strategy()
    data = (candles_of(walk), recording_of(walk))
    run_over(strategy, data, Borders(), PaperTerms(), lambda done, of: told_.append((done, of)))
    assert told_ == [(0, 3), (1, 3), (2, 3)]
    watch = replace(strategy, kind="watch", entry=None, stop=None, targets=())
    with pytest.raises(BadStrategy, match="a watch has no trades"):
        run_over(watch, data, Borders(), PaperTerms())
    with pytest.raises(BadStrategy, match="a watch has no trades"):
        _ = Runner(watch, "", candles_of(walk), PaperTerms()).traded


def test_runs_of_one_market_share_one_stream_which_ends_with_the_last() -> None:
    stage = Stage([CALM])

    async def scene() -> None:
        feed = TickFeed(stage, stage, pytest.fail)  # type: ignore[arg-type]
        one, two, other = feed.sit(MARKET, "1h"), feed.sit(MARKET, "1h"), feed.sit(MARKET, "4h")
        await asyncio.sleep(0)
        assert stage.listeners == 1
        assert one.seat.room is two.seat.room is not other.seat.room
        for place in (one, other, two):
            assert stage.listeners == 1
            await feed.leave(MARKET, place)
        assert stage.listeners == 0

    asyncio.run(scene())


def nobody() -> None:
    """Nothing is waited for."""


def told(room: Room, *prices: float, bar: int = 0, complete: bool = True) -> None:
    for at, price in enumerate(prices):
        room.tell(Tick(1000 * time_of(bar) + at, price, 1.0), complete=complete or at > 0)


def test_a_seat_that_rests_hears_only_what_passes_its_prices_and_the_first_trade_of_a_bar() -> None:
    room = Room("1h")
    resting, awake = room.sit(nobody), room.sit(nobody)
    told(room, 100.0)
    told(room, 100.0, bar=1)
    assert [one.bar for one in resting.take()] == [time_of(0), time_of(1)]
    resting.rest(time_of(1), (99.0, 101.0))
    told(room, 101.0, 99.0, 101.5, 100.0, bar=1)
    assert [one.tick.price for one in resting.take()] == [101.5, 100.0]
    assert len(awake.take()) == 6
    resting.rest(time_of(1), (0.0, 1000.0))
    told(room, 100.0, bar=2)
    assert len(resting.take()) == 1
    room.leave(resting)
    room.leave(awake)
    assert len(room) == 0


@pytest.mark.parametrize(
    "what", ["in the bar it sat down in", "while something waits", "in an older bar", "where nothing is quiet"]
)
def test_a_seat_does_not_rest(what: str) -> None:
    room = Room("1h")
    seat = room.sit(nobody)
    told(room, 100.0)
    told(room, 100.0, bar=0 if what.startswith("in the") else 1)
    if not what.startswith("while"):
        seat.take()
    quiet = (1.0, -1.0) if what.startswith("where") else (0.0, 1000.0)
    seat.rest(time_of(0) if "bar" in what else time_of(1), quiet)
    seat.take()
    told(room, 100.0, bar=1)
    assert len(seat.take()) == 1


def test_a_seat_that_rests_is_woken_where_its_run_sends_something_that_every_price_fills() -> None:
    room = Room("1h")
    seat = room.sit(nobody)
    told(room, 100.0)
    told(room, 100.0, bar=1)
    seat.take()
    seat.rest(time_of(1), (99.0, 101.0))
    seat.rest(time_of(1), NOT_QUIET)  # told to stop: the exit waits for the next trade
    told(room, 100.0, bar=1)
    assert len(seat.take()) == 1


def bar_of(row: int, prices: Prices, volume: float = 1.0) -> Bars:
    bars = bars_of([candle_of(prices)] * (row + 1))[row:]
    return type(bars)(bars.timeframe, *bars.columns()[:5], np.array([volume]))


def test_what_is_said_of_a_bar() -> None:
    room = Room("1h")
    seat = room.sit(nobody)
    assert seat.gap(bar_of(0, CALM), None) is None
    assert seat.gap(bar_of(0, CALM), time_of(0)) == Gap()
    told(room, *CALM)
    assert seat.gap(bar_of(0, CALM), time_of(0)) == Gap(99.75, 100.5, 99.75)  # it sat down in it
    told(room, *CALM, bar=1)
    assert seat.gap(bar_of(1, CALM), time_of(1)) is None
    assert seat.gap(bar_of(1, [*CALM, 101.0]), time_of(1)) == Gap(99.75, 100.5, 99.75)
    assert seat.lags(time_of(1))
    told(room, *CALM, bar=2, complete=False)
    assert not seat.lags(time_of(1))
    assert seat.gap(bar_of(1, CALM), time_of(1)) == Gap(99.75, 100.5, 99.75)  # the lost ones may have been its last
    assert seat.gap(bar_of(2, CALM), time_of(2)) == Gap(99.75, 100.5, 99.75)
    assert seat.gap(bar_of(3, CALM), None) == Gap()
    assert seat.gap(bar_of(3, CALM, 0.0), None) is None


def test_a_trade_that_comes_late_belongs_to_no_bar_any_more_and_spoils_its_own() -> None:
    room = Room("1h")
    seat = room.sit(nobody)
    for bar in (0, 1, 2):
        told(room, *CALM, bar=bar)
    seat.take()
    told(room, 103.0, bar=1)
    assert seat.take() == []
    assert seat.gap(bar_of(1, CALM), time_of(1)) is not None
    told(room, 103.0, bar=-20)
    for bar in range(3, 20):
        told(room, *CALM, bar=bar)
    assert len(room.candles) == seats.KEPT


def test_a_run_that_does_not_take_its_trades_loses_them_and_its_bar_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MOST", 4)
    room = Room("1h")
    seat = room.sit(nobody)
    told(room, 100.0)
    seat.take()
    told(room, *CALM, *CALM, bar=1)
    assert seat.take() == [Passed(time_of(1), Tick(1000 * time_of(1) + 5, CALM[2], 1.0))]
    assert seat.gap(bar_of(1, CALM), time_of(1)) is not None


def test_every_bar_whose_trades_were_dropped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MOST", 4)
    room = Room("1h")
    seat = room.sit(nobody)
    told(room, 100.0)
    seat.take()
    for bar in (1, 2):
        told(room, *CALM, bar=bar)
    for bar in (1, 2):
        assert seat.gap(bar_of(bar, CALM), time_of(bar)) is not None


def test_a_break_that_is_told_with_an_old_trade_spoils_the_bar_of_now() -> None:
    room = Room("1h")
    seat = room.sit(nobody)
    told(room, 100.0)
    told(room, *CALM, bar=1)
    told(room, *CALM, bar=2)
    room.tell(Tick(1000 * time_of(1) + 9, 100.0, 1.0), complete=False)
    assert seat.gap(bar_of(2, CALM), time_of(2)) is not None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-9, 9), st.integers(0, 9)), max_size=60))
def test_sleepers_wake_exactly_when_a_price_passes_theirs(steps: list[tuple[int, int, int]]) -> None:
    sleepers: Sleepers[list[int]] = Sleepers()
    people = [[at] for at in range(10)]
    quiet: dict[int, tuple[float, float]] = {}
    for who, price, width in steps:
        if width:
            quiet[who] = (price - width, price + width)
            sleepers.rest(people[who], quiet[who])
            continue
        expected = {one for one, (low, high) in quiet.items() if not low <= price <= high}
        assert {one[0] for one in sleepers.wake(price)} == expected
        for one in expected:
            del quiet[one]
        assert len(sleepers) == len(quiet)


def test_however_often_somebody_turns_over_the_heaps_stay_small() -> None:
    sleepers: Sleepers[list[int]] = Sleepers()
    one = [1]
    for at in range(1_000):
        sleepers.rest(one, (-1.0 - at, 1.0 + at))
    assert max(len(sleepers._above), len(sleepers._below)) <= SPARE + 3
    assert sleepers.wake(0.0) == []
    assert sleepers.wake(2_000.0) == [one]


def test_the_tick_size_of_a_history_changes_nothing_here() -> None:
    strategy = replace(quiet_strategy(), market=replace(MARKET, tick_size=None))
    walk = [CALM, [100.0, 101.5, 97.0], CALM]
    assert decided(live(strategy, Stage(walk))) == decided(backtested(strategy, walk))
