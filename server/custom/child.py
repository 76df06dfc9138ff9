"""What runs a custom node, inside the box: standard library only, started as a program and imported by nobody.

It reads frames on standard input and answers on what was standard output. A frame is a length (4 bytes, big endian)
and that many bytes: first the node as JSON, then questions. A question is a count of bars and a count of rows (4 bytes
each, big endian), the bars' opens (int64), each input on them (float64), and the rows asked about (int64), all in the
machine's order. An answer is the byte 0, a byte for each row, and a float64 for each row; or the byte 1 and a sentence.
"""

from __future__ import annotations

import json
import math
import os
import resource
import struct
import sys
from array import array
from types import SimpleNamespace
from typing import Any, NoReturn

MEMORY = 256 * 1024 * 1024  # bytes of address space
CPU = 3_600  # seconds, in all the life of the process
OPEN_FILES = 16
SENTENCE = 400  # characters
LIMITS = (
    (resource.RLIMIT_AS, MEMORY),
    (resource.RLIMIT_CPU, CPU),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_NPROC, 1),
    (resource.RLIMIT_NOFILE, OPEN_FILES),
    (resource.RLIMIT_CORE, 0),
)


def main() -> None:
    """Answer until the pipe closes, or the first mistake."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what the node prints is no answer
    os.environ.clear()  # noqa: TID251 - the variables of this process, nobody's settings
    for which, most in LIMITS:
        resource.setrlimit(which, (most, most))
    given = json.loads(_read())
    try:
        node = _load(given)
        _write(answers, b"\0")
        while True:
            _write(answers, b"\0" + _answer(node, given, _read()))
    except BaseException as error:  # noqa: BLE001 - a node may raise whatever it likes
        _write(answers, b"\1" + _sentence(error))


def _load(given: dict[str, Any]) -> Any:
    space: dict[str, Any] = {"__name__": "custom_node"}
    exec(compile(given["source"], "node", "exec"), space)  # noqa: S102 - what the box is for
    node = space["SignalNode"]()
    node.params = given["params"]
    return node


def _answer(node: Any, given: dict[str, Any], question: bytes) -> bytes:
    bars, asked = struct.unpack(">II", question[:8])
    time = tuple(array("q", question[8 : 8 + 8 * bars]))
    starts = range(8 + 8 * bars, 8 + 8 * bars * (1 + len(given["inputs"])), 8 * bars)
    columns = [tuple(array("d", question[start : start + 8 * bars])) for start in starts]
    rows = array("q", question[len(question) - 8 * asked :])
    truth, values = bytearray(), array("d")
    for row in rows:
        part = slice(row + 1 - given["lookback"], row + 1)
        window = SimpleNamespace(time=time[part])
        window.__dict__.update(zip(given["inputs"], (column[part] for column in columns), strict=True))
        fires, value = _checked(node.evaluate(window))
        truth.append(fires)
        values.append(value)
    return bytes(truth) + values.tobytes()


def _checked(said: Any) -> tuple[bool, float]:
    """What ``evaluate`` may say: true or false, or a pair of that and a finite number (or None)."""
    fires, value = said if type(said) is tuple and len(said) == 2 else (said, None)
    if type(fires) is not bool or not (value is None or type(value) in {int, float}):
        msg = f"evaluate has to return true or false, or a pair of that and a number, not {_name(said)}"
        raise TypeError(msg)
    if value is not None and not math.isfinite(value):
        msg = "the number that evaluate returns has to be finite"
        raise ValueError(msg)
    return fires, math.nan if value is None else float(value)


def _name(said: Any) -> str:
    return f"({', '.join(type(one).__name__ for one in said[:3])})" if type(said) is tuple else type(said).__name__


def _sentence(error: BaseException) -> bytes:
    """The error in one line, with the line of the source that it comes from."""
    line, trace = None, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "node" else line
        trace = trace.tb_next
    place = f" (line {line})" if line else ""
    try:
        text = " ".join(str(error).split())[:SENTENCE]
    except BaseException:  # noqa: BLE001 - its own __str__ may be the node's
        text = ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}".encode("utf-8", "replace")


def _read() -> bytes:
    return _exactly(struct.unpack(">I", _exactly(4))[0])


def _exactly(count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = os.read(0, min(count, 65_536))
        if not part:
            _leave()
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _leave() -> NoReturn:
    """Nobody asks any more."""
    os._exit(0)


def _write(answers: int, text: bytes) -> None:
    frame = struct.pack(">I", len(text)) + text
    while frame:
        frame = frame[os.write(answers, frame) :]


if __name__ == "__main__":
    sys.setrecursionlimit(500)
    main()
