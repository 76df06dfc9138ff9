"""The webhook door: every line of its contract."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from interpreters.alerts import MAX_BYTES
from server.access.tokens import create_token, revoke_token
from server.ingest.committer import Committer, QueueFull
from server.store.store import Store
from server.store.tables import Alert
from tests.server.house import BASE, House, opened

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

PLAIN = b'{"ticker": "BTCUSDT", "action": "buy", "price": 50000}'
TIMED = b'{"ticker": "BTCUSDT", "action": "buy", "timenow": "2026-01-05T12:00:00Z"}'
NAMED = b'{"ticker": "BTCUSDT", "action": "buy", "nonce": "8f14e45f-1"}'


async def new_hook(house: House) -> tuple[str, str]:
    """A new hook: its token's id, and its path."""
    async with house.store.write() as work:
        identity, secret = await create_token(work, "ann", "hook")
    return identity, f"/hooks/tradingview/{secret}"


async def send(house: House, path: str, body: bytes) -> tuple[int, Any]:
    return await house.call("POST", path, content=body)


async def test_the_bytes_are_stored_as_they_came_with_their_event(house: House, hook: str) -> None:
    status, receipt = await send(house, hook, PLAIN)
    assert (status, receipt["status"], receipt["reason"]) == (200, "accepted", "read as JSON")
    row = await Alert.get(id=receipt["id"])
    assert (bytes(row.body), row.status, row.symbol) == (PLAIN, "accepted", "BTCUSDT")
    [event] = await house.events("alert.received")
    assert (event.subject, event.data) == (
        receipt["id"],
        {"status": "accepted", "reason": "read as JSON", "symbol": "BTCUSDT", "hook": row.hook},
    )


@pytest.mark.parametrize("kind", ["application/json", "text/plain; charset=utf-8", "image/png", "nonsense", None])
async def test_the_content_type_is_ignored(house: House, hook: str, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    status, receipt = await house.call("POST", hook, headers, content=PLAIN)
    assert (status, receipt["status"]) == (200, "accepted")


async def test_a_slash_at_the_end_is_no_redirect(house: House, hook: str) -> None:
    assert (await send(house, f"{hook}/", PLAIN))[0] == 200


@pytest.mark.parametrize("path", ["", "/", "/no-such-hook", "/a/b", "/" + "x" * 300, "/%00", "/%F0%9F%92%A3"])
async def test_a_hook_that_nobody_has_is_not_found(house: House, path: str) -> None:
    status, problem = await send(house, f"/hooks/tradingview{path}", PLAIN)
    assert (status, problem["status"]) in {(404, 404), (400, 400)}
    assert await Alert.all().count() == 0


async def test_a_token_of_another_scope_is_no_hook(house: House) -> None:
    secret = (await house.token("admin"))["Authorization"].removeprefix("Bearer ")
    assert (await send(house, f"/hooks/tradingview/{secret}", PLAIN))[0] == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_post_is_taken(house: House, hook: str, method: str) -> None:
    answer = await house.client.request(method, hook, content=PLAIN)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert await Alert.all().count() == 0


async def test_a_body_is_counted_while_it_comes_in(house: House, hook: str) -> None:
    assert (await send(house, hook, b"x" * MAX_BYTES))[0] == 200
    assert (await send(house, hook, b"x" * (MAX_BYTES + 1)))[0] == 413
    asked = 0

    async def endless() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    assert await raw(house, hook, endless) == [413]
    assert asked == MAX_BYTES // 65_536 + 1


async def test_a_sender_that_leaves_before_its_end_stores_nothing(house: House, hook: str) -> None:
    parts: Any = iter([{"type": "http.request", "body": PLAIN, "more_body": True}, {"type": "http.disconnect"}])

    async def leaving() -> dict[str, Any]:
        return dict(next(parts))

    assert await raw(house, hook, leaving) == []
    assert await Alert.all().count() == 0
    assert await house.events("alert.received") == []


async def raw(house: House, path: str, receive: Any) -> list[int]:
    """The statuses that the application sends."""
    sent: list[int] = []

    async def heard(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    scope: Any = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "scheme": "http",
        "root_path": "", "http_version": "1.1", "headers": [(b"host", BASE.removeprefix("http://").encode())],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8422), "asgi": {"version": "3.0"}, "extensions": {},
    }  # fmt: skip
    await house.app(scope, receive, heard)
    return sent


async def test_a_revoked_hook_takes_nothing_from_the_next_webhook_on(house: House) -> None:
    identity, path = await new_hook(house)
    _, other = await new_hook(house)
    assert (await send(house, path, PLAIN))[0] == 200
    async with house.store.write() as work:
        await revoke_token(work, identity)
    answers = await asyncio.gather(*(send(house, one, PLAIN) for one in (path, other, path, other)))
    assert [status for status, _ in answers] == [404, 200, 404, 200]
    assert await Alert.filter(hook=identity).count() == 1


async def test_no_token_is_in_log_metric_or_event(house: House, hook: str, capsys: pytest.CaptureFixture[str]) -> None:
    secret = hook.rpartition("/")[2]
    for path, method in ((hook, "POST"), (hook, "GET"), (f"{hook}/more", "POST"), (hook + "x", "POST")):
        await house.client.request(method, path, content=PLAIN)
    metrics = (await house.client.get("/metrics")).text
    printed = capsys.readouterr()
    assert "/hooks/tradingview/{token}" in metrics
    assert "/hooks/tradingview/{token}" in printed.err
    assert secret not in metrics + printed.err + printed.out + repr(await house.events())


ANY = some.binary(max_size=300) | some.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(max_examples=5)
@given(bodies=some.lists(ANY, min_size=20, max_size=60))
def test_no_body_is_ever_our_fault(bodies: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    async def scenario() -> None:
        async with opened(tmp_path_factory.mktemp("any")) as house:
            _, path = await new_hook(house)
            answers = await asyncio.gather(*(send(house, path, body) for body in bodies))
            assert [(status, bool(receipt["reason"])) for status, receipt in answers] == [(200, True)] * len(bodies)
            assert sorted([bytes(row.body) for row in await Alert.all()]) == sorted(bodies)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("body", "second"), [(PLAIN, "accepted"), (TIMED, "duplicate"), (NAMED, "duplicate"), (b"", "parked")]
)
async def test_the_same_body_twice_follows_the_rule_also_across_a_restart(
    tmp_path: Path, body: bytes, second: str
) -> None:
    async with opened(tmp_path) as house:
        _, path = await new_hook(house)
        _, first = await send(house, path, body)
        assert first["status"] == ("parked" if second == "parked" else "accepted")
        _, copy = await send(house, path, body)
        assert copy["status"] == second
    async with opened(tmp_path) as house:
        _, again = await send(house, path, body)
        assert again["status"] == second
        rows = {row.id: row.duplicate_of for row in await Alert.all()}
        origin = first["id"] if second == "duplicate" else None
        assert rows == {first["id"]: None, copy["id"]: origin, again["id"]: origin}


async def test_copies_at_once_are_one_alert_and_another_hook_is_another_alert(house: House) -> None:
    (_, one), (_, other) = await new_hook(house), await new_hook(house)
    answers = await asyncio.gather(*(send(house, path, NAMED) for path in (one, one, one, other)))
    assert sorted(receipt["status"] for _, receipt in answers) == ["accepted", "accepted", "duplicate", "duplicate"]
    assert answers[3][1]["status"] == "accepted"


async def test_a_full_queue_refuses_at_once_and_takes_again_later(tmp_path: Path) -> None:
    async with opened(tmp_path, queue_limit=3) as house:
        _, path = await new_hook(house)
        await send(house, path, PLAIN)
        async with house.store.write():
            sent = [asyncio.create_task(send(house, path, PLAIN)) for _ in range(12)]
            done, waiting = await asyncio.wait(sent, timeout=1)
            assert {status for status, _ in (task.result() for task in done)} == {503}
            assert 3 <= len(waiting) <= 6  # the batch under way, and three that wait for the next
        assert {status for status, _ in await asyncio.gather(*waiting)} == {200}
        assert await Alert.all().count() == len(waiting) + 1


async def test_a_store_that_is_gone_is_503_and_comes_back(house: House, hook: str) -> None:
    file = house.data / "drawbridge.db"
    assert (await send(house, hook, PLAIN))[0] == 200
    away = file.rename(file.with_suffix(".away"))
    status, problem = await send(house, hook, PLAIN)
    assert (status, problem["detail"]) == (503, "the store does not answer; send it again")
    away.rename(file)
    assert (await send(house, hook, PLAIN))[0] == 200
    assert await Alert.all().count() == 2


async def test_what_waits_is_stored_when_the_server_stops(tmp_path: Path, anyio_backend: str) -> None:
    store = Store(f"sqlite://{tmp_path / 'stop.db'}")
    await store.open()
    async with store.write() as work:
        identity, _ = await create_token(work, "ann", "hook")
    committer = Committer(store, 1000)
    await committer.start()
    sent = [asyncio.create_task(committer.submit(identity, PLAIN)) for _ in range(700)]
    await asyncio.sleep(0)
    await committer.stop()
    assert len({receipt.id for receipt in await asyncio.gather(*sent)}) == await Alert.all().count() == 700
    await store.close()


async def test_a_queue_of_no_room_says_so(tmp_path: Path, anyio_backend: str) -> None:
    committer = Committer(Store(f"sqlite://{tmp_path / 'none.db'}"), 0)
    with pytest.raises(QueueFull, match="0 webhooks wait already"):
        await committer.submit("tok_1", PLAIN)
