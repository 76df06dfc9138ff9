"""A store without a row, migrated once in each process: its copy is what migrating anew would give."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from functools import cache
from pathlib import Path

from server.store.store import Store


async def migrated(url: str) -> None:
    """Bring a new database up to date."""
    store = Store(url)
    await store.open()
    await store.close()


async def copy_to(file: Path) -> None:
    """A new SQLite store at ``file``, unless there is one."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(await asyncio.to_thread(_file), file)


@cache
def _file() -> Path:
    folder = tempfile.TemporaryDirectory()
    _KEPT.append(folder)
    file = Path(folder.name) / "drawbridge.db"
    asyncio.run(migrated(f"sqlite://{file}"))
    return file


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # until the process ends
