"""Which error ends the program with which exit code."""

from __future__ import annotations

from execution.brokers.paper import BadTerms
from interpreters.draft import BadDraft
from interpreters.reading import ExportUnreadable
from server.candles import BadCandles
from server.settings import BadSettings
from spec.artifact import BadArtifact, Changed
from spec.bars import BadBars
from spec.strategy import BadStrategy


class No(Exception):
    """The answer is no: the text says why."""


class BadInput(ValueError):
    """An argument or a file that cannot be used: one sentence says what to do."""


# The more particular kinds first.
EXIT_CODES: dict[type[Exception], int] = {
    Changed: 1,
    BadArtifact: 2,
    BadBars: 2,
    BadCandles: 2,
    BadDraft: 2,
    BadInput: 2,
    BadSettings: 2,
    BadStrategy: 2,
    BadTerms: 2,
    ExportUnreadable: 2,
}
