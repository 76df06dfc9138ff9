"""The assembly: whatever order a stream and REST tell bars in, each is handed on once, in order, and true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from execution.feeds.exchange.assembly import Assembly, Difference
from execution.feeds.exchange.rows import Row

MINUTE = 60
START = 1_700_000_040


def row(at: int, close: float = 100.0, volume: float = 1.0) -> Row:
    return (START + at * MINUTE, 100.0, max(100.0, close), min(100.0, close), close, volume)


def times(rows: list[Row]) -> list[int]:
    return [(one[0] - START) // MINUTE for one in rows]


def started(rows: list[Row] | None = None) -> Assembly:
    """An assembly whose start was answered by REST."""
    assembly = Assembly("1m", START)
    assembly.answer(START, rows or [row(0)])
    assembly.answer(START, rows or [row(0)])
    assembly.ready()
    return assembly


def test_it_asks_rest_from_its_start_before_anything_else() -> None:
    assembly = Assembly("1m", START + 30)
    assert assembly.question() == START
    assembly.hear([row(5), row(6)])
    assert assembly.ready(unaudited=True) == []


def test_the_newest_row_is_open_however_often_it_is_told() -> None:
    assembly = started()
    assembly.hear([row(0), row(0, 101.0)])
    assert assembly.question() is None
    assert assembly.ready(unaudited=True) == []


def test_a_closed_bar_is_rests_where_both_tell_it() -> None:
    assembly = started()
    assembly.hear([row(0, 101.0), row(1)])
    assert assembly.ready() == []
    assert assembly.question() == START
    assert assembly.answer(START, [row(0, 102.0), row(1)]) == ()
    assert assembly.ready() == [row(0, 102.0)]
    assert assembly.healed == 1
    assert assembly.question() is None


def test_rests_newest_row_counts_where_the_stream_closed_it_and_tells_the_same() -> None:
    assembly = started()
    assembly.hear([row(0, 101.0), row(1)])
    assembly.answer(START, [row(0, 101.0)])
    assert assembly.ready() == [row(0, 101.0)]


def test_rests_newest_row_is_open_where_it_tells_another() -> None:
    assembly = started()
    assembly.hear([row(0, 101.0), row(1)])
    assembly.answer(START, [row(0, 100.5)])
    assert assembly.ready() == []
    assert assembly.question() is not None


def test_the_streams_word_serves_without_rest_and_is_audited_later() -> None:
    assembly = started()
    assembly.hear([row(0, 101.0), row(1)])
    assert assembly.ready(unaudited=True) == [row(0, 101.0)]
    assert assembly.unaudited == 1
    assert assembly.question() == START
    found = assembly.answer(START, [row(0, 102.0), row(1)])
    assert found == (Difference(START, row(0, 101.0), row(0, 102.0)),)
    assert assembly.ready(unaudited=True) == []
    assert assembly.answer(START, [row(0, 102.0), row(1)]) == ()  # told once


def test_after_a_gap_nothing_later_is_handed_on_before_rest_told_it() -> None:
    assembly = started()
    assembly.hear([row(0), row(2), row(3)])
    assert times(assembly.ready(unaudited=True)) == [0]
    assert assembly.ready(unaudited=True) == []
    assembly.answer(START, [row(0), row(1), row(2), row(3)])
    assert times(assembly.ready()) == [1, 2]


def test_what_became_of_the_newest_row_while_the_stream_was_broken_only_rest_can_tell() -> None:
    assembly = started()
    assembly.hear([row(0)])
    assembly.interrupt()
    assembly.hear([row(1), row(2)])
    assert assembly.ready(unaudited=True) == []
    assembly.answer(START, [row(0, 103.0), row(1), row(2)])
    assert assembly.ready() == [row(0, 103.0), row(1)]


def test_a_row_told_in_part_is_never_believed() -> None:
    assembly = started()
    assembly.hear([row(0), row(1)], spoiled=[START])
    assert assembly.ready(unaudited=True) == []


def test_an_interval_that_rest_does_not_report_is_not_invented() -> None:
    assembly = started()
    assembly.hear([row(0), row(1, volume=0.0), row(2)])
    assembly.answer(START, [row(0), row(2)])
    assert times(assembly.ready()) == [0]
    assembly.hear([row(3)])
    assembly.answer(START, [row(0), row(2), row(3)])
    assert times(assembly.ready()) == [2]


def test_a_late_row_of_a_bar_handed_on_makes_rest_asked_again() -> None:
    assembly = started()
    assembly.hear([row(0), row(1)])
    assembly.answer(START, [row(0), row(1)])
    assembly.ready()
    assembly.hear([row(0)])
    assert assembly.question() is None
    assembly.hear([row(0, 99.0)])
    assert assembly.question() == START
    assert assembly.answer(START, [row(0), row(1)]) == ()  # it was an old state, come late
    assert assembly.question() is None


def test_a_bar_that_the_record_lost_or_gained_later_is_a_correction() -> None:
    assembly = started()
    assembly.hear([row(0), row(1), row(2), row(3)])
    assembly.answer(START, [row(0), row(2), row(3)])
    assert times(assembly.ready()) == [0, 2]
    assembly.hear([row(2, 99.0)])
    found = assembly.answer(START, [row(0), row(1), row(3)])
    assert found == (Difference(START + 60, None, row(1)), Difference(START + 120, row(2), None))


def test_a_page_that_ends_early_is_followed_by_the_next() -> None:
    assembly = Assembly("1m", START)
    assembly.answer(START, [row(at) for at in range(5)])
    assert assembly.question() == START + 2 * MINUTE
    assembly.answer(START + 2 * MINUTE, [row(at) for at in range(2, 8)])
    assert times(assembly.ready()) == list(range(7))
    assembly.answer(START + 5 * MINUTE, [row(at) for at in range(5, 8)])
    assert assembly.question() is None


CLOSES = st.lists(st.sampled_from([99.0, 100.0, 101.0, 102.0]), min_size=4, max_size=14)


@given(CLOSES, st.data())
def test_any_order_of_rows_and_answers_gives_each_bar_once_in_order_and_true_or_corrected(
    closes: list[float], data: st.DataObject
) -> None:
    truth = [row(at, close) for at, close in enumerate(closes)]
    absent = data.draw(st.sets(st.integers(1, len(truth) - 2)))
    truth = [one for at, one in enumerate(truth) if at not in absent]
    assembly, handed, known = Assembly("1m", START), list[Row](), dict[int, Row | None]()
    for _ in range(data.draw(st.integers(0, 30))):
        match data.draw(st.sampled_from(["hear", "late", "wrong", "break", "part", "answer", "ready", "bound"])):
            case "hear" | "late":
                assembly.hear(data.draw(st.lists(st.sampled_from(truth), max_size=3)))
            case "wrong":
                at = data.draw(st.integers(0, len(closes) - 1))
                assembly.hear([row(at, data.draw(st.sampled_from([98.0, 103.0])))])
            case "break":
                assembly.interrupt()
            case "part":
                one = data.draw(st.sampled_from(truth))
                assembly.hear([row((one[0] - START) // MINUTE, 97.0)], [one[0]])
            case "answer":
                _answer(assembly, truth[: data.draw(st.integers(1, len(truth)))], known)
            case step:
                _take(assembly, handed, known, unaudited=step == "bound")
    assembly.hear([truth[-1]])
    for _ in range(5):
        _answer(assembly, truth, known)
    _take(assembly, handed, known, unaudited=False)
    opens = [one[0] for one in handed]
    assert opens == sorted(set(opens))
    assert all(one[4] != 97.0 for one in handed)  # told in part
    assert sorted(one for one in known.values() if one is not None) == truth[:-1]


def _answer(assembly: Assembly, so_far: list[Row], known: dict[int, Row | None]) -> None:
    """REST tells what it has so far, the last of which is open and not yet what it will be."""
    since = assembly.question()
    if since is not None:
        last = so_far[-1]
        rows = [*so_far[:-1], (*last[:5], last[5] / 2)]
        for found in assembly.answer(since, [one for one in rows if one[0] >= since]):
            assert found.time in known or found.was is None
            known[found.time] = found.now


def _take(assembly: Assembly, handed: list[Row], known: dict[int, Row | None], *, unaudited: bool) -> None:
    rows = assembly.ready(unaudited=unaudited)
    handed += rows
    known.update((one[0], one) for one in rows)
