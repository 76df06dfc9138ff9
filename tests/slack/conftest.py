"""What all these servers draw and reckon is made once: each takes longer than most of what is tested here."""

from __future__ import annotations

import hashlib
import os
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from server import gallery
from server.slack.pace import Rate
from server.slack.reach import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Shared(Executor):
    """A pool that outlives whoever says that it is done with it, and does the same work once."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool
        self.done: dict[bytes, Future[Any]] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        work = hashlib.sha256(pickle.dumps((fn, args, kwargs))).digest()
        if work not in self.done or self.done[work].cancelled():
            self.done[work] = self.pool.submit(fn, *args, **kwargs)
        made: Future[Any] = Future()  # of its own, so that whoever gives it up takes it from nobody
        self.done[work].add_done_callback(lambda known: _pass_on(known, made))
        return made

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Others draw with it."""


def _pass_on(known: Future[Any], made: Future[Any]) -> None:
    if not made.set_running_or_notify_cancel():
        return
    if error := known.exception():
        made.set_exception(error)
    else:
        made.set_result(known.result())


@pytest.fixture(scope="session")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    fonts = str(tmp_path_factory.mktemp("fonts"))
    prepare = gallery._prepare
    with ProcessPoolExecutor(1, get_context("spawn"), prepare, (fonts, os.getpid())) as pool:
        yield Shared(pool)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages and updates come as soon as they may where nobody counts them; pauses stay those of Slack."""
    monkeypatch.setattr("server.slack.workspace.RATE", Rate(0.02))
    monkeypatch.setattr("server.slack.workspace.PATIENCE", Patience(update=0.2))
    monkeypatch.setattr("server.slack.pace.METHODS", {})


@pytest.fixture(autouse=True)
def one_painter(painter: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the tests of this folder only."""
    monkeypatch.setattr(gallery, "ProcessPoolExecutor", lambda *_, **__: painter)
