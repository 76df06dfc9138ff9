"""Journals that were written before an order had more than three types: they read, and resume to the same bytes.

``journals/first_format.jsonl`` was written by the program as it was then, and is never made anew.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from execution.journal import Line
from execution.resuming import resume
from spec.bars import make_bars
from spec.canonical import digest
from spec.geometry import Level
from spec.signals import TrendlineCross
from spec.strategy import AtPrice, Target
from tests.execution.scenes import Scene, rising, strategy_of, time_of

JOURNAL = Path(__file__).parent / "journals" / "first_format.jsonl"
LOW = (99.0, 99.5, 98.5, 99.0)
TARGETS = (Target(AtPrice(103.5), 0.5), Target(AtPrice(108.0), 0.5))


def lines() -> list[Line]:
    return [msgspec.json.decode(line, type=Line) for line in JOURNAL.read_bytes().splitlines()]


def test_a_journal_of_the_first_format_comes_of_its_inputs_again_to_the_byte() -> None:
    scene = Scene("", (), (), stop=rising(97.0, 0.1), targets=TARGETS)
    strategy = strategy_of(scene, {"in": TrendlineCross("1h", Level(100.0), "up")})
    history = make_bars("1h", [(float(time_of(0)), *LOW, 1.0)])
    runner, _ = resume(lines(), strategy, history)
    assert (runner.ended, runner.time) == ("stopped", time_of(15))
    assert f'"digest":"{digest(strategy)}"' in lines()[0].text


def test_that_journal_holds_orders_of_every_kind_there_was() -> None:
    text = JOURNAL.read_text(encoding="utf-8")
    said = ("placed", "replaced", "withdrawn", "accepted", "filled", "cancelled", "closed", "told", "noted", "ended")
    assert all(f'\\"is\\":\\"{kind}\\"' in text for kind in said)
    assert all(f'\\"type\\":\\"{kind}\\"' in text for kind in ("market", "limit", "stop"))
