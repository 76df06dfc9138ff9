"""The buttons and views of our messages: their ids, and what each carries, so that a late click is known as one."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

APPROVE = "drawbridge.approve"
APPROVE_ON = "drawbridge.approve_on"  # an account that a window asks for
REJECT = "drawbridge.reject"
EDIT = "drawbridge.edit"
ASK = "drawbridge.ask"
GO_LIVE = "drawbridge.go_live"
REFUSE_LIVE = "drawbridge.refuse_live"
PAUSE = "drawbridge.pause"
RESUME = "drawbridge.resume"
STOP = "drawbridge.stop"
KILL = "drawbridge.kill"
CLEAR = "drawbridge.clear"
ANSWER = "drawbridge.answer"
ANSWER_ALL = "drawbridge.answer_all"
FREE = "drawbridge.free"
PAGE = "drawbridge.page"  # .newer and .older
REPLAY = "drawbridge.replay"
EDIT_VIEW = "drawbridge.edit_view"
FREE_VIEW = "drawbridge.free_view"
ASK_VIEW = "drawbridge.ask_view"
ACCOUNT_VIEW = "drawbridge.account_view"

Purpose: TypeAlias = Literal["paper", "live"]


class BadValue(ValueError):
    """A value that is none of ours."""


class Pressed(Struct, frozen=True):
    """What a button of a strategy carries: which version it stood under, what for, and the account that it named."""

    strategy: str
    digest: str
    purpose: Purpose = "paper"
    account: str | None = None


def value_of(pressed: Pressed) -> str:
    """It as a button's value or a view's metadata."""
    on = f" {pressed.account}" if pressed.account else ""
    return f"{pressed.strategy} {pressed.digest} {pressed.purpose}{on}"


def read_value(value: str) -> Pressed:
    """What a value says; raises BadValue."""
    match value.split(" "):
        case [strategy, digest, "paper" | "live" as purpose, *account] if strategy and digest and len(account) <= 1:
            return Pressed(strategy, digest, purpose, account[0] if account else None)
        case _:
            msg = "the button is not one of this server's"
            raise BadValue(msg)
