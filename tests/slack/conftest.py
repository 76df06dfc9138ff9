"""One process draws the pictures of all these servers: starting one takes longer than most of what is tested here."""

from __future__ import annotations

import os
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from server import gallery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Shared(Executor):
    """A pool that outlives whoever says that it is done with it."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self.pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Others draw with it."""


@pytest.fixture(scope="session")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    fonts = str(tmp_path_factory.mktemp("fonts"))
    prepare = gallery._prepare
    with ProcessPoolExecutor(1, get_context("spawn"), prepare, (fonts, os.getpid())) as pool:
        yield Shared(pool)


@pytest.fixture(autouse=True)
def one_painter(painter: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the tests of this folder only."""
    monkeypatch.setattr(gallery, "ProcessPoolExecutor", lambda *_, **__: painter)
