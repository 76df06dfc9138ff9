"""A real server: ``drawbridge serve`` in a process of its own, on a free port of the loopback interface."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from tests.server.house import CANDLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = (sys.executable, "-c", "from server.cli import main; main()")
REPLAY = f'{{"binance:ETH/BTC": "{CANDLES}"}}'


class Running(NamedTuple):
    """A server that answers at ``base``; its output so far is in two files of the folder."""

    process: subprocess.Popen[bytes]
    base: str
    link: str
    data: Path

    @property
    def out(self) -> str:
        return (self.data / "out.txt").read_text()

    @property
    def err(self) -> str:
        return (self.data / "err.txt").read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The settings of a server on this folder, in the environment."""
    given = {"data_dir": str(data), "replay": REPLAY, "replay_speed": "0.01", **settings}
    outside = {name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}
    return {**outside, **{f"DRAWBRIDGE_{name.upper()}": value for name, value in given.items()}}


def command(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run ``drawbridge`` with these arguments to its end."""
    around = environment(data, **settings)
    words = [*PROGRAM, *arguments]
    return subprocess.run(words, env=around, capture_output=True, text=True, timeout=60, check=False)


@contextlib.contextmanager
def running(data: Path, **settings: str) -> Iterator[Running]:
    """A server that is ready; ended with SIGTERM if it still runs."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "out.txt").open("wb") as out, (data / "err.txt").open("ab") as err:
        process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0"], env=environment(data, **settings), stdout=out, stderr=err
        )
        try:
            link = _link(process, data)
            yield Running(process, link.partition("/login/")[0], link, data)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def _link(process: subprocess.Popen[bytes], data: Path) -> str:
    """The login link, which is printed once the server answers."""
    for _ in range(600):
        text = (data / "out.txt").read_text()
        if text.endswith("\n"):
            return text.strip()
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(0.05)
            raise AssertionError(f"the server ended with {code}: {(data / 'err.txt').read_text()}")
    raise AssertionError("the server did not become ready")
