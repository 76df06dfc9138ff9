"""The event stream: nothing missed, nothing repeated, at each reader's own pace."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import pytest

from server import broadcast as broadcasting
from server.broadcast import Broadcast
from server.store import tail
from server.store.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio
ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
PATIENCE = 20


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Store]:
    store = Store(f"sqlite://{tmp_path / 'events.db'}")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def broadcast(store: Store) -> AsyncIterator[Broadcast]:
    broadcast = Broadcast(store)
    await broadcast.start()
    yield broadcast
    await broadcast.stop()


async def tell(store: Store, count: int) -> None:
    async with store.write() as work:
        for number in range(count):
            work.record("alert.received", f"alr_{number}", {"number": number})


async def hear(stream: AsyncIterator[bytes], count: int) -> list[int]:
    """The numbers of the next events; the stream is left open."""
    numbers: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while len(numbers) < count:
            numbers += map(int, ID.findall(await anext(stream)))
    return numbers


async def test_a_reader_hears_what_was_written_before_and_after_it_came_once_each(
    store: Store, broadcast: Broadcast
) -> None:
    await tell(store, 3)
    stream = broadcast.read(0)
    assert await hear(stream, 3) == [1, 2, 3]
    await tell(store, 2)
    assert await hear(stream, 2) == [4, 5]


@pytest.mark.parametrize("last", [0, 1, 7, 12, 20])
async def test_a_reader_that_comes_back_goes_on_after_the_last_event_it_heard(
    store: Store, broadcast: Broadcast, last: int
) -> None:
    await tell(store, 20)
    await tell(store, 1)
    assert await hear(broadcast.read(last), 21 - last) == list(range(last + 1, 22))


async def test_a_reader_behind_what_is_kept_reads_the_log_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "KEPT", 4)
    broadcast = Broadcast(store)
    await broadcast.start()
    stream = broadcast.read(0)
    await tell(store, 700)
    assert await hear(stream, 700) == list(range(1, 701))
    await broadcast.stop()


async def test_many_readers_at_their_own_pace_each_hear_everything_while_more_is_written(
    store: Store, broadcast: Broadcast
) -> None:
    async def read(pause: float) -> list[int]:
        stream, numbers = broadcast.read(0), list[int]()
        while len(numbers) < 200:
            numbers += await hear(stream, 1)
            await asyncio.sleep(pause)
        return numbers

    async def write() -> None:
        for _ in range(20):
            await tell(store, 10)
            await asyncio.sleep(0.005)

    *heard, _ = await asyncio.gather(*(read(pause) for pause in (0, 0.001, 0.02, 0.1)), write())
    assert heard == [list(range(1, 201))] * 4


async def test_a_reader_that_does_not_read_holds_up_neither_writing_nor_another_reader(
    store: Store, broadcast: Broadcast
) -> None:
    idle = broadcast.read(0)
    await anext(idle)
    await tell(store, 50)
    assert await hear(broadcast.read(0), 50) == list(range(1, 51))
    assert await hear(idle, 50) == list(range(1, 51))


async def test_silence_is_broken_by_a_comment_that_keeps_the_connection_open(
    broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "HEARTBEAT", 0.02)
    stream = broadcast.read(0)
    assert [await anext(stream) for _ in range(3)] == [b"retry: 2000\n\n", b": alive\n\n", b": alive\n\n"]


async def test_an_event_is_one_message_whatever_line_ends_its_texts_hold(store: Store, broadcast: Broadcast) -> None:
    data = {"reason": "two\nlines\r\u2028and \U0001f600"}
    async with store.write() as work:
        work.record("alert.parked", "alr_1", data, "ann")
    stream = broadcast.read(0)
    await anext(stream)
    number, kind, line, *rest = (await anext(stream)).decode().split("\n")
    assert (number, kind, rest) == ("id: 1", "event: alert.parked", ["", ""])
    told = json.loads(line.removeprefix("data: "))
    assert {**told, "at": 0} == {
        "seq": 1, "at": 0, "kind": "alert.parked", "subject": "alr_1", "person": "ann", "data": data,
    }  # fmt: skip


async def test_a_reader_waits_for_a_closed_database_and_goes_on_where_it_was(
    store: Store, broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "PAUSE", 0.01)
    await tell(store, 5)
    store.tail.begin(store.last_seq)  # nothing is in memory, so that the database has to be asked
    await store.close()
    stream = broadcast.read(0)
    hearing = asyncio.create_task(hear(stream, 7))
    await asyncio.sleep(0.05)
    assert not hearing.done()
    await store.open()
    await tell(store, 2)
    assert await hearing == [1, 2, 3, 4, 5, 6, 7]


async def test_a_number_past_the_end_is_of_another_log_and_means_now(store: Store, broadcast: Broadcast) -> None:
    await tell(store, 3)
    stream = broadcast.read(99_999_999)
    await anext(stream)
    waiting = asyncio.create_task(hear(stream, 1))
    await asyncio.sleep(0.01)
    await tell(store, 1)
    assert await waiting == [4]


@pytest.mark.parametrize("kind", ["token.revoked", "session.ended"])
async def test_a_reader_whose_right_ended_hears_nothing_from_there_on(
    store: Store, broadcast: Broadcast, kind: str
) -> None:
    holds = True

    async def may() -> bool:
        return holds

    stream = broadcast.read(0, may)
    await tell(store, 2)
    assert await hear(stream, 2) == [1, 2]
    async with store.write() as work:
        work.record(kind, "other", {})
    assert await hear(stream, 1) == [3]
    holds = False
    async with store.write() as work:
        work.record(kind, "mine", {})
    await tell(store, 1)
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_right_that_ran_out_in_silence_ends_the_stream(
    broadcast: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "HEARTBEAT", 0.02)

    async def may() -> bool:
        return False

    assert [chunk async for chunk in broadcast.read(0, may)] == [b"retry: 2000\n\n"]


async def test_readers_are_counted_until_they_leave(broadcast: Broadcast) -> None:
    stream = broadcast.read(0)
    await anext(stream)
    assert broadcast.readers == 1
    await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator
    assert broadcast.readers == 0
