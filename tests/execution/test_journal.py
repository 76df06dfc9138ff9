"""The journal's chain: a changed byte, a missing line and a line too many are found."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.journal import GENESIS, BrokenChain, Chain, Line, Log, verify

TEXTS = st.lists(st.tuples(st.sampled_from(["strategy", "order"]), st.integers(0, 2**40), st.text()), min_size=1)


def chained(texts: list[tuple[Log, int, str]]) -> list[Line]:
    chain = Chain()
    return [chain.add(log, at, text) for log, at, text in texts]


def test_the_format_of_a_line_is_the_documented_one() -> None:
    first, other, second = chained([("strategy", 7, "{}"), ("order", 8, "x"), ("strategy", 9, "ä")])
    own = hashlib.sha256(f"{GENESIS}\nstrategy\n0\n7\n{{}}\n".encode()).hexdigest()
    after = hashlib.sha256(f"{own}\nstrategy\n1\n9\nä\n".encode()).hexdigest()
    assert first == Line("strategy", 0, 7, "{}", GENESIS, own)
    assert (other.number, other.previous) == (0, GENESIS)
    assert second == Line("strategy", 1, 9, "ä", own, after)


@given(TEXTS)
def test_what_was_written_is_verified(texts: list[tuple[Log, int, str]]) -> None:
    verify(chained(texts))


@given(TEXTS, st.integers(0), st.sampled_from(["text", "at", "number", "previous", "hash"]))
def test_a_change_anywhere_in_a_line_is_found(texts: list[tuple[Log, int, str]], which: int, field: str) -> None:
    lines = chained(texts)
    at = which % len(lines)
    old = getattr(lines[at], field)
    lines[at] = replace(
        lines[at], **{field: old + 1 if isinstance(old, int) else old[:-1] + ("1" if old[-1:] == "0" else "0")}
    )
    with pytest.raises(BrokenChain):
        verify(lines)


@given(TEXTS, st.integers(0))
def test_a_missing_line_is_found_unless_it_was_the_last(texts: list[tuple[Log, int, str]], which: int) -> None:
    lines = chained([*texts, ("strategy", 0, "end"), ("order", 0, "end")])
    del lines[which % len(texts)]
    with pytest.raises(BrokenChain):
        verify(lines)


@given(TEXTS)
def test_a_line_of_one_log_does_not_pass_in_the_other(texts: list[tuple[Log, int, str]]) -> None:
    lines = chained(texts)
    other: Log = "order" if lines[-1].log == "strategy" else "strategy"
    moved = replace(lines[-1], log=other)
    with pytest.raises(BrokenChain):
        verify([moved])


def test_a_line_of_no_log_is_found() -> None:
    with pytest.raises(BrokenChain, match="there is no other log"):
        verify([replace(chained([("order", 0, "x")])[0], log="other")])


def test_the_refusal_names_log_and_line() -> None:
    lines = chained([("order", 0, "a"), ("order", 1, "b")])
    with pytest.raises(BrokenChain, match=r"^line 1 of the order log is not the one that was written; restore"):
        verify([lines[0], replace(lines[1], text="c")])
