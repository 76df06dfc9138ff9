"""What people do in Slack: they write, mention, upload, click, choose, submit and look; the app hears of it."""

from __future__ import annotations

import copy
import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from tests.slack import payloads, views
from tests.slack.calls import Refused
from tests.slack.core import Core
from tests.slack.files import wire
from tests.slack.messages import root_of
from tests.slack.responding import respond
from tests.slack.telling import FAILED, interact, tell, tell_message
from tests.slack.workspace import BOT_USER, TEAM, File

if TYPE_CHECKING:
    from tests.slack.telling import Answer
    from tests.slack.workspace import Channel

Wire = dict[str, Any]
ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def typed(text: str) -> str:
    """As Slack keeps what a person types: escaped, and addresses marked as links."""
    return ADDRESS.sub(r"<\g<0>>", html.escape(text, quote=False))


class Persons(Core):
    """Users and channels by id. What a person could not do raises LookupError or ValueError."""

    # Writing

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Wire:
        """The message: nobody can type ``<!channel>`` and have it ring."""
        return await self._write(user, channel, thread_ts, {"text": typed(text)})

    async def _write(self, user: str, channel: str, thread_ts: str | None, content: Wire) -> Wire:
        place = self._entered(user, channel)
        message = {"type": "message", "user": user, "team": TEAM, "ts": self.space.ts(), **content}
        if thread_ts:
            message["thread_ts"] = root_of(place.messages, thread_ts)
        self.space.keep(place, message)
        await tell_message(self, place, message)
        return copy.deepcopy(message)

    async def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Wire:
        """The app is told twice, as a mention and as a message, where it listens to both."""
        escaped = f"<@{BOT_USER}> {typed(text)}"
        message = await self._write(user, channel, thread_ts, {"text": escaped})
        if "app_mention" in self.events and BOT_USER in self.space.channels[channel].members:
            event: Wire = {key: message[key] for key in ("user", "ts", "text", "team", "thread_ts") if key in message}
            await tell(self, {"type": "app_mention", **event, "channel": channel, "event_ts": message["ts"]})
        return message

    async def direct(self, user: str, text: str) -> Wire:
        return await self.say(user, self.space.direct(user).id, text)

    async def upload(
        self, user: str, channel: str, name: str, content: bytes, thread_ts: str | None = None, text: str = ""
    ) -> Wire:
        """A file with a few words; Slack has processed it when the app hears of it."""
        file = File(self.space.id("F"), name, user, len(content), content, title=name, channels=[channel])
        file.ready = self.clock.now()
        self.space.files[file.id] = file
        shared = {"text": typed(text), "subtype": "file_share", "files": [wire(self, file)]}
        message = await self._write(user, channel, thread_ts, shared)
        if "file_shared" in self.events and BOT_USER in self.space.channels[channel].members:
            about = {"file_id": file.id, "file": {"id": file.id}, "user_id": user, "channel_id": channel}
            await tell(self, {"type": "file_shared", **about, "event_ts": message["ts"]})
        return message

    async def share_link(self, user: str, channel: str, url: str, thread_ts: str | None = None) -> Wire:
        message = await self._write(user, channel, thread_ts, {"text": f"<{url}>"})
        host = urlparse(url).hostname or ""
        if "link_shared" in self.events and any(host.endswith(one) for one in self.domains):
            place = {"channel": channel, "message_ts": message["ts"], "user": user, "event_ts": message["ts"]}
            place |= {
                "unfurl_id": self.space.id("unfurl"),
                "source": "conversations_history",
                "is_bot_user_member": True,
            }
            thread = {"thread_ts": message["thread_ts"]} if thread_ts else {}
            await tell(self, {"type": "link_shared", **place, **thread, "links": [{"domain": host, "url": url}]})
        return message

    async def react(self, user: str, message: Wire, name: str) -> Answer | None:
        if "reaction_added" not in self.events:
            return None
        item = {"type": "message", "channel": self.space.places[message["ts"]], "ts": message["ts"]}
        about = {"user": user, "reaction": name, "item": item, "item_user": message["user"]}
        return await tell(self, {"type": "reaction_added", **about, "event_ts": self.space.ts()})

    async def type_command(self, user: str, channel: str, text: str, name: str = "/drawbridge") -> Answer:
        """``text``: what follows the command. What the app answers at once is shown as it says."""
        self._entered(user, channel)
        if name not in self.commands:
            raise LookupError(f"{name} is not a command of this app")
        payload = payloads.command(self, user, channel, name, text)
        answer = await interact(self, "slash_commands", payload, user)
        if answer.payload.get("text") or answer.payload.get("blocks"):
            url = self.response_urls[payload["response_url"].rpartition("/")[2]]
            respond(self, url, answer.payload)
        return answer

    async def open_home(self, user: str) -> Answer | None:
        if "app_home_opened" not in self.events:
            return None
        there = {"view": self.space.homes[user]} if user in self.space.homes else {}
        about = {"user": user, "channel": self.space.direct(user).id, "tab": "home", "event_ts": self.space.ts()}
        return await tell(self, {"type": "app_home_opened", **about, **there})

    # Using what the app showed

    async def click(self, user: str, shown: Wire, action: str, *, confirm: bool = True) -> Answer | None:
        """A button on a message, modal or home as this user sees it; None where a dialog asked and got no."""
        block, element = payloads.element_of(shown, action)
        if element["type"] != "button":
            raise LookupError(f"{action} is a {element['type']}, not a button")
        return await self._use(user, shown, (block, element, None), confirm=confirm)

    async def choose(self, user: str, shown: Wire, action: str, option: Any, *, confirm: bool = True) -> Answer | None:
        """``option``: a value, several where more can be chosen, or a date, user or text."""
        block, element = payloads.element_of(shown, action)
        payloads.picked(element, option)
        self.picked[f"{user} {shown.get('ts') or shown['id']}"][action] = option
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        return await self._use(user, shown, (block, element, option), confirm=confirm)

    async def _use(self, user: str, shown: Wire, used: tuple[Wire, Wire, Any], *, confirm: bool) -> Answer | None:
        block, element, choice = used
        if "ts" in shown:
            self._entered(user, self.space.places[shown["ts"]])
            if shown.get("is_ephemeral") and shown["to"] != user:
                raise LookupError("only the one it is for sees this message")
        if element.get("confirm") and not confirm:
            return None
        action = payloads.action_of(self, block, element, choice)
        return await interact(self, "interactive", payloads.block_actions(self, user, shown, action), user)

    async def submit(self, user: str, view: Wire, state: Wire) -> Answer:
        """``state``: what is filled in, by action id. The view changes as the app answers."""
        opened = self.space.views.get(view["id"])
        if opened is None or opened.user != user:
            raise LookupError("this view is not open any more")
        payload = payloads.view_submission(self, user, opened.view, state)
        answer = await interact(self, "interactive", payload, user)
        if answer.taken:
            try:
                self._answered(user, view["id"], answer.payload)
            except Refused:  # Slack does not say why
                self.troubles.append((user, FAILED))
        return answer

    def _answered(self, user: str, key: str, answer: Wire) -> None:
        opened = self.space.views[key]
        match answer.get("response_action"):
            case "errors":
                inputs = {block["block_id"] for block in opened.view["blocks"] if block["type"] == "input"}
                if not set(answer["errors"]) <= inputs:
                    raise Refused("invalid_arguments")
                opened.errors = answer["errors"]
            case "update":
                views.replaced(self, opened, answer["view"])
            case "push":
                below = views.stack(self, user)
                views.shown(self, user, views.pushed(views.built(self, answer["view"], "modal"), below))
            case "clear":
                for one in views.stack(self, user):
                    del self.space.views[one["id"]]
            case _:
                self.space.views.pop(key, None)

    async def close(self, user: str, view: Wire) -> Answer | None:
        """The view is closed without submitting."""
        opened = self.space.views.pop(view["id"])
        if not opened.view["notify_on_close"]:
            return None
        payload = payloads.around(self, "view_closed", user) | {"view": opened.view, "is_cleared": False}
        return await interact(self, "interactive", payload, user)

    def _entered(self, user: str, channel: str) -> Channel:
        place = self.space.channels[channel]
        if user not in place.members and place.kind != "channels":
            raise LookupError(f"{self.space.users[user].name} does not see #{place.name}")
        return place
