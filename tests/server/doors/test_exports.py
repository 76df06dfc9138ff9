"""Exports come in, are read back and answered; what is no longer in question is proposed at once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from server.clock import now_ms
from server.exports import MAX_BYTES
from tests.server.house import EXAMPLE, asking

if TYPE_CHECKING:
    from tests.server.house import House

pytestmark = pytest.mark.anyio


async def test_an_export_without_questions_is_proposed_at_once(house: House) -> None:
    raw = EXAMPLE.read_bytes()
    status, body = await house.call("POST", "/api/exports", await house.token("export"), content=raw)
    assert status == 201
    assert body["export_digest"] == hashlib.sha256(raw).hexdigest()
    assert (body["drawings"], len(body["understood"]), len(body["left_out"])) == (4, 3, 1)
    assert body["questions"] == []
    assert [(one["kind"], one["state"]) for one in body["strategies"]] == [
        ("strategy", "proposed"),
        ("watch", "approved"),
    ]
    assert all(len(one["digest"]) == 64 for one in body["strategies"])


async def test_a_watch_needs_no_approval_because_it_places_no_orders(house: House) -> None:
    await house.proposed()
    events = [(one.kind, one.data.get("kind")) for one in await house.events() if one.kind.startswith("strategy.")]
    assert events[:3] == [
        ("strategy.proposed", "strategy"),
        ("strategy.proposed", "watch"),
        ("strategy.approved", None),
    ]


async def test_an_export_is_read_back_as_it_was_answered(house: House) -> None:
    _, sent = await house.call("POST", "/api/exports", await house.token("export"), content=EXAMPLE.read_bytes())
    status, back = await house.call("GET", f"/api/exports/{sent['id']}", await house.token("view"))
    assert status == 200
    for one in (*sent["strategies"], *back["strategies"]):
        del one["state"]  # the watch may run by now
    assert back == sent


async def test_an_open_question_keeps_a_strategy_a_draft_until_it_is_answered(house: House) -> None:
    export = await house.token("export")
    _, sent = await house.call("POST", "/api/exports", export, content=asking())
    [question] = sent["questions"]
    assert sent["strategies"][0]["state"] == "draft"
    assert [choice["id"] for choice in question["choices"]] == ["extend", "ended", "watch"]
    body = {"answers": {question["id"]: "extend"}}
    status, after = await house.call("POST", f"/api/exports/{sent['id']}/answers", export, json=body)
    assert (status, after["questions"]) == (200, [])
    assert after["strategies"][0]["state"] == "proposed"
    _, strategy = await house.call("GET", f"/api/strategies/{after['strategies'][0]['id']}", export)
    assert strategy["provenance"]["answers"] == body["answers"]


async def test_the_same_answers_twice_propose_once(house: House) -> None:
    export = await house.token("export")
    _, sent = await house.call("POST", "/api/exports", export, content=asking())
    answers = {one["id"]: one["choices"][0]["id"] for one in sent["questions"]}
    path = f"/api/exports/{sent['id']}/answers"
    first = await house.call("POST", path, export, json={"answers": answers})
    second = await house.call("POST", path, export, json={"answers": answers})
    assert first[1]["strategies"][0] == second[1]["strategies"][0]
    assert len(await house.events("strategy.proposed")) == 2


async def test_an_answer_that_is_none_is_refused_and_nothing_changes(house: House) -> None:
    export = await house.token("export")
    _, sent = await house.call("POST", "/api/exports", export, content=asking())
    for answers in ({"nonsense": "yes"}, {sent["questions"][0]["id"]: "maybe"}):
        status, problem = await house.call(
            "POST", f"/api/exports/{sent['id']}/answers", export, json={"answers": answers}
        )
        assert (status, problem["title"]) == (422, "Cannot be read")
    assert await house.events("export.answered") == []
    assert (await house.call("GET", f"/api/exports/{sent['id']}", export))[1]["questions"] == sent["questions"]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"charts": 3}', b"1" * 5000, b"\x00" * 100]
)
async def test_what_is_no_export_is_a_problem_with_a_reason(house: House, raw: bytes) -> None:
    status, problem = await house.call("POST", "/api/exports", await house.token("export"), content=raw)
    assert (status, problem["status"]) == (422, 422)
    assert problem["detail"]
    assert await house.events("export.received") == []


async def test_an_export_over_eight_mebibytes_is_too_large(house: House) -> None:
    status, problem = await house.call(
        "POST", "/api/exports", await house.token("export"), content=b" " * (MAX_BYTES + 1)
    )
    assert (status, problem["status"]) == (413, 413)


async def test_the_content_type_does_not_matter(house: House) -> None:
    export = await house.token("export")
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", "nonsense"):
        status, _ = await house.call(
            "POST", "/api/exports", {**export, "Content-Type": kind}, content=EXAMPLE.read_bytes()
        )
        assert status == 201


async def test_an_unknown_export_is_not_found(house: House) -> None:
    export = await house.token("export")
    assert (await house.call("GET", "/api/exports/exp_0", export))[0] == 404
    assert (await house.call("POST", "/api/exports/exp_0/answers", export, json={"answers": {}}))[0] == 404


async def test_the_time_received_counts_where_the_export_says_none(house: House) -> None:
    before = now_ms() // 1000
    strategy = await house.proposed()
    _, body = await house.call("GET", f"/api/strategies/{strategy['id']}", await house.token("view"))
    told = (await house.events("export.received"))[0].at // 1000  # a little after the time of receipt
    assert body["provenance"]["exported_by"] == "received"
    assert before <= body["provenance"]["exported_at"] <= told
