"""People decide about a digest; a quorum of them starts it. What does not count starts nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.approvals import expire
from tests.server.house import House, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path, url: str, anyio_backend: str) -> AsyncIterator[House]:
    """The server on each database: what two people do at once meets other locks there."""
    async with opened(tmp_path / "data", database_url=url) as house:
        yield house


def decision(digest: str, verdict: str = "approve", purpose: str = "paper") -> dict[str, str]:
    return {"digest": digest, "decision": verdict, "for": purpose}


async def decide(house: House, one: dict[str, Any], person: str = "ann", **more: str) -> tuple[int, Any]:
    header = await house.token("approve", person)
    body = {**decision(one["digest"]), **more}
    return await house.call("POST", f"/api/strategies/{one['id']}/approvals", header, json=body)


async def state(house: House, one: dict[str, Any]) -> str:
    _, body = await house.call("GET", f"/api/strategies/{one['id']}", await house.token("view"))
    return str(body["state"])


async def kinds(house: House, one: dict[str, Any]) -> list[str]:
    return [event.kind for event in await house.events() if event.subject == one["id"]]


async def settled(house: House, one: dict[str, Any]) -> str:
    """The state of a strategy that was approved, once the executor has taken it up."""
    for _ in range(200):
        if (now := await state(house, one)) != "approved":
            return now
        await asyncio.sleep(0.02)
    return "approved"


async def test_an_approved_strategy_starts(house: House) -> None:
    one = await house.proposed()
    status, outcome = await decide(house, one)
    assert (status, outcome) == (
        200,
        {"id": one["id"], "digest": one["digest"], "state": "approved", "approvals": 1, "quorum": 1},
    )
    assert await settled(house, one) == "running"
    assert (await kinds(house, one))[:4] == [
        "strategy.proposed",
        "strategy.decided",
        "strategy.approved",
        "strategy.started",
    ]


async def test_a_rejected_strategy_never_starts(house: House) -> None:
    one = await house.proposed()
    status, outcome = await decide(house, one, decision="reject")
    assert (status, outcome["state"]) == (200, "rejected")
    assert (await decide(house, one, "bob"))[0] == 409
    assert "strategy.started" not in await kinds(house, one)


async def test_the_one_who_proposed_may_approve_at_quorum_one(house: House) -> None:
    one = await house.proposed("ann")
    assert (await decide(house, one, "ann"))[1]["state"] == "approved"


async def test_an_outdated_digest_is_refused_logged_and_starts_nothing(house: House) -> None:
    one = await house.proposed()
    old = one["digest"]
    approve = await house.token("approve")
    _, new = await house.call(
        "POST", f"/api/strategies/{one['id']}/edit", approve, json={"digest": old, "risk_percent": 0.5}
    )
    for digest in (old, "f" * 64):
        status, problem = await decide(house, one, digest=digest)
        assert (status, problem["status"]) == (409, 409)
        assert new["digest"][:12] in problem["detail"]
    refused = [event for event in await house.events("access.refused") if event.subject == one["id"]]
    assert [(event.person, event.data["digest"]) for event in refused] == [("ann", old), ("ann", "f" * 64)]
    assert await state(house, one) == "proposed"
    assert "strategy.started" not in await kinds(house, one)


async def test_of_two_approvals_at_once_one_counts_and_it_starts_once(house: House) -> None:
    one = await house.proposed()
    headers = [await house.token("approve", person) for person in ("ann", "bob", "cat", "dan")]
    path = f"/api/strategies/{one['id']}/approvals"
    answers = await asyncio.gather(
        *(house.call("POST", path, header, json=decision(one["digest"])) for header in headers)
    )
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    assert await settled(house, one) == "running"
    heard = await kinds(house, one)
    assert [heard.count(kind) for kind in ("strategy.decided", "strategy.approved", "strategy.started")] == [1, 1, 1]
    assert heard.count("access.refused") == 3


async def test_an_approval_and_a_rejection_at_once_are_one_decision(house: House) -> None:
    one = await house.proposed()
    ann, bob = await house.token("approve", "ann"), await house.token("approve", "bob")
    path = f"/api/strategies/{one['id']}/approvals"
    answers = await asyncio.gather(
        house.call("POST", path, ann, json=decision(one["digest"])),
        house.call("POST", path, bob, json=decision(one["digest"], "reject")),
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    winner = next(body["state"] for status, body in answers if status == 200)
    assert (winner == "approved") == ("strategy.rejected" not in await kinds(house, one))


async def test_an_approval_and_an_edit_at_once_never_start_what_nobody_approved(house: House) -> None:
    one = await house.proposed()
    ann, bob = await house.token("approve", "ann"), await house.token("approve", "bob")
    path = f"/api/strategies/{one['id']}"
    answers = await asyncio.gather(
        house.call("POST", f"{path}/approvals", ann, json=decision(one["digest"])),
        house.call("POST", f"{path}/edit", bob, json={"digest": one["digest"], "risk_percent": 0.5}),
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    started = [event.data["digest"] for event in await house.events("strategy.approved") if event.subject == one["id"]]
    assert started in ([], [one["digest"]])


async def test_a_person_decides_once_about_a_version(tmp_path: Path) -> None:
    async with opened(tmp_path, quorum=3) as house:
        one = await house.proposed("ann")
        header = await house.token("approve", "bob")
        path = f"/api/strategies/{one['id']}/approvals"
        answers = await asyncio.gather(
            *(house.call("POST", path, header, json=decision(one["digest"])) for _ in range(4))
        )
        assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
        _, strategy = await house.call("GET", f"/api/strategies/{one['id']}", header)
        assert [(each["person"], each["decision"], each["for"]) for each in strategy["decisions"]] == [
            ("bob", "approve", "paper")
        ]


async def test_a_quorum_counts_people_and_not_the_one_who_proposed(tmp_path: Path) -> None:
    async with opened(tmp_path, quorum=2) as house:
        one = await house.proposed("ann")
        status, problem = await decide(house, one, "ann")
        assert (status, problem["title"]) == (403, "Not allowed")
        assert (await decide(house, one, "bob"))[1]["approvals"] == 1
        assert (await decide(house, one, "bob"))[0] == 409
        assert await state(house, one) == "proposed"
        assert "strategy.started" not in await kinds(house, one)
        status, outcome = await decide(house, one, "cat")
        assert (status, outcome["state"], outcome["approvals"]) == (200, "approved", 2)
        assert await settled(house, one) == "running"
        refused = [event for event in await house.events("access.refused") if event.subject == one["id"]]
        assert [event.person for event in refused] == ["ann", "bob"]


async def test_two_people_at_once_make_a_quorum_of_two(tmp_path: Path, url: str) -> None:
    async with opened(tmp_path, quorum=2, database_url=url) as house:
        one = await house.proposed("ann")
        headers = [await house.token("approve", person) for person in ("ann", "bob", "cat")]
        path = f"/api/strategies/{one['id']}/approvals"
        answers = await asyncio.gather(
            *(house.call("POST", path, header, json=decision(one["digest"])) for header in headers)
        )
        ann, bob, cat = (status for status, _ in answers)
        assert (bob, cat) == (200, 200)
        assert ann in {403, 409}  # 409 where the two were faster
        assert (await kinds(house, one)).count("strategy.approved") == 1


async def test_whoever_edits_has_proposed(tmp_path: Path) -> None:
    async with opened(tmp_path, quorum=2) as house:
        one = await house.proposed("ann")
        bob = await house.token("approve", "bob")
        _, edited = await house.call(
            "POST", f"/api/strategies/{one['id']}/edit", bob, json={"digest": one["digest"], "risk_percent": 0.5}
        )
        assert (await decide(house, one, "bob", digest=edited["digest"]))[0] == 403


async def test_one_rejection_ends_a_proposal_and_the_proposer_may_take_it_back(tmp_path: Path) -> None:
    async with opened(tmp_path, quorum=2) as house:
        one = await house.proposed("ann")
        assert (await decide(house, one, "bob"))[0] == 200
        assert (await decide(house, one, "ann", decision="reject"))[1]["state"] == "rejected"
        assert (await decide(house, one, "cat"))[0] == 409


async def test_live_is_refused_while_there_is_no_live_feed(house: House) -> None:
    one = await house.proposed()
    status, problem = await decide(house, one, **{"for": "live"})
    assert (status, "paper comes first" in problem["detail"]) == (409, True)
    await decide(house, one)
    status, problem = await decide(house, one, **{"for": "live"})
    assert (status, "live trading is not set up" in problem["detail"]) == (409, True)
    assert await settled(house, one) == "running"


@pytest.mark.parametrize(("word", "state"), [("pause", "paused"), ("stop", "stopped")])
async def test_an_approval_for_live_begins_nothing_again_that_was_paused_or_stopped(
    house: House, word: str, state: str
) -> None:
    one = await house.proposed()
    await decide(house, one)
    assert await settled(house, one) == "running"
    await house.call("POST", f"/api/strategies/{one['id']}/{word}", await house.token("approve"))
    status, problem = await decide(house, one, "bob", **{"for": "live"})
    assert (status, f"the strategy is {state}" in problem["detail"]) == (409, True)


async def test_a_proposal_expires_and_cannot_be_approved_after(tmp_path: Path) -> None:
    async with opened(tmp_path, approval_days=1e-7) as house:
        one = await house.proposed()
        await asyncio.sleep(0.02)
        status, problem = await decide(house, one)
        assert (status, "expired" in problem["detail"]) == (409, True)
        assert await expire(house.store) == 1
        assert await expire(house.store) == 0
        assert await state(house, one) == "expired"
        assert (await decide(house, one))[0] == 409
        assert (await kinds(house, one)).count("strategy.expired") == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"digest": "0" * 64},
        {"digest": "short", "decision": "approve", "for": "paper"},
        {"digest": "0" * 64, "decision": "maybe", "for": "paper"},
        {"digest": "0" * 64, "decision": "approve", "for": "fun"},
        {"digest": "0" * 64, "decision": "approve", "for": "paper", "more": 1},
        {"digest": 7, "decision": "approve", "for": "paper"},
        [],
    ],
)
async def test_what_is_no_decision_is_a_bad_request(house: House, body: Any) -> None:
    one = await house.proposed()
    status, problem = await house.call(
        "POST", f"/api/strategies/{one['id']}/approvals", await house.token("approve"), json=body
    )
    assert (status, problem["status"]) == (400, 400)
    assert problem["detail"]
    assert await state(house, one) == "proposed"


async def test_a_strategy_that_does_not_exist_cannot_be_decided(house: House) -> None:
    header = await house.token("approve")
    for name in ("str_0", "x" * 300):
        status, _ = await house.call("POST", f"/api/strategies/{name}/approvals", header, json=decision("0" * 64))
        assert status == 404
    assert await house.events("access.refused") == []
