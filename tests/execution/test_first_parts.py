"""The first part of an entry may be too small for any order: the exits wait for more of it, and the entry goes on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.messages import Accepted, Cancelled, PlaceOrder, Rejected, Standing, Traded, WithdrawOrder
from tests.execution.test_late_reports import LONG, SHORT, TARGETS
from tests.execution.test_live_runner import RESTING, STEP, Live

if TYPE_CHECKING:
    from execution.messages import Request
    from spec.strategy import Strategy

SPOT = RESTING
BRACKETS = replace(RESTING, targets=TARGETS)
LIMIT_LONG, LIMIT_SHORT = (replace(one, entry=replace(one.entry, order=RESTING.entry.order)) for one in (LONG, SHORT))  # type: ignore[union-attr,type-var]
WORTH, LEAST = Decimal(5), Decimal("0.001")
THERE = Standing(Decimal(0), STEP, 7, (), LEAST, WORTH)


def begun(strategy: Strategy) -> Live:
    """A run whose limit entry rests."""
    run = Live(strategy)
    run.write(run.runner.stand(THERE))
    run.bar()
    run.report(Accepted(run.last.order.id))
    return run


def fill(run: Live, size: str) -> list[Request]:
    """What is asked for when so much more of the entry fills at 100."""
    entry, sent = run.asked[0].order, len(run.asked)
    run.report(Traded(entry.id, f"t{len(run.lines)}", Decimal(size), 100.0))
    return run.asked[sent:]


def placed(asked: list[Request]) -> list[tuple[str, Decimal]]:
    return [(one.order.type, one.order.size) for one in asked if isinstance(one.message, PlaceOrder)]


@pytest.mark.parametrize("strategy", [SPOT, BRACKETS])
def test_a_first_part_that_is_worth_too_little_waits_for_more_and_the_entry_goes_on(strategy: Strategy) -> None:
    run = begun(strategy)
    assert fill(run, "0.02") == []
    assert fill(run, "0.01") == []
    run.bar()
    assert run.asked[1:] == []
    assert placed(fill(run, "0.03")) == [("stop", Decimal("0.06"))]
    assert run.runner.live_desk.life.round == run.again()[0].live_desk.life.round


def test_brackets_come_once_each_of_them_is_worth_enough_and_take_the_place_of_the_stop() -> None:
    run = begun(BRACKETS)
    assert placed(fill(run, "0.08")) == [("stop", Decimal("0.08"))]
    stop = run.last.order
    asked = fill(run, "0.04")
    assert asked[0].message == WithdrawOrder(stop.id)
    assert placed(asked) == [("bracket", Decimal("0.06"))] * 2
    asked = fill(run, "0.02")
    assert sorted(one.order.size for one in asked) == [Decimal("0.07")] * 2


def test_a_target_that_is_worth_too_little_waits_and_the_stop_beside_it_does_not() -> None:
    run = begun(LIMIT_LONG)
    assert placed(fill(run, "0.08")) == [("stop", Decimal("0.08"))]
    assert placed(fill(run, "0.04")) == [("limit", Decimal("0.06"))] * 2


def test_a_size_below_the_markets_least_waits_as_well() -> None:
    run = Live(SPOT)
    run.write(run.runner.stand(replace(THERE, least=Decimal("0.5"), worth=Decimal(0))))
    run.bar()
    assert fill(run, "0.4") == []
    assert placed(fill(run, "0.1")) == [("stop", Decimal("0.5"))]


def test_what_waited_is_asked_for_once_the_entry_is_at_an_end() -> None:
    run = begun(SPOT)
    fill(run, "0.02")
    run.tell("pause")
    assert run.last.message == WithdrawOrder(run.asked[0].order.id)
    run.report(Cancelled(run.asked[0].order.id))
    assert (run.last.order.type, run.last.order.size) == ("stop", Decimal("0.02"))
    run.report(Rejected(run.last.order.id, "the value 2 is below the least of ETH/USDT, 5 USDT"))
    assert (run.last.order.type, run.last.order.size) == ("market", Decimal("0.02"))


def test_the_end_of_the_entry_of_a_stranded_position_asks_for_no_order_before_its_time() -> None:
    run = begun(SPOT)
    fill(run, "1")
    while not run.runner.live_desk.stranded:
        run.report(Rejected(run.last.order.id, "down"))
    sent = len(run.asked)
    run.report(Cancelled(run.asked[0].order.id))
    assert run.asked[sent:] == []


def test_an_exit_that_works_is_not_given_up_because_it_has_become_small() -> None:
    run = begun(SPOT)
    fill(run, "0.1")
    stop = run.last.order
    run.report(Accepted(stop.id), Traded(stop.id, "s", Decimal("0.08"), 97.0))
    assert run.last.order == stop
    assert not any(isinstance(one.message, WithdrawOrder) and one.order.id == stop.id for one in run.asked)


def test_a_least_that_the_exchange_has_changed_is_a_line() -> None:
    run = begun(SPOT)
    assert run.write(run.runner.stand(THERE)) == []
    assert len(run.write(run.runner.stand(replace(THERE, worth=Decimal(10))))) == 1
    assert run.runner.live_desk.life.plan.worth == 10


@given(st.sampled_from([SPOT, LIMIT_LONG, LIMIT_SHORT]), st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_whatever_is_worth_an_order_has_a_stop_for_all_of_it_and_what_is_not_has_none(
    strategy: Strategy, parts: list[int]
) -> None:
    run, held, protected = begun(strategy), Decimal(0), Decimal(0)
    for part in parts:
        for one in fill(run, str(part * STEP)):
            protected = one.order.size - one.filled if one.order.type == "stop" else protected
        held += part * STEP
        turn = run.runner.live_desk.life.round
        assert turn is not None
        stop = next((one for one in turn.working if one.role == "stop"), None)
        if stop is None:
            assert protected == 0
            assert held * (103 if strategy is LIMIT_SHORT else 97) < WORTH
        else:
            assert stop.level is not None
            assert protected == stop.size == held
            assert held * stop.level >= WORTH
