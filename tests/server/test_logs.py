"""``verify-log`` and ``replay``: every changed byte is found, and a recorded run comes again to the same hash."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from execution import entries as say
from execution.journal import BrokenChain, Chain, Line, verify
from execution.resuming import begin, link, pin
from server.log_files import NoLog, read_log, write_log
from server.runs import last_run, lines_of
from spec.artifact import write
from tests.server.executor.executing import (
    CANDLES,
    HISTORY,
    MARKET,
    TERMS,
    approved,
    candles,
    executing,
    frozen,
    opened,
    settled,
    trading,
)

if TYPE_CHECKING:
    from pathlib import Path

    from execution.ports import Word
    from tests.server.commands import Commands

ARTIFACT = frozen(trading())
WORDS: dict[int, Word] = {1_100: "pause", 1_200: "resume", 1_500: "kill", 1_600: "clear", 2_000: "stop"}


def nobody(_done: int, _of: int) -> None:
    """No progress is watched."""


def recorded(said: dict[int, Word] | None = None, until: int | None = None) -> tuple[Line, ...]:
    """A run over the bundled candles, a bar at a time, the strategy log first."""
    bars = candles()
    history = bars[:HISTORY]
    began = say.Began("str_1", ARTIFACT.digest, "replay", MARKET.name, "5m", history.end, pin(history), TERMS)
    runner, chain, first = begin(began, ARTIFACT.strategy, history)
    lines = list(first)
    for row in range(HISTORY, until or len(bars)):
        if runner.ended is None:
            lines += link(chain, runner.take(bars[row : row + 1]))
        if runner.ended is None and row in (said or {}):
            lines += link(chain, runner.tell((said or {})[row]))
    return tuple(sorted(lines, key=lambda line: line.log != "strategy"))


@pytest.fixture(scope="module")
def whole() -> tuple[Line, ...]:
    return recorded(WORDS)


@pytest.fixture
def files(folder: Path, whole: tuple[Line, ...]) -> tuple[Path, Path]:
    """The log and the frozen strategy as files."""
    log, strategy = folder / "run.jsonl", folder / "strategy.yaml"
    log.write_bytes(write_log(whole))
    strategy.write_bytes(write(ARTIFACT))
    return log, strategy


def holds(raw: bytes) -> bool:
    """Whether a file is found to be as it was written."""
    try:
        verify(read_log(raw, nobody))
    except BrokenChain:
        return False
    return True


def test_every_changed_byte_of_a_log_is_found(whole: tuple[Line, ...]) -> None:
    rows = write_log(whole).splitlines(keepends=True)
    seeded = random.Random(4)
    missed = []
    for number in (0, len(rows) - 1, *seeded.sample(range(len(rows)), 10)):
        lines = read_log(b"".join(rows), nobody)
        for at in range(len(rows[number])):
            mask = seeded.choice((0x01, 0x04, 0x20, 0x80))
            row = rows[number][:at] + bytes([rows[number][at] ^ mask]) + rows[number][at + 1 :]
            if _passes(lines, number, row):
                missed.append((number, at))
    assert missed == []
    assert holds(b"".join(rows))


def _passes(lines: tuple[Line, ...], number: int, row: bytes) -> bool:
    """Whether a log with one other row is taken for whole; the other rows are read once for all."""
    try:
        (changed,) = read_log(row, nobody)
        verify((*lines[:number], changed))
    except (BrokenChain, NoLog):
        return False
    return True


def test_a_removed_a_repeated_and_a_moved_line_are_found(whole: tuple[Line, ...]) -> None:
    rows = write_log(whole).splitlines(keepends=True)
    for at in random.Random(5).sample(range(1, len(rows) - 1), 5):
        assert not holds(b"".join(rows[:at] + rows[at + 1 :])), at
        assert not holds(b"".join(rows[: at + 1] + rows[at:])), at
        assert not holds(b"".join([*rows[: at - 1], rows[at], rows[at - 1], *rows[at + 1 :]])), at


def test_a_file_that_ends_early_is_not_as_it_was_written(whole: tuple[Line, ...]) -> None:
    assert not holds(write_log(whole)[:-1])


def test_a_run_replays_to_the_identical_hashes(
    drawbridge: Commands, files: tuple[Path, Path], whole: tuple[Line, ...]
) -> None:
    log, strategy = files
    out = log.with_name("again.jsonl")
    outcome = drawbridge.done("replay", log, "--strategy", strategy, "--candles", CANDLES, "--out", out)
    last = {line.log: line for line in whole}
    hashes = [f"{name} {last[name].hash} {last[name].number + 1}" for name in ("strategy", "order")]
    assert outcome.out.splitlines() == [f"{whose} {one}" for whose in ("recorded", "replayed") for one in hashes]
    assert out.read_bytes() == log.read_bytes()
    assert outcome.err == f"{log} comes of its inputs again: {len(whole)} lines, the same hashes\n"


def test_a_whole_log_is_verified_with_its_last_hashes(
    drawbridge: Commands, files: tuple[Path, Path], whole: tuple[Line, ...]
) -> None:
    outcome = drawbridge.done("verify-log", files[0])
    last = {line.log: line for line in whole}
    assert outcome.out.splitlines() == [
        f"{name} {last[name].hash} {last[name].number + 1}" for name in ("strategy", "order")
    ]


def test_a_changed_line_is_a_no_in_one_sentence(drawbridge: Commands, files: tuple[Path, Path]) -> None:
    log, strategy = files
    log.write_bytes(log.read_bytes().replace(b'\\"close\\":0.09', b'\\"close\\":0.08', 1))
    for arguments in (("verify-log", log), ("replay", log, "--strategy", strategy, "--candles", CANDLES)):
        code, out, err = drawbridge(*arguments)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "of the strategy log is not the one that was written" in err


def test_a_forged_fill_passes_the_chain_and_not_the_replay(
    drawbridge: Commands, files: tuple[Path, Path], whole: tuple[Line, ...]
) -> None:
    log, strategy = files
    chain, filled = Chain(), next(line for line in whole if '"is":"filled"' in line.text)
    forged = [
        chain.add(line.log, line.at, line.text.replace('"fee":', '"fee":1') if line == filled else line.text)
        for line in whole
    ]
    log.write_bytes(write_log(forged))
    drawbridge.done("verify-log", log)
    code, out, err = drawbridge("replay", log, "--strategy", strategy, "--candles", CANDLES)
    assert (code, out.count("\n")) == (1, 4)
    assert f"line {filled.number} of the order log does not come of its inputs again" in err


def test_a_log_without_its_last_lines_passes_the_chain_and_not_the_replay(
    drawbridge: Commands, files: tuple[Path, Path], whole: tuple[Line, ...]
) -> None:
    log, strategy = files
    log.write_bytes(write_log(whole[:-1]))
    drawbridge.done("verify-log", log)
    code, _, err = drawbridge("replay", log, "--strategy", strategy, "--candles", CANDLES)
    assert code == 1
    assert f"line {whole[-1].number} of the order log" in err


def test_a_run_that_was_broken_off_replays_with_its_end(drawbridge: Commands, files: tuple[Path, Path]) -> None:
    log, strategy = files
    lines = list(recorded(until=HISTORY + 300))
    time = max(line.at for line in lines) // 1000
    lines += link(Chain(lines), [say.Ended(time, "the feed cannot go on", "feed")])
    log.write_bytes(write_log(sorted(lines, key=lambda line: line.log != "strategy")))
    drawbridge.done("replay", log, "--strategy", strategy, "--candles", CANDLES)


def test_longer_candles_serve_where_the_pinned_ones_are_among_them(
    drawbridge: Commands, files: tuple[Path, Path], folder: Path
) -> None:
    head, *rows = CANDLES.read_text().splitlines(keepends=True)
    first = int(float(rows[0].split(",")[0]))
    earlier = f"{first - 300},0.09,0.09,0.09,0.09,1\n"
    longer = folder / "longer.csv"
    longer.write_text("".join([head, earlier, *rows]))
    drawbridge.done("replay", files[0], "--strategy", files[1], "--candles", longer)


def test_other_candles_another_strategy_and_a_missing_one_are_bad_input(
    drawbridge: Commands, files: tuple[Path, Path], folder: Path
) -> None:
    log, strategy = files
    other, shifted = folder / "other.yaml", folder / "shifted.csv"
    other.write_bytes(write(frozen(trading(0.096))))
    head, first, *rows = CANDLES.read_text().splitlines(keepends=True)
    shifted.write_text("".join([head, first.rpartition(",")[0] + ",1\n", *rows]))
    asked = ("replay", log, "--strategy")
    assert "not the candles that the run began with" in drawbridge(*asked, strategy, "--candles", shifted).refusal
    assert "give that version" in drawbridge(*asked, other, "--candles", CANDLES).refusal
    assert "--strategy FILE" in drawbridge("replay", log, "--candles", CANDLES).refusal
    assert "--candles FILE" in drawbridge(*asked, strategy).refusal


@pytest.mark.parametrize("command", ["verify-log", "replay"])
def test_what_is_no_log_is_bad_input(drawbridge: Commands, folder: Path, command: str) -> None:
    (folder / "empty").write_bytes(b"")
    (folder / "other").write_bytes(b"{}\n[]\n")
    for run in ("empty", "other"):
        assert "this is no log of a run" in drawbridge(command, run).refusal
    assert "neither a file nor a run of this store" in drawbridge(command, "run_0").refusal


def test_a_run_of_the_store_is_verified_exported_and_replayed(
    drawbridge: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> tuple[str, tuple[Line, ...]]:
        async with opened(f"sqlite://{folder / 'data' / 'drawbridge.db'}") as store:
            identity = await approved(store, ARTIFACT)
            async with executing(store):
                await settled("stopped")
            run = str(await last_run(identity))
            return run, await lines_of(run)

    (folder / "data").mkdir()
    run, lines = asyncio.run(scenario())
    drawbridge.done("verify-log", run, "--out", "run.jsonl")
    assert (folder / "run.jsonl").read_bytes() == write_log(lines)
    drawbridge.done("replay", run, "--candles", CANDLES)
    monkeypatch.setenv("DRAWBRIDGE_REPLAY", f'{{"binance:ETH/BTC": "{CANDLES}"}}')
    assert drawbridge.done("replay", run).out.count(lines[-1].hash) == 2
