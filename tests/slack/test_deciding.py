"""Deciding in Slack: from an export to a running strategy, and everything by which nothing starts."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from server.app import Parts, alive, build, terms_of
from server.exports import receive_export
from server.settings import Settings
from server.slack.actions import APPROVE, EDIT, REJECT
from server.store.events import read_after
from tests.server.custom.boxes import node
from tests.server.executor.executing import frozen
from tests.server.executor.test_custom import coded, put
from tests.server.house import CANDLES, EXAMPLE
from tests.slack.core import APP_TOKEN, BOT_TOKEN
from tests.slack.sight import buttons, notifies, words
from tests.slack.team import MODES, Site, Team, filled, over_socket, privately, root, team, together, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("quickly")

STARTED = ("strategy.approved", "strategy.started", "order.submitted")
LOUD = "<!channel> <!here> @here <@U0001> long break"


def started(site: Site, identity: str) -> list[str]:
    return [one.kind for one in site.events(*STARTED) if one.subject == identity]


@pytest.mark.parametrize("mode", MODES)
def test_from_an_export_to_a_signal_with_its_picture_in_the_thread(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        team.slack.upload_takes = 0.5
        identity = (await site.proposed())["id"]
        shown = await root(team, APPROVE)
        assert buttons(shown) == {
            APPROVE: "Approve for paper", REJECT: "Reject", EDIT: "Edit", "drawbridge.ask": "Ask",
        }  # fmt: skip
        (picture,) = team.slack.pictures(shown)
        assert picture.startswith(b"\x89PNG")
        await team.slack.click(team.ada, shown, APPROVE)
        await until(lambda: "1 of 2 approvals (ada)" in words(team.slack.message(team.channel, shown["ts"])))
        assert started(site, identity) == []
        await team.slack.click(team.bob, shown, APPROVE)
        await until(lambda: "strategy.started" in started(site, identity))
        signal = await until(
            lambda: [
                one
                for one in team.slack.thread(team.channel, shown["ts"])
                if "Signal for the entry" in words(one) and team.slack.pictures(one)
            ]
        )
        assert team.slack.pictures(signal[0])[0].startswith(b"\x89PNG")
        await until(lambda: APPROVE not in str(team.slack.message(team.channel, shown["ts"])))
        assert team.slack.troubles == []

    together(mode, tmp_path / "data", test, lambda _: {"quorum": 2, "replay_speed": 20.0})


def two_clicks(team: Team, shown: dict[str, Any]) -> list[Any]:
    return [team.slack.click(team.ada, shown, APPROVE) for _ in range(2)]


@pytest.mark.parametrize("mode", MODES)
def test_who_may_not_and_who_has_is_told_alone_and_nothing_starts(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        shown = await root(team, APPROVE)
        await team.slack.click(team.eve, shown, APPROVE)
        assert "Drawbridge does not know you" in await privately(team, team.eve, "know you")
        await asyncio.gather(*two_clicks(team, shown))
        assert "ada has decided about this version already" in await privately(team, team.ada, "already")
        await team.slack.click(team.bob, shown, APPROVE)
        await until(lambda: len(site.events("strategy.decided")) == 2)
        refused = [(one.subject, one.person) for one in site.events("access.refused")]
        assert refused == [(identity, None), (identity, "ada")]
        assert [one.person for one in site.events("strategy.decided")] == ["ada", "bob"]
        assert started(site, identity) == []

    together(mode, tmp_path / "data", test, lambda _: {"quorum": 3})


def test_two_clicks_over_two_connections_count_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with team() as people:
            settings = people.settings(slack_app_token=APP_TOKEN, quorum=2, replay={"binance:ETH/BTC": CANDLES})
            parts = build(Settings(data_dir=tmp_path, **settings))
            async with alive(parts), beside(people, parts):
                await receive_export(parts.store, EXAMPLE.read_bytes(), "cat", terms_of(parts.settings))
                shown = await root(people, APPROVE)
                await asyncio.gather(*two_clicks(people, shown))
                await privately(people, people.ada, "already")
                used = [one for one in people.slack.sockets.connections if str(one.envelopes).count(APPROVE)]
                assert len(used) == 2
                decided = await read_after(0, kinds=("strategy.decided",))
                assert [one.person for one in decided] == ["ada"]

    asyncio.run(run())


@contextlib.asynccontextmanager
async def beside(people: Team, parts: Parts) -> AsyncIterator[None]:
    """A second connection of the same app, as Slack allows ten."""
    assert parts.chat is not None
    await people.slack.sockets.connected()
    web = AsyncWebClient(BOT_TOKEN, base_url=people.slack.api)
    handler = AsyncSocketModeHandler(parts.chat.bolt, APP_TOKEN, web_client=web)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await people.slack.sockets.connected(2)
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


def test_at_a_quorum_of_two_the_proposer_does_not_count(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        shown = await root(team, APPROVE)
        await team.slack.click(team.bob, shown, APPROVE)
        said = await privately(team, team.bob, "proposer")
        assert "2 approvals are needed, and the proposer's does not count" in said.replace("\u200b", "")
        assert site.events("access.refused")[0][1:3] == (identity, "cat")
        assert site.events("strategy.decided") == []

    together(
        over_socket,
        tmp_path / "data",
        test,
        lambda team: {"quorum": 2, "slack_people": {team.ada: "ada", team.bob: "cat"}},
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_click_on_an_outdated_digest_starts_nothing(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        old = await root(team, APPROVE)
        await team.slack.click(team.ada, old, EDIT)
        view = await until(lambda: team.slack.modal(team.ada))
        await filled(team, team.ada, view, risk_percent="0.5")
        await until(lambda: site.events("strategy.edited"))
        await team.slack.click(team.bob, old, APPROVE)
        assert "is not the proposed version" in await privately(team, team.bob, "version")
        assert [(one.subject, one.person) for one in site.events("access.refused")] == [(identity, "bob")]
        assert started(site, identity) == []

    together(mode, tmp_path / "data", test)


def test_a_strategy_with_code_is_not_approved_where_its_source_is_not_shown(tmp_path: Path) -> None:
    async def run() -> None:
        async with team() as people:
            settings = people.settings(slack_app_token=APP_TOKEN, replay={"binance:ETH/BTC": CANDLES})
            parts = build(Settings(data_dir=tmp_path, **settings))
            async with alive(parts):
                await people.slack.sockets.connected()
                identity = await put(parts.store, frozen(coded(node("return True"))), approve=False)
                shown = await root(people, REJECT)
                page = f"<https://drawbridge.example/strategies/{identity}|in the inbox>"
                assert f"read its source and decide {page}" in words(shown)
                assert APPROVE not in str(shown)
                kept = next(one for block in shown["blocks"] for one in block.get("elements", ()) if REJECT in str(one))
                pressed = {**kept, "action_id": APPROVE}  # a button from before
                rows = [{**block, "elements": [pressed]} for block in shown["blocks"] if block["type"] == "actions"]
                await people.slack.click(people.ada, {**shown, "blocks": rows}, APPROVE)
                assert "holds code in Python" in await privately(people, people.ada, "decide in the inbox")
                assert [one.person for one in await read_after(0, kinds=("access.refused",))] == ["ada"]
                assert await read_after(0, kinds=("strategy.decided", *STARTED)) == []

    asyncio.run(run())


def age(file: Path, identity: str) -> None:
    """Its time is over."""
    with sqlite3.connect(file) as database:
        database.execute("UPDATE strategy SET expires_at = 1 WHERE id = ?", (identity,))


def test_a_late_click_starts_nothing(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        shown = await root(team, APPROVE)
        await asyncio.to_thread(age, site.data / "drawbridge.db", identity)  # the server may be writing
        await team.slack.click(team.ada, shown, APPROVE)
        assert await privately(team, team.ada, "expired")
        assert site.events("access.refused")[0].person == "ada"
        assert started(site, identity) == []

    together(over_socket, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_a_rejection_ends_it_and_is_shown(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        shown = await root(team, APPROVE)
        await team.slack.click(team.ada, shown, REJECT)
        await until(lambda: "Rejected* by ada" in words(team.slack.message(team.channel, shown["ts"])))
        assert APPROVE not in str(team.slack.message(team.channel, shown["ts"]))

    together(mode, tmp_path / "data", test)


def test_what_is_written_on_a_drawing_rings_nowhere(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        raw = EXAMPLE.read_bytes().replace(b"long break", LOUD.encode())
        assert LOUD.encode() in raw
        await site.proposed(raw)
        shown = await root(team, APPROVE)
        await team.slack.click(team.ada, shown, "drawbridge.ask")
        view = await until(lambda: team.slack.modal(team.ada))
        await team.slack.submit(team.ada, view, {"text": LOUD})
        await until(lambda: "asks" in str(team.slack.thread(team.channel, shown["ts"])))
        await team.slack.type_command(team.ada, team.channel, f"status {LOUD}")
        await privately(team, team.ada, "Waiting for a decision")  # it begins like that name
        everything = [*team.slack.by_app(team.channel), *team.slack.private(team.ada)]
        assert [ring for one in everything for ring in notifies(one)] == []

    together(over_socket, tmp_path / "data", test)
