"""A run on an exchange that hears trades: it asks at the trade itself, and not for what comes too late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from execution import entries as say
from execution.feeds.tick_feed import TickFeed
from execution.live_runner import RULES, LiveRunner
from execution.loop import FRESH, go_on
from execution.messages import PlaceOrder, Rejected, Traded, WithdrawOrder
from execution.ports import Tick
from execution.resuming import begin, link, resume
from spec.geometry import Level
from spec.signals import SrProximity, TrendlineCross
from tests.execution.ports import Commands, Journal
from tests.execution.scenes import bars_of, time_of
from tests.execution.test_live_loop import Broker, Exchange
from tests.execution.test_runner_resuming import began
from tests.execution.test_runner_ticks import CALM, candle_of, candles_of, quiet_strategy, ticks_of, walks
from tests.execution.test_tick_feed import Stage

if TYPE_CHECKING:
    from execution.messages import Request
    from spec.market import Market
    from spec.strategy import Strategy
    from tests.execution.test_runner_ticks import Prices

JUMP = [100.0, 100.75, 101.25, 102.0]


def live(strategy: Strategy, history: Prices = CALM) -> LiveRunner:
    bars = candles_of([history])
    runner = begin(replace(began(strategy, bars), account="main", live=RULES), strategy, bars)[0]
    assert isinstance(runner, LiveRunner)
    return runner


def heard(runner: LiveRunner, row: int, prices: Prices) -> list[say.Entry]:
    return [line for tick in ticks_of(row, prices) for line in runner.tick(time_of(row), tick)]


def times(said: list[say.Entry]) -> set[int]:
    return {one.time for one in said if not isinstance(one, say.Began)}


def placed(requests: tuple[Request, ...]) -> list[str]:
    return [one.message.order.type for one in requests if isinstance(one.message, PlaceOrder)]


def test_an_entry_is_asked_for_at_the_trade_and_not_again_at_the_close() -> None:
    runner = live(quiet_strategy())
    said = heard(runner, 1, JUMP)
    assert [one.price for one in said if isinstance(one, say.Ticked)] == [100.0, 101.25]
    assert times(said) == {time_of(1)}
    requests = runner.requests()
    assert placed(requests) == ["market"]
    runner.report(Traded(requests[0].order.id, "1", requests[0].order.size, 101.25))
    assert placed(runner.requests()) == ["bracket"]
    runner.take(candles_of([CALM, JUMP])[1:])
    assert placed(runner.requests()) == []


def test_what_trades_did_not_tell_is_asked_for_at_the_close() -> None:
    runner = live(quiet_strategy())
    heard(runner, 1, [100.0, 100.5])
    runner.miss(say.Missed(time_of(1), 100.0, 100.5, 100.5))
    runner.take(bars_of([candle_of(CALM), (100.0, 102.0, 99.0, 101.5)])[1:])
    assert placed(runner.requests()) == ["market"]


def test_an_exit_goes_out_at_its_trade() -> None:
    nodes = {
        "in": TrendlineCross("1h", Level(101.0), "up", "intrabar"),
        "out": SrProximity("1h", Level(103.0), "touch", "intrabar"),
    }
    runner = live(replace(quiet_strategy(), nodes=nodes, exit="out"))
    heard(runner, 1, JUMP)
    entry = runner.requests()[0].order
    runner.report(Traded(entry.id, "1", entry.size, 101.25))
    runner.requests()
    runner.tick(time_of(1), Tick(9, 103.0, 1.0))
    asked = runner.requests()
    assert [type(one.message) for one in asked] == [WithdrawOrder, PlaceOrder]
    assert placed(asked) == ["market"]


def test_an_entry_waits_while_an_earlier_one_is_taken_back() -> None:
    runner = live(quiet_strategy())
    heard(runner, 1, JUMP)
    runner.tell("pause")
    runner.tell("resume")
    runner.take(candles_of([CALM, JUMP])[1:])
    said = heard(runner, 2, [100.0, 101.5])
    assert any("an earlier entry was being taken back" in one.text for one in said if isinstance(one, say.Noted))


def test_after_bars_that_were_left_out_the_order_bears_the_time_of_its_bar() -> None:
    runner = live(quiet_strategy())
    said = heard(runner, 5, JUMP)
    assert times(said) == {time_of(5)}


def test_a_trade_that_happened_too_long_ago_is_not_entered_on_and_the_refusal_says_by_how_much() -> None:
    strategy, bars = quiet_strategy(), candles_of([CALM])
    runner, chain, begun = begin(replace(began(strategy, bars), account="main", live=RULES), strategy, bars)
    said = [line for tick in ticks_of(1, JUMP) for line in runner.tick(time_of(1), tick, 119)]
    assert [(one.rule, one.reason) for one in said if isinstance(one, say.Refused)] == [
        ("late trade", "late trade: it happened 119 seconds ago, and 10 are the most for an entry")
    ]
    assert not any(isinstance(one, say.Placed) for one in said)
    closed = runner.take(candles_of([CALM, JUMP])[1:])
    assert not any(isinstance(one, say.Placed) for one in closed)
    lines = [*begun, *link(chain, said), *link(chain, closed)]
    assert resume(lines, strategy, bars)[0].time == time_of(1)


def test_an_exit_goes_on_a_trade_however_old_it_is_and_an_entry_beside_a_position_is_no_refusal() -> None:
    nodes = {
        "in": TrendlineCross("1h", Level(101.0), "up", "intrabar"),
        "out": SrProximity("1h", Level(103.0), "touch", "intrabar"),
    }
    runner = live(replace(quiet_strategy(), nodes=nodes, exit="out"))
    heard(runner, 1, JUMP)
    entry = runner.requests()[0].order
    runner.report(Traded(entry.id, "1", entry.size, 101.25))
    runner.requests()
    said = runner.tick(time_of(1), Tick(9, 103.0, 1.0), 119)
    assert placed(runner.requests()) == ["market"]
    assert not any(isinstance(one, say.Refused) for one in said)


@settings(deadline=None)
@given(walks(most=8))
def test_a_run_with_trades_and_reports_comes_of_its_lines_again(walk: list[Prices]) -> None:
    strategy, history = quiet_strategy(), candles_of(walk)[:1]
    first = replace(began(strategy, history), account="main", live=RULES)
    runner, chain, begun = begin(first, strategy, history)
    assert isinstance(runner, LiveRunner)
    lines, bars = list(begun), candles_of(walk)
    for row in range(1, len(walk)):
        for tick in ticks_of(row, walk[row]):
            lines += link(chain, runner.tick(time_of(row), tick))
            for request in runner.requests():
                report = Traded(request.order.id, "1", request.order.size, tick.price)
                refused = Rejected(request.order.id, "no")
                kind = request.order.type == "market" and isinstance(request.message, PlaceOrder)
                lines += link(chain, runner.report(report if kind else refused))
        lines += link(chain, runner.take(bars[row : row + 1]))
        runner.requests()
    again, _ = resume(lines, strategy, history)
    assert again.quiet == runner.quiet


class Late(Stage):
    """A stage whose trades and bars are heard long after."""

    def now(self, market: Market) -> int:
        return time_of(len(self.walk)) + 100 * FRESH


class Fresh(Stage):
    def now(self, market: Market) -> int:
        return 0


class Waited(Stage):
    """A stage whose bars are in time, and whose trades waited for the bar before theirs."""

    def now(self, market: Market) -> int:
        return time_of(2) + 60


@pytest.mark.parametrize(("stage", "orders", "word"), [(Fresh, 1, None), (Late, 0, "late"), (Waited, 0, "refused")])
def test_trades_that_are_too_old_are_not_entered_on(stage: type[Stage], orders: int, word: str | None) -> None:
    walk = [CALM, CALM, JUMP, [102.0, 102.5]]
    strategy, history, acted = quiet_strategy(), candles_of(walk)[:1], stage(walk)
    journal = Journal(begin(replace(began(strategy, history), account="main", live=RULES), strategy, history)[2])
    exchange = Exchange()
    broker = Broker(exchange, journal)
    feed = TickFeed(acted, acted, pytest.fail)  # type: ignore[arg-type]

    async def scene() -> None:
        async with asyncio.timeout(10):
            await go_on(strategy, feed, journal, Commands(), broker)

    asyncio.run(scene())
    entries = [one for one in exchange.orders.values() if one.order.type == "market" and not one.order.reduce_only]
    assert len(entries) == orders
    said = [say.read(line.text) for line in journal.lines]
    told = ["late" for one in said if isinstance(one, say.Told) and one.word == "late"]
    told += ["refused" for one in said if isinstance(one, say.Refused)]
    assert told == ([word] if word else [])
