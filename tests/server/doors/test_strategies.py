"""Strategies are listed, read, edited into new versions, paused, resumed and stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spec.artifact import read
from tests.server.doors.test_approvals import decide, settled, state
from tests.server.house import asking

if TYPE_CHECKING:
    from tests.server.house import House

pytestmark = pytest.mark.anyio


async def edit(house: House, one: dict[str, Any], person: str = "ann", **changes: Any) -> tuple[int, Any]:
    body = {"digest": one["digest"], **changes}
    return await house.call(
        "POST", f"/api/strategies/{one['id']}/edit", await house.token("approve", person), json=body
    )


async def move(house: House, one: dict[str, Any], word: str) -> tuple[int, Any]:
    return await house.call("POST", f"/api/strategies/{one['id']}/{word}", await house.token("approve"))


async def test_the_list_is_newest_first_and_goes_on_by_its_cursor(house: House) -> None:
    view = await house.token("view")
    for _ in range(3):
        await house.proposed()
    _, everything = await house.call("GET", "/api/strategies", view)
    ids = [one["id"] for one in everything["strategies"]]
    assert (ids, everything["cursor"], len(ids)) == (sorted(ids, reverse=True), None, 6)
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"&cursor={cursor}" if cursor else ""
        _, page = await house.call("GET", f"/api/strategies?limit=4{query}", view)
        pages.append([one["id"] for one in page["strategies"]])
        cursor = page["cursor"]
    assert pages == [ids[:4], ids[4:]]


async def test_the_list_can_be_narrowed_to_a_state(house: House) -> None:
    one = await house.proposed()
    view = await house.token("view")
    _, found = await house.call("GET", "/api/strategies?state=proposed", view)
    assert [each["id"] for each in found["strategies"]] == [one["id"]]
    assert (await house.call("GET", "/api/strategies?state=stopped", view))[1] == {"strategies": [], "cursor": None}
    for query in ("state=nonsense", "limit=0", "limit=501", "limit=x"):
        assert (await house.call("GET", f"/api/strategies?{query}", view))[0] == 400


async def test_a_strategy_is_read_with_what_is_frozen_and_who_decided(house: House) -> None:
    one = await house.proposed("ann")
    await decide(house, one, "bob", decision="reject")
    _, body = await house.call("GET", f"/api/strategies/{one['id']}", await house.token("view"))
    assert (body["state"], body["proposer"], body["digest"]) == ("rejected", "ann", one["digest"])
    assert body["strategy"]["entry"] == {"side": "long", "node": "trend_line.tRnd01"}
    assert body["provenance"]["proposer"] == "ann"
    assert [{name: each[name] for name in ("person", "digest", "decision", "for")} for each in body["decisions"]] == [
        {"person": "bob", "digest": one["digest"], "decision": "reject", "for": "paper"}
    ]


async def test_an_edit_is_a_new_version_with_a_new_digest_that_shows_what_differs(house: House) -> None:
    one = await house.proposed("ann")
    status, made = await edit(house, one, "bob", risk_percent=0.5, stop={"rule": "price", "price": 0.0935})
    assert status == 200
    assert (made["version"], made["before"]) == (2, one["digest"])
    assert made["digest"] != one["digest"]
    assert made["difference"] == [
        {"at": "/stop/price", "before": 0.0938, "after": 0.0935},
        {"at": "/risk/percent", "before": 1.0, "after": 0.5},
    ]
    assert {name: made["strategy"][name] for name in ("state", "digest", "proposer", "approved_for")} == {
        "state": "proposed",
        "digest": made["digest"],
        "proposer": "bob",
        "approved_for": None,
    }
    assert await state(house, one) == "proposed"


async def test_every_version_is_kept_byte_for_byte(house: House) -> None:
    one = await house.proposed("ann")
    _, made = await edit(house, one, "bob", max_exposure=2)
    _, body = await house.call("GET", f"/api/strategies/{one['id']}/versions", await house.token("view"))
    assert [(each["number"], each["digest"]) for each in body["versions"]] == [(2, made["digest"]), (1, one["digest"])]
    artifacts = [read(each["artifact"].encode()) for each in body["versions"]]
    assert [artifact.strategy.risk.max_exposure for artifact in artifacts] == [2.0, 1.0]
    assert [(artifact.provenance.edited, artifact.provenance.proposer) for artifact in artifacts] == [
        (True, "bob"),
        (False, "ann"),
    ]


async def test_the_trigger_of_the_entry_and_the_tolerance_of_a_zone_can_be_edited(house: House) -> None:
    one = await house.proposed()
    _, made = await edit(house, one, trigger="intrabar")
    assert made["difference"] == [
        {"at": "/nodes/trend_line.tRnd01/trigger", "before": "bar_close", "after": "intrabar"}
    ]
    status, problem = await edit(house, {**one, "digest": made["digest"]}, tolerance={"unit": "percent", "amount": 1})
    assert (status, "tolerance" in problem["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "changes nothing"),
        ({"risk_percent": 1.0}, "changes nothing"),
        ({"trigger": "intrabar", "node": "nonsense"}, "name the node"),
        ({"stop": {"rule": "price", "price": 0.2}}, "the target"),
    ],
)
async def test_an_edit_that_makes_no_sense_is_refused_in_one_sentence(
    house: House, changes: dict[str, Any], words: str
) -> None:
    one = await house.proposed()
    status, problem = await edit(house, one, **changes)
    assert (status, words in problem["detail"]) == (422, True), problem
    assert await house.events("strategy.edited") == []


@pytest.mark.parametrize(
    "changes",
    [{"risk_percent": 0}, {"risk_percent": 101}, {"stop": {"rule": "no"}}, {"trigger": "never"}, {"side": "short"}],
)
async def test_an_edit_outside_the_schema_is_a_bad_request(house: House, changes: dict[str, Any]) -> None:
    one = await house.proposed()
    assert (await edit(house, one, **changes))[0] == 400


async def test_what_runs_is_stopped_before_it_is_edited(house: House) -> None:
    one = await house.proposed()
    await decide(house, one)
    assert await settled(house, one) == "running"
    status, problem = await edit(house, one, risk_percent=0.5)
    assert (status, "stop it first" in problem["detail"]) == (409, True)
    assert (await move(house, one, "stop"))[0] == 200
    status, made = await edit(house, one, risk_percent=0.5)
    assert (status, made["strategy"]["state"]) == (200, "proposed")
    assert (await decide(house, one, digest=made["digest"]))[1]["state"] == "approved"
    assert await settled(house, one) == "running"


async def test_an_edit_back_to_a_version_that_was_decided_about_is_refused(house: House) -> None:
    one = await house.proposed()
    await decide(house, one, decision="reject")
    _, made = await edit(house, one, risk_percent=0.5)
    status, problem = await edit(house, {**one, "digest": made["digest"]}, risk_percent=1)
    assert (status, "decided about already" in problem["detail"]) == (409, True)


async def test_a_strategy_is_paused_resumed_and_stopped_and_a_word_too_many_is_refused(house: House) -> None:
    one = await house.proposed()
    await decide(house, one)
    await settled(house, one)
    said = [
        (await move(house, one, word))[0] for word in ("resume", "pause", "pause", "resume", "stop", "stop", "resume")
    ]
    assert said == [409, 200, 409, 200, 200, 409, 409]
    assert await state(house, one) == "stopped"


async def test_the_log_of_a_strategy_is_newest_first_and_goes_on_by_its_cursor(house: House) -> None:
    one = await house.proposed("ann")
    await decide(house, one, "bob", decision="reject")
    view = await house.token("view")
    _, log = await house.call("GET", f"/api/strategies/{one['id']}/log", view)
    assert [(event["kind"], event["person"]) for event in log["events"]] == [
        ("strategy.rejected", None),
        ("strategy.decided", "bob"),
        ("strategy.proposed", "ann"),
    ]
    _, first = await house.call("GET", f"/api/strategies/{one['id']}/log?limit=2", view)
    _, rest = await house.call("GET", f"/api/strategies/{one['id']}/log?limit=2&cursor={first['cursor']}", view)
    assert (first["events"] + rest["events"], rest["cursor"]) == (log["events"], None)


async def test_a_draft_with_questions_is_no_strategy_yet(house: House) -> None:
    export = await house.token("export")
    _, sent = await house.call("POST", "/api/exports", export, content=asking())
    draft = sent["strategies"][0]["id"]
    assert (await house.call("GET", f"/api/strategies/{draft}", export))[0] == 404


@pytest.mark.parametrize("path", ["", "/versions", "/log", "/chart.png"])
async def test_an_unknown_strategy_is_not_found(house: House, path: str) -> None:
    assert (await house.call("GET", f"/api/strategies/str_0{path}", await house.token("view")))[0] == 404
