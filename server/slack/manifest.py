"""The app manifest: what Slack is told to make, with exactly the scopes and events that are used.

Form: docs.slack.dev, app manifest reference.
"""

from __future__ import annotations

from typing import Any

# Each scope and why it is asked for; `drawbridge doctor` looks whether the token has them.
SCOPES: dict[str, str] = {
    "app_mentions:read": "the words of /drawbridge work where the bot is mentioned, too",
    "channels:history": "a message that was sent without an answer is looked for; exports pasted in a channel",
    "channels:read": "whether the bot is in the channel",
    "chat:write": "proposals, signals and answers",
    "commands": "/drawbridge",
    "files:read": "exports uploaded to a channel; whether a picture is processed",
    "files:write": "pictures",
    "groups:history": "the same in private channels",
    "groups:read": "the same in private channels",
    "im:history": "exports sent to the bot directly",
    "links:read": "links to a strategy are shown with its state",
    "links:write": "links to a strategy are shown with its state",
    "usergroups:read": "rights that are given to a user group",
}
EVENTS = (
    "app_home_opened", "app_mention", "link_shared", "message.channels", "message.groups", "message.im",
)  # fmt: skip
COMMAND = "/drawbridge"
HINT = "list | status ID | chart MARKET TIMEFRAME | backtest ID | pause|resume|stop ID | kill | alerts | help"


def manifest(public_url: str | None, *, socket: bool) -> dict[str, Any]:
    """The manifest for Socket Mode, or for HTTP at ``public_url``, which links are unfurled for in both."""
    url = f"{(public_url or 'https://drawbridge.example').rstrip('/')}/slack/events"
    command = {"command": COMMAND, "description": "Strategies", "usage_hint": HINT, "should_escape": False}
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if not socket:
        command["url"] = events["request_url"] = interactivity["request_url"] = url
    features: dict[str, Any] = {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": "Drawbridge", "always_online": True},
        "slash_commands": [command],
    }
    if public_url:
        features["unfurl_domains"] = [public_url.split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0]]
    return {
        "display_information": {
            "name": "Drawbridge",
            "description": "Strategies drawn on TradingView, approved here, watched on the exchange's own data",
        },
        "features": features,
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
