"""``drawbridge verify-log`` and ``drawbridge replay``: whether a run's logs are as written, and come again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from execution import replaying
from execution.journal import LOGS, BrokenChain, verify
from execution.ports import FeedFailed, NoFeed
from execution.resuming import NotTheSame, began_of
from server.candles import read_candles
from server.cli.arguments import Log, Output
from server.cli.errors import BadInput, No
from server.cli.output import progress, read_file, say, show, write_file
from server.cli.strategies import open_artifact
from server.custom.running import equipped
from server.log_files import NoLog, read_log, write_log
from server.settings import read_settings
from spec.artifact import BadArtifact, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from execution.entries import Began
    from execution.journal import Line
    from spec.bars import Bars
    from spec.strategy import Artifact, Strategy


def verify_log_command(run: Log, out: Output = None) -> None:
    """Check that both logs of a run are as they were written, byte for byte, and print their last hashes.

    A changed, moved, added or removed line is a no (exit code 1). That the last lines are missing shows in the last
    hash alone: compare it with one that was kept elsewhere, or replay the run. Of a run in the store, the candles that
    were stored with it are checked too.

    Examples:
      drawbridge verify-log run_0123456789abcdef01234567 --out run.jsonl

      drawbridge verify-log run.jsonl

    """
    lines = _open(run)
    try:
        with progress("verifying") as told:
            verify(lines, lambda done, of: told(done / of))
        history = None if _is_file(run) else _stored_history(began_of(lines))
    except (BrokenChain, NotTheSame) as error:
        raise No(_sentence(run, error)) from None
    show(_ends(lines))
    _export(lines, out)
    beside = "" if history is None else f", and the {len(history)} candles before it"
    say(f"{run} is as it was written: {len(lines)} lines{beside}")


def replay_command(
    run: Log,
    strategy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The frozen strategy; without it, the store's version.")
    ] = None,
    candles: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The candles before the run; without it, the stored ones, or its feed's."),
    ] = None,
    out: Output = None,
) -> None:
    """Make both logs of a run again from what went in, and compare them hash by hash.

    What went in are the bars and commands in the log, the frozen strategy, and the candles before the run, which the
    log pins by their hash and the store keeps. Prints the last hash of each log, as recorded and as replayed; a
    difference is a no (exit code 1).

    Examples:
      drawbridge replay run_0123456789abcdef01234567

      drawbridge replay run.jsonl --strategy strategy.yaml --candles ETHBTC-5m.csv --out again.jsonl

    """
    lines = _open(run)
    try:
        began = began_of(lines)
        frozen = _strategy(run, began, strategy)
        history = _history(began, frozen, candles)
        with progress("replaying") as told, equipped(frozen, allowed=read_settings().custom_nodes) as able:
            made = replaying.again(lines, able, history, lambda done, of: told(done / of))
    except (BrokenChain, NotTheSame) as error:
        raise No(_sentence(run, error)) from None
    show(f"{_ends(lines, 'recorded')}\n{_ends(made, 'replayed')}")
    _export(made, out)
    other = replaying.differs(lines, made)
    if other is not None:
        raise No(_sentence(run, f"line {other.number} of the {other.log} log does not come of its inputs again"))
    say(f"{run} comes of its inputs again: {len(lines)} lines, the same hashes")


def _sentence(run: str, why: object) -> str:
    return f"drawbridge: {run}: {why}"


def _ends(lines: Sequence[Line], whose: str = "") -> str:
    """The last hash of each log with its number of lines."""
    found, head = replaying.ends(lines), f"{whose} " if whose else ""
    return "\n".join(f"{head}{log} {found[log].hash} {found[log].number + 1}" for log in LOGS if log in found)


def _export(lines: Sequence[Line], out: Path | None) -> None:
    if out is not None:
        write_file(out, write_log(lines))


def _is_file(run: str) -> bool:
    return run == "-" or Path(run).exists()


def _open(run: str) -> tuple[Line, ...]:
    """The lines of a file or of a run in the store; raises BadInput and No."""
    path = Path(run)
    if _is_file(run):
        try:
            with progress(f"reading {path.name}") as told:
                return read_log(read_file(path), lambda done, of: told(done / of))
        except NoLog as error:
            msg = f"{run}: {error}"
            raise BadInput(msg) from None
        except BrokenChain as error:
            raise No(_sentence(run, error)) from None
    from server.cli import stored  # noqa: PLC0415 - see there

    lines = stored.read_run(run)
    if not lines:
        msg = f"{run} is neither a file nor a run of this store; is DRAWBRIDGE_DATA_DIR right?"
        raise BadInput(msg)
    return lines


def _strategy(run: str, began: Began, path: Path | None) -> Strategy:
    """The frozen strategy that ran; raises BadInput and Changed."""
    artifact = open_artifact(path) if path is not None else _stored_artifact(run, began)
    if artifact.digest != began.digest:
        msg = f"{path}: the run was of {began.digest[:12]}, and this is {artifact.digest[:12]}; give that version"
        raise BadInput(msg)
    return artifact.strategy


def _stored_artifact(run: str, began: Began) -> Artifact:
    from server.cli import stored  # noqa: PLC0415 - see there

    raw = stored.read_version(began.strategy, began.digest)
    if raw is None:
        msg = f"{run}: the store has no version {began.digest[:12]} of {began.strategy}; give it with --strategy FILE"
        raise BadInput(msg)
    try:
        return read(raw)
    except BadArtifact as error:
        msg = f"the stored version {began.digest[:12]} of {began.strategy}: {error}"
        raise type(error)(msg) from None


def _history(began: Began, strategy: Strategy, path: Path | None) -> Bars:
    """The candles before the run; raises BadInput and BrokenChain."""
    stored = _stored_history(began) if path is None else None
    if stored is not None:
        return stored
    try:
        return replaying.history_of(began, read_candles(path) if path is not None else _heard(began, strategy))
    except replaying.OtherCandles as error:
        source = path if path is not None else f"the feed {began.feed}"
        msg = f"{source}: {error}"
        raise BadInput(msg) from None


def _stored_history(began: Began) -> Bars | None:
    from server.cli import stored  # noqa: PLC0415 - see there

    return stored.read_history(began)


def _heard(began: Began, strategy: Strategy) -> Bars:
    """What the run's feed tells of the time before it."""
    from server.feeds import feeds_of  # noqa: PLC0415 - a feed brings much along

    if strategy.market is None:
        msg = "its market is unknown, so no feed can be asked; give the candles before the run with --candles FILE"
        raise BadInput(msg)
    try:
        _, feed = feeds_of(read_settings()).of(strategy.market)
        return asyncio.run(feed.history(strategy.market, began.timeframe, began.after))
    except (NoFeed, FeedFailed) as error:
        msg = f"{error}; give the candles before the run with --candles FILE"
        raise BadInput(msg) from None
