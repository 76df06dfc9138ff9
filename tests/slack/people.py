"""The smaller methods: who the app is, who the people are, reactions, and where Socket Mode is dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.slack.calls import Method, Refused, needed
from tests.slack.workspace import BOT, BOT_USER, DOMAIN, TEAM

if TYPE_CHECKING:
    from tests.slack.calls import Args, Wire
    from tests.slack.core import Core


def auth_test(slack: Core, args: Args) -> Wire:
    names = {"team": DOMAIN, "user": slack.space.users[BOT_USER].name, "url": f"https://{DOMAIN}.slack.com/"}
    return {"team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False, **names}


def connections_open(slack: Core, args: Args) -> Wire:
    return {"url": slack.sockets.ticket()}


def user_info(slack: Core, args: Args) -> Wire:
    (user,) = needed(args, "user")
    return {"user": slack.space.person(user).wire()}


def groups(slack: Core, args: Args) -> Wire:
    listed = [
        {"id": key, "team_id": TEAM, "is_usergroup": True, "handle": handle, "name": handle, "user_count": len(users)}
        for key, (handle, users) in slack.space.groups.items()
    ]
    return {"usergroups": listed}


def group_users(slack: Core, args: Args) -> Wire:
    (group,) = needed(args, "usergroup")
    if group not in slack.space.groups:
        raise Refused("no_such_subteam")
    return {"users": list(slack.space.groups[group][1])}


def react(slack: Core, args: Args) -> Wire:
    _, name, ts = needed(args, "channel", "name", "timestamp")
    message = slack.space.joined(args["channel"]).find(ts)
    if message is None:
        raise Refused("message_not_found")
    reactions = message.setdefault("reactions", [])
    reaction = next((one for one in reactions if one["name"] == name), None)
    if reaction is None:
        reactions.append(reaction := {"name": name, "users": [], "count": 0})
    if BOT_USER in reaction["users"]:
        raise Refused("already_reacted")
    reaction["users"].append(BOT_USER)
    reaction["count"] += 1
    return {}


METHODS = {
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(connections_open, "connections:write", app_level=True),
    "users.info": Method(user_info, "users:read", tier=100),
    "usergroups.list": Method(groups, "usergroups:read", tier=20),
    "usergroups.users.list": Method(group_users, "usergroups:read", tier=20),
    "reactions.add": Method(react, "reactions:write", tier=50),
}
