"""What can be done about a strategy, by its state, and what is asked before it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.slack.actions import (
    APPROVE,
    APPROVE_ON,
    ASK,
    EDIT,
    GO_LIVE,
    PAUSE,
    REFUSE_LIVE,
    REJECT,
    RESUME,
    STOP,
    Pressed,
    value_of,
)
from server.slack.message import button, confirm
from server.slack.papers import paper_words
from server.slack.text import cut

if TYPE_CHECKING:
    from slack_sdk.models.blocks import ConfirmObject

    from server.slack.root import Root

WORDS = {"pause": ("Pause", PAUSE), "resume": ("Resume", RESUME), "stop": ("Stop for good", STOP)}
MOVES = {"running": ("pause", "stop"), "approved": ("pause", "stop"), "paused": ("resume", "stop")}
MOST_ACCOUNT = 100  # units of a dialog's 300
CODED = "holds code in Python: read its source and decide"  # where it is shown: in the inbox
TOO_LONG = "its rules are longer than a message: read them all and decide"  # there, too
ENDED = frozenset({"rejected", "expired", "stopped"})


def buttons_of(root: Root, *, readable: bool = True) -> list[Any]:
    """The buttons of the root message, most wanted first; nothing is approved that cannot be read there."""
    readable = readable and not root.review.code
    if root.state == "proposed":
        return [*([_approve(root)] if readable else []), *_deciding(root)]
    if root.state in ENDED:
        return [] if root.review.code else [_edit(root)]
    return [*_going_live(root, readable=readable), *(_moving(root, word) for word in MOVES.get(root.state, ()))]


def _value(root: Root, purpose: Any = "paper", account: str | None = None) -> str:
    return value_of(Pressed(root.id, root.review.digest, purpose, account))


def _approve(root: Root) -> Any:
    """It asks for the account in a window where there are several, and names it in its dialog where there is one."""
    if len(root.papers) > 1:
        return button("Approve for paper", APPROVE_ON, _value(root), "primary")
    account = root.papers[0].name if root.papers else None
    return button("Approve for paper", APPROVE, _value(root, account=account), "primary", approval_dialog(root))


def _deciding(root: Root) -> list[Any]:
    value = _value(root)
    return [
        button("Reject", REJECT, value, "danger", rejection_dialog(root)),
        *([] if root.review.code else [_edit(root)]),  # what holds code is frozen on the command line only
        button("Ask", ASK, value),
    ]


def _edit(root: Root) -> Any:
    return button("Edit", EDIT, _value(root))


def _going_live(root: Root, *, readable: bool) -> list[Any]:
    if not root.may_go_live or root.kind == "watch" or root.approved_for != "paper":
        return []
    value = _value(root, "live")
    go = [button("Go live", GO_LIVE, value, "primary", live_dialog(root))] if readable else []
    asked = [button("Not live", REFUSE_LIVE, value)] if root.live_approvals else []
    return [*go, *asked]


def _moving(root: Root, word: str) -> Any:
    text, action = WORDS[word]
    stop = word == "stop"
    return button(text, action, _value(root), "danger" if stop else None, stop_dialog(root) if stop else None)


def approval_dialog(root: Root) -> ConfirmObject:
    """Before an approval."""
    people = f"{root.quorum} people have to approve." if root.quorum > 1 else "It starts then."
    account = f"Account {cut(paper_words(root.papers[0]), MOST_ACCOUNT)}. " if root.papers else ""
    text = f"{_named(root, 80)} {account}{people} On paper no order leaves this server."
    return confirm("Approve for paper?", text, "Approve")


def rejection_dialog(root: Root) -> ConfirmObject:
    """Before a rejection."""
    return confirm("Reject it?", f"{_named(root)} One rejection ends it; an edit makes a new version.", "Reject")


def live_dialog(root: Root) -> ConfirmObject:
    """Before an approval for live."""
    people = f"{root.quorum} people have to say so." if root.quorum > 1 else "It starts then."
    text = f"{_named(root)} Its orders go to the exchange. {people} Its run on paper ends then."
    return confirm("Trade with real money?", text, "Go live")


def stop_dialog(root: Root) -> ConfirmObject:
    """Before a stop."""
    return confirm("Stop it for good?", f"{_named(root)} It does not start again; an edit makes a new version.", "Stop")


def _named(root: Root, most: int = 120) -> str:
    return f"{cut(root.name, most)}, digest {root.review.digest[:12]}."
