"""The box: a process under bubblewrap that runs one custom node, without network, home, files or environment.

It sees Python's own folder and the system's libraries, to read. Every question has its time; whatever else the process
does than answer in that time and in that form ends it, and the strategy with it.
"""

from __future__ import annotations

import os
import select
import shutil
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from server.clock import Stopwatch
from server.custom import seccomp
from spec.custom import CustomFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

CHILD = Path(__file__).parent / "child.py"
TO_START = 10.0  # seconds
TO_ANSWER = 5.0  # seconds, a question of at most so many bars as are asked at once
LONGEST_SENTENCE = 2_048  # bytes
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
HOSTNAME = "box"  # in place of the machine's own
ENVIRONMENT = {"PYTHONHASHSEED": "0"}  # so that sets have one order


def why_not() -> str | None:
    """Why no box can be made on this machine, in words for people; None where one can."""
    try:
        command, file = _command("-c", "pass")
    except OSError as error:
        return str(error)
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, env=ENVIRONMENT, pass_fds=[file], capture_output=True, timeout=TO_START, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start here ({error})"
    finally:
        os.close(file)
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"bubblewrap cannot make a box here ({said[0] if said else done.returncode})" if done.returncode else None


def _command(*program: str) -> tuple[list[str], int]:
    """The command that runs Python in a box, and the open file of its filter; raises OSError in words for people."""
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        msg = "bubblewrap is not installed here (Debian: apt-get install bubblewrap)"
        raise OSError(msg)
    machine = os.uname().machine
    calls = seccomp.program(machine)
    if calls is None:
        msg = f"there is no filter of system calls for this kind of processor ({machine})"
        raise OSError(msg)
    python, prefix = Path(sys.executable).resolve(), Path(sys.base_prefix)
    if _holds_home(prefix):
        msg = f"Python's own folder is {prefix}, so a box would show the home below it"
        raise OSError(msg)
    binds = [part for path in (str(prefix), *LIBRARIES) for part in ("--ro-bind-try", path, path)]
    file, end = os.pipe()
    os.write(end, calls)
    os.close(end)
    return [
        bubblewrap, "--unshare-all", "--hostname", HOSTNAME, "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        *binds, "--ro-bind", str(CHILD), "/child.py", "--remount-ro", "/", "--chdir", "/", "--seccomp", str(file),
        str(python), "-s", "-S", "-P", "-B", *program,
    ], file  # fmt: skip


def shown_of(folders: Sequence[Path]) -> str | None:
    """Which of these folders a box would show, in words for people; None where it shows none of them."""
    for place in (Path(sys.base_prefix), *map(Path, LIBRARIES)):
        for folder in folders:
            if folder.resolve().is_relative_to(place.resolve()):
                return f"{folder} lies under {place}, which a custom node may read; keep it elsewhere"
    return None


def _holds_home(folder: Path) -> bool:
    try:
        return Path.home().is_relative_to(folder)
    except RuntimeError:  # whoever runs this has none
        return folder == Path("/")


class Boxed:
    """The process of one node: frames to it and from it. It is closed once, from any thread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = Lock()
        try:
            command, file = _command("/child.py")
        except OSError as error:
            raise self.failed(f"it cannot run here: {error}") from None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                command,
                env=ENVIRONMENT,
                pass_fds=[file],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        except OSError as error:
            raise self.failed(f"it cannot run here: {error.strerror}") from None
        finally:
            os.close(file)
        for pipe in (self._to, self._from):
            os.set_blocking(pipe, False)

    @property
    def _to(self) -> int:
        return self._process.stdin.fileno() if self._process.stdin else -1

    @property
    def _from(self) -> int:
        return self._process.stdout.fileno() if self._process.stdout else -1

    @property
    def pid(self) -> int:
        """The number of the process that holds the box."""
        return self._process.pid

    def failed(self, what: str) -> CustomFailed:
        """The sentence about the node."""
        return CustomFailed(f"custom node {self.name}: {what}")

    def exchange(self, parts: Sequence[bytes], length: int, seconds: float) -> bytes:
        """Send a frame; the answer, which has to be of this length.

        Raises CustomFailed with what the node said of itself, or what it did; then the process has ended.
        """
        with self._lock:
            try:
                return self._exchanged(b"".join(parts), length, seconds)
            except CustomFailed:
                self._kill()
                raise

    def _exchanged(self, frame: bytes, length: int, seconds: float) -> bytes:
        watch = Stopwatch()
        try:
            self._send(struct.pack(">I", len(frame)) + frame, watch, seconds)
            (size,) = struct.unpack(">I", self._take(4, watch, seconds))
            if not 0 < size <= max(length + 1, LONGEST_SENTENCE):
                raise self.failed("it wrote something that is no answer")
            answer = self._take(size, watch, seconds)
        except TimeoutError:
            raise self.failed(f"it did not answer within {seconds:g} seconds") from None
        except EOFError:
            raise self.failed(self._ended()) from None
        if answer[0] == 1:
            raise self.failed(_printable(answer[1:]))
        if answer[0] != 0 or size != length + 1:
            raise self.failed("it wrote something that is no answer")
        return answer[1:]

    def _send(self, frame: bytes, watch: Stopwatch, seconds: float) -> None:
        rest = memoryview(frame)
        while rest:
            self._wait(self._to, select.POLLOUT, seconds - watch.seconds())
            try:
                rest = rest[os.write(self._to, rest) :]
            except BlockingIOError:
                continue
            except OSError:
                raise EOFError from None

    def _take(self, count: int, watch: Stopwatch, seconds: float) -> bytes:
        found = bytearray()
        while len(found) < count:
            self._wait(self._from, select.POLLIN, seconds - watch.seconds())
            part = os.read(self._from, count - len(found))
            if not part:
                raise EOFError
            found += part
        return bytes(found)

    def _wait(self, pipe: int, event: int, seconds: float) -> None:
        """Wait until a pipe is ready; raises TimeoutError, and EOFError once it was closed."""
        if pipe < 0 or self._process.stdin is None or self._process.stdin.closed:
            raise EOFError
        poll = select.poll()
        poll.register(pipe, event)
        if seconds <= 0 or not poll.poll(seconds * 1000):
            raise TimeoutError

    def _ended(self) -> str:
        """Why there is no answer."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(1)
            return f"its process ended in the middle of a question (exit code {code})"
        return "it closed its pipe in the middle of a question"

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def close(self) -> None:
        """End the process; a question that is being asked ends with it."""
        self._process.kill()
        with self._lock:
            self._kill()


def _printable(said: bytes) -> str:
    """A node's words in one line that no terminal takes for anything else."""
    return "".join(one if one.isprintable() else "?" for one in said.decode("utf-8", "replace"))
