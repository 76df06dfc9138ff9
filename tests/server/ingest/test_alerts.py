"""The alert inbox: what came is listed without its secrets, and a person may have it read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.clock import now_ms
from server.ingest.replay import OLDEST_MS
from server.store.tables import Alert

if TYPE_CHECKING:
    from tests.server.house import House

pytestmark = pytest.mark.anyio

GOOD = b'{"ticker": "BTCUSDT", "action": "buy", "price": 50000, "passphrase": "hunter-2-horse"}'
BROKEN = b'{"ticker": "BTCUSDT", "price": {{close}}}'


async def sent(house: House, hook: str, body: bytes) -> dict[str, Any]:
    status, receipt = await house.call("POST", hook, content=body)
    assert status == 200
    return dict(receipt)


async def listed(house: House, query: str = "") -> dict[str, Any]:
    status, page = await house.call("GET", f"/api/alerts{query}", await house.token("view"))
    assert status == 200, page
    return dict(page)


async def test_alerts_are_listed_by_state_and_without_secrets(house: House, hook: str) -> None:
    good, broken = await sent(house, hook, GOOD), await sent(house, hook, BROKEN)
    page = await listed(house)
    assert {one["id"]: one["status"] for one in page["alerts"]} == {good["id"]: "accepted", broken["id"]: "parked"}
    assert "hunter" not in repr(page)
    [parked] = (await listed(house, "?status=parked"))["alerts"]
    assert (parked["id"], parked["reason"]) == (broken["id"], broken["reason"])
    [accepted] = (await listed(house, "?status=accepted"))["alerts"]
    assert (accepted["symbol"], accepted["action"], accepted["price"]) == ("BTCUSDT", "buy", 50000)
    assert accepted["fields"] == {
        "ticker": "BTCUSDT", "action": "buy", "price": 50000, "passphrase": "(hidden)",
    }  # fmt: skip


async def test_a_list_is_read_page_by_page(house: House, hook: str) -> None:
    ids = {(await sent(house, hook, GOOD))["id"] for _ in range(7)}
    found: list[str] = []
    query = "?limit=3"
    while True:
        page = await listed(house, query)
        found += [one["id"] for one in page["alerts"]]
        if page["cursor"] is None:
            break
        query = f"?limit=3&cursor={page['cursor']}"
    assert (len(found), set(found)) == (7, ids)
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("query", ["?status=odd", "?limit=0", "?limit=201", "?limit=x", "?cursor=" + "x" * 41])
async def test_what_cannot_be_asked_for_is_a_bad_request(house: House, query: str) -> None:
    assert (await house.call("GET", f"/api/alerts{query}", await house.token("view")))[0] == 400


async def test_a_replay_keeps_the_time_of_arrival_and_is_no_duplicate(house: House, hook: str) -> None:
    first = await sent(house, hook, b'{"ticker": "BTCUSDT", "action": "buy", "nonce": "8f14e45f-1"}')
    status, receipt = await house.call("POST", f"/api/alerts/{first['id']}/replay", await house.token())
    assert (status, receipt["status"]) == (200, "accepted")
    old, new = await Alert.get(id=first["id"]), await Alert.get(id=receipt["id"])
    assert (new.received_at, new.replay_of, bytes(new.body)) == (old.received_at, old.id, bytes(old.body))
    [event] = await house.events("alert.replayed")
    assert (event.subject, event.person, event.data["fires"]) == (new.id, "ann", True)
    assert (event.data["received_at"], event.data["replay_of"]) == (old.received_at, old.id)


async def test_an_alert_over_age_is_stored_and_shown_but_fires_nothing(house: House, hook: str) -> None:
    first = await sent(house, hook, GOOD)
    came = now_ms() - OLDEST_MS - 60_000
    await Alert.filter(id=first["id"]).update(received_at=came)
    header = await house.token()
    _, once = await house.call("POST", f"/api/alerts/{first['id']}/replay", header)
    _, twice = await house.call("POST", f"/api/alerts/{once['id']}/replay", header)
    assert "it came 6 minutes ago and fires nothing" in once["reason"]
    assert [event.data["fires"] for event in await house.events("alert.replayed")] == [False, False]
    shown = {one["id"]: one["received_at"] for one in (await listed(house))["alerts"]}
    assert shown == dict.fromkeys([first["id"], once["id"], twice["id"]], came)


@pytest.mark.parametrize("scope", ["hook", "view", "export", "approve", None])
async def test_replaying_needs_admin(house: House, hook: str, scope: str | None) -> None:
    first = await sent(house, hook, GOOD)
    header = await house.token(scope) if scope else None
    status, _ = await house.call("POST", f"/api/alerts/{first['id']}/replay", header)
    assert status == (403 if scope else 401)
    assert await Alert.all().count() == 1


async def test_an_alert_that_does_not_exist_is_not_found(house: House) -> None:
    header = await house.token()
    for name in ("alr_0", "x" * 300):
        assert (await house.call("POST", f"/api/alerts/{name}/replay", header))[0] == 404


async def test_the_inbox_replays_with_its_forms_token_only(house: House, hook: str) -> None:
    first = await sent(house, hook, BROKEN)
    cookie, full = await house.session()
    path = f"/inbox/alerts/{first['id']}/replay"
    assert (await house.client.post(path, headers=cookie)).status_code == 403
    answer = await house.client.post(path, headers=full)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await Alert.filter(replay_of=first["id"]).count() == 1
