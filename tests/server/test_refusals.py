"""Bad input: exit code 2 and one sentence that says what to do, from every command that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interpreters.freezing import draft_of, freeze_draft
from interpreters.reading import read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from spec.artifact import write
from tests.server.commands import CANDLES, EXPORT, LONG, Commands, candles, export, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

JUNK = {
    "empty": b"",
    "blank": b" \n\n",
    "brackets": b"[" * 5_000_000,
    "braces": b'{"a":' * 500_000,
    "dashes": b"- " * 500_000,
    "nulls": b"[null, null, null]",
    "null": b"null",
    "NaN": b"NaN",
    "number": b"1" * 10_000,
    "text": b"hello",
    "binary": bytes(range(256)),
    "utf-16": "{}".encode("utf-16"),
    "object": b"{}",
    "deep text": b'"' + b"\\" * 10_000,
}
COMMANDS: dict[str, list[object]] = {
    "interpret": [],
    "freeze": ["-o", "a.yaml"],
    "signals": ["--candles", CANDLES],
    "backtest": ["--candles", CANDLES],
    "chart": ["--candles", CANDLES, "-o", "a.png"],
}
EVALUATING = {"signals": [], "backtest": [], "chart": ["-o", "a.png"]}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("junk", JUNK)
def test_a_file_that_is_something_else_is_refused(drawbridge: Commands, command: str, junk: str) -> None:
    Path("file").write_bytes(JUNK[junk])
    assert drawbridge(command, "file", *COMMANDS[command]).refusal
    assert {path.name for path in Path.cwd().iterdir()} == {"file"}


@pytest.mark.parametrize("junk", JUNK)
def test_a_candle_file_that_is_something_else_is_refused(drawbridge: Commands, junk: str) -> None:
    Path("file").write_bytes(JUNK[junk])
    assert drawbridge("interpret", EXPORT, "--candles", "file").refusal.startswith("file")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("path", "reason"), [("absent", "No such file or directory"), (".", "Is a directory"), ("a/b", "No such file or")]
)
def test_a_file_that_cannot_be_read_is_named(drawbridge: Commands, command: str, path: str, reason: str) -> None:
    said = drawbridge(command, path, *COMMANDS[command]).refusal
    assert said.startswith(f"{path} cannot be read: {reason}")


@pytest.mark.parametrize("command", EVALUATING)
@pytest.mark.parametrize("path", ["absent.csv", "absent.parquet", "."])
def test_candles_that_cannot_be_read_are_named(drawbridge: Commands, command: str, path: str) -> None:
    Path("strategy.yaml").write_bytes(frozen())
    said = drawbridge(command, "strategy.yaml", "--candles", path, *EVALUATING[command]).refusal
    assert said.startswith(f"{path} cannot be read: ")


@pytest.mark.parametrize("output", ["absent/a", "."])
@pytest.mark.parametrize("command", ["freeze", "chart", "--chart", "--report"])
def test_an_output_that_cannot_be_written_is_named(drawbridge: Commands, command: str, output: str) -> None:
    Path("strategy.yaml").write_bytes(frozen())
    Path("draft.yaml").write_text(drawbridge.done("interpret", EXPORT).out)
    files = sorted(Path.cwd().iterdir())
    match command:
        case "freeze":
            outcome = drawbridge("freeze", "draft.yaml", "--strategy", LONG, "-o", output)
        case "chart":
            outcome = drawbridge("chart", "strategy.yaml", "--candles", CANDLES, "-o", output)
        case option:
            outcome = drawbridge("backtest", "strategy.yaml", "--candles", CANDLES, option, output)
    reason = "Is a directory" if output == "." else "No such file or directory"
    assert (outcome.code, outcome.err.splitlines()[-1]) == (2, f"drawbridge: {output} cannot be written: {reason}")
    assert sorted(Path.cwd().iterdir()) == files


class TestCandles:
    @pytest.fixture(params=EVALUATING)
    def refused(self, drawbridge: Commands, request: pytest.FixtureRequest) -> Callable[[list[bytes]], str]:
        """What a command says of these lines of candles."""

        def say(lines: list[bytes]) -> str:
            Path("strategy.yaml").write_bytes(frozen())
            Path("c.csv").write_bytes(b"\n".join(lines) + b"\n")
            further = EVALUATING[request.param]
            return drawbridge(request.param, "strategy.yaml", "--candles", "c.csv", *further).refusal

        return say

    LINES = CANDLES.read_bytes().splitlines()

    def test_no_candles(self, refused: Callable[[list[bytes]], str]) -> None:
        assert refused(self.LINES[:1]) == "c.csv: it holds no candles; give a file with at least two rows"

    def test_a_row_twice(self, refused: Callable[[list[bytes]], str]) -> None:
        lines = [*self.LINES[:50], self.LINES[49], *self.LINES[50:]]
        assert refused(lines) == "c.csv: two candles have the same time 2018-01-10 08:55 UTC; remove one of them"

    def test_rows_in_another_order(self, refused: Callable[[list[bytes]], str]) -> None:
        lines = [*self.LINES[:50], self.LINES[51], self.LINES[50], *self.LINES[52:]]
        said = "c.csv: the candles are not in time order at 2018-01-10 09:00 UTC; sort the file by time"
        assert refused(lines) == said

    def test_a_price_that_is_no_number(self, refused: Callable[[list[bytes]], str]) -> None:
        lines = [*self.LINES[:50], self.LINES[50].replace(b",", b",NaN", 1), *self.LINES[51:]]
        assert refused(lines).startswith("c.csv, row 51: the open 'NaN0")

    def test_candles_of_a_coarser_timeframe(self, refused: Callable[[list[bytes]], str]) -> None:
        said = "candles of 10m cannot be made into 5m; give candles of 5m or finer"
        assert refused([self.LINES[0], *self.LINES[1::2]]) == said


def kraken() -> bytes:
    """The example's trade on an exchange that leaves intervals without a trade out."""
    context = Context(candles=candles())
    read = interpret(read_export(export(symbol="KRAKEN:ETHBTC")), context)
    return write(freeze_draft(draft_of(read), LONG, {}))


@pytest.mark.parametrize("command", EVALUATING)
def test_candles_that_start_after_the_last_anchor_serve_only_where_every_interval_is_reported(
    drawbridge: Commands, command: str
) -> None:
    lines = CANDLES.read_bytes().splitlines()
    Path("late.csv").write_bytes(b"\n".join([lines[0], *lines[5000:]]) + b"\n")
    Path("kraken.yaml").write_bytes(kraken())
    Path("binance.yaml").write_bytes(frozen())
    said = drawbridge(command, "kraken.yaml", "--candles", "late.csv", *EVALUATING[command]).refusal
    assert said == (
        "the candles start at 2018-01-27 13:30 UTC, after the drawing's anchor at 2018-01-27 03:55 UTC; "
        "give candles from 2018-01-27 03:55 UTC on"
    )
    placed = drawbridge.done(command, "binance.yaml", "--candles", "late.csv", *EVALUATING[command])
    if command != "chart":  # there the note stands in the picture
        assert "it was placed by the clock, as this market reports every interval" in placed.err


def test_candles_that_start_late_leave_a_question_and_no_refusal_when_reading(drawbridge: Commands) -> None:
    lines = CANDLES.read_bytes().splitlines()
    Path("late.csv").write_bytes(b"\n".join([lines[0], *lines[5000:]]) + b"\n")
    Path("export.json").write_bytes(export(symbol="KRAKEN:ETHBTC"))
    read = drawbridge.done("interpret", "export.json", "--candles", "late.csv", "--format", "json").json
    assert [one["id"] for one in read["questions"]] == [f"bars.{LONG}"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["draw"], "No such command 'draw'; see drawbridge --help"),
        (["--colour"], "No such option: --colour; see drawbridge --help"),
        (["interpret"], "Missing argument 'EXPORT'; see drawbridge interpret --help"),
        (["interpret", "a", "b"], "Got unexpected extra argument(s) (b); see drawbridge interpret --help"),
        (["interpret", EXPORT, "--colour"], "No such option: --colour; see drawbridge interpret --help"),
        (
            ["interpret", EXPORT, "--format", "xml"],
            "Invalid value for '--format': 'xml' is not one of 'yaml', 'json'; see drawbridge interpret --help",
        ),
        (
            ["interpret", EXPORT, "--price-scale", "cubic"],
            "Invalid value for '--price-scale': 'cubic' is not one of 'linear', 'log'; see drawbridge interpret --help",
        ),
        (["interpret", EXPORT, "--tick", "0"], "--tick 0: a tick size is a number above 0, such as 0.01"),
        (["interpret", EXPORT, "--tick", "nan"], "--tick nan: a tick size is a number above 0, such as 0.01"),
        (["interpret", EXPORT, "--tick", "inf"], "--tick inf: a tick size is a number above 0, such as 0.01"),
        (
            ["interpret", EXPORT, "--at", "soon"],
            "--at: 'soon' is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z",
        ),
        (
            ["interpret", EXPORT, "--exported-at", ""],
            "--exported-at: '' is no time; write UNIX seconds or ISO 8601, such as 2018-01-20T12:00:00Z",
        ),
        (["freeze", "draft.yaml"], "Missing option '-o' / '--output'; see drawbridge freeze --help"),
        (["signals", "strategy.yaml"], "Missing option '--candles'; see drawbridge signals --help"),
        (["signals", "strategy.yaml", "--json=1"], "Option '--json' does not take a value; see drawbridge"),
        (["chart", EXPORT, "--candles", CANDLES, "-o", "a", "--width", "1"], "Invalid value for '--width': "),
        (["chart", EXPORT, "--candles", CANDLES, "-o", "a", "--height", "x"], "Invalid value for '--height': "),
        (["chart", EXPORT, "--candles", CANDLES, "-o", "a", "--theme", "blue"], "Invalid value for '--theme': 'blue'"),
    ],
)
def test_arguments_that_cannot_be_are_named(drawbridge: Commands, arguments: list[object], words: str) -> None:
    assert drawbridge(*arguments).refusal.startswith(words)


@pytest.mark.parametrize("command", ["interpret", "backtest", "chart"])  # the others read no setting
def test_broken_settings_are_named(drawbridge: Commands, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("drawbridge.toml").write_text("theme = 'blue'\n")
    Path("strategy.yaml").write_bytes(frozen())
    source = EXPORT if command == "interpret" else "strategy.yaml"
    said = "the setting DRAWBRIDGE_THEME cannot be used: Input should be 'dark' or 'light'"
    assert drawbridge(command, source, *COMMANDS[command]).refusal == said
    Path("drawbridge.toml").unlink()
    monkeypatch.setenv("DRAWBRIDGE_THEME", "blue")
    assert drawbridge(command, source, *COMMANDS[command]).refusal == said


def test_slippage_in_ticks_needs_a_market_with_a_tick(drawbridge: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = drawbridge.done("interpret", EXPORT, "--candles", CANDLES).out
    Path("draft.yaml").write_text(draft.replace("tick_size: 1.0e-06", "tick_size: null"))
    drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "-o", "strategy.yaml")
    drawbridge.done("backtest", "strategy.yaml", "--candles", CANDLES)
    monkeypatch.setenv("DRAWBRIDGE_PAPER_SLIPPAGE_TICKS", "1")
    assert "tick" in drawbridge("backtest", "strategy.yaml", "--candles", CANDLES).refusal
