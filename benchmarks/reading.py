"""Reading: a saved layout of 65 kB, against decoding its JSON and nothing else."""

from __future__ import annotations

import json
from functools import partial

import msgspec

from benchmarks.benchmark import Amount, Benchmark
from benchmarks.layout import make_layout
from benchmarks.timing import Candidate
from interpreters.reading import read_export
from interpreters.report import Reading, interpret
from interpreters.surroundings import Context

TEXT = (
    "A saved layout of {size:,} bytes with {drawings} drawings of seven symbols, made for this; {understood} of them "
    "are understood, the brush strokes are left out. Reading gives every drawing in normal form. Interpreting goes on "
    "to the words, markets, nodes, questions and drafts."
)


def benchmarks(drawings: int | None = None, rounds: int = 60) -> list[Benchmark]:
    """The one benchmark; ``drawings`` cuts the layout short."""
    raw = make_layout(drawings)
    reading = _interpret(raw)
    return [
        Benchmark(
            title="Reading a layout",
            text=TEXT.format(size=len(raw), drawings=reading.drawings, understood=len(reading.understood)),
            candidates=(
                Candidate("Drawbridge, reading", partial(read_export, raw)),
                Candidate("Drawbridge, reading and interpreting", partial(_interpret, raw)),
                Candidate("json.loads", partial(json.loads, raw)),
                Candidate("msgspec.json.decode", partial(msgspec.json.decode, raw)),
            ),
            peer="json.loads",
            floor="msgspec.json.decode",
            rounds=rounds,
            amount=Amount(len(raw), "bytes"),
        )
    ]


def _interpret(raw: bytes) -> Reading:
    return interpret(read_export(raw), Context())
