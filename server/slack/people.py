"""Who is who in Slack, and who may do what: by Slack user or user group, from the settings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.access.who import Who, scopes_of
from server.slack.line import told

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from server.slack.team import Right, Team

SCOPES: dict[Right, str] = {"propose": "export", "approve": "approve", "operate": "approve", "kill": "admin"}
GROUP = "S"  # ids of user groups begin with it
REMEMBERED = 60.0  # seconds for which the members of a group are not asked again


class Stranger(Exception):
    """Somebody who may not: one sentence says why. ``person`` is who they are here, if anybody."""

    def __init__(self, why: str, person: str | None = None) -> None:
        super().__init__(why)
        self.person = person


class People:
    """The team of one workspace."""

    def __init__(self, client: AsyncWebClient, team: Team) -> None:
        self._client = client
        self._team = team
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}

    def name_of(self, user: str) -> str | None:
        """Who a Slack user is here."""
        return self._team.people.get(user)

    def user_of(self, person: str) -> str | None:
        """The Slack user of a person."""
        return next((user for user, name in self._team.people.items() if name == person), None)

    async def anybody(self, user: str) -> Who:
        """The person behind a Slack user, whatever they may do; raises Stranger."""
        person = self.name_of(user)
        if person is None:
            msg = f"Drawbridge does not know you: ask for your Slack id, {user}, to be put into DRAWBRIDGE_SLACK_PEOPLE"
            raise Stranger(msg)
        return Who(person, scopes_of("view"))

    async def may(self, user: str, right: Right) -> bool:
        """Whether one of the team may do this."""
        allowed = self._team.may.get(right)
        return allowed is None or await self._among(user, allowed)

    async def who(self, user: str, right: Right) -> Who:
        """The person behind a Slack user, if they may do this; raises Stranger."""
        person = (await self.anybody(user)).person
        if not await self.may(user, right):
            msg = f"you may not {right}, {person}: DRAWBRIDGE_SLACK_MAY names who may"
            raise Stranger(msg, person)
        return Who(person, scopes_of(SCOPES[right]))

    async def _among(self, user: str, allowed: tuple[str, ...]) -> bool:
        if user in allowed:
            return True
        for group in allowed:
            if group.startswith(GROUP) and user in await self._members(group):
                return True
        return False

    async def _members(self, group: str) -> frozenset[str]:
        """The members of a user group; raises what the line raises, so that nobody is let in by a failure."""
        now = asyncio.get_running_loop().time()
        at, members = self._groups.get(group, (0.0, frozenset()))
        if group in self._groups and now - at < REMEMBERED:
            return members
        with told():
            answer = await self._client.usergroups_users_list(usergroup=group)
        self._groups[group] = now, frozenset(map(str, answer["users"]))
        return self._groups[group][1]
