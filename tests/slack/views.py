"""views.*: modals that a trigger opens, stacked up to three deep, and the home tab of each user."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from tests.slack.calls import Method, Refused, needed
from tests.slack.clock import ACK
from tests.slack.limits import faults_of
from tests.slack.messages import unready, with_ids
from tests.slack.workspace import APP, BOT, TEAM, Opened

if TYPE_CHECKING:
    from tests.slack.calls import Args, Wire
    from tests.slack.core import Core, Trigger

DEPTH = 3
BYTES = 250_000


def open_view(slack: Core, args: Args) -> Wire:
    trigger = traded(slack, args)
    view = built(slack, args.get("view"), "modal")
    return {"view": shown(slack, trigger.user, view)}


def shown(slack: Core, user: str, view: Wire) -> Wire:
    """On top of what the user sees; a root closes what was there before."""
    if view["root_view_id"] == view["id"]:
        for old in [key for key, one in slack.space.views.items() if one.user == user]:
            del slack.space.views[old]
    slack.space.views[view["id"]] = Opened(user, view)
    return view


def push(slack: Core, args: Args) -> Wire:
    trigger = traded(slack, args)
    below = stack(slack, trigger.user)
    if not below:
        raise Refused("no_view_to_push_on" if not trigger.view else "not_found")
    if len(below) >= DEPTH:
        raise Refused("push_limit_reached")
    return {"view": shown(slack, trigger.user, pushed(built(slack, args.get("view"), "modal"), below))}


def pushed(view: Wire, below: list[Wire]) -> Wire:
    return view | {"root_view_id": below[0]["id"], "previous_view_id": below[-1]["id"]}


def stack(slack: Core, user: str) -> list[Wire]:
    return [one.view for one in slack.space.views.values() if one.user == user]


def update(slack: Core, args: Args) -> Wire:
    opened = found(slack, args)
    if args.get("hash") not in {None, opened.view["hash"]}:
        raise Refused("hash_conflict")
    return {"view": replaced(slack, opened, args.get("view"))}


def replaced(slack: Core, opened: Opened, view: Any) -> Wire:
    old = opened.view
    same = {key: old[key] for key in ("id", "root_view_id", "previous_view_id")}
    opened.view = built(slack, view, "modal") | same
    opened.errors = {}
    return opened.view


def found(slack: Core, args: Args) -> Opened:
    views = slack.space.views
    if args.get("view_id") in views:
        return views[args["view_id"]]
    named = [
        one for one in views.values() if args.get("external_id") and one.view["external_id"] == args["external_id"]
    ]
    if not named:
        raise Refused("not_found")
    return named[0]


def publish(slack: Core, args: Args) -> Wire:
    (user,) = needed(args, "user_id")
    slack.space.person(user)
    view = built(slack, args.get("view"), "home")
    old = slack.space.homes.get(user)
    if args.get("hash") and old and args["hash"] != old["hash"]:
        raise Refused("hash_conflict")
    if old:
        view |= {"id": old["id"], "root_view_id": old["id"]}
    slack.space.homes[user] = view
    return {"view": view}


def traded(slack: Core, args: Args) -> Trigger:
    """A trigger is good for one view, for three seconds."""
    (asked,) = needed(args, "trigger_id")
    trigger = slack.triggers.get(asked)
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if slack.clock.now() - trigger.at > ACK:
        raise Refused("expired_trigger_id")
    trigger.used = True
    return trigger


def built(slack: Core, view: Any, kind: str) -> Wire:
    """A view as it is kept and told: with ids, a hash, and nothing left out."""
    if not isinstance(view, dict):
        raise Refused.with_faults("invalid_arguments", ["missing required field: view"])
    faults = faults_of(view) or unready(slack, view["blocks"], "/view/blocks")
    if faults or view["type"] != kind:
        raise Refused.with_faults("invalid_arguments", faults or [f"invalid view type: {view['type']}"])
    if len(json.dumps(view)) > BYTES:
        raise Refused("view_too_large")
    taken = [one.view["external_id"] for one in slack.space.views.values()]
    if view.get("external_id") and view["external_id"] in taken:
        raise Refused("duplicate_external_id")
    empty = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "submit": None, "close": None}
    flags: Wire = {"clear_on_close": False, "notify_on_close": False, "previous_view_id": None, "state": {"values": {}}}
    key = slack.space.id("V")
    ids = {"id": key, "root_view_id": key, "team_id": TEAM, "app_id": APP, "bot_id": BOT}
    marks = {"hash": slack.space.id("hash."), "app_installed_team_id": TEAM}
    return {**empty, **flags, **copy.deepcopy(view), **ids, **marks, "blocks": with_ids(slack, view["blocks"])}


METHODS = {
    "views.open": Method(open_view, tier=100),
    "views.push": Method(push, tier=100),
    "views.update": Method(update, tier=100),
    "views.publish": Method(publish, tier=100),
}
