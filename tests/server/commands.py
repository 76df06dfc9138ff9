"""Running the command line inside the test process, on the bundled example and on exports made from it."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from interpreters.freezing import draft_of, freeze_draft
from interpreters.reading import read_export
from interpreters.report import Reading, interpret
from interpreters.surroundings import Context
from server.candles import read_candles
from server.cli import run
from spec.artifact import write

if TYPE_CHECKING:
    import pytest

    from spec.bars import Bars

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
EXPORT = EXAMPLES / "ethbtc-export.json"
CANDLES = EXAMPLES / "ETHBTC-5m.csv"
EXPORTED_AT = 1_517_039_100  # 2018-01-27 07:45 UTC
LONG, WATCH = "ethbtc-5m-long", "ethbtc-5m-watch"


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result on standard output."""
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one sentence of a bad input, without the program's name; fails for anything else."""
        assert self.code == 2, self
        assert self.out == "", self
        assert self.err.startswith("drawbridge: "), self
        assert self.err.endswith("\n"), self
        assert self.err.count("\n") == 1, self
        return self.err.removeprefix("drawbridge: ").removesuffix("\n")


class Commands:
    """``drawbridge …`` in this process."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def __call__(self, *arguments: object) -> Outcome:
        self._captured.readouterr()
        code = run([str(one) for one in arguments])
        return Outcome(code, *self._captured.readouterr())

    def done(self, *arguments: object) -> Outcome:
        """The outcome of a command that has to end well."""
        outcome = self(*arguments)
        assert outcome.code == 0, outcome
        return outcome


@functools.cache
def candles() -> Bars:
    """The bundled candles."""
    return read_candles(CANDLES)


@functools.cache
def reading() -> Reading:
    """The bundled export with its candles, made before its trade."""
    return interpret(read_export(EXPORT.read_bytes()), Context(candles=candles(), exported_at=EXPORTED_AT))


@functools.cache
def frozen(identity: str = LONG) -> bytes:
    """A frozen strategy or watch of the bundled export."""
    return write(freeze_draft(draft_of(reading()), identity, {}))


def export(**changes: Any) -> bytes:
    """The bundled export with another ``symbol``, ``log`` axis (None: unsaid), ``texts`` by id; ``only`` these ids."""
    tree = json.loads(EXPORT.read_bytes())
    pane = tree["charts"][0]["panes"][0]
    sources = pane["sources"]
    for stated, name in (
        (sources[0]["state"]["priceAxisProperties"], "log"),
        (pane["rightAxisesState"][0]["state"], "m_isLog"),
    ):
        stated[name] = changes.get("log", False)
    for source in sources:
        source["state"]["symbol"] = changes.get("symbol", "BINANCE:ETHBTC")
        if source["id"] in changes.get("texts", {}):
            source["state"]["text"] = changes["texts"][source["id"]]
    kept = changes.get("only")
    if kept is not None:
        sources[:] = [one for one in sources if one["type"] == "MainSeries" or one["id"] in kept]
    return json.dumps(tree).encode()
