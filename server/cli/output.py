"""Writing: results to standard output or a file, words to standard error, and progress bars where a person looks."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.cli.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable


def say(text: str) -> None:
    """A sentence to standard error."""
    print(text, file=sys.stderr)  # noqa: T201 - this is where the program speaks


def show(text: str) -> None:
    """A result to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def show_json(value: Any) -> None:
    """A result as JSON to standard output."""
    show(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


def write_file(path: Path, content: bytes) -> None:
    """A whole file or none of it; raises BadInput where it cannot be written."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise BadInput(msg) from None


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
