"""The process that trades is gone with the server: what the next one is told would not hold while an older one acts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from execution.brokers.exchange import wire
from execution.messages import Following

SERVER = """
import subprocess, sys, time
program, (ear, says) = [sys.executable, "-m", "server.broker_process"], map(int, sys.argv[1:])
child = subprocess.Popen(program, stdin=ear, stdout=says)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the closed pipe ends it")
def test_it_is_killed_with_the_server_even_while_its_pipe_is_open() -> None:
    ear, mouth = os.pipe()
    said, says = os.pipe()
    command = [sys.executable, "-c", SERVER, str(ear), str(says)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=(ear, says)) as server:
        assert server.stdout is not None
        broker = int(server.stdout.readline())
        os.write(mouth, wire.frame(wire.Follow("run", "nobody", "ETH/USDT", Following())))
        assert b"there is no credential nobody" in os.read(said, 1_000)
        server.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while _lives(broker) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _lives(broker)
    for one in (ear, mouth, said, says):
        os.close(one)


def _lives(number: int) -> bool:
    """Whether a process runs: one that is dead and not waited for does not."""
    status = Path(f"/proc/{number}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
