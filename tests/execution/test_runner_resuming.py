"""A run from its lines again: the same state, the same lines from there on, and nothing that was tampered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from execution import entries as say
from execution.brokers.paper import PaperTerms
from execution.brokers.terms import NO_BOOK, Book
from execution.journal import BrokenChain, Chain, Line
from execution.resuming import NotTheSame, began_of, begin, link, pin, resume
from spec.canonical import digest
from tests.execution.scenes import MARKET, Scene, bars_of, strategy_of
from tests.execution.test_properties import rows, strategies

if TYPE_CHECKING:
    from execution.ports import Word
    from execution.runner import Runner
    from spec.bars import Bars
    from spec.strategy import Strategy
    from tests.execution.scenes import Row

WORDS: tuple[Word, ...] = ("pause", "resume", "kill", "clear", "stop")
SAID = st.dictionaries(st.integers(0, 40), st.sampled_from(WORDS), max_size=4)
CALM = (100.0, 101.0, 99.5, 100.0)
SCENE = Scene("", (CALM, CALM, (100.0, 102.0, 99.0, 101.5), (101.5, 105.75, 101.0, 105.5), CALM), (), signal=1)


def began(strategy: Strategy, history: Bars, book: Book = NO_BOOK) -> say.Began:
    return say.Began(
        strategy="str_1",
        digest=digest(strategy),
        feed="replay",
        market=MARKET.name,
        timeframe="1h",
        after=history.end,
        history=pin(history),
        terms=PaperTerms(fee_rate=0.001, book=UNSET if book == NO_BOOK else book),
    )


def go(runner: Runner, chain: Chain, bars: Bars, said: dict[int, Word], rest: range) -> list[Line]:
    """One bar after another, each followed by what is said after it."""
    lines: list[Line] = []
    for row in rest:
        if runner.ended is None:
            lines += link(chain, runner.take(bars[row : row + 1]))
        if runner.ended is None and row in said:
            lines += link(chain, runner.tell(said[row]))
    return lines


def whole(
    strategy: Strategy, bars: Bars, said: dict[int, Word], begin_at: int = 1, book: Book = NO_BOOK
) -> tuple[Runner, list[Line]]:
    history = bars[:begin_at]
    runner, chain, first = begin(began(strategy, history, book), strategy, history)
    return runner, [*first, *go(runner, chain, bars, said, range(begin_at, len(bars)))]


@given(rows(), strategies(), SAID, st.integers(1, 40), st.sampled_from([NO_BOOK, Book(volume_share=0.1)]))
def test_a_run_that_was_interrupted_goes_on_as_if_it_had_not_been(
    table: list[Row], strategy: Strategy, said: dict[int, Word], cut: int, book: Book
) -> None:
    bars = bars_of(table)
    _, undisturbed = whole(strategy, bars, said, book=book)
    _, before = whole(strategy, bars[: 1 + cut], said, book=book)
    runner, chain = resume(before, strategy, bars[:1])
    after = go(runner, chain, bars, said, range(min(1 + cut, len(bars)), len(bars)))
    assert [*before, *after] == undisturbed


def test_the_first_line_stands_in_both_logs() -> None:
    _, lines = whole(strategy_of(SCENE), bars_of(SCENE.bars), {})
    assert (lines[0].text, lines[0].log, lines[1].log) == (lines[1].text, "strategy", "order")
    assert began_of(lines) == began(strategy_of(SCENE), bars_of(SCENE.bars)[:1])


def test_lines_hold_market_time_and_never_the_hour_of_writing() -> None:
    bars = bars_of(SCENE.bars)
    _, lines = whole(strategy_of(SCENE), bars, {})
    assert {line.at for line in lines} == {int(time) * 1000 for time in bars.time[1:]} | {bars[:1].end * 1000}


def test_another_history_is_noticed() -> None:
    bars = bars_of(SCENE.bars)
    _, lines = whole(strategy_of(SCENE), bars, {})
    changed = bars_of(((100.0, 101.0, 99.5, 100.25), *SCENE.bars[1:]))
    with pytest.raises(NotTheSame, match="the candles before the run are not those it began with"):
        resume(lines, strategy_of(SCENE), changed[:1])


def test_a_changed_line_is_noticed() -> None:
    _, lines = whole(strategy_of(SCENE), bars_of(SCENE.bars), {})
    lines[3] = replace(lines[3], text=lines[3].text.replace("1", "2", 1))
    with pytest.raises(BrokenChain):
        resume(lines, strategy_of(SCENE), bars_of(SCENE.bars)[:1])


def test_an_invented_fill_is_noticed_though_its_chain_is_whole() -> None:
    _, lines = whole(strategy_of(SCENE), bars_of(SCENE.bars), {})
    chain = Chain()
    forged = [chain.add(line.log, line.at, line.text.replace('"price":105.0', '"price":106.0')) for line in lines]
    assert forged != lines
    with pytest.raises(NotTheSame, match="the log does not come of its inputs again"):
        resume(forged, strategy_of(SCENE), bars_of(SCENE.bars)[:1])


@pytest.mark.parametrize("text", ["", "{}", '{"is":"heard"}', '{"is":"ended","time":1,"reason":"x"}'])
def test_a_log_that_begins_otherwise_is_no_run(text: str) -> None:
    with pytest.raises(NotTheSame, match="does not begin with the beginning of a run"):
        began_of([Chain().add("strategy", 0, text)])


def test_no_lines_are_no_run() -> None:
    with pytest.raises(NotTheSame):
        began_of([])


@given(rows(), strategies(), SAID)
def test_every_line_reads_back_as_what_was_said(table: list[Row], strategy: Strategy, said: dict[int, Word]) -> None:
    _, lines = whole(strategy, bars_of(table), said)
    assert [say.text_of(say.read(line.text)) for line in lines] == [line.text for line in lines]
