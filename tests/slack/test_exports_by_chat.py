"""Exports by chat: uploaded and pasted, in every format that is read, in the thread in which they came."""

from __future__ import annotations

import asyncio
import base64
import html
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from server.exports import MAX_BYTES
from server.refused import Refused
from server.slack.actions import ANSWER, APPROVE
from server.slack.trouble import Unconfirmed
from server.slack.uploads import fetch, pasted
from tests.interpreters.exports import chart, envelope, layout, line, read_back
from tests.server.house import EXAMPLE, asking
from tests.slack.core import BOT_TOKEN
from tests.slack.sight import words
from tests.slack.team import MODES, Site, Team, over_socket, privately, root, team, together, until
from tests.slack.telling import tell_message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("quickly")

Wire = dict[str, Any]
RAY = line("aaaaaa", "long break stop=1990")


def clip() -> Wire:
    return {"title": "Ray", "sources": [{"type": "drawing", "source": RAY}]}


def in_html() -> str:
    return f'<meta charset="utf-8"><span data-tradingview-clip="{html.escape(json.dumps(clip()))}">Ray</span>'


def saved() -> Wire:
    return {"sources": {"aaaaaa": RAY}, "groups": {}}


FORMS: dict[str, str] = {
    "read back": envelope(read_back("trend_line", (0, 2000), (5, 2010), text="long break")).decode(),
    "a layout": layout(RAY).decode(),
    "a layout's content": json.dumps({"content": layout(RAY).decode()}),
    "a saved chart": json.dumps({"payload": {"sources": {"aaaaaa": RAY}}}),
    "drawings of a layout": json.dumps(saved()),
    "a clip": json.dumps(clip()),
    "a clip in HTML": in_html(),
    "a form": urlencode({"name": "own", "content": layout(RAY).decode()}),
    "a page": f'<script type="application/prs.init-data+json">{json.dumps({"content": chart(RAY)})}</script>',
}


async def read(site: Site, count: int = 1) -> Wire:
    """The last of so many exports that were received."""
    received = await until(lambda: (all_ := site.events("export.received")) and len(all_) == count and all_)
    found: Wire = received[-1].data
    return found


@pytest.mark.parametrize("name", FORMS)
def test_a_pasted_export_is_known_as_one_after_what_slack_made_of_it(name: str) -> None:
    text = html.escape(FORMS[name], quote=False)
    for written in (text, f"```{text}```", f"<@U0BOT> {text}"):
        assert pasted(written) == FORMS[name].encode()


def test_other_talk_is_no_export() -> None:
    for text in ("[shrug] who knows", "{so it goes}", "hello", "", "status str_1", "5 &lt; 6"):
        assert pasted(text) is None


def test_every_format_is_read_as_a_file_and_as_text_in_its_own_thread(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        for number, (name, text) in enumerate(FORMS.items()):
            ending = "html" if "<" in text[:1] else "json"
            file = await team.slack.upload(team.ada, team.channel, f"{name}.{ending}", text.encode(), text="mine")
            told = await read(site, 2 * number + 1)
            assert (told["drawings"], told["origin"]["ts"]) == (1, file["ts"]), name
            message = await team.slack.say(team.ada, team.channel, text)
            told = await read(site, 2 * number + 2)
            assert (told["drawings"], told["origin"]["ts"]) == (1, message["ts"]), name
        assert team.slack.private(team.ada) == []

    together(over_socket, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_an_upload_is_read_and_asked_about_in_its_thread(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        file = await team.slack.upload(team.ada, team.channel, "drawings.json", asking())
        shown = await until(lambda: [one for one in team.slack.thread(team.channel, file["ts"]) if ANSWER in str(one)])
        assert "Export of ada" in words(shown[0])
        await team.slack.choose(team.ada, shown[0], ANSWER, "extend")
        await root(team, APPROVE)  # the strategy has a thread of its own, for all
        assert site.events("export.received")[0].person == "ada"
        inner = await team.slack.upload(team.ada, team.channel, "again.json", asking(), file["ts"])
        assert inner["thread_ts"] == file["ts"]
        assert (await read(site, 2))["origin"]["ts"] == file["ts"]

    together(mode, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_an_export_that_is_told_twice_is_one_even_after_a_restart(mode: Any, tmp_path: Path) -> None:
    async def again(team: Team, site: Site, message: Wire) -> None:
        await tell_message(team.slack, team.slack.space.channels[team.channel], message)
        answer = await team.slack.mention(team.ada, team.channel, "alerts")
        await until(lambda: team.slack.thread(team.channel, answer["ts"]))
        assert len(site.events("export.received")) == 1
        assert len(site.events("strategy.proposed")) == 2

    async def run() -> None:
        async with team() as people:
            async with mode(people, tmp_path / "data") as site:
                message = await people.slack.upload(people.ada, people.channel, "a.json", EXAMPLE.read_bytes())
                await read(site)
                await again(people, site, message)
            async with mode(people, tmp_path / "data") as site:
                await again(people, site, message)

    asyncio.run(run())


def test_what_is_no_export_or_too_large_or_a_strangers_is_refused_alone(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await team.slack.upload(team.ada, team.channel, "notes.txt", b"buy low, sell high")
        assert await privately(team, team.ada, "The file is no JSON object or list")
        await team.slack.upload(team.ada, team.channel, "large.json", b"[" + b" " * MAX_BYTES + b"]")
        assert await privately(team, team.ada, "an export may have 8 MiB")
        await team.slack.say(team.ada, team.channel, '{"alert_id": 1}')
        await privately(team, team.ada, "alert")
        await team.slack.upload(team.eve, team.channel, "drawings.json", EXAMPLE.read_bytes())
        await privately(team, team.eve, "does not know you")
        await team.slack.upload(team.bob, team.channel, "drawings.json", EXAMPLE.read_bytes())
        await privately(team, team.bob, "you may not propose, bob")
        assert site.events("export.received") == []
        assert [one.data["did"] for one in site.events("access.refused")] == ["export", "export"]
        assert {one.args["file"] for one in team.slack.asked("download")} == {"F0001"}

    together(over_socket, tmp_path / "data", test, lambda team: {"slack_may": {"propose": [team.ada]}})


async def elsewhere(asked: list[str]) -> tuple[web.AppRunner, str]:
    """A server that is not Slack's, and notes what it is shown."""

    async def file(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Authorization", ""))
        return web.Response(body=EXAMPLE.read_bytes())

    async def away(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"/files-pri/{request.match_info['name']}"})

    app = web.Application()
    app.router.add_get("/files-pri/{name}", file)
    app.router.add_get("/files-pri/away/{name}", away)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/files-pri/drawings.json"


@pytest.mark.parametrize(
    "address",
    [
        lambda url: url,
        lambda _: "http://files.slack.com/files-pri/x",
        lambda _: "https://files.slack.com.example/files-pri/x",
        lambda _: "https://notslack.com/files-pri/x",
        lambda _: "https://files.slack.com@evil.example/files-pri/x",
        lambda _: "https://slack.com/api/auth.revoke",
        lambda _: "https://slack.com/files-pri/../api/auth.revoke",
        lambda _: "https://slack.com/files-pri/%2e%2e/api/auth.revoke",
        lambda _: "file:///etc/passwd",
        lambda _: "",
    ],
)
def test_the_token_is_shown_to_slack_alone(address: Callable[[str], str], tmp_path: Path) -> None:
    async def test(team: Team, _: Site) -> None:
        asked: list[str] = []
        runner, url = await elsewhere(asked)
        try:
            client = AsyncWebClient(BOT_TOKEN, base_url=team.slack.api)
            with pytest.raises(Refused, match="does not lie with Slack"):
                await fetch(client, {"url_private": address(url), "size": 1, "mode": "hosted"})
        finally:
            await runner.cleanup()
        assert asked == []

    together(over_socket, tmp_path / "data", test)


@pytest.mark.parametrize("kind", [{"mode": "external"}, {"mode": "hosted", "is_external": True}, {"mode": "email"}, {}])
def test_what_slack_only_links_to_is_not_fetched(kind: Wire) -> None:
    async def run() -> None:
        asked: list[str] = []
        runner, url = await elsewhere(asked)
        try:
            client = AsyncWebClient(BOT_TOKEN, base_url=f"{url.partition('/files-pri')[0]}/api/")
            with pytest.raises(Refused, match="does not lie with Slack"):
                await fetch(client, {"url_private": url, "size": 1, **kind})
            assert await fetch(client, {"url_private": url, "size": 1, "mode": "hosted"}) == EXAMPLE.read_bytes()
        finally:
            await runner.cleanup()
        assert asked == [f"Bearer {BOT_TOKEN}"]

    asyncio.run(run())


def test_the_token_follows_no_redirect() -> None:
    async def run() -> None:
        asked: list[str] = []
        runner, url = await elsewhere(asked)
        try:
            client = AsyncWebClient(BOT_TOKEN, base_url=f"{url.partition('/files-pri')[0]}/api/")
            away = url.replace("/files-pri/", "/files-pri/away/")
            with pytest.raises(Unconfirmed, match="302"):
                await fetch(client, {"url_private": away, "size": 1, "mode": "hosted"})
        finally:
            await runner.cleanup()
        assert asked == []

    asyncio.run(run())


def test_a_bot_without_the_scope_says_which_it_needs(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        team.slack.scopes.discard("files:read")
        await team.slack.upload(team.ada, team.channel, "drawings.json", EXAMPLE.read_bytes())
        assert await privately(team, team.ada, "the bot needs the scope files:read")
        assert site.events("export.received") == []

    together(over_socket, tmp_path / "data", test)


def test_base64_is_not_taken_for_an_export() -> None:
    assert pasted(base64.b64encode(EXAMPLE.read_bytes()[:600]).decode()) is None
