"""Accounts and their ledgers: chosen with an approval, read by the API and in the inbox."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.demo import START
from tests.server.house import House, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio
ACCOUNTS = {"main": {"cash": 5000}, "careful": {"cash": 2000, "limits": {"daily_loss": 0.01}}}
LIMITS = {"positions": 3, "rate": {"orders": 5, "seconds": 60}, "groups": {"majors": {"markets": ["binance ETH/BTC"]}}}
FAST = {"replay_start": START, "replay_speed": 2_000.0}


@pytest.fixture
async def house(tmp_path: Path, url: str, anyio_backend: str) -> AsyncIterator[House]:
    settings: dict[str, Any] = {"database_url": url, "paper_accounts": ACCOUNTS, "limits": LIMITS, **FAST}
    async with opened(tmp_path / "data", **settings) as house:
        yield house


async def approve(house: House, one: dict[str, Any], **more: Any) -> tuple[int, Any]:
    body = {"digest": one["digest"], "decision": "approve", "for": "paper", **more}
    return await house.call("POST", f"/api/strategies/{one['id']}/approvals", await house.token("approve"), json=body)


async def ended(house: House) -> None:
    async with asyncio.timeout(60):
        while not await house.events("trade.closed"):  # noqa: ASYNC110 (it is the executor that writes them)
            await asyncio.sleep(0.05)


async def test_an_account_is_chosen_at_the_approval_and_its_ledger_read_page_by_page(house: House) -> None:
    view, one = await house.token("view"), await house.proposed()
    assert (await approve(house, one, account="main"))[0] == 200
    await ended(house)
    _, strategy = await house.call("GET", f"/api/strategies/{one['id']}", view)
    assert strategy["account"] == "main"
    status, body = await house.call("GET", "/api/accounts", view)
    assert status == 200
    assert [(found["name"], found["kind"], found["cash"]) for found in body["accounts"]] == [
        ("paper", "paper", 10_000.0), ("careful", "paper", 2_000.0), ("main", "paper", 5_000.0)
    ]  # fmt: skip
    paper, careful, main = body["accounts"]
    assert (paper["books"], paper["limits"]["positions"], careful["limits"]) == ([], 3, {"daily_loss": 0.01})
    (book,) = main["books"]
    assert (book["currency"], book["unrealised"], book["positions"]) == ("BTC", 0.0, [])
    assert book["equity"] == pytest.approx(5_000 + book["realised"])
    assert book["peak"] >= book["equity"] > 5_000

    status, page = await house.call("GET", "/api/accounts/main", view, params={"limit": 4})
    assert (status, page["account"], len(page["rows"])) == (200, main, 4)
    rows: list[dict[str, Any]] = []
    cursor: int | None = None
    while True:
        more: dict[str, int] = {} if cursor is None else {"cursor": cursor}
        _, page = await house.call("GET", "/api/accounts/main", view, params={"limit": 500, **more})
        rows += page["rows"]
        if (cursor := page["cursor"]) is None:
            break
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    kinds = [row["kind"] for row in rows]
    assert (kinds.count("fill"), kinds.count("position"), kinds.count("trade")) == (2, 2, 1)
    assert kinds.count("equity") == kinds.count("account") > 2
    assert {(row["account"], row["currency"], row["strategy"]) for row in rows} == {("main", "BTC", one["id"])}
    trade = next(row for row in rows if row["kind"] == "trade")
    (closed,) = await house.events("trade.closed")
    assert trade["data"]["pnl"] == closed.data["pnl"] == pytest.approx(book["realised"])


async def test_a_position_is_shown_while_it_is_open(tmp_path: Path) -> None:
    async with opened(tmp_path / "data", replay_start=START, replay_speed=60.0) as house:
        view, one = await house.token("view"), await house.proposed()
        await approve(house, one)
        held: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            while not held:
                _, body = await house.call("GET", "/api/accounts", view)
                held = [held for found in body["accounts"] for book in found["books"] for held in book["positions"]]
        cookie, _ = await house.session()
        text = (await house.client.get("/", headers=cookie)).text
    (position,) = held
    assert (position["strategy"], position["side"], position["market"]) == (one["id"], "long", "binance ETH/BTC")
    assert (position["name"], position["running"]) == (one["name"] if "name" in one else position["name"], True)
    assert position["value"] == pytest.approx(float(position["size"]) * position["last"])
    assert f"long {position['size']} <bdi>binance ETH/BTC</bdi>" in text


async def test_an_account_that_nobody_has_is_refused_in_a_sentence(house: House) -> None:
    view, one = await house.token("view"), await house.proposed()
    status, body = await house.call("GET", "/api/accounts/nobody", view)
    assert (status, body["detail"]) == (404, "there is no account nobody")
    status, body = await approve(house, one, account="nobody")
    detail = "there is no paper account nobody; DRAWBRIDGE_PAPER_ACCOUNTS has paper, main, careful"
    assert (status, body["detail"]) == (422, detail)
    status, body = await approve(house, one, account="x" * 41)
    assert status in {400, 422}
    assert (await house.call("GET", "/api/accounts"))[0] == 401


async def test_the_inbox_shows_the_accounts_and_lets_one_be_chosen(house: House) -> None:
    one = await house.proposed()
    cookie, both = await house.session()
    text = (await house.client.get("/", headers=cookie)).text
    assert "Limits: positions 3, groups of majors, rate 5 orders in 60 s" in text
    assert "Nothing was traded yet." in text
    assert [name for name in ("paper", "main", "careful") if f'<option value="{name}"' in text] == [
        "paper", "main", "careful"
    ]  # fmt: skip
    form = {"digest": one["digest"], "decision": "approve", "account": "careful"}
    answer = await house.client.post(f"/inbox/strategies/{one['id']}/decide", headers=both, data=form)
    assert answer.status_code == 303
    (told,) = [event for event in await house.events("strategy.approved") if event.subject == one["id"]]
    assert told.data["account"] == "careful"


async def test_a_server_with_one_account_asks_for_none(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as house:
        await house.proposed()
        cookie, _ = await house.session()
        assert 'name="account"' not in (await house.client.get("/", headers=cookie)).text


async def test_live_takes_no_paper_account(house: House) -> None:
    one = await house.proposed()
    await approve(house, one)
    status, body = await approve(house, one, account="main", **{"for": "live"})
    assert status == 409  # live is not set up at all
    assert "DRAWBRIDGE_LIVE" in body["detail"]
