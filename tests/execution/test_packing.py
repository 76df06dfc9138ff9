"""The bars before a run as bytes: they come back to the bit, small, and a changed byte is found."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.journal import BrokenChain
from execution.packing import pack, unpack
from execution.resuming import pin
from spec.bars import Bars
from tests.exchanges.script import Script, candles

FLOATS = st.one_of(
    st.floats(), st.integers(-(10**9), 10**9).map(lambda cents: cents / 100), st.sampled_from([-0.0, 1 / 3])
)
OTHER = "the candles stored with the run are not those it began with; restore the store from a backup"


def made(rows: list[tuple[float, ...]]) -> Bars:
    columns = np.array(rows, np.float64).reshape(-1, 5).T
    return Bars("1m", np.arange(len(rows), dtype=np.int64) * 60, *(np.ascontiguousarray(one) for one in columns))


@given(st.lists(st.tuples(*[FLOATS] * 5), max_size=20))
def test_any_numbers_come_back_to_the_bit(rows: list[tuple[float, ...]]) -> None:
    bars = made(rows)
    again = unpack(pack(bars), "1m", pin(bars))
    assert [column.tobytes() for column in again.columns()] == [column.tobytes() for column in bars.columns()]
    assert again.timeframe == "1m"


def market(minutes: int) -> Bars:
    rows = candles(Script(3, minutes).prints, "1m", flat=True)
    bars = made([row[1:] for row in rows])
    return Bars("1m", np.array([row[0] for row in rows], np.int64), *bars.columns()[1:])


def test_ten_thousand_minutes_take_less_than_two_hundred_kilobytes() -> None:
    assert len(pack(market(10_000))) < 200_000


def test_every_changed_byte_is_found() -> None:
    bars = market(60)
    raw, dice = pack(bars), random.Random(4)
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ dice.choice((0x01, 0x04, 0x20, 0x80))]) + raw[at + 1 :]
        with pytest.raises(BrokenChain, match=OTHER):
            unpack(changed, "1m", pin(bars))


@pytest.mark.parametrize("cut", ["", "end", "more", "other bars", "none"])
def test_what_is_missing_or_too_much_is_found(cut: str) -> None:
    bars = market(60)
    raw = {
        "": b"",
        "end": pack(bars)[:-1],
        "more": pack(bars) + b"\0",
        "other bars": pack(bars[:-1]),
        "none": pack(bars[:0]),
    }[cut]
    with pytest.raises(BrokenChain, match=OTHER):
        unpack(raw, "1m", pin(bars))
