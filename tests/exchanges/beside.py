"""A loopback exchange in a thread of its own, for programs that have no event loop yet."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.exchanges.loopback import Loopback


@contextmanager
def beside(exchange: Loopback) -> Iterator[Loopback]:
    """The exchange, answering; its coroutines belong to its own thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(exchange.__aenter__(), loop).result(20)
        try:
            yield exchange
        finally:
            asyncio.run_coroutine_threadsafe(exchange.__aexit__(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
