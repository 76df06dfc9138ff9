"""The gallery: pictures drawn in processes of their own, away from the event loop, and kept by what they show."""

from __future__ import annotations

import asyncio
import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from server.charts.elements import Fill
from server.charts.themes import ThemeName
from spec.bars import Bars

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Result = TypeVar("Result")
LOOK = 1.0  # seconds between looks for the server that a process draws for
MOST_KEPT = 2_000  # files; the oldest go first


class Wanted(Struct, frozen=True):
    """A picture to be drawn: a frozen strategy's bytes, the bars, what was filled, and the colours."""

    artifact: bytes
    bars: Bars
    fills: tuple[Fill, ...] = ()
    theme: ThemeName = "dark"


def draw(wanted: Wanted) -> bytes:
    """Draw one picture; runs in a process of the pool."""
    from server.pictures import of_fills  # noqa: PLC0415 - the drawing library belongs to this process only
    from spec.artifact import read  # noqa: PLC0415

    return of_fills(read(wanted.artifact), wanted.bars, wanted.fills, wanted.theme)


def _prepare(folder: str, parent: int) -> None:
    os.environ["MPLCONFIGDIR"] = folder  # noqa: TID251 - matplotlib keeps its font cache where we keep everything
    Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process once its parent is gone: a killed server ends nobody itself."""
    while os.getppid() == parent:
        sleep(LOOK)
    os._exit(1)


class Gallery:
    """Draws pictures and keeps them under ``folder``; its processes do other heavy work as well."""

    def __init__(self, folder: Path, workers: int = 1) -> None:
        self._folder = folder
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._drawing: dict[str, asyncio.Task[bytes]] = {}

    async def start(self) -> None:
        """Make the folder and the pool; the first picture starts the processes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "fonts").mkdir(exist_ok=True)
        self._make_pool()

    async def stop(self) -> None:
        """End the processes."""
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def picture(self, wanted: Wanted) -> bytes:
        """The PNG of a picture, drawn once however many ask for it."""
        name = name_of(wanted)
        path = self._folder / f"{name}.png"
        if path.exists():
            return await asyncio.to_thread(path.read_bytes)
        if name not in self._drawing:
            self._drawing[name] = asyncio.create_task(self._draw(wanted, path))
        try:
            return await asyncio.shield(self._drawing[name])
        finally:
            if self._drawing.get(name) and self._drawing[name].done():
                self._drawing.pop(name, None)

    async def beside(self, work: Callable[..., Result], *given: Any) -> Result:
        """What a function of a module makes of these arguments, in a process of the pool."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, work, *given)
        except BrokenProcessPool:  # a process died, as under memory pressure; its pool takes nothing any more
            self._make_pool()
            return await loop.run_in_executor(self._pool, work, *given)

    async def _draw(self, wanted: Wanted, path: Path) -> bytes:
        png = await self.beside(draw, wanted)
        await asyncio.to_thread(self._keep, path, png)
        return png

    def _make_pool(self) -> None:
        fonts = str(self._folder / "fonts")
        self._pool = ProcessPoolExecutor(self._workers, get_context("spawn"), _prepare, (fonts, os.getpid()))

    def _keep(self, path: Path, png: bytes) -> None:
        part = path.with_suffix(".part")
        part.write_bytes(png)
        part.replace(path)
        kept = sorted(self._folder.glob("*.png"), key=lambda one: one.stat().st_mtime)
        for old in kept[: max(0, len(kept) - MOST_KEPT)]:
            old.unlink(missing_ok=True)


def name_of(wanted: Wanted) -> str:
    """A name that changes with anything a picture shows."""
    print_ = hashlib.sha256(wanted.artifact)
    for column in wanted.bars.columns():
        print_.update(column.tobytes())
    print_.update(repr((wanted.fills, wanted.theme, wanted.bars.timeframe)).encode())
    return print_.hexdigest()
