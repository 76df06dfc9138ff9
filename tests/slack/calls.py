"""A call of Slack's API: what was asked, what was answered, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from tests.slack.core import Core

Args = dict[str, Any]
Wire = dict[str, Any]


class Refused(Exception):
    """Slack's answer with ``ok`` false: the error's name, and what else it says."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more

    @classmethod
    def with_faults(cls, error: str, faults: list[str]) -> Refused:
        words = {"messages": [f"[ERROR] {one}" for one in faults]}
        more = {"errors": faults} if error == "invalid_blocks" else {}
        return cls(error, **more, response_metadata=words)


@dataclass(frozen=True)
class Method:
    """A method of the Web API; ``scope``: ``*:read`` stands for the kind of the channel asked for."""

    run: Callable[[Core, Args], Wire]
    scope: str = ""
    app_level: bool = False  # wants the app's own token, xapp-
    tier: int = 0  # calls a minute; 0: limited by channel, or not at all


@dataclass
class Call:
    """``at``: Slack's seconds. ``answer``: ok, Slack's error, or the fault that was put between."""

    method: str
    args: Args
    at: float
    answer: str = "under way"
    kept: Wire = field(default_factory=dict)  # what was answered

    @property
    def channel(self) -> str:
        return str(self.args.get("channel", ""))


async def arguments(request: web.Request) -> Args:
    """From the query, a form or JSON; values that are JSON themselves are decoded."""
    args: Args = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json()
    elif request.content_type == "application/x-www-form-urlencoded":
        args |= dict(await request.post())
    return {key: decoded(value) for key, value in args.items()}


def decoded(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in {"[", "{"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def yes(value: Any) -> bool:
    return value in {True, "1", "true", "True"}


def needed(args: Args, *names: str) -> list[str]:
    """The arguments as text; ``invalid_arguments`` where one is missing."""
    missing = [name for name in names if args.get(name) in {None, ""}]
    if missing:
        raise Refused.with_faults("invalid_arguments", [f"missing required field: {name}" for name in missing])
    return [str(args[name]) for name in names]
