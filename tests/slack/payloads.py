"""What a person's doings look like on the wire: the elements they touch, their state, and the payload around."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.slack.core import ResponseUrl
from tests.slack.limits import elements_of, options_of
from tests.slack.workspace import APP, DOMAIN, TEAM

if TYPE_CHECKING:
    from tests.slack.core import Core

Wire = dict[str, Any]
# Where an element keeps what was picked, and what it starts with.
KEPT = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
STATELESS = {"button", "overflow"}


def blocks_of(shown: Wire) -> list[Wire]:
    """Of a message and its attachments, or of a view."""
    return [*shown.get("blocks", ()), *(one for more in shown.get("attachments", ()) for one in more.get("blocks", ()))]


def element_of(shown: Wire, action: str, block: str | None = None) -> tuple[Wire, Wire]:
    """The block and its element with this action id, as a person finds it."""
    for one in blocks_of(shown):
        for element in elements_of(one):
            if element["action_id"] == action and block in {None, one["block_id"]}:
                return one, element
    there = [element["action_id"] for one in blocks_of(shown) for element in elements_of(one)]
    raise LookupError(f"nothing here to use is called {action}; there are {', '.join(there) or 'none'}")


def picked(element: Wire, choice: Any) -> Wire:
    """What the element holds after ``choice``: a value, several, or text."""
    key, _ = KEPT[element["type"]]
    if key in {"selected_option", "selected_options"} and choice is not None:
        known = {one["value"]: one for one in options_of(element)}
        wanted = [choice] if isinstance(choice, str) else list(choice)
        if missing := [one for one in wanted if one not in known]:
            raise LookupError(f"no option {', '.join(missing)}; there are {', '.join(known)}")
        choice = known[choice] if key == "selected_option" else [known[one] for one in wanted]
    return {"type": element["type"], key: choice}


def state_of(shown: Wire, choices: Wire) -> Wire:
    """What all elements hold; ``choices`` by action id, the others as they start."""
    values: Wire = {}
    for block in blocks_of(shown):
        for element in elements_of(block):
            if element["type"] in STATELESS or element["type"] not in KEPT:
                continue
            key, initial = KEPT[element["type"]]
            empty: Any = [] if key == "selected_options" else None
            held = {"type": element["type"], key: element.get(initial, empty)}
            if element["action_id"] in choices:
                held = picked(element, choices[element["action_id"]])
            values.setdefault(block["block_id"], {})[element["action_id"]] = held
    return {"values": values}


def action_of(slack: Core, block: Wire, element: Wire, choice: Any) -> Wire:
    told = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": slack.space.ts()}
    if element["type"] == "button":
        more: Wire = {key: element[key] for key in ("value", "style") if key in element}
        return {"type": "button", "text": element["text"], **more, **told}
    return {**picked(element, choice), **told}


def around(slack: Core, kind: str, user: str, view: str = "") -> Wire:
    """What every interaction carries."""
    name = slack.space.person(user).name
    return {
        "type": kind,
        "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
        "api_app_id": APP,
        "token": "verification",
        "trigger_id": slack.trigger(user, view),
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def block_actions(slack: Core, user: str, shown: Wire, action: Wire) -> Wire:
    """``shown``: the message, the ephemeral message or the view that the user looks at."""
    body = around(slack, "block_actions", user, shown.get("id", "")) | {"actions": [action]}
    key = shown["id"] if "ts" not in shown else shown["ts"]
    state = state_of(shown, slack.picked[f"{user} {key}"])
    if "ts" not in shown:
        view = copy.deepcopy(shown) | {"state": state}
        return body | {"container": {"type": "view", "view_id": key}, "view": view}
    channel = slack.space.channels[slack.space.places[key]]
    hidden = bool(shown.get("is_ephemeral"))
    container = {"type": "message", "message_ts": key, "channel_id": channel.id, "is_ephemeral": hidden}
    if shown.get("thread_ts"):
        container["thread_ts"] = shown["thread_ts"]
    url = ResponseUrl(user, channel.id, key, slack.clock.now(), ephemeral=hidden, thread_ts=shown.get("thread_ts"))
    more = {"container": container, "channel": {"id": channel.id, "name": channel.name}, "state": state}
    message = {} if hidden else {"message": copy.deepcopy(shown)}
    return {**body, **more, **message, "response_url": slack.response_url(url)}


def view_submission(slack: Core, user: str, view: Wire, choices: Wire) -> Wire:
    """Refused where a person could not press the button: something asked for is missing, too short or too long."""
    state = state_of(view, slack.picked[f"{user} {view['id']}"] | choices)
    unknown = set(choices) - {key for held in state["values"].values() for key in held}
    if unknown:
        raise LookupError(f"the view does not ask for {', '.join(sorted(unknown))}")
    for block in view["blocks"]:
        if block["type"] == "input":
            fits(block, state["values"].get(block["block_id"], {}).get(block["element"]["action_id"], {}))
    told = copy.deepcopy(view) | {"state": state}
    return around(slack, "view_submission", user, view["id"]) | {"view": told, "response_urls": []}


def fits(block: Wire, held: Wire) -> None:
    element = block["element"]
    if element["type"] not in KEPT:
        return
    value = held.get(KEPT[element["type"]][0])
    if not value and not block.get("optional"):
        raise ValueError(f"{block['label']['text']} has to be filled in")
    most, least = element.get("max_length", 3_000), element.get("min_length", 0)
    if isinstance(value, str) and not least <= len(value) <= most:
        raise ValueError(f"{block['label']['text']} takes {least} to {most} characters")


def command(slack: Core, user: str, channel: str, name: str, text: str) -> dict[str, str]:
    url = ResponseUrl(user, channel, "", slack.clock.now())
    return {
        "token": "verification",
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel,
        "channel_name": slack.space.channels[channel].name,
        "user_id": user,
        "user_name": slack.space.person(user).name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": slack.response_url(url),
        "trigger_id": slack.trigger(user),
    }
