"""The account's limits: each refuses by its name and with its figures, and what a run was told replays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.account import (
    Account,
    Entering,
    Group,
    Holding,
    Limits,
    Rate,
    Refusal,
    Tally,
    check,
    closed,
    joined,
    ordered,
)
from execution.brokers.terms import PaperTerms
from execution.ledger import Trade
from execution.orders import order_id
from execution.resuming import begin, link, pin, resume
from spec.canonical import digest
from tests.execution.scenes import MARKET, Scene, bars_of, strategy_of, time_of
from tests.execution.test_properties import rows, strategies

if TYPE_CHECKING:
    from execution.journal import Chain, Line
    from execution.runner import Runner
    from spec.bars import Bars
    from spec.strategy import Strategy
    from tests.execution.scenes import Row

DAY = 86_400
HERE, THERE, ELSEWHERE = "binance ETH/USDT", "binance BTC/USDT", "kraken SOL/EUR"
ENTERING = Entering(HERE, 2_000.0, 10 * DAY + 600)
ACCOUNT = Account(
    equity=9_000.0,
    peak=10_000.0,
    day=10,
    realised=-450.0,
    held=(Holding(HERE, 1_000.0), Holding(THERE, 3_000.0), Holding(ELSEWHERE, 4_000.0)),
    orders=(10 * DAY + 540, 10 * DAY + 541, 10 * DAY + 600),
    feed_age=30.0,
)
MAJORS = Group((HERE, THERE), positions=2)

# What is allowed just so, what is just too much, and the sentence.
CASES: tuple[tuple[Limits, Limits, Refusal], ...] = (
    (
        Limits(feed_age=30),
        Limits(feed_age=29),
        Refusal("stale feed", "stale feed: the feed has been silent for 30 seconds, and 29 are the most"),
    ),
    (
        Limits(rate=Rate(3, 60)),
        Limits(rate=Rate(2, 60)),
        Refusal("order rate", "order rate: 2 orders went out in the last 60 seconds, and 2 are the most"),
    ),
    (
        Limits(daily_loss=0.0477),
        Limits(daily_loss=0.0476),
        Refusal("daily loss", "daily loss: the day has lost 450, and 449.82 (4.7600% of the equity) is the most"),
    ),
    (
        Limits(drawdown=0.1001),
        Limits(drawdown=0.1),
        Refusal("drawdown", "drawdown: the equity has fallen from 10000 to 9000, and 10.0000% is the most"),
    ),
    (
        Limits(position=0.223),
        Limits(position=0.222),
        Refusal(
            "position",
            "position: the entry into binance ETH/USDT would come to 2000, and 0.222 x the equity of 9000 is the most",
        ),
    ),
    (
        Limits(market=0.334),
        Limits(market=0.333),
        Refusal(
            "market exposure",
            "market exposure: binance ETH/USDT would come to 3000, and 0.333 x the equity of 9000 is the most",
        ),
    ),
    (
        Limits(exposure=1.12),
        Limits(exposure=1.11),
        Refusal(
            "exposure", "exposure: all that is open would come to 10000, and 1.11 x the equity of 9000 is the most"
        ),
    ),
    (
        Limits(positions=4),
        Limits(positions=3),
        Refusal("open positions", "open positions: 3 positions are open, and 3 are the most"),
    ),
    (
        Limits(groups={"majors": replace(MAJORS, positions=3), "other": Group((ELSEWHERE,), positions=1)}),
        Limits(groups={"majors": MAJORS}),
        Refusal(
            "correlated markets", "correlated markets: 2 positions of the group majors are open, and 2 are the most"
        ),
    ),
    (
        Limits(groups={"majors": Group((HERE, THERE), exposure=0.667)}),
        Limits(groups={"a": Group((HERE,)), "majors": Group((HERE, THERE), exposure=0.666)}),
        Refusal(
            "correlated markets",
            "correlated markets: the group majors would come to 6000, and 0.666 x the equity of 9000 is the most",
        ),
    ),
)


@pytest.mark.parametrize(("allowed", "too_much", "refusal"), CASES, ids=[case[2].reason for case in CASES])
def test_a_limit_lets_in_what_it_allows_and_refuses_what_is_more_by_name_and_figures(
    allowed: Limits, too_much: Limits, refusal: Refusal
) -> None:
    assert check(allowed, ACCOUNT, ENTERING) is None
    assert check(too_much, ACCOUNT, ENTERING) == refusal


def test_without_limits_everything_is_let_in_but_past_the_kill_switch() -> None:
    assert check(Limits(), ACCOUNT, ENTERING) is None
    refusal = check(Limits(), replace(ACCOUNT, killed=True), ENTERING)
    assert refusal == Refusal(
        "kill switch", "kill switch: the kill switch is on; nothing new is opened until it is off"
    )


def test_an_entry_of_exactly_the_limit_is_let_in() -> None:
    account = Account(equity=10_000.0, peak=10_000.0)
    assert check(Limits(position=0.2, market=0.2, exposure=0.2), account, ENTERING) is None
    assert check(Limits(position=0.2), account, replace(ENTERING, notional=2_000.0000001)) is not None


def test_a_size_that_was_cut_to_its_limit_is_let_in_despite_a_floats_last_digit() -> None:
    cut = Entering(HERE, 0.1 + 0.2, 0)
    assert cut.notional > 0.3
    assert check(Limits(position=0.3), Account(equity=1.0, peak=1.0), cut) is None


def test_a_day_that_has_lost_just_what_it_may_loses_no_more() -> None:
    account = Account(equity=900.0, peak=1_000.0, day=10, realised=-100.0)
    assert check(Limits(daily_loss=0.1), account, ENTERING) is not None
    assert check(Limits(daily_loss=0.1), replace(account, realised=-99.0), ENTERING) is None


def test_yesterdays_loss_holds_nothing_back_today() -> None:
    assert check(Limits(daily_loss=0.01), replace(ACCOUNT, day=9), ENTERING) is None


def test_a_feed_that_nobody_measured_is_not_stale() -> None:
    assert check(Limits(feed_age=1), replace(ACCOUNT, feed_age=None), ENTERING) is None


def test_an_account_that_is_used_up_is_drawn_down() -> None:
    refusal = check(Limits(drawdown=1.0), replace(ACCOUNT, equity=0.0), ENTERING)
    assert refusal is not None
    assert refusal.rule == "drawdown"


def trade(time: int, pnl: float) -> Trade:
    return Trade("long", time - 60, 100.0, time, 99.0, 1.0, "stop", pnl)


def test_a_tally_counts_the_days_profit_and_the_peak_while_nothing_is_held() -> None:
    first = closed(Tally(1_000.0), trade(DAY + 5, 20.0), None)
    assert first == Tally(1_000.0, 1, 20.0)
    second = closed(first, trade(DAY + 6, -5.0), 1_015.0)
    assert second == Tally(1_015.0, 1, 15.0)
    assert closed(second, trade(2 * DAY, -15.0), 1_000.0) == Tally(1_015.0, 2, -15.0)


def test_a_tally_keeps_as_many_order_times_as_the_rate_asks_for() -> None:
    tally = Tally(1.0)
    for time in (1, 2, 3):
        tally = ordered(tally, time, Rate(2, 60))
    assert tally.orders == (2, 3)
    assert ordered(tally, 4, None) == tally


def test_the_account_is_the_snapshot_and_the_runs_own_part() -> None:
    tally = Tally(1_500.0, 10, -50.0, (7,))
    alone = joined(Account(), tally, 1_200.0, 10 * DAY)
    assert alone == Account(1_200.0, 1_500.0, 10, -50.0, (), (7,))
    rest = Account(8_000.0, 9_500.0, 10, -100.0, (Holding(HERE, 1.0),), (3,), 5.0)
    assert joined(rest, tally, 1_200.0, 10 * DAY) == Account(
        9_200.0, 9_500.0, 10, -150.0, (Holding(HERE, 1.0),), (3, 7), 5.0
    )
    assert joined(rest, tally, 1_200.0, 11 * DAY) == Account(
        9_200.0, 9_500.0, 11, 0, (Holding(HERE, 1.0),), (3, 7), 5.0
    )
    assert joined(rest, tally, 3_000.0, 10 * DAY).peak == 11_000.0


CALM = (100.0, 101.0, 99.5, 100.0)
SCENE = Scene("", (CALM, CALM, (100.0, 102.0, 99.0, 101.5), (101.5, 105.75, 101.0, 105.5), CALM), (), signal=1)
FULL = Account(equity=5_000.0, peak=20_000.0, held=(Holding(THERE, 40_000.0),))


def began(strategy: Strategy, history: Bars, limits: Limits | None) -> say.Began:
    return say.Began(
        strategy="str_1",
        digest=digest(strategy),
        feed="replay",
        market=MARKET.name,
        timeframe="1h",
        after=history.end,
        history=pin(history),
        terms=PaperTerms(),
        limits=msgspec.UNSET if limits is None else limits,
    )


def go(runner: Runner, chain: Chain, bars: Bars, known: dict[int, Account], rest: range) -> list[Line]:
    """One bar after another, each with what is known of the account before it."""
    lines: list[Line] = []
    for row in rest:
        if row in known:
            lines += link(chain, runner.know(known[row]))
        lines += link(chain, runner.take(bars[row : row + 1]))
    return lines


def whole(strategy: Strategy, bars: Bars, limits: Limits | None, known: dict[int, Account]) -> list[Line]:
    runner, chain, first = begin(began(strategy, bars[:1], limits), strategy, bars[:1])
    return [*first, *go(runner, chain, bars, known, range(1, len(bars)))]


def test_a_refusal_is_logged_with_its_rule_and_ends_the_round() -> None:
    bars, strategy = bars_of(SCENE.bars), strategy_of(SCENE)
    lines = whole(strategy, bars, Limits(exposure=2.5), {1: FULL})
    said = [say.read(line.text) for line in lines]
    reason = "exposure: all that is open would come to 45000, and 2.5 x the equity of 15000 is the most"
    assert [one for one in said if isinstance(one, say.Refused)] == [
        say.Refused(time_of(2), said_id(strategy), reason, "exposure")
    ]
    assert say.Noted(time_of(2), f"entry refused: {reason}") in said
    assert say.Known(time_of(0), FULL) in said
    assert not any(isinstance(one, say.Placed) for one in said)
    assert resume(lines, strategy, bars[:1])[0].time == time_of(4)


def said_id(strategy: Strategy) -> str:
    return order_id(digest(strategy), time_of(1), "in", "entry")


def test_what_a_limit_allows_trades_as_without_it() -> None:
    bars, strategy = bars_of(SCENE.bars), strategy_of(SCENE)
    lines = whole(strategy, bars, Limits(exposure=100.0, rate=Rate(5, 60)), {})
    assert [line.text for line in lines[2:]] == [line.text for line in whole(strategy, bars, None, {})[2:]]


def test_a_beginning_without_limits_is_written_as_it_always_was() -> None:
    bars, strategy = bars_of(SCENE.bars), strategy_of(SCENE)
    assert '"limits"' not in whole(strategy, bars, None, {})[0].text
    assert whole(strategy, bars, Limits(positions=1), {})[0].text.endswith('"rate":null,"feed_age":null}}')


LIMITS = st.builds(
    Limits,
    exposure=st.sampled_from([None, 0.5, 2.0]),
    daily_loss=st.sampled_from([None, 0.005, 0.02]),
    drawdown=st.sampled_from([None, 0.005, 0.02]),
    rate=st.sampled_from([None, Rate(3, 10_800)]),
)
SNAPSHOTS = st.dictionaries(
    st.integers(1, 40),
    st.builds(
        Account,
        equity=st.sampled_from([0.0, 5_000.0]),
        killed=st.booleans(),
        held=st.sampled_from([(), (Holding(THERE, 9_000.0),)]),
    ),
    max_size=3,
)


@given(rows(), strategies(), LIMITS, SNAPSHOTS, st.integers(1, 40))
def test_a_run_with_limits_that_was_interrupted_goes_on_as_if_it_had_not_been(
    table: list[Row], strategy: Strategy, limits: Limits, known: dict[int, Account], cut: int
) -> None:
    bars = bars_of(table)
    undisturbed = whole(strategy, bars, limits, known)
    before = whole(strategy, bars[: 1 + cut], limits, known)
    runner, chain = resume(before, strategy, bars[:1])
    after = go(runner, chain, bars, known, range(min(1 + cut, len(bars)), len(bars)))
    assert [*before, *after] == undisturbed


def test_a_watch_is_told_of_the_account_and_does_nothing() -> None:
    strategy = strategy_of(SCENE)
    watch = msgspec.structs.replace(strategy, kind="watch", entry=None, stop=None, targets=(), exit=None)
    bars = bars_of(SCENE.bars)
    assert say.Known(time_of(0), FULL) in [say.read(line.text) for line in whole(watch, bars, None, {1: FULL})]
