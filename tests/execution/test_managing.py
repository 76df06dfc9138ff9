"""Entries that wait and positions that are looked after, as scenes: each is played for a long, and mirrored."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from execution.exits import columns_of, every_rule_of, mark_columns, marks_at
from execution.lifecycle import State
from execution.managing import tightest
from execution.messages import (
    AmendOrder,
    BarClosed,
    BarOpened,
    CancelOrder,
    Note,
    OrderDropped,
    OrderFilled,
    Seen,
    Start,
    SubmitOrder,
)
from execution.orders import order_id
from execution.plan import plan_of
from execution.rounds import Round
from execution.strategy_kernel import Lifecycle, purpose_of, step
from spec.managing import BreakEven, EntryOrder, Managing, Requote, Trail
from spec.strategy import AtAtr, AtPercent, AtPrice, Target
from tests.execution.scenes import Scene, bars_of, mirrored, outcomes, play, rising, rounded, strategy_of, time_of

if TYPE_CHECKING:
    from execution.messages import Effect, Event

CALM = (100.0, 101.0, 99.5, 100.0)
HALVES = (Target(AtPrice(103.0), 0.5), Target(AtPrice(105.0), 0.5))
ENTRY = (100.0, 101.0, 99.5, 100.5)
UP = (100.5, 101.0, 100.0, 100.75)
HIGHER = (101.25, 102.0, 101.0, 101.5)
TO_TARGET = (100.0, 105.5, 99.5, 105.0)
DIP = (100.5, 101.0, 98.9, 100.0)

SCENES = (
    Scene(
        "a trail on a line never moves back, though the line does",
        (CALM, (100.0, 101.0, 99.5, 100.0), (100.0, 101.0, 99.0, 100.5), (100.5, 101.0, 98.4, 99.0)),
        ((1, 100.0, 3, 98.5, 50.0, "stop"),),
        managing=Managing(trail=Trail(rising(99.0, -0.25))),
    ),
    Scene(
        "a trail stays behind its line where the line runs away from the price",
        (CALM, ENTRY, (100.5, 101.0, 99.4, 100.5), (100.5, 101.0, 98.6, 99.0)),
        ((1, 100.0, 3, 99.25, 50.0, "stop"),),
        managing=Managing(trail=Trail(rising(97.75, 0.5))),
    ),
    Scene(
        "a trail further away than the stop changes nothing",
        (CALM, ENTRY, (100.5, 101.0, 97.5, 98.0)),
        ((1, 100.0, 2, 98.0, 50.0, "stop"),),
        managing=Managing(trail=Trail(rising(96.0, 0.0))),
    ),
    Scene(
        "a trail waits until the price has gone its multiple of the risk",
        (CALM, (100.0, 101.0, 99.5, 101.0), (101.0, 102.0, 98.9, 101.0), (101.0, 101.5, 98.9, 99.5)),
        ((1, 100.0, 3, 99.0, 50.0, "stop"),),
        managing=Managing(trail=Trail(rising(99.0, 0.0), after=1.0)),
    ),
    Scene(
        "what the entry's own bar showed before the fill is not known: its close alone counts",
        (CALM, (100.0, 104.0, 99.5, 100.0), (100.0, 101.0, 98.9, 100.0), CALM),
        ((1, 100.0, 3, 100.0, 50.0, "end of data"),),
        managing=Managing(break_even=BreakEven(after_r=1.0)),
    ),
    Scene(
        "the stop goes to the entry once the first target has filled",
        (CALM, ENTRY, (100.5, 103.5, 100.25, 103.0), (103.0, 103.2, 99.8, 100.0)),
        ((1, 100.0, 2, 103.0, 25.0, "target 1"), (1, 100.0, 3, 100.0, 25.0, "stop")),
        targets=HALVES,
        managing=Managing(break_even=BreakEven(after_target=1)),
    ),
    Scene(
        "and that within the very bar in which it fills",
        (CALM, ENTRY, (100.5, 103.5, 99.0, 100.0), CALM),
        ((1, 100.0, 2, 103.0, 25.0, "target 1"), (1, 100.0, 2, 100.0, 25.0, "stop")),
        targets=HALVES,
        managing=Managing(break_even=BreakEven(after_target=1)),
    ),
    Scene(
        "the second target does not stand for the first",
        (CALM, ENTRY, (100.5, 103.5, 100.25, 103.0), (103.0, 103.2, 99.8, 100.0)),
        ((1, 100.0, 2, 103.0, 25.0, "target 1"), (1, 100.0, 3, 100.0, 25.0, "end of data")),
        targets=HALVES,
        managing=Managing(break_even=BreakEven(after_target=2)),
    ),
    Scene(
        "the stop goes to the entry once the price has gone one risk, from the next open on",
        (CALM, ENTRY, (100.5, 102.0, 99.75, 101.5), (101.5, 101.75, 99.5, 100.0)),
        ((1, 100.0, 3, 100.0, 50.0, "stop"),),
        managing=Managing(break_even=BreakEven(after_r=1.0)),
    ),
    Scene(
        "a tick short of one risk the stop stays",
        (CALM, ENTRY, (100.5, 101.99, 99.75, 101.5), (101.5, 101.75, 99.5, 101.0)),
        ((1, 100.0, 3, 101.0, 50.0, "end of data"),),
        managing=Managing(break_even=BreakEven(after_r=1.0)),
    ),
    Scene(
        "a position is left at the open after so many bars",
        (CALM, ENTRY, UP, HIGHER, CALM),
        ((1, 100.0, 3, 101.25, 50.0, "time"),),
        managing=Managing(bars=2),
    ),
    Scene(
        "a position is left at the first open of a time of day (row 3 opens at 01:00 UTC)",
        (CALM, ENTRY, UP, HIGHER, CALM),
        ((1, 100.0, 3, 101.25, 50.0, "time"),),
        managing=Managing(minute=60),
    ),
    Scene(
        "a time of day between two bars is met by the later one",
        (CALM, ENTRY, UP, HIGHER, CALM),
        ((1, 100.0, 3, 101.25, 50.0, "time"),),
        managing=Managing(minute=1),
    ),
    Scene(
        "a position that is entered at the time of day stays until the next day",
        (CALM, ENTRY, UP, HIGHER),
        ((1, 100.0, 3, 101.5, 50.0, "end of data"),),
        managing=Managing(minute=23 * 60),
    ),
    Scene(
        "a position is left when the strategy's time is over",
        (CALM, ENTRY, UP, HIGHER, CALM),
        ((1, 100.0, 3, 101.25, 50.0, "time"),),
        managing=Managing(until=time_of(3)),
    ),
    Scene(
        "nothing is entered from then on",
        (CALM, ENTRY, UP, HIGHER),
        (),
        managing=Managing(until=time_of(1)),
    ),
    Scene(
        "a close beyond the invalidation leaves at the next open",
        (CALM, (100.0, 101.0, 99.2, 99.6), (99.6, 100.0, 99.1, 99.4), (99.3, 100.0, 99.0, 99.5)),
        ((1, 100.0, 3, 99.3, 50.0, "invalidated"),),
        managing=Managing(invalidation=AtPrice(99.5)),
    ),
    Scene(
        "a close on the invalidation is not beyond it",
        (CALM, (100.0, 101.0, 99.2, 99.5), (99.5, 100.0, 99.1, 99.5)),
        ((1, 100.0, 2, 99.5, 50.0, "end of data"),),
        managing=Managing(invalidation=AtPrice(99.5)),
    ),
    Scene(
        "an invalidation on a line moves with it",
        (CALM, (100.0, 101.0, 98.6, 98.75), (98.75, 99.5, 98.5, 98.9), (98.8, 99.5, 98.5, 99.0)),
        ((1, 100.0, 3, 98.8, 50.0, "invalidated"),),
        managing=Managing(invalidation=rising(98.0, 0.5)),
    ),
    Scene(
        "a signal whose own bar closes beyond the invalidation is not traded",
        (CALM, ENTRY, UP),
        (),
        managing=Managing(invalidation=AtPrice(100.5)),
    ),
    Scene(
        "a limit entry waits for its price, and its size is taken from there",
        (CALM, ENTRY, DIP, TO_TARGET),
        ((2, 99.0, 3, 105.0, 100.0, "target"),),
        order=EntryOrder("limit", AtPrice(99.0)),
    ),
    Scene(
        "a limit entry is taken back at the open after its bars",
        (CALM, ENTRY, DIP, TO_TARGET),
        (),
        order=EntryOrder("limit", AtPrice(99.0), bars=1),
    ),
    Scene(
        "and not a bar sooner",
        (CALM, ENTRY, DIP, TO_TARGET),
        ((2, 99.0, 3, 105.0, 100.0, "target"),),
        order=EntryOrder("limit", AtPrice(99.0), bars=2),
    ),
    Scene(
        "a stop entry waits until the price breaks out",
        (CALM, ENTRY, (101.0, 102.0, 100.5, 101.75), (101.75, 105.5, 101.5, 105.0)),
        ((2, 101.5, 3, 105.0, 28.57142857, "target"),),
        order=EntryOrder("stop", AtPrice(101.5)),
    ),
    Scene(
        "a stop-limit entry that is gapped over waits until the price comes back to its limit",
        (CALM, ENTRY, (102.0, 103.5, 101.0, 102.5), (102.5, 105.5, 102.0, 105.0)),
        ((2, 101.5, 3, 105.0, 28.57142857, "target"),),
        order=EntryOrder("stop_limit", AtPrice(101.5), slack=0.0),
    ),
    Scene(
        "a post-only entry that would take is rejected and the round ends",
        (CALM, ENTRY, DIP, TO_TARGET),
        (),
        order=EntryOrder("limit", AtPrice(100.5), time_in_force="post_only"),
    ),
    Scene(
        "a post-only entry that rests fills",
        (CALM, ENTRY, DIP, TO_TARGET),
        ((2, 99.0, 3, 105.0, 100.0, "target"),),
        order=EntryOrder("limit", AtPrice(99.0), time_in_force="post_only"),
    ),
    Scene(
        "an immediate-or-cancel entry that meets nothing is gone",
        (CALM, ENTRY, DIP, TO_TARGET),
        (),
        order=EntryOrder("limit", AtPrice(99.0), time_in_force="ioc"),
    ),
    Scene(
        "a fill-or-kill entry that can fill does so at once, at the price of the market",
        (CALM, ENTRY, (100.5, 105.5, 100.0, 105.0)),
        ((1, 100.0, 2, 105.0, 40.0, "target"),),
        order=EntryOrder("limit", AtPrice(100.5), time_in_force="fok"),
    ),
    Scene(
        "an entry on a line moves with it, and keeps its size",
        (CALM, ENTRY, DIP, TO_TARGET),
        ((2, 99.0, 3, 105.0, 200.0, "target"),),
        order=EntryOrder("limit", rising(98.0, 0.5)),
    ),
    Scene(
        "a close beyond the invalidation takes a waiting entry back",
        (CALM, (100.0, 101.0, 99.2, 99.4), (99.4, 100.0, 98.4, 99.0), TO_TARGET),
        (),
        order=EntryOrder("limit", AtPrice(98.5)),
        managing=Managing(invalidation=AtPrice(99.5)),
    ),
    Scene(
        "a waiting entry is taken back when its time is over, before the bar on which it would have filled",
        (CALM, ENTRY, DIP, TO_TARGET),
        (),
        order=EntryOrder("limit", AtPrice(99.0)),
        managing=Managing(until=time_of(2)),
    ),
    Scene(
        "a second signal while an entry waits changes nothing",
        (CALM, ENTRY, DIP, TO_TARGET),
        ((2, 99.0, 3, 105.0, 100.0, "target"),),
        order=EntryOrder("limit", AtPrice(99.0)),
        leave=1,
    ),
)
LONG_ONLY = (  # distances in percent are not the same on the other side of the mirror
    Scene(
        "a trail in percent follows the best price from bar to bar",
        (CALM, ENTRY, (100.5, 104.0, 100.4, 103.5), (103.5, 103.75, 101.0, 101.5)),
        ((1, 100.0, 3, 101.92, 50.0, "stop"),),
        managing=Managing(trail=Trail(AtPercent(2.0))),
    ),
    Scene(
        "a limit in percent stands under the price of the next open",
        (CALM, (100.5, 101.0, 99.5, 100.5), (100.5, 101.0, 99.4, 100.0), TO_TARGET),
        ((1, 99.5, 3, 105.0, 66.66666666, "target"),),
        order=EntryOrder("limit", AtPercent(0.995024875621890548)),
    ),
    Scene(
        "an entry that has not filled is quoted again from the open",
        (CALM, ENTRY, (102.0, 102.5, 100.9, 102.0), (102.0, 105.5, 101.5, 105.0)),
        ((2, 100.98, 3, 105.0, 100.0, "target"),),
        order=EntryOrder("limit", AtPercent(1.0), requote=Requote(1, 1)),
    ),
    Scene(
        "and no more often than it may",
        (CALM, ENTRY, (102.0, 102.5, 101.5, 102.0), (104.0, 104.5, 101.5, 104.0), CALM),
        ((4, 100.0, 4, 100.0, 100.0, "end of data"),),
        order=EntryOrder("limit", AtPercent(1.0), requote=Requote(1, 1)),
    ),
    Scene(
        "every second bar only where it is said so",
        (CALM, ENTRY, (102.0, 102.5, 100.9, 102.0), (102.0, 102.5, 101.0, 102.0), (102.0, 105.5, 101.5, 105.0)),
        (),
        order=EntryOrder("limit", AtPercent(1.0), requote=Requote(3, 1)),
    ),
    Scene(
        "a stop-limit may fill as far beyond its trigger as its slack",
        (CALM, ENTRY, (101.7, 102.0, 101.6, 101.8), (101.8, 105.5, 101.7, 105.0)),
        ((2, 101.7, 3, 105.0, 28.57142857, "target"),),
        order=EntryOrder("stop_limit", AtPrice(101.5), slack=0.2),
    ),
)


@pytest.mark.parametrize("scene", [*SCENES, *LONG_ONLY], ids=lambda scene: scene.promise)
def test_a_long(scene: Scene) -> None:
    assert rounded(outcomes(play(scene))) == rounded(scene.trades)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.promise)
def test_a_short_is_its_mirror(scene: Scene) -> None:
    assert rounded(outcomes(play(mirrored(scene)))) == rounded(mirrored(scene).trades)


@pytest.mark.parametrize(
    ("promise", "note"),
    [
        (
            "nothing is entered from then on",
            "entry refused: the time until which the strategy enters is over (2023-11-14 23:00 UTC)",
        ),
        (
            "a signal whose own bar closes beyond the invalidation is not traded",
            "entry refused: the bar closed beyond the level that invalidates the entry (2023-11-14 23:00 UTC)",
        ),
        (
            "a limit entry is taken back at the open after its bars",
            "the entry did not fill in its time and is taken back (2023-11-15 00:00 UTC)",
        ),
        (
            "a waiting entry is taken back when its time is over, before the bar on which it would have filled",
            "the entry order was cancelled: the time it was valid for is over (2023-11-15 00:00 UTC)",
        ),
        (
            "a post-only entry that would take is rejected and the round ends",
            "the entry order was rejected: post only: it would take, not rest (2023-11-14 23:00 UTC)",
        ),
    ],
)
def test_it_says_why_there_was_no_trade(promise: str, note: str) -> None:
    scene = next(scene for scene in SCENES if scene.promise == promise)
    assert note in play(scene).notes


def test_a_trail_by_an_atr_takes_the_atr_of_now() -> None:
    quiet = (100.0, 100.5, 99.5, 100.0)
    bars = (*[quiet] * 501, (100.0, 101.0, 99.9, 100.8), (100.8, 102.0, 100.6, 101.8), (101.8, 101.9, 99.0, 99.5))
    scene = Scene("", bars, (), stop=AtPrice(98.0), targets=(), signal=500)
    mean = 1.0
    for spread in (1.1, 1.4):
        mean += (spread - mean) / 14
    trailed = replace(scene, managing=Managing(trail=Trail(AtAtr(1.0))))
    assert outcomes(play(trailed))[0][2:4] == (503, round(102.0 - mean, 2))


def test_an_entry_whose_rule_has_no_price_yet_is_refused() -> None:
    scene = Scene("", (CALM, ENTRY, DIP), (), order=EntryOrder("limit", AtAtr(1.0)))
    played = play(scene)
    assert played.trades == ()
    assert played.notes[0].startswith("entry refused: a stop or target has no price yet")


def test_the_marks_of_stop_and_targets_stand_before_those_of_the_other_rules() -> None:
    managing = Managing(trail=Trail(rising(97.0, 0.5)), invalidation=rising(96.0, 0.0))
    scene = Scene("", (), (), stop=rising(98.0, 1.0), order=EntryOrder("limit", rising(99.0, 0.25)), managing=managing)
    strategy = strategy_of(scene)
    bars = bars_of((CALM, ENTRY))
    own, _ = mark_columns(strategy, bars)
    every, _ = columns_of(every_rule_of(strategy), strategy, bars)
    assert marks_at(own, 1) == (99.0, None)
    assert marks_at(every, 1) == (99.0, None, 97.5, 96.0, 99.25)
    assert list(plan_of(strategy, "digest").more) == ["trail", "invalidation", "entry"]


WAITING = Scene(
    "", (), (), order=EntryOrder("limit", AtPrice(99.0), bars=2), managing=Managing(invalidation=AtPrice(97.0))
)
PENDING = plan_of(strategy_of(WAITING), "digest")
MARKS = (None, None, None, None)
ENTERED = (Start(), BarClosed(0, entry=True), BarOpened(60, 100.0, MARKS))


def live(*events: Event) -> tuple[Lifecycle, tuple[Effect, ...]]:
    now = Lifecycle(PENDING)
    effects: tuple[Effect, ...] = ()
    for event in events:
        now, effects = step(now, event)
    return now, effects


ENTRY_ID = order_id("digest", 0, "in", "entry")
PART = OrderFilled(ENTRY_ID, Decimal(4), 99.0, done=False)


def test_the_rest_of_an_entry_that_filled_in_part_is_taken_back_in_its_time() -> None:
    now, _ = live(*ENTERED, PART)
    now, effects = step(now, BarOpened(120, 100.0, MARKS))
    assert effects == ()
    now, effects = step(now, BarOpened(180, 100.0, MARKS))
    assert effects == (CancelOrder(ENTRY_ID), Note("the entry did not fill in its time and is taken back"))
    now, effects = step(now, OrderDropped(ENTRY_ID, "cancelled", "cancelled"))
    assert now.round is not None
    assert [one.role for one in now.round.working] == ["stop", "target"]


def test_what_fills_of_an_invalidated_entry_all_the_same_is_left_at_once() -> None:
    beyond = BarClosed(60, seen=Seen(100.0, 96.0, 96.5, MARKS))
    now, effects = live(*ENTERED, beyond)
    assert (now.state, effects) == (State.ENTERED, (CancelOrder(ENTRY_ID),))
    assert step(now, beyond)[1] == ()
    assert step(step(now, BarOpened(120, 100.0, MARKS))[0], BarOpened(180, 100.0, MARKS))[1] == ()
    now, effects = step(now, PART)
    assert isinstance(effects[-1], SubmitOrder)
    assert effects[-1].order.type == "market"
    assert purpose_of(now, effects[-1].order.id) == "invalidated"


@pytest.mark.parametrize("more", [{"entry": True}, {"exit": True}, {}])
def test_an_invalidation_counts_whatever_else_is_true_on_the_bar(more: dict[str, bool]) -> None:
    beyond = BarClosed(60, **more, seen=Seen(100.0, 96.0, 96.5, MARKS))
    assert CancelOrder(ENTRY_ID) in live(*ENTERED, beyond)[1]


def test_a_target_that_is_too_small_to_have_a_size_moves_no_stop() -> None:
    scene = Scene("", (), (), targets=HALVES, managing=Managing(break_even=BreakEven(after_target=1)))
    plan = plan_of(strategy_of(scene), "digest")
    smallest, none = Decimal("0.00000001"), Decimal(0)
    turn = Round(0, (None, None, None), smallest, smallest, 100.0, (none, none))
    assert tightest(plan, turn, Decimal(98)) == 98
    filled = replace(turn, opened=Decimal(2), taken=(Decimal(1), none))
    assert tightest(plan, filled, Decimal(98)) == 100


def test_the_rest_of_an_entry_that_filled_in_part_stays_where_it_is() -> None:
    lined = replace(WAITING, order=EntryOrder("limit", rising(98.5, 0.5)), managing=Managing())
    now, _ = step(Lifecycle(plan_of(strategy_of(lined), "digest")), Start())
    for event in (BarClosed(0, entry=True), BarOpened(60, 100.0, (None, None, 99.0))):
        now, _ = step(now, event)
    entry = now.round.working[0].id if now.round else ""
    moved, effects = step(now, BarOpened(120, 100.0, (None, None, 99.5)))
    assert effects == (AmendOrder(entry, Decimal("99.50"), None),)
    now, _ = step(moved, OrderFilled(entry, Decimal(4), 99.5, done=False))
    assert step(now, BarOpened(180, 100.0, (None, None, 99.75)))[1] == ()
