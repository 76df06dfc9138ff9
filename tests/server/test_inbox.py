"""The inbox's pages and forms: who sees them, what a form must carry, and that no text of others is taken as markup."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from server.access.sessions import COOKIE, create_login
from server.inbox.timeline import timeline
from server.store.events import EventRow
from server.store.tables import Alert, Strategy
from server.words.events import CHATTER
from tests.server.house import EXAMPLE, ORIGIN, House, asking, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio
MOVE = "/inbox/strategies/x/move"
HOSTILE = "<script>alert(1)</script> <!channel> \u202egnp.exe & \"quoted\" 'single'"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with opened(tmp_path / "data") as house:
        yield house


async def post(house: House, path: str, headers: dict[str, str], **form: str) -> tuple[int, str, str]:
    answer = await house.client.post(path, headers=headers, data=form)
    return answer.status_code, answer.headers.get("location", ""), answer.text


async def page(house: House, headers: dict[str, str], path: str = "/") -> str:
    answer = await house.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_without_a_session_the_inbox_is_a_page_that_says_how_to_sign_in(house: House) -> None:
    answer = await house.client.get("/")
    assert answer.status_code == 401
    assert "Open the login link" in answer.text


async def test_a_forged_cookie_is_shown_the_login_page(house: House) -> None:
    answer = await house.client.get("/", headers={"Cookie": f"{COOKIE}=forged"})
    assert answer.status_code == 401
    assert "Open the login link" in answer.text


async def test_a_login_link_works_once_and_is_not_used_up_by_looking_at_it(house: House) -> None:
    async with house.store.write() as work:
        secret = await create_login(work, "ann")
    assert (await house.client.get(f"/login/{secret}")).status_code == 200
    status, location, _ = await post(house, "/login", ORIGIN, secret=secret)
    assert (status, location) == (303, "/")
    assert "Waiting for a decision" in (await house.client.get("/")).text
    house.client.cookies.clear()
    status, _, text = await post(house, "/login", ORIGIN, secret=secret)
    assert status == 403
    assert "used or is too old" in text


async def test_a_session_cookie_is_kept_from_scripts_and_other_sites(house: House) -> None:
    async with house.store.write() as work:
        secret = await create_login(work, "ann")
    answer = await house.client.post("/login", data={"secret": secret}, headers=ORIGIN)
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))


@pytest.mark.parametrize(
    "path", ["/inbox/kill", "/inbox/resume", "/logout", "/inbox/exports", "/inbox/strategies/x/move"]
)
async def test_a_form_without_its_token_is_refused_with_a_page(house: House, path: str) -> None:
    cookie, _ = await house.session()
    status, _, text = await post(house, path, {**cookie, **ORIGIN}, word="stop")
    assert status == 403
    assert "the form&#39;s token is missing or old" in text
    assert await house.events("kill.set", "kill.cleared", "export.received") == []


async def test_an_export_dropped_on_the_page_is_proposed_and_approved_by_its_forms(house: House) -> None:
    cookie, form = await house.session()
    answer = await house.client.post("/inbox/exports", headers=form, files={"file": EXAMPLE.read_bytes()})
    assert answer.status_code == 303
    text = await page(house, cookie)
    identity, digest = re.findall(r'strategies/(str_\w+)/decide".*?name="digest" value="(\w{64})"', text, re.DOTALL)[0]
    assert "Go long: price crosses from below" in text
    status, _, refused = await post(
        house, f"/inbox/strategies/{identity}/decide", form, digest="0" * 64, decision="approve"
    )
    assert status == 409
    assert "Back to the inbox" in refused
    decided = await post(house, f"/inbox/strategies/{identity}/decide", form, digest=digest, decision="approve")
    assert decided[:2] == (303, f"/#{identity}")
    assert [event.subject for event in await house.events("strategy.decided")] == [identity]
    assert "Nothing waits." in await page(house, cookie)
    moved = await post(house, f"/inbox/strategies/{identity}/move", form, word="pause")
    assert moved[:2] == (303, f"/#{identity}")
    assert (await Strategy.get(id=identity)).state == "paused"


async def test_a_large_export_is_taken_from_the_page_as_well(house: House) -> None:
    cookie, form = await house.session()
    raw = EXAMPLE.read_bytes().rstrip()
    large = raw + b" " * (300 * 1024)
    answer = await house.client.post("/inbox/exports", headers=form, files={"file": large})
    assert answer.status_code == 303
    assert "Approve for paper" in await page(house, cookie)


async def test_questions_are_menus_whose_answer_leads_to_a_proposal(house: House) -> None:
    cookie, form = await house.session()
    await house.client.post("/inbox/exports", headers=form, files={"file": asking()})
    text = await page(house, cookie)
    export, name = re.findall(r'exports/(exp_\w+)/answers".*?<select id="[^"]+" name="([^"]+)"', text, re.DOTALL)[0]
    assert "Approve for paper" not in text
    assert (await post(house, f"/inbox/exports/{export}/answers", form, **{name: "extend"}))[0] == 303
    text = await page(house, cookie)
    assert "Approve for paper" in text
    assert 'id="s-questions"' not in text


async def test_the_kill_switch_is_set_and_cleared_and_shown_while_it_is_set(house: House) -> None:
    cookie, form = await house.session()
    assert (await post(house, "/inbox/kill", form))[0] == 303
    assert "The kill switch is set" in await page(house, cookie)
    assert (await post(house, "/inbox/resume", form))[0] == 303
    assert "The kill switch is set" not in await page(house, cookie)
    assert [event.kind for event in await house.events("kill.set", "kill.cleared")] == ["kill.set", "kill.cleared"]


async def test_a_session_that_signed_out_is_over(house: House) -> None:
    cookie, form = await house.session()
    assert (await post(house, "/logout", form))[0] == 303
    assert (await house.client.get("/", headers=cookie)).status_code == 401


async def test_a_strategys_page_and_its_changing_part_show_the_same(house: House) -> None:
    proposed = await house.proposed()
    cookie, _ = await house.session()
    while "being computed" in (whole := await page(house, cookie, f"/strategies/{proposed['id']}")):  # noqa: ASYNC110 - it is asked
        await asyncio.sleep(0.1)
    part = await page(house, cookie, f"/strategies/{proposed['id']}?part=main")
    assert part.strip() in whole
    assert not part.lstrip().startswith("<!doctype")
    assert "Approve for paper" in part


async def test_texts_of_others_are_never_markup_and_stand_apart_in_their_own_direction(house: House) -> None:
    proposed = await house.proposed()
    await Strategy.filter(id=proposed["id"]).update(name=HOSTILE)
    alert = Alert(id="alr_1", hook="tok_1", received_at=0, body=HOSTILE.encode(), reason=HOSTILE)
    alert.status, alert.form = "parked", "text"
    await alert.save()
    async with house.store.write() as work:
        work.record("alert.parked", "alr_1", {"reason": HOSTILE})
    cookie, _ = await house.session()
    for path in ("/", f"/strategies/{proposed['id']}"):
        text = await page(house, cookie, path)
        assert "<script>alert" not in text
        assert "<!channel>" not in text
        shown = re.findall(r"(<bdi>)?(&lt;script&gt;alert\(1\)&lt;/script&gt; &lt;!channel&gt; \u202egnp)", text)
        attributes = re.findall(r'alt="[^"]*&lt;script&gt;', text) + re.findall(r"<title>&lt;script&gt;", text)
        assert len([one for one in shown if not one[0]]) == len(attributes)
        assert len(shown) > len(attributes)


async def test_a_parked_alert_is_shown_with_its_reason_and_replayed_by_its_button(house: House) -> None:
    alert = Alert(id="alr_1", hook="tok_1", received_at=0, body=b"", reason="parked: the body is empty")
    alert.status, alert.form = "parked", "text"
    await alert.save()
    cookie, form = await house.session()
    text = await page(house, cookie)
    assert "<bdi>parked: the body is empty</bdi>" in text
    [address] = re.findall(r'action="(/inbox/alerts/[^"]+)"', text)
    assert (await post(house, address, form))[:2] == (303, "/")
    assert (await Alert.get(replay_of="alr_1")).status == "parked"


async def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script_of_its_own_text(house: House) -> None:
    await house.proposed()
    cookie, _ = await house.session()
    text = await page(house, cookie)
    assert re.findall(r'(?:src|href|srcset|action)="(?!/|#|data:,)', text) == []
    assert re.findall(r"<script(?! src)|<style|\son\w+=|style=", text) == []
    policy = (await house.client.get("/", headers=cookie)).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")


def event(seq: int, kind: str) -> EventRow:
    return EventRow(seq, 0, kind, "str_1", None, {"time": 0, "price": 1.5})


def test_chatter_between_two_lines_is_told_together_and_only_the_newest_pictures_are_open() -> None:
    kinds = ["trade.closed", "order.filled", "order.submitted", "order.submitted", "signal.fired", "order.cancelled"]
    groups = timeline([event(9 - at, kind) for at, kind in enumerate(kinds)], {"str_1": "mine"})
    assert [(group.chatter, [line.seq for line in group.lines]) for group in groups] == [
        (False, [9]), (False, [8]), (True, [7, 6]), (False, [5]), (False, [4]),
    ]  # fmt: skip
    lines = [line for group in groups for line in group.lines]
    assert [line.seq for line in lines if line.opened] == [8, 5]
    assert [line.picture for line in lines if line.picture] == ["/pictures/8", "/pictures/5"]
    assert {line.name for line in lines} == {"mine"}
    assert {line.chatter for line in lines} == {True, False}
    assert "signal.fired" not in CHATTER
