"""The doctor: what a server needs, looked at one after another, each with a sentence that says what to do.

It changes nothing but what opening the store does: a database that is behind is brought up to date.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING
from urllib.request import urlopen

from msgspec import Struct

from execution.feeds.exchange.access import Unreachable, Unserved
from execution.feeds.exchange.probing import probe
from execution.ports import FeedFailed
from server.clock import now_ms
from server.custom.box import shown_of, why_not
from server.feed_health import in_words, read_healths
from server.feeds import accesses_of, feeds_of
from server.kill import kill_switch
from server.repository import BadRepository, Repository, place_of
from server.settings import BadSettings
from server.store.store import Store, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

LEAST_FREE = 1 << 30  # bytes
PATIENCE = 5.0  # seconds
SCHEMAS = {
    "ticks": "trades",
    "book_top": "top of the book",
    "funding": "funding rate",
    "open_interest": "open interest",
}
MOST_SKEW = 1.0  # seconds; exchanges refuse orders that are signed a few seconds off


class Finding(Struct, frozen=True):
    """One thing that was looked at: whether it is well, and what was seen."""

    what: str
    well: bool
    said: str


async def examine(settings: Settings, serving: str | None = None) -> AsyncIterator[Finding]:
    """Everything, as it is looked at; ``serving`` is the address of the server that works on the folder."""
    yield _folder(settings)
    async for finding in _store(settings):
        yield finding
    yield _recordings(settings)
    if settings.custom_nodes:
        reason = shown_of(settings.private) or await asyncio.to_thread(why_not)
        yield Finding("custom nodes", well=reason is None, said=reason or "they can be boxed here")
    for name in settings.exchanges:
        yield await _exchange(settings, name)
    if serving is not None:
        for finding in await asyncio.to_thread(_followed, serving):
            yield finding


def _followed(serving: str) -> list[Finding]:
    """How each line of bars stands that the server follows."""
    try:
        with urlopen(f"{serving}/metrics", timeout=PATIENCE) as answer:  # noqa: S310 - the server's own address
            healths = read_healths(answer.read().decode())
    except (OSError, ValueError) as error:
        return [Finding("server", well=False, said=f"{serving} serves this folder, and does not answer: {error}")]
    return [Finding("followed", well=health.trouble is None, said=in_words(health)) for health in healths]


def _folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("data folder", well=False, said=f"{folder} cannot be made: {error.strerror}")
    if not os.access(folder, os.W_OK):
        return Finding("data folder", well=False, said=f"{folder} cannot be written; give it to the user who serves")
    said = f"{folder}, {free / LEAST_FREE:.1f} GiB free"
    return Finding("data folder", well=free >= LEAST_FREE, said=said)


async def _store(settings: Settings) -> AsyncIterator[Finding]:
    store = Store(settings.database)
    try:
        await store.open()
    except StoreUnavailable as error:
        yield Finding("store", well=False, said=f"it cannot be opened: {error}")
        return
    try:
        switch = await kill_switch()
        yield Finding("store", well=True, said=f"{store.last_seq} events")
        said = f"set by {switch.person}; `drawbridge resume` clears it" if switch.set else "clear"
        yield Finding("kill switch", well=not switch.set, said=said)
        yield await _repository(settings)
    finally:
        await store.close()


async def _repository(settings: Settings) -> Finding:
    repository = Repository(settings.repository)
    if not settings.repository.exists():
        return Finding("strategy repository", well=True, said=f"{settings.repository}, not made yet")
    try:
        seq = await place_of(repository)
    except (BadRepository, OSError) as error:
        return Finding("strategy repository", well=False, said=str(error))
    return Finding("strategy repository", well=True, said=f"{settings.repository}, written up to event {seq}")


def _recordings(settings: Settings) -> Finding:
    try:
        feeds_of(settings)
    except BadSettings as error:
        return Finding("feeds", well=False, said=str(error))
    names = [*settings.replay, *settings.exchanges]
    return Finding("feeds", well=bool(names), said=", ".join(names) or "none is set up, so nothing is evaluated")


async def _exchange(settings: Settings, name: str) -> Finding:
    try:
        found = await probe(name, accesses_of(settings)[name], lambda: now_ms() / 1000)
    except (BadSettings, FeedFailed, Unreachable, Unserved) as error:
        return Finding(name, well=False, said=str(error))
    heard = {"ws": "a candle stream", "trades": "trades", "rest": "REST"}[found.news]
    said = f"{found.markets} markets, bars by {heard}"
    beside = f"; beside bars: {', '.join(SCHEMAS[one] for one in found.beside)}" if found.beside else ""
    if found.skew is None:
        return Finding(name, well=True, said=f"{said}{beside}")
    near = abs(found.skew) <= MOST_SKEW
    advice = "" if near else "; set this machine's clock by NTP"
    return Finding(name, well=near, said=f"{said}, its clock {found.skew:+.2f} s from ours{advice or beside}")
