"""The data folder: one server works on it at a time, and says in its lock where it answers.

Light to load: every command looks here.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "serve.lock"


class CannotServe(RuntimeError):
    """The server cannot start: one sentence says what to do."""


@contextmanager
def only_one(folder: Path) -> Iterator[TextIO]:
    """Hold the folder's lock, for the address to be written in; it is gone with this process. Raises CannotServe."""
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            msg = f"another server works on {folder}; stop it first, or set DRAWBRIDGE_DATA_DIR to another folder"
            raise CannotServe(msg) from None
        file.truncate(0)
        yield file


def address_of(folder: Path) -> str | None:
    """The address of the server that works on a folder; None where none does, or it is not ready yet."""
    try:
        with (folder / LOCK).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return file.read() or None
    except OSError:
        return None
    return None


def make_folder(folder: Path) -> None:
    """Make the data folder, for its owner only; raises CannotServe."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / LOCK).touch()
    except OSError as error:
        why = error.strerror or error
        msg = f"the data folder {folder} cannot be written ({why}); set DRAWBRIDGE_DATA_DIR to a folder of yours"
        raise CannotServe(msg) from None


def address(host: str, port: int) -> str:
    """The URL by which a browser on this machine reaches a server bound there."""
    name = named(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def named(host: str) -> str:
    """An address to reach a wildcard by."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
