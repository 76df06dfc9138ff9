"""Probing a workspace: tokens, scopes, channels, people and the clock, each with a sentence that says what to do."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from slack_sdk.web.async_client import AsyncWebClient

from server.clock import now_ms
from server.findings import Finding
from server.slack.line import told
from server.slack.manifest import SCOPES
from server.slack.people import GROUP
from server.slack.text import counted
from server.slack.trouble import TROUBLE, Unconfirmed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.slack.access import Access

USER = re.compile(r"[UW][A-Z0-9]+")
MOST_SKEW = 60.0  # seconds; requests signed more than five minutes off are refused, and a token's clock is coarse


async def probe(access: Access) -> AsyncIterator[Finding]:
    """Everything that a chat needs, as it is looked at; nothing is sent to a channel."""
    client = access.client()
    try:
        with told():
            answer: Any = await client.auth_test()
    except Unconfirmed as error:
        yield Finding("Slack", well=False, said=f"{error}; this machine has to reach {access.api}")
        return
    except TROUBLE as error:
        yield Finding("Slack", well=False, said=f"the bot token is not taken ({error}); install the app and copy it")
        return
    yield Finding("Slack", well=True, said=f"{answer['user']} in {answer['team']}")
    yield _scopes(answer)
    yield _clock(answer)
    yield await _way_in(access)
    for channel in dict.fromkeys([access.channels.default, *access.channels.others.values()]):
        yield await _channel(client, channel)
    yield _people(access)
    if (rights := _rights(access)) is not None:
        yield rights
    for group in sorted({one for allowed in access.team.may.values() for one in allowed if one.startswith(GROUP)}):
        yield await _group(client, group)


def _scopes(answer: Any) -> Finding:
    given = {scope.strip() for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",")}
    missing = sorted(set(SCOPES) - given)
    said = (
        f"missing: {', '.join(missing)}; take the manifest anew (`drawbridge slack manifest`) and install the app again"
    )
    return Finding("Slack scopes", well=not missing, said=said if missing else f"all {len(SCOPES)}")


def _clock(answer: Any) -> Finding:
    date = answer.headers.get("Date")
    if not date:
        return Finding("Slack clock", well=True, said="Slack did not say its time")
    skew = parsedate_to_datetime(date).timestamp() - now_ms() / 1000
    near = abs(skew) <= MOST_SKEW
    advice = "" if near else "; set this machine's clock by NTP, or signed requests are refused"
    return Finding("Slack clock", well=near, said=f"{skew:+.0f} s from ours{advice}")


async def _way_in(access: Access) -> Finding:
    if not access.socket:
        return Finding("Slack events", well=True, said="by HTTP at /slack/events, which Slack has to reach over HTTPS")
    client = AsyncWebClient(base_url=access.api)
    try:
        with told():
            await client.apps_connections_open(app_token=str(access.app))
    except TROUBLE as error:
        advice = "it needs the scope connections:write, and Socket Mode switched on"
        return Finding("Slack events", well=False, said=f"the app token is not taken ({error}); {advice}")
    return Finding("Slack events", well=True, said="by Socket Mode")


async def _channel(client: AsyncWebClient, channel: str) -> Finding:
    what = f"Slack channel {channel}"
    try:
        with told():
            answer: Any = await client.conversations_info(channel=channel)
    except TROUBLE as error:
        return Finding(
            what, well=False, said=f"{error}; write the channel's id, and invite the bot: /invite @Drawbridge"
        )
    found = answer["channel"]
    if found.get("is_archived"):
        return Finding(what, well=False, said=f"#{found.get('name')} is archived")
    if found["id"] != channel:
        return Finding(what, well=False, said=f"write the channel's id, {found['id']}, in place of its name")
    member = bool(found.get("is_member") or found.get("is_im"))
    said = f"#{found.get('name')}" + ("" if member else ": the bot is not in it; /invite @Drawbridge there")
    return Finding(what, well=member, said=said)


async def _group(client: AsyncWebClient, group: str) -> Finding:
    what = f"Slack user group {group}"
    try:
        with told():
            answer: Any = await client.usergroups_users_list(usergroup=group)
    except TROUBLE as error:
        advice = "write its id into DRAWBRIDGE_SLACK_MAY; until then it lets nobody in"
        return Finding(what, well=False, said=f"{error}; {advice}")
    return Finding(what, well=bool(answer["users"]), said=counted(len(answer["users"]), "member"))


def _people(access: Access) -> Finding:
    people, wrong = access.team.people, _not_users(access)
    if wrong:
        said = f"{wrong} is no id of a Slack user (U\u2026): write ids to names in DRAWBRIDGE_SLACK_PEOPLE"
        return Finding("Slack people", well=False, said=said)
    said = ", ".join(sorted(set(people.values()))) or "nobody may do anything: name people in DRAWBRIDGE_SLACK_PEOPLE"
    return Finding("Slack people", well=bool(people), said=said)


def _not_users(access: Access) -> str:
    return ", ".join(sorted(one for one in access.team.people if not USER.fullmatch(one)))


def _rights(access: Access) -> Finding | None:
    """Whoever a right is given to and cannot use it: neither a user of the team, nor a user group."""
    named = {one for allowed in access.team.may.values() for one in allowed if not one.startswith(GROUP)}
    strangers = ", ".join(sorted(named - set(access.team.people)))
    said = f"{strangers} is not in DRAWBRIDGE_SLACK_PEOPLE: DRAWBRIDGE_SLACK_MAY takes ids of those, and of user groups"
    return Finding("Slack rights", well=False, said=said) if strangers else None
