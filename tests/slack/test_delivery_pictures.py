"""A picture that Slack processes slowly, never, or does not take: the words go out, in order, with or without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.refused import Refused as Refusal
from server.store.tables import Strategy
from tests.slack import messages, web_api
from tests.slack.calls import Refused
from tests.slack.delivering import QUICK, SIGNAL, all_told, at_work, hasten, record, rooted
from tests.slack.sight import buttons, words
from tests.slack.team import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.house import House
    from tests.slack.calls import Call, Method
    from tests.slack.core import Core
    from tests.slack.loopback import Slack
    from tests.slack.team import Team


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)
    monkeypatch.setattr("server.slack.line.LOOKS", (0.05,) * 8)
    monkeypatch.setattr("server.slack.sending.READY_PAUSES", (0.05, 0.05))


async def told(crew: Team, house: House) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A root, and its replies of one signal and of three events."""
    (key,) = await rooted(crew, house)
    await record(house, ("signal.fired", key, SIGNAL))
    await all_told(crew)
    later = {**SIGNAL, "time": SIGNAL["time"] + 300}
    await record(house, ("strategy.paused", key, {}), ("signal.fired", key, later), ("strategy.resumed", key, {}))
    await all_told(crew)
    root = next(one for one in crew.slack.roots(crew.channel) if one["metadata"]["event_payload"]["key"] == key)
    return root, crew.slack.thread(crew.channel, root["ts"])


def test_pictures_that_are_processed_slowly_are_shown_and_a_digest_shows_the_last(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        root, (one, many) = await told(crew, house)
        assert [len(crew.slack.pictures(shown)) for shown in (root, one, many)] == [1, 1, 1]
        assert crew.slack.pictures(one) != crew.slack.pictures(many)
        assert "3 events" in words(many)

    at_work(tmp_path, run, upload_takes=0.2)


def test_pictures_that_are_never_processed_are_left_out(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        root, (one, many) = await told(crew, house)
        assert [crew.slack.pictures(shown) for shown in (root, one, many)] == [[], [], []]
        assert "drawbridge.approve" in buttons(root)
        assert "Signal" in words(one)
        assert "3 events" in words(many)

    at_work(tmp_path, run, upload_takes=1e9)


def test_pictures_that_are_called_ready_and_not_taken_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "shows", lambda *_: False)

    async def run(crew: Team, house: House) -> None:
        root, (one, many) = await told(crew, house)
        assert [crew.slack.pictures(shown) for shown in (root, one, many)] == [[], [], []]
        assert "drawbridge.approve" in buttons(root)
        assert "3 events" in words(many)
        assert sum(one.answer == "invalid_blocks" for one in crew.slack.calls) >= 6

    at_work(tmp_path, run)


def test_pictures_that_cannot_be_drawn_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> bytes:
        msg = "the process that draws is gone"
        raise OSError(msg)

    monkeypatch.setattr("server.slack.composing.picture_of", broken)

    async def run(crew: Team, house: House) -> None:
        root, (one, many) = await told(crew, house)
        assert [len(crew.slack.pictures(shown)) for shown in (root, one, many)] == [1, 0, 0]

    at_work(tmp_path, run)


def test_a_message_that_slack_takes_in_no_blocks_goes_out_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: object, blocks: Any, *__: object) -> Any:
        if blocks:
            raise Refused.with_faults("invalid_blocks", ["unsupported type [json-pointer:/blocks/0]"])
        return blocks

    monkeypatch.setattr(messages, "checked", none)

    async def run(crew: Team, house: House) -> None:
        root, (one, many) = await told(crew, house)
        assert [shown["text"][:8] for shown in (one, many)] == [":large_b", "3 events"]
        assert root["text"]

    at_work(tmp_path, run)


def the_root(crew: Team, key: str) -> dict[str, Any]:
    found = (one for one in crew.slack.roots(crew.channel) if one["metadata"]["event_payload"]["key"] == key)
    return next(found)


async def edited(crew: Team, house: House, key: str) -> dict[str, Any]:
    """The root after an edit."""
    body = {"digest": (await Strategy.get(id=key)).digest, "risk_percent": 0.37}
    answer = await house.client.post(f"/api/strategies/{key}/edit", headers=await house.token(), json=body)
    assert answer.status_code == 200, answer.text
    await all_told(crew)
    return the_root(crew, key)


def test_a_version_without_a_picture_is_not_shown_with_that_of_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> bytes:
        raise Refusal(503, "the feed is away")

    async def run(crew: Team, house: House) -> None:
        (key,) = await rooted(crew, house)
        await all_told(crew)
        assert len(crew.slack.pictures(the_root(crew, key))) == 1
        monkeypatch.setattr("server.review.picture_of", refused)
        root = await edited(crew, house, key)
        assert crew.slack.pictures(root) == []
        assert "No picture: the feed is away" in words(root)

    at_work(tmp_path, run)


def test_a_picture_that_was_not_ready_is_shown_by_a_later_update(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        (key,) = await rooted(crew, house)
        await all_told(crew)
        assert crew.slack.pictures(the_root(crew, key)) == []
        crew.slack.upload_takes = 0.0
        answer = await house.client.post("/api/kill", headers=await house.token())
        assert answer.is_success
        await until(lambda: crew.slack.pictures(the_root(crew, key)))

    at_work(tmp_path, run, upload_takes=1e9)


def scope_gone(slack: Slack, _: pytest.MonkeyPatch) -> None:
    slack.scopes.remove("files:write")


def storage_full(slack: Slack, patch: pytest.MonkeyPatch) -> None:
    taken = web_api.allowed

    def refused(core: Core, call: Call, token: str) -> Method:
        if call.method.startswith("files."):
            raise Refused("storage_limit_reached")
        return taken(core, call, token)

    patch.setattr(web_api, "allowed", refused)


def method_fails(slack: Slack, _: pytest.MonkeyPatch) -> None:
    slack.faults.every(1, "503", "files.*")


def address_fails(slack: Slack, _: pytest.MonkeyPatch) -> None:
    slack.faults.every(1, "500", "upload")


def address_is_cut(slack: Slack, _: pytest.MonkeyPatch) -> None:
    slack.faults.every(1, "reset", "upload")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (scope_gone, "missing_scope: files:write"), (storage_full, "storage_limit_reached"),
        (method_fails, "Slack answered 503"), (address_fails, "Slack's upload answered 500"),
        (address_is_cut, "Slack's upload could not be reached: ServerDisconnectedError"),
    ],
)  # fmt: skip
def test_while_no_picture_can_be_uploaded_words_go_out_and_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Any, why: str
) -> None:
    monkeypatch.setattr("server.slack.pictures.PAUSES", (0.01, 0.01))
    line, mended = f"Slack did not take it ({why})", monkeypatch.context()

    async def run(crew: Team, house: House) -> None:
        with mended as patch:
            broken(crew.slack, patch)
            root, (one, many) = await told(crew, house)
            assert [crew.slack.pictures(shown) for shown in (root, one, many)] == [[], [], []]
            assert [f"No picture: {line}" in words(shown) for shown in (root, one, many)] == [True] * 3
            left_out = [(event.subject, event.data["reason"]) for event in await house.events("chat.unpictured")]
            assert left_out.count((stamps_key(root), line)) == 3
            chat = (await house.client.get("/health/ready")).json()["chat"]
            assert (chat["trouble"], chat["pictures"], chat["waiting"]) == (None, line, 0)
            page = (await house.client.get("/", headers=(await house.session())[0])).text
            assert "Slack is told without pictures" in page
        crew.slack.faults.clear()
        crew.slack.scopes.add("files:write")
        await asyncio.sleep(QUICK.longest)  # uploads rest after a failure
        (seq,) = await record(house, ("signal.fired", stamps_key(root), {**SIGNAL, "time": SIGNAL["time"] + 600}))
        await all_told(crew)
        last = next(one for one in crew.slack.by_app(crew.channel) if one["metadata"]["event_payload"]["last"] == seq)
        assert len(crew.slack.pictures(last)) == 1
        assert (await house.client.get("/health/ready")).json()["chat"]["pictures"] is None

    at_work(tmp_path, run)


def stamps_key(shown: dict[str, Any]) -> str:
    return str(shown["metadata"]["event_payload"]["key"])


def test_an_upload_that_fails_while_slack_is_away_waits_with_its_words(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        (key,) = await rooted(crew, house)
        await all_told(crew)
        crew.slack.outage()
        await record(house, ("signal.fired", key, SIGNAL))
        await until(lambda: len(crew.slack.faults.injected) > 3)
        assert (await house.client.get("/health/ready")).json()["chat"]["pictures"] is None
        crew.slack.faults.clear()
        await all_told(crew)
        (one,) = crew.slack.thread(crew.channel, the_root(crew, key)["ts"])
        assert len(crew.slack.pictures(one)) == 1

    at_work(tmp_path, run)
