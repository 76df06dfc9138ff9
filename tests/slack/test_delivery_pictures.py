"""A picture that Slack processes slowly, never, or does not take: the words go out, in order, with or without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.refused import Refused as Refusal
from server.store.tables import Strategy
from tests.slack import messages, web_api
from tests.slack.calls import Refused
from tests.slack.delivering import SIGNAL, all_told, at_work, hasten, record, rooted
from tests.slack.sight import buttons, words
from tests.slack.team import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.house import House
    from tests.slack.calls import Call, Method
    from tests.slack.core import Core
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


@pytest.mark.parametrize("error", ["file_uploads_disabled", "storage_limit_reached", "bytes"])
def test_uploads_that_fail_leave_pictures_out_and_close_no_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    taken = web_api.allowed

    def refused(slack: Core, call: Call, token: str) -> Method:
        if call.method.startswith("files."):
            raise Refused(error)
        return taken(slack, call, token)

    def gone(_: object) -> object:
        raise ConnectionResetError

    monkeypatch.setattr("server.slack.sending.UPLOAD_PAUSES", (0.01, 0.01))
    if error == "bytes":
        monkeypatch.setattr("server.slack.line.aiohttp_session", gone)
    else:
        monkeypatch.setattr(web_api, "allowed", refused)

    async def run(crew: Team, house: House) -> None:
        root, (one, many) = await told(crew, house)
        assert [crew.slack.pictures(shown) for shown in (root, one, many)] == [[], [], []]
        assert "Signal" in words(one)
        assert (await house.client.get("/health/ready")).json()["chat"]["trouble"] is None

    at_work(tmp_path, run)
