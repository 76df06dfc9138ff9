"""Code enters by the command line alone: every door refuses it, and the approval shows all of it as text."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from interpreters.freezing import freeze_draft, read_draft
from server.cli.interpret import draft_text
from server.refused import Refused
from server.strategies import BY_COMMAND, propose, store_proposal
from spec.artifact import write
from spec.canonical import plain
from spec.operands import PriceOf
from spec.yaml_form import dump, load
from tests.server.commands import LONG, WATCH, reading
from tests.server.custom.boxes import node, source
from tests.server.doors.test_approvals import decide
from tests.server.house import EXAMPLE, asking

if TYPE_CHECKING:
    from spec.strategy import Artifact
    from tests.server.house import House

pytestmark = pytest.mark.anyio
HOSTILE = source("return '</pre><script>alert(1)</script>' != \"&amp;\"")


def artifact(identity: str = WATCH, text: str = HOSTILE) -> Artifact:
    """The example's watch with a node, as the command freezes it."""
    code = {"mine": plain(msgspec.structs.replace(node(), source=text))}
    return freeze_draft(read_draft(draft_text(reading()).encode()), identity, {}, "ann", code)


async def put(house: House) -> dict[str, Any]:
    async with house.store.write() as work:
        row = await store_proposal(work, BY_COMMAND, artifact(), "ann", 7.0)
    return {"id": row.id, "digest": row.digest}


def draft_with_code() -> str:
    tree = load(draft_text(reading()).encode())
    for one in tree["strategies"]:
        one["strategy"]["nodes"]["mine"] = plain(node())
    return dump(tree)


async def test_an_artifact_or_draft_with_code_is_no_export(house: House) -> None:
    token = await house.token("export")
    for body in (write(artifact()), draft_with_code().encode(), json.dumps(plain(artifact())).encode()):
        status, problem = await house.call("POST", "/api/exports", token, content=body)
        assert (status, problem["title"]) == (422, "Cannot be read")
    assert await house.events("strategy.proposed") == []


async def test_an_artifact_or_draft_with_code_is_no_export_in_the_inbox_either(house: House) -> None:
    _, form = await house.session()
    for body in (write(artifact()), draft_with_code().encode()):
        answer = await house.client.post("/inbox/exports", headers=form, files={"file": ("x.yaml", body)})
        assert answer.status_code == 422
    assert await house.events("strategy.proposed") == []


async def test_an_export_whose_drawings_speak_of_code_makes_none(house: House) -> None:
    """A drawing's text is words: it becomes a drawing's text."""
    raw = EXAMPLE.read_bytes().replace(b'"long break"', json.dumps(f"long break custom {HOSTILE}").encode())
    status, body = await house.call("POST", "/api/exports", await house.token("export"), content=raw)
    assert status == 201
    kinds = {each["kind"] for one in body["understood"] for each in one["nodes"]}
    assert "custom" not in kinds


async def test_an_answer_cannot_be_code(house: House) -> None:
    token = await house.token("export")
    _, sent = await house.call("POST", "/api/exports", token, content=asking())
    question = sent["questions"][0]["id"]
    for answers in ({question: HOSTILE}, {"mine": HOSTILE}):
        path = f"/api/exports/{sent['id']}/answers"
        status, _ = await house.call("POST", path, token, json={"answers": answers})
        assert status == 422


async def test_an_edit_cannot_bring_code_nor_change_what_holds_it(house: House) -> None:
    plain_one, coded = await house.proposed(), await put(house)
    token = await house.token("approve")
    for extra in ({"nodes": {"mine": plain(node())}}, {"source": HOSTILE}, {"stop": plain(node())}):
        body = {"digest": plain_one["digest"], **extra}
        status, _ = await house.call("POST", f"/api/strategies/{plain_one['id']}/edit", token, json=body)
        assert status in {400, 422}
    body = {"digest": coded["digest"], "trigger": "intrabar"}
    status, problem = await house.call("POST", f"/api/strategies/{coded['id']}/edit", token, json=body)
    assert (status, problem["detail"]) == (
        422,
        "it holds code, and what holds code is frozen on the command line only: freeze its draft again",
    )


async def test_the_way_that_exports_are_proposed_by_refuses_code_itself(house: House) -> None:
    with pytest.raises(Refused, match="node mine is code; freeze and propose it on the server's command line"):
        async with house.store.write() as work:
            await propose(work, "exp_1", artifact(), "ann", 7.0)
    assert await house.events("strategy.proposed") == []


async def test_the_approval_shows_the_whole_source_as_text(house: House) -> None:
    one = await put(house)
    cookie, _ = await house.session()
    for path in ("/", f"/strategies/{one['id']}"):
        page = (await house.client.get(path, headers=cookie)).text
        assert "<script>alert" not in page
        shown = page.partition('<pre class="source"')[2].partition(">\n")[2].partition("</pre>")[0]
        assert html.unescape(shown) == HOSTILE
        assert "custom code mine says so, a pulse, at a bar" in page
        assert one["digest"] in page


async def test_the_api_gives_the_whole_source_too(house: House) -> None:
    one = await put(house)
    view = await house.token("view")
    _, body = await house.call("GET", f"/api/strategies/{one['id']}", view)
    assert body["strategy"]["nodes"]["mine"]["source"] == HOSTILE
    _, versions = await house.call("GET", f"/api/strategies/{one['id']}/versions", view)
    assert versions["versions"][0]["artifact"] == write(artifact()).decode()
    picture = await house.client.get(f"/api/strategies/{one['id']}/chart.png", headers=view)
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")


async def test_an_approval_names_the_digest_that_the_source_lies_in(house: House) -> None:
    one = await put(house)
    other = artifact(text=HOSTILE.replace("alert(1)", "alert(2)"))
    assert other.digest != one["digest"]
    assert (await decide(house, {**one, "digest": other.digest}, "bob"))[0] == 409
    status, body = await decide(house, one, "bob")
    assert (status, body["state"]) == (200, "approved")


def test_a_node_that_nothing_reads_is_not_frozen_into_a_strategy() -> None:
    with pytest.raises(ValueError, match="nothing reads the custom node mine"):
        artifact(LONG)


def test_a_column_of_the_node_is_what_it_declares() -> None:
    frozen = artifact().strategy.nodes["mine"]
    assert getattr(frozen, "inputs", None) == {"close": PriceOf()}
