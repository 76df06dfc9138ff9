"""A workspace: its people, groups, channels with their messages, files and views. Ids are counted, not drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.slack.calls import Refused

if TYPE_CHECKING:
    from tests.slack.clock import Clock

Wire = dict[str, Any]
Kind = Literal["channels", "groups", "im"]  # public, private, direct: as the scopes call them
TEAM, DOMAIN, APP, BOT, BOT_USER = "T0LOOP", "loop", "A0LOOP", "B0LOOP", "U0LOOPBOT"


@dataclass
class User:
    id: str
    name: str
    is_bot: bool = False
    deleted: bool = False
    tz: str = "Europe/Berlin"

    def wire(self) -> Wire:
        names = {"real_name": self.name.title(), "display_name": self.name, "email": f"{self.name}@example.com"}
        facts = {"deleted": self.deleted, "is_bot": self.is_bot, "tz": self.tz, "profile": names}
        return {"id": self.id, "team_id": TEAM, "name": self.name, "real_name": self.name.title(), **facts}


@dataclass
class Channel:
    """``messages`` in their order, replies among them."""

    id: str
    name: str
    kind: Kind = "channels"
    members: list[str] = field(default_factory=list)
    archived: bool = False
    messages: list[Wire] = field(default_factory=list)

    def find(self, ts: str) -> Wire | None:
        return next((one for one in self.messages if one["ts"] == ts), None)

    def replies(self, ts: str) -> list[Wire]:
        return [one for one in self.messages if one.get("thread_ts") == ts and one["ts"] != ts]


@dataclass
class File:
    """``ready``: when processing is over, by Slack's clock; None: not completed yet."""

    id: str
    name: str
    user: str
    length: int
    content: bytes | None = None
    title: str = ""
    alt_text: str = ""
    ready: float | None = None
    channels: list[str] = field(default_factory=list)


@dataclass
class Opened:
    """A view that a user sees, and what is said on it after a submission that was not taken."""

    user: str
    view: Wire
    errors: dict[str, str] = field(default_factory=dict)


class Workspace:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[str, User] = {BOT_USER: User(BOT_USER, "drawbridge", is_bot=True)}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, tuple[str, list[str]]] = {}  # by id: handle, users
        self.files: dict[str, File] = {}
        self.views: dict[str, Opened] = {}  # modals that are open, by id
        self.homes: dict[str, Wire] = {}  # by user
        self.ephemerals: list[Wire] = []
        self.places: dict[str, str] = {}  # the channel of each message that ever was, by ts
        self._counts: Counter[str] = Counter()
        self._last = 0

    def id(self, prefix: str) -> str:
        self._counts[prefix] += 1
        return f"{prefix}{self._counts[prefix]:04d}"

    def ts(self) -> str:
        """Later than any before: seconds and microseconds."""
        self._last = max(self._last + 1, int(self.clock.now() * 1e6))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def user(self, name: str) -> str:
        """A person with this name, invited where there is none; their id."""
        known = next((one.id for one in self.users.values() if one.name == name), None)
        if known is None:
            known = self.id("U")
            self.users[known] = User(known, name)
        return known

    def channel(self, name: str, *members: str, private: bool = False, bot: bool = True) -> str:
        """A new channel with these users, and with the app where ``bot``; its id."""
        here = [*members, *([BOT_USER] if bot else [])]
        new = Channel(self.id("C"), name, "groups" if private else "channels", here)
        self.channels[new.id] = new
        return new.id

    def direct(self, user: str) -> Channel:
        """The direct messages between a user and the app."""
        known = [one for one in self.channels.values() if one.kind == "im" and user in one.members]
        if not known:
            known = [Channel(self.id("D"), user, "im", [user, BOT_USER])]
            self.channels[known[0].id] = known[0]
        return known[0]

    def group(self, handle: str, *users: str) -> str:
        new = self.id("S")
        self.groups[new] = (handle, list(users))
        return new

    # As the app sees it

    def person(self, user: Any) -> User:
        if user not in self.users:
            raise Refused("user_not_found")
        return self.users[user]

    def visible(self, asked: Any) -> Channel:
        """By id, by name, or by the user of a direct message; a private channel is hidden from strangers."""
        name = str(asked or "").removeprefix("#")
        if name in self.users:
            return self.direct(name)
        found = self.channels.get(name) or next((one for one in self.channels.values() if one.name == name), None)
        if found is None or (found.kind != "channels" and BOT_USER not in found.members):
            raise Refused("channel_not_found")
        return found

    def joined(self, asked: Any) -> Channel:
        found = self.visible(asked)
        if BOT_USER not in found.members:
            raise Refused("not_in_channel")
        return found

    def keep(self, channel: Channel, message: Wire) -> Wire:
        """Put at the channel's end."""
        channel.messages.append(message)
        self.places[message["ts"]] = channel.id
        return message
