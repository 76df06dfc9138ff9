"""The books follow from a run's lines alone, and say what its desk knows, however the lines were written."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from msgspec import UNSET
from msgspec.structs import asdict, replace

from execution import entries as say
from execution.account import Account, Holding, Limits, Rate
from execution.bookkeeping import Closed, Fill, Pending, Position, Sheet, Snapshot, after, follow, sheet_of, stood
from execution.brokers.terms import Book, PaperTerms
from execution.journal import Chain
from execution.ledger import Ledger
from execution.messages import Traded
from execution.orders import Order, OrderType, Slice
from execution.resuming import begin, link, pin, resume
from spec.canonical import digest
from spec.strategy import AtPrice, Target
from tests.execution.scenes import MARKET, Scene, bars_of, strategy_of, time_of
from tests.execution.test_properties import rows, strategies

if TYPE_CHECKING:
    from execution.desk import Desk
    from execution.journal import Line
    from execution.runner import Runner
    from spec.bars import Bars
    from spec.strategy import Strategy
    from tests.execution.scenes import Row

TERMS = PaperTerms(fee_rate=0.001, slippage_ticks=1.0, book=Book(volume_share=0.3))
LIMITS = Limits(rate=Rate(4, 10_800))
SHEET = Sheet(1_000.0, MARKET.name, Ledger(1_000.0))


def began(strategy: Strategy, history: Bars, terms: PaperTerms = TERMS, limits: Limits | None = LIMITS) -> say.Began:
    return say.Began(
        strategy="str_1",
        digest=digest(strategy),
        feed="replay",
        market=MARKET.name,
        timeframe="1h",
        after=history.end,
        history=pin(history),
        terms=terms,
        limits=UNSET if limits is None else limits,
    )


def desk_of(runner: Runner) -> Desk:
    assert runner.desk is not None
    return runner.desk


def left_of(desk: Desk, name: str) -> Decimal:
    """What may still fill of an entry: of one in slices what works, is owed and is to come."""
    if name in desk.parents:
        return desk.parents._parents[name].left
    record = desk._records[name]
    return record.order.size - record.filled


@given(rows(), strategies())
def test_the_books_are_the_desks_at_every_bar_and_after_a_restart(table: list[Row], strategy: Strategy) -> None:
    bars = bars_of(table)
    first = began(strategy, bars[:1])
    runner, chain, lines = begin(first, strategy, bars[:1])
    sheet, written = sheet_of(first), list(lines)
    one_by_one: list[object] = []
    said: list[say.Entry] = []
    for row in range(1, len(bars)):
        entries = runner.take(bars[row : row + 1])
        sheet, made = follow(sheet, entries)
        one_by_one += made
        said += entries
        written += link(chain, entries)
        desk = desk_of(runner)
        assert sheet.ledger == desk.ledger
        assert (sheet.day, sheet.today, sheet.orders) == (desk.tally.day, desk.tally.realised, desk.tally.orders)
        open_ = [one.id for one in (desk.life.round.working if desk.life.round else ()) if one.role == "entry"]
        left = {name: left_of(desk, name) for name in open_}
        assert {name: one.size for name, one in sheet.pending.items()} == left
        assert bool(sheet.holdings) == bool(desk.ledger.held or open_)
    entries = runner.tell("finish")
    sheet, made = follow(sheet, entries)
    assert follow(sheet_of(first), [*said, *entries]) == (sheet, (*one_by_one, *made))
    again = stood(first, [*written, *link(chain, entries)])
    assert replace(again, pending={}) == replace(sheet, pending={})
    assert again.pending.keys() == sheet.pending.keys()
    last = [row for row in (*one_by_one, *made) if isinstance(row, Snapshot)]
    assert all(row.equity == pytest.approx(10_000 + row.realised + row.unrealised) for row in last)


def test_a_trade_is_a_fill_a_position_a_snapshot_a_bar_and_a_closed_portion() -> None:
    calm = (100.0, 101.0, 99.5, 100.0)
    scene = Scene("", (calm, calm, calm, (100.0, 106.0, 99.5, 105.0), calm), (), stop=AtPrice(98.0))
    strategy, bars = strategy_of(replace(scene, targets=(Target(AtPrice(105.0)),), signal=1)), bars_of(scene.bars)
    first = began(strategy, bars[:1], PaperTerms(fee_rate=0.01), None)
    runner, _, _ = begin(first, strategy, bars[:1])
    sheet, made = follow(sheet_of(first), runner.take(bars[1:]))
    assert [row.__struct_config__.tag for row in made] == [
        "fill", "position", "equity", "fill", "position", "trade", "equity",
    ]  # fmt: skip
    entry, opened, open_, leaving, left, trade, end = made
    size = Decimal(50)
    assert isinstance(entry, Fill)
    assert (entry.time, entry.role, entry.side, entry.size, entry.fee) == (time_of(2), "entry", "buy", size, 50.0)
    assert opened == Position(time_of(2), MARKET.name, size, 100.0)
    assert open_ == Snapshot(time_of(2), 100.0, size, 4_950.0, 0.0, -50.0, 9_950.0)
    assert isinstance(leaving, Fill)
    assert left == Position(time_of(3), MARKET.name, Decimal(0), 0.0)
    assert isinstance(trade, Closed)
    assert trade.pnl == pytest.approx(250 - 50 - 52.5)
    assert end == Snapshot(time_of(3), 105.0, Decimal(0), 10_147.5, trade.pnl, 0.0, 10_147.5)
    assert (sheet.gain, sheet.holdings) == (147.5, ())


ORDER = Order("e", "ETH/USDT", "buy", "limit", Decimal(2), price=Decimal(90))
EMPTY = Sheet(1_000.0, MARKET.name, Ledger(1_000.0), price=100.0)
PLACED = say.Placed(0, "entry", ORDER)
SLICED = say.Sliced(0, "entry", ORDER, (Slice(0, Decimal(1)), Slice(3_600, Decimal(1))))
PART = say.Placed(0, "entry", replace(ORDER, id="e1", size=Decimal(1)), "e")
GONE = say.Cancelled(0, "entry", "e1", "cancelled")
STEPS: tuple[tuple[str, tuple[say.Entry, ...], dict[str, Pending]], ...] = (
    ("an entry counts from when it was sent", (PLACED,), {"e": Pending(Decimal(2), 90.0)}),
    (
        "one at the market counts with the last price",
        (say.Placed(0, "entry", Order("e", "ETH/USDT", "buy", "market", Decimal(2))),),
        {"e": Pending(Decimal(2), 100.0)},
    ),
    (
        "what has filled of it does not count twice, and a new level keeps what is left",
        (
            PLACED,
            say.Filled(0, "entry", "e", "t", "buy", Decimal(1), 90.0, 0.0),
            say.Replaced(0, "entry", replace(ORDER, price=Decimal(95))),
        ),
        {"e": Pending(Decimal(1), 95.0)},
    ),
    ("a cancelled one counts no more", (PLACED, say.Cancelled(0, "entry", "e", "cancelled")), {}),
    ("a rejected one counts no more", (PLACED, say.Rejected(0, "entry", "e", "too small")), {}),
    (
        "one that nobody answered for counts until it is known",
        (PLACED, say.Unanswered(0, "entry", "e")),
        {"e": Pending(Decimal(2), 90.0, unknown=True)},
    ),
    ("and no more where it never arrived", (PLACED, say.Unanswered(0, "entry", "e"), say.Missing(0, "entry", "e")), {}),
    (
        "an answer that another report overtook changes nothing",
        (PLACED, say.Unanswered(0, "entry", "e"), say.Accepted(0, "entry", "e"), say.Missing(0, "entry", "e")),
        {"e": Pending(Decimal(2), 90.0)},
    ),
    ("exits are no entries", (say.Placed(0, "stop", ORDER), say.Replaced(0, "stop", ORDER)), {}),
    ("an entry in slices counts as a whole before the first is sent", (SLICED,), {"e": Pending(Decimal(2), 90.0)}),
    (
        "what fills of a slice is taken off the whole, and a slice that is cancelled is to come again",
        (SLICED, PART, say.Filled(0, "entry", "e1", "t", "buy", Decimal("0.5"), 90.0, 0.0), GONE),
        {"e": Pending(Decimal("1.5"), 90.0)},
    ),
    ("an entry in slices that has ended counts no more", (SLICED, PART, GONE, say.Cancelled(0, "entry", "e", "x")), {}),
    (
        "a slice that fills late is none of the next entry's",
        (
            SLICED,
            PART,
            replace(PLACED, order=replace(ORDER, id="d")),
            say.Filled(0, "entry", "e1", "t", "buy", Decimal(1), 90.0, 0.0),
        ),
        {"d": Pending(Decimal(2), 90.0)},
    ),
    (
        "a new entry takes the place of the last",
        (say.Placed(0, "entry", replace(ORDER, id="d")), PLACED),
        {"e": Pending(Decimal(2), 90.0)},
    ),
)


@pytest.mark.parametrize(("promise", "entries", "pending"), STEPS, ids=[step[0] for step in STEPS])
def test_an_entry_that_may_still_fill(
    promise: str, entries: tuple[say.Entry, ...], pending: dict[str, Pending]
) -> None:
    sheet = EMPTY
    for entry in entries:
        sheet = after(sheet, entry)
    assert sheet.pending == pending


def test_a_holding_is_what_is_held_and_what_may_still_be_bought_as_one_position() -> None:
    ledger = Ledger(800.0, held=Decimal(2), opened=Decimal(2), price=100.0)
    sheet = replace(EMPTY, ledger=ledger, pending={"e": Pending(Decimal(1), 90.0)})
    assert sheet.holdings == (Holding(MARKET.name, 290.0),)


def test_a_fill_before_the_first_bar_is_the_price_until_one_is_heard() -> None:
    fill = say.Filled(0, "entry", "e", "t", "sell", Decimal(1), 90.0, 0.0)
    sheet, made = follow(replace(EMPTY, price=0.0), [fill])
    assert (sheet.price, sheet.ledger.held) == (90.0, Decimal(-1))
    assert isinstance(made[-1], Snapshot)
    assert made[-1].equity == 1_000.0


def test_the_first_line_makes_no_row() -> None:
    strategy, bars = strategy_of(Scene("", (), ())), bars_of([(1.0, 1.0, 1.0, 1.0)])
    first = began(strategy, bars, limits=None)
    assert follow(sheet_of(first), [first, say.Noted(first.after, "a note")]) == (sheet_of(first), ())
    assert follow(sheet_of(first), []) == (sheet_of(first), ())
    assert sheet_of(replace(first, limits=Limits())).most == 0


class Killed:
    """A run that was told of the kill switch, before its entry signal."""

    def __init__(self, rest: Account | None, *words: Any) -> None:
        calm = (100.0, 101.0, 99.5, 100.0)
        self.strategy, self.bars = strategy_of(Scene("", (), (), signal=1)), bars_of((calm, calm, calm, calm))
        first = began(self.strategy, self.bars[:1], PaperTerms(), None)
        runner, chain, lines = begin(first, self.strategy, self.bars[:1])
        said = [*(runner.know(rest) if rest is not None else ())]
        for word in words:
            said += runner.tell(word)
        said += runner.take(self.bars[1:])
        self.lines: list[Line] = [*lines, *link(chain, said)]
        self.refused = [one for one in said if isinstance(one, say.Refused)]


def test_an_entry_that_fires_while_the_kill_switch_is_on_is_refused_in_the_log_and_replays() -> None:
    run = Killed(Account(killed=True), "kill")
    why = "kill switch: the kill switch is on; nothing new is opened until it is off"
    assert [asdict(one) for one in run.refused] == [
        {"time": time_of(1), "id": run.refused[0].id, "reason": why, "rule": "kill switch"}
    ]
    resume(run.lines, run.strategy, run.bars[:1])


def test_a_run_that_heard_of_it_in_its_account_before_the_command_is_refused_by_the_rule() -> None:
    assert [one.rule for one in Killed(Account(killed=True)).refused] == ["kill switch"]


@pytest.mark.parametrize(
    ("rest", "words"),
    [(None, ("kill",)), (Account(killed=True), ("pause", "kill")), (Account(), ("kill", "clear"))],
    ids=["a log of earlier", "it rests anyway", "it is off again"],
)
def test_nothing_is_refused_in_the_log_where_the_switch_refused_nothing(rest: Account | None, words: Any) -> None:
    assert Killed(rest, *words).refused == []


def asked(sheet: Sheet, *entries: say.Entry) -> Sheet:
    return reduce(after, entries, sheet)


def entry_of(size: str, level: str | None = None) -> Order:
    price = None if level is None else Decimal(level)
    kind: OrderType = "market" if level is None else "limit"
    return Order("o", "ETH/BTC", "buy", kind, Decimal(size), price, None, "ioc" if level is None else "gtc")


def test_a_fill_within_the_bar_is_worth_its_own_price_and_not_the_last_close() -> None:
    bar, fill = (
        say.Heard(0, 100.0, 100.0, 100.0, 100.0, 1.0),
        say.Filled(3600, "entry", "o", "1", "buy", Decimal(10), 90.0, 0.0),
    )
    reported = say.Reported(3600, Traded("o", "1", Decimal(10), 90.0))
    sheet, rows_ = follow(SHEET, [bar, say.Placed(3600, "entry", entry_of("10", "90")), reported, fill])
    (snapshot,) = (row for row in rows_ if isinstance(row, Snapshot))
    assert (snapshot.price, snapshot.unrealised, sheet.gain) == (90.0, 0.0, 0.0)
    assert asked(sheet, replace(bar, time=3600, close=95.0)).gain == 50.0


def test_an_entry_on_a_trade_before_the_first_bar_of_a_run_counts_with_that_trade() -> None:
    sheet = asked(SHEET, say.Ticked(3600, 3_600_000, 101.0, 1.0), say.Placed(3600, "entry", entry_of("2")))
    assert sheet.holdings == (Holding(MARKET.name, 202.0),)


def test_a_run_that_goes_on_before_its_first_bar_stands_where_it_stood() -> None:
    calm = (100.0, 101.0, 99.5, 100.0)
    strategy, bars = strategy_of(Scene("", (), (), signal=1)), bars_of((calm, calm))
    first = began(strategy, bars[:1])
    said: list[say.Entry] = [
        say.Ticked(3600, 3_600_000, 101.0, 1.0),
        say.Ticked(3600, 3_600_001, 102.0, 1.0),
        say.Placed(3600, "entry", entry_of("2")),
    ]
    sheet = stood(first, link(Chain(), [first, *said]))
    assert (sheet, sheet.holdings) == (follow(sheet_of(first), said)[0], (Holding(MARKET.name, 202.0),))
