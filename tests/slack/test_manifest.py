"""The app manifest: as Slack documents its form, with what is used and nothing beyond."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from server.slack.manifest import EVENTS, SCOPES, manifest
from tests.slack.team import MODES, Site, Team, together
from tests.slack.telling import tell
from tests.slack.web_api import METHODS

ADAPTER = Path(__file__).parents[2] / "server" / "slack"
# docs.slack.dev/reference/app-manifest: the longest texts, and what each section may hold.
LONGEST = {"name": 35, "description": 140, "display_name": 80, "command": 32, "usage_hint": 1_000}
SECTIONS: dict[str, set[str]] = {
    "": {"display_information", "features", "oauth_config", "settings"},
    "display_information": {"name", "description"},
    "features": {"app_home", "bot_user", "slash_commands", "unfurl_domains"},
    "settings": {
        "event_subscriptions", "interactivity", "org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled",
    },
}  # fmt: skip
# docs.slack.dev/reference/events: the scope of each; app_home_opened needs none.
SCOPE_OF = {
    "app_mention": "app_mentions:read",
    "link_shared": "links:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


def texts(tree: Any, name: str = "") -> list[tuple[str, str]]:
    match tree:
        case dict():
            return [pair for key, one in tree.items() for pair in texts(one, key)]
        case list():
            return [pair for one in tree for pair in texts(one, name)]
        case str():
            return [(name, tree)]
        case _:
            return []


@pytest.mark.parametrize("socket", [True, False])
def test_it_has_the_form_that_slack_documents(socket: bool) -> None:
    made = manifest("https://drawbridge.example:8443/inbox", socket=socket)
    assert [name for name, allowed in SECTIONS.items() if set(made.get(name, made) if name else made) - allowed] == []
    assert [pair for pair in texts(made) if len(pair[1]) > LONGEST.get(pair[0], 3_000)] == []
    assert made["features"]["unfurl_domains"] == ["drawbridge.example"]
    urls = {one for _, one in texts(made) if one.startswith("https://")}
    assert urls == (set() if socket else {"https://drawbridge.example:8443/inbox/slack/events"})
    assert made["settings"]["socket_mode_enabled"] is socket


def test_every_scope_is_used_by_a_method_or_an_event_and_none_is_missing() -> None:
    called: set[str] = set()
    for path in ADAPTER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and re.match(r"(chat|files|views|conversations|usergroups)_", node.attr):
                called.add(node.attr.replace("_", "."))
    used = {METHODS[name].scope for name in called if METHODS[name].scope} | set(SCOPE_OF.values()) | {"commands"}
    kinds = {"channels", "groups", "im"}
    asked = {scope.replace("*", kind) for scope in used for kind in kinds}
    assert set(SCOPES) <= asked
    assert asked - set(SCOPES) <= {"im:read"}  # nobody asks about a conversation with one person
    assert {SCOPE_OF[event] for event in EVENTS if event != "app_home_opened"} <= set(SCOPES)


@pytest.mark.parametrize("mode", MODES)
def test_every_event_that_it_subscribes_to_is_acknowledged(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, _: Site) -> None:
        place: dict[str, Any] = {"channel": team.channel, "user": team.ada, "text": "hello"}
        place["ts"] = team.slack.space.ts()
        place |= {"event_ts": place["ts"], "message_ts": place["ts"], "links": [], "tab": "messages"}
        for event in EVENTS:
            answer = await tell(team.slack, {**place, "type": event.partition(".")[0]})
            assert answer.taken, event
        for subtype in ("message_changed", "message_deleted", "channel_join", "bot_message"):
            answer = await tell(team.slack, {**place, "type": "message", "subtype": subtype})
            assert answer.taken, subtype
        if team.slack.door is not None:
            heard = await team.slack.door.verify_url()
            assert heard.payload == {"challenge": "a-challenge"}

    together(mode, tmp_path / "data", test)
