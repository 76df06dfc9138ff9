"""Writing: results to standard output or a file, words to standard error, and progress bars where a person looks."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.cli.errors import BadInput
from spec.yaml_form import UNPRINTABLE

if TYPE_CHECKING:
    from collections.abc import Callable

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]|" + UNPRINTABLE.pattern)


def say(text: str) -> None:
    """A sentence to standard error; what a drawing's text could steer a terminal with is written out."""
    print(CONTROLS.sub(_escaped, text), file=sys.stderr)  # noqa: T201 - this is where the program speaks


def show(text: str) -> None:
    """A result to standard output; raises BadInput on a full disk. A reader that has left has seen enough."""
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would try again at its end
        if not isinstance(error, BrokenPipeError):
            msg = f"standard output cannot be written: {error.strerror or error}"
            raise BadInput(msg) from None


def show_json(value: Any) -> None:
    """A result as JSON to standard output; what neither YAML nor a terminal takes is escaped."""
    show(UNPRINTABLE.sub(_escaped, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def write_file(path: Path, content: bytes) -> None:
    """A whole file or none of it; raises BadInput where it cannot be written."""
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or a device is written to, never replaced by a file
        else:
            _replace(Path(os.path.realpath(path)), content)  # and behind a link the file, not the link
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise BadInput(msg) from None


def _replace(path: Path, content: bytes) -> None:
    if path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_file(path: Path) -> bytes:
    """A file's bytes (``-`` reads standard input); raises BadInput."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise BadInput(msg) from None


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error while a person looks; the caller reports the share done, 0 to 1."""
    if not sys.stderr.isatty():
        yield lambda _share: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where it is seen
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)
