"""A unit of work: everything in it happens, with its events, or nothing of it does."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tortoise.exceptions import IntegrityError

from server.store.events import EventRow, read_after
from server.store.store import Store, StoreUnavailable
from server.store.tables import Alert, Entry, Flag

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio


def alert(number: int) -> dict[str, Any]:
    return {
        "id": f"alr_{number:06}",
        "hook": "tok_1",
        "received_at": 1_700_000_000_000 + number,
        "body": bytes(range(256)) + b"%d" % number,
        "status": "accepted",
        "reason": "",
        "form": "json",
        "symbol": None,
        "duplicate_key": None,
        "duplicate_of": None,
        "replay_of": None,
    }


async def subjects() -> list[str]:
    return [event.subject for event in await read_after(0)]


async def test_a_unit_of_work_writes_its_rows_and_its_events(store: Store) -> None:
    async with store.write() as work:
        await Flag.create(name="kill", value="true", using_db=work.connection)
        work.record("kill.set", "kill", {"why": "Grüße, „drawbridge“ \N{CHART WITH UPWARDS TREND}"}, "ada")
        work.record("kill.cleared", "kill", {})
    (first, second) = await read_after(0)
    assert (first, second) == (
        EventRow(1, first.at, "kill.set", "kill", "ada", {"why": "Grüße, „drawbridge“ \N{CHART WITH UPWARDS TREND}"}),
        EventRow(2, second.at, "kill.cleared", "kill", None, {}),
    )
    assert store.last_seq == 2
    assert await Flag.all().values_list("name", "value") == [("kill", "true")]


async def test_an_error_leaves_neither_row_nor_event(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.write() as work:
            await Flag.create(name="kill", value="true", using_db=work.connection)
            work.record("kill.set", "kill", {})
            raise ZeroDivisionError
    assert (await Flag.all().count(), await read_after(0), store.last_seq) == (0, [], 0)


async def test_events_that_cannot_be_written_take_the_rows_with_them(store: Store) -> None:
    with pytest.raises(ValueError, match="JSON"):
        async with store.write() as work:
            await Flag.create(name="kill", value="true", using_db=work.connection)
            work.record("kill.set", "kill", {"price": float("nan")})
    assert (await Flag.all().count(), await read_after(0)) == (0, [])


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\ud83d", "\\u0000", '"'])
async def test_whatever_text_comes_in_from_outside_can_be_recorded(store: Store, text: str) -> None:
    async with store.write() as work:
        work.record("alert.received", "alr_1", {"symbol": text})
    assert [event.data for event in await read_after(0)] == [{"symbol": text}]


async def test_a_row_that_breaks_a_rule_is_the_callers_to_handle(store: Store) -> None:
    async with store.write() as work:
        work.insert(Flag, [{"name": "kill", "value": "1"}])
    for write in (lambda work: Flag.create(name="kill", value="2", using_db=work.connection), twice):
        with pytest.raises(IntegrityError):
            await in_a_write(store, write)
    async with store.write() as work:
        await Flag.filter(name="kill").using_db(work.connection).update(value="3")
    assert await Flag.all().values_list("name", "value") == [("kill", "3")]


async def twice(work: Any) -> None:
    work.insert(Flag, [{"name": "kill", "value": "2"}])


async def in_a_write(store: Store, act: Callable[[Any], Awaitable[Any]]) -> None:
    async with store.write() as work:
        await act(work)


async def test_many_rows_are_inserted_as_they_are(store: Store) -> None:
    rows = [alert(number) for number in range(300)]
    rows[7]["symbol"] = "BINANCE:BTCUSDT"
    async with store.write() as work:
        work.insert(Alert, rows)
        work.insert(Alert, [])
    assert await Alert.all().order_by("id").values() == rows


async def test_a_key_is_generated_where_the_table_says_so(store: Store) -> None:
    line = {"run": "run_1", "log": "order", "at": 2**40, "line": "{}", "previous": "", "hash": ""}
    async with store.write() as work:
        one = await Entry.create(number=1, using_db=work.connection, **line)
        two = await Entry.create(number=2, using_db=work.connection, **line)
    assert (one.id, two.id) == (1, 2)
    assert await Entry.all().order_by("id").values_list("id", "number", "at") == [(1, 1, 2**40), (2, 2, 2**40)]


async def test_get_or_create_works_inside_a_unit_of_work(store: Store) -> None:
    async with store.write() as work:
        await Flag.get_or_create(name="kill", defaults={"value": "1"}, using_db=work.connection)
        await Flag.update_or_create({"value": "2"}, name="kill", using_db=work.connection)
    assert await Flag.all().values_list("name", "value") == [("kill", "2")]


async def test_what_reads_inside_a_unit_of_work_sees_what_it_wrote_even_without_its_connection(store: Store) -> None:
    async with store.write() as work:
        await Flag.create(name="kill", value="1", using_db=work.connection)
        assert await Flag.all().count() == 1


async def test_a_unit_of_work_inside_another_is_refused_instead_of_waiting_for_ever(store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside another"):
        async with store.write(), store.write():
            pass
    async with store.write() as work:
        work.record("kill.set", "kill", {})
    assert await subjects() == ["kill"]


async def test_a_task_that_outlives_the_unit_of_work_it_was_started_in_goes_on_by_itself(store: Store) -> None:
    over = asyncio.Event()

    async def later() -> int:
        await over.wait()
        seen = await Flag.all().count()
        async with store.write() as work:
            work.record("strategy.started", "str_1", {})
        return seen

    async with store.write() as work:
        task = asyncio.create_task(later())
        await Flag.create(name="kill", value="1", using_db=work.connection)
    with pytest.raises(ZeroDivisionError):
        async with store.write() as work:
            await Flag.create(name="another", value="1", using_db=work.connection)
            over.set()
            await asyncio.sleep(0.05)
            raise ZeroDivisionError
    assert (await task, await subjects()) == (1, ["str_1"])


async def test_a_unit_of_work_without_a_word_writes_nothing(store: Store) -> None:
    async with store.write():
        pass
    assert await read_after(0) == []
    async with store.write() as work:
        work.record("kill.set", "kill", {})
    assert await subjects() == ["kill"]


async def test_whenever_a_task_is_cancelled_its_work_is_there_entirely_or_not_at_all(store: Store) -> None:
    dice, kept = random.Random(20), []
    for number in range(60):
        task = asyncio.create_task(in_a_write(store, partial(both, number)))
        for _ in range(dice.randrange(25)):
            await asyncio.sleep(dice.choice((0, 0, 0.0003)))
        task.cancel()
        await asyncio.wait([task])
        log = await read_after(0)
        rows = await Flag.filter(name=f"n{number}").count()
        assert rows == [event.subject for event in log].count(f"n{number}")
        assert store.last_seq == max((event.seq for event in log), default=0)
        assert rows == 1 or task.cancelled()
        kept += [f"n{number}"] * rows
    assert 0 < len(kept) < 60
    assert await subjects() == kept


async def both(number: int, work: Any) -> None:
    await Flag.create(name=f"n{number}", value="", using_db=work.connection)
    work.record("kill.set", f"n{number}", {})
    await asyncio.sleep(0)


async def test_a_task_cancelled_while_it_waits_its_turn_leaves_the_turn_to_the_next(store: Store) -> None:
    async with store.write() as work:
        waiting = [asyncio.create_task(in_a_write(store, partial(both, 1))) for _ in range(3)]
        await asyncio.sleep(0.01)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        work.record("kill.set", "first", {})
    async with store.write() as work:
        work.record("kill.set", "second", {})
    assert await subjects() == ["first", "second"]


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    await store.close()
    for act in (store.ping, lambda: read_after(0), lambda: in_a_write(store, partial(both, 1))):
        with pytest.raises(StoreUnavailable, match="the store is closed"):
            await act()


async def test_a_store_can_be_opened_again_after_it_was_closed(store: Store, url: str) -> None:
    async with store.write() as work:
        work.record("kill.set", "kill", {})
    await store.close()
    again = Store(url)
    await again.open()
    assert (again.last_seq, await subjects()) == (1, ["kill"])
    with pytest.raises(RuntimeError, match="one open store"):
        await Store(url).open()
    await again.close()
