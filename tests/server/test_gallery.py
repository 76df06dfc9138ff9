"""The gallery: pictures are drawn in a process of its own, once each, kept by what they show, the oldest let go."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from server import gallery as galleries
from server.candles import read_candles
from server.charts.elements import Fill
from server.gallery import Gallery, Wanted, name_of
from server.store.tables import Strategy
from server.strategies import artifact_of
from spec.artifact import write
from tests.server.house import CANDLES, House, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with opened(tmp_path / "data") as house:
        yield house


@pytest.fixture
async def wanted(house: House) -> Wanted:
    proposed = await house.proposed()
    artifact = await artifact_of(await Strategy.get(id=proposed["id"]))
    return Wanted(write(artifact), read_candles(CANDLES)[-1000:])


@pytest.fixture
async def gallery(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Gallery]:
    gallery = Gallery(tmp_path / "pictures")
    await gallery.start()
    yield gallery
    await gallery.stop()


def kept(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder / "pictures").glob("*.png")}


async def test_a_picture_is_drawn_once_however_many_ask_for_it(
    gallery: Gallery, wanted: Wanted, tmp_path: Path
) -> None:
    first, *others = await asyncio.gather(*(gallery.picture(wanted) for _ in range(5)))
    assert first.startswith(PNG)
    assert others == [first] * 4
    written = kept(tmp_path)
    assert list(written) == [f"{name_of(wanted)}.png"]
    assert await gallery.picture(wanted) == first
    assert kept(tmp_path) == written


async def test_the_event_loop_goes_on_while_a_picture_is_drawn(gallery: Gallery, wanted: Wanted) -> None:
    drawing = asyncio.create_task(gallery.picture(wanted))
    turns = 0
    while not drawing.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 10
    assert (await drawing).startswith(PNG)


async def test_one_who_stops_waiting_does_not_stop_the_drawing_for_others(gallery: Gallery, wanted: Wanted) -> None:
    impatient, patient = (asyncio.create_task(gallery.picture(wanted)) for _ in range(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert (await patient).startswith(PNG)
    assert impatient.cancelled()


async def test_a_picture_is_drawn_after_the_process_that_draws_was_killed(gallery: Gallery, wanted: Wanted) -> None:
    await gallery.picture(wanted)
    assert gallery._pool is not None
    (worker,) = gallery._pool._processes
    os.kill(worker, signal.SIGKILL)
    assert (await gallery.picture(structs.replace(wanted, theme="light"))).startswith(PNG)


DRAWS = """
import asyncio, os, sys
from pathlib import Path
from server.gallery import Gallery

async def main():
    gallery = Gallery(Path(sys.argv[1]))
    await gallery.start()
    print(await asyncio.get_running_loop().run_in_executor(gallery._pool, os.getpid), flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_process_that_draws_ends_with_the_server_it_draws_for(tmp_path: Path) -> None:
    (tmp_path / "draws.py").write_text(DRAWS)
    command = [sys.executable, str(tmp_path / "draws.py"), str(tmp_path / "pictures")]
    around = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=around) as server:
        assert server.stdout is not None
        worker = Path(f"/proc/{int(server.stdout.readline())}/cmdline")
        server.kill()
    ended = time.monotonic() + 10
    while worker.is_file() and worker.read_bytes():  # a process that ended and was not waited for has no command line
        assert time.monotonic() < ended, "the process that draws outlived its server"
        time.sleep(0.05)


async def test_whatever_a_picture_shows_is_in_its_name(wanted: Wanted) -> None:
    fill = Fill(int(wanted.bars.time[-1]), 0.1, "buy", "entry")
    others = (
        structs.replace(wanted, artifact=wanted.artifact + b"\n"),
        structs.replace(wanted, bars=wanted.bars[:-1]),
        structs.replace(wanted, fills=(fill,)),
        structs.replace(wanted, theme="light"),
    )
    assert len({name_of(one) for one in (wanted, *others)}) == 5
    assert name_of(structs.replace(wanted)) == name_of(wanted)


async def test_the_oldest_pictures_are_let_go(
    gallery: Gallery, wanted: Wanted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(galleries, "MOST_KEPT", 3)
    for age in range(5):
        old = tmp_path / "pictures" / f"{age}.png"
        old.write_bytes(PNG)
        os.utime(old, (age, age))
    await gallery.picture(wanted)
    assert set(kept(tmp_path)) == {"3.png", "4.png", f"{name_of(wanted)}.png"}


async def test_pictures_are_shown_to_those_who_may_see_and_refused_in_words_where_there_is_none(house: House) -> None:
    proposed = await house.proposed()
    view = await house.token("view")
    address = f"/api/strategies/{proposed['id']}/chart.png"
    answer = await house.client.get(address, headers=view)
    assert (answer.status_code, answer.headers["content-type"], answer.content[:8]) == (200, "image/png", PNG)
    light = await house.client.get(f"{address}?theme=light", headers=view)
    assert light.content != answer.content
    assert (await house.call("GET", address))[0] == 401
    assert (await house.call("GET", address, await house.token("hook")))[0] == 403
    assert (await house.call("GET", f"{address}?theme=pink", view))[0] == 400
    for unknown in ("999999", "9" * 30):
        assert (await house.call("GET", f"/pictures/{unknown}", view))[0] == 404


async def test_the_picture_of_an_event_shows_nothing_later_however_much_happened_since(house: House) -> None:
    proposed = await house.proposed()
    bar = int(read_candles(CANDLES).time[-2000])
    async with house.store.write() as work:
        work.record("signal.fired", proposed["id"], {"time": bar, "digest": proposed["digest"]})
    seq = house.store.last_seq
    view = await house.token("view")
    before = (await house.client.get(f"/pictures/{seq}", headers=view)).content
    assert before.startswith(PNG)
    async with house.store.write() as work:
        for _ in range(600):
            work.record("signal.fired", proposed["id"], {"time": bar + 300_000, "digest": proposed["digest"]})
    assert (await house.client.get(f"/pictures/{seq}", headers=view)).content == before


async def test_the_picture_of_an_event_is_that_of_its_version(house: House) -> None:
    proposed = await house.proposed()
    bar = int(read_candles(CANDLES).time[-2000])
    async with house.store.write() as work:
        work.record("signal.fired", proposed["id"], {"time": bar, "digest": proposed["digest"]})
    seq = house.store.last_seq
    view = await house.token("view")
    before = (await house.client.get(f"/pictures/{seq}", headers=view)).content
    edit = {"digest": proposed["digest"], "stop": {"rule": "price", "price": 0.09}}
    address = f"/api/strategies/{proposed['id']}/edit"
    assert (await house.call("POST", address, await house.token("approve"), json=edit))[0] == 200
    assert (await house.client.get(f"/pictures/{seq}", headers=view)).content == before
