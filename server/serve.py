"""Serving: granian inside this process, one server to a data folder, a login link, and an orderly end."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import resource
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from server.access.sessions import create_login
from server.app import create_app
from server.place import CannotServe, address, make_folder, named, only_one

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.settings import Settings
    from server.store.store import Store

BACKLOG = 1024  # connections that the system holds until they are taken
CONNECTIONS = 8192  # open at once; granian's own limit is 128, which as many open inboxes would use up
GRACE = 10  # seconds that open requests may take after a stop


Ready: TypeAlias = "Callable[[str, str, Store], Awaitable[None]]"


def serve(settings: Settings, person: str, ready: Ready) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is told the address, a one-time login link, and the open store.

    Raises CannotServe, and StoreUnavailable where the store cannot be opened.
    """
    make_folder(settings.data_dir)
    allow_connections()
    if sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)  # a crash below Python leaves a trace, too
    with only_one(settings.data_dir) as lock, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:

        async def told(base: str, link: str, store: Store) -> None:
            lock.write(base)
            lock.flush()
            await ready(base, link, store)

        try:
            runner.run(_serve(settings, person, told))
        except BaseExceptionGroup as group:  # Litestar's lifespan wraps what goes wrong in it
            raise _first(group) from None


def allow_connections() -> None:
    """Raise this process's limit of open files as far as the system lets it: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + BACKLOG if hard == resource.RLIM_INFINITY else min(CONNECTIONS + BACKLOG, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def _serve(settings: Settings, person: str, ready: Ready) -> None:
    port = free_port(settings.host, settings.port)
    app = create_app(settings)
    async with app.lifespan():
        server = Server(
            app,
            address=settings.host,
            port=port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_enabled=False,
            backlog=BACKLOG,
            backpressure=CONNECTIONS,
        )
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        running = asyncio.create_task(server.serve(), name="granian")
        await _listening(settings.host, port, running)
        gc.collect()
        gc.freeze()  # what is here now stays: walking through it again and again would hold up answers
        base = address(settings.host, port)
        await ready(base, f"{base}/login/{await _login(app.state.store, person)}", app.state.store)
        await asyncio.wait({running, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()  # raises what ended it
        app.state.gate.closing.set()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({running}, timeout=GRACE)


def free_port(host: str, port: int) -> int:
    """The port, or any free one for 0; raises CannotServe where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            msg = f"{host}:{port} cannot be bound ({error.strerror or error}); choose another with --port or --host"
            raise CannotServe(msg) from None
        return int(trial.getsockname()[1])


async def _listening(host: str, port: int, running: asyncio.Task[None]) -> None:
    """Wait until the port answers; raises what ended the server before it did."""
    while True:
        if running.done():
            await running
            msg = f"the server on {host}:{port} ended before it answered"
            raise CannotServe(msg)
        with suppress(OSError):
            _, writer = await asyncio.open_connection(named(host), port)
            writer.close()
            return
        await asyncio.sleep(0.01)


async def _login(store: Store, person: str) -> str:
    async with store.write() as work:
        return await create_login(work, person)
