"""What holds for a store in trouble whichever database is behind it."""

from __future__ import annotations

import asyncio
import logging

import pytest

from server.store import store as store_module
from server.store.events import read_after
from server.store.store import Store, StoreUnavailable
from server.store.tables import Flag
from tests.server.store.using import add, names

pytestmark = pytest.mark.anyio


async def test_nobody_waits_for_his_turn_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "TURN_SECONDS", 0.1)
    async with store.write() as work:
        work.record("kill.set", "a", {})
        with pytest.raises(StoreUnavailable, match="busy"):
            await asyncio.create_task(add(store, "b"))
    assert [row.subject for row in await read_after(0)] == ["a"]


async def test_no_log_carries_what_is_stored(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await add(store, "canary-1")
    assert await names() == ["canary-1"]
    async with store.write() as work:
        work.insert(Flag, [{"name": "canary-2", "value": ""}])
    assert "canary" not in caplog.text


async def test_a_wrong_value_is_no_trouble_of_the_database(store: Store) -> None:
    row = {"name": "a", "value": object()}
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each driver has its own
        async with store.write() as work:
            work.insert(Flag, [row])
    assert not isinstance(raised.value, StoreUnavailable)
    await add(store, "b")
    assert await names() == ["b"]
