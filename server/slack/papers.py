"""Which paper account a strategy is to trade on: said in the dialog, chosen in a window where there are several.

The first approval of a version decides, the others approve the same; the rules are those of ``server.approvals``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from slack_sdk.models.blocks import InputBlock, Option, StaticSelectElement
from slack_sdk.models.views import View

from server.accounts import DEFAULT
from server.slack.actions import ACCOUNT_VIEW, Pressed, value_of
from server.slack.message import context, listed, plain_text, section
from server.slack.text import joined, shown
from server.standings import limits_in_words

if TYPE_CHECKING:
    from server.accounts import Accounts
    from server.store.tables import Strategy

MOST = 100  # options of a menu
ROOM = 6_000  # units of what all accounts allow
FIELD = "account"  # the block and the action of the menu
UNDECIDED = frozenset({"rejected", "expired"})


class Paper(Struct, frozen=True):
    """A paper account: what it starts with in each quote currency (None: not set up any more), its limits in words."""

    name: str
    cash: float | None
    limits: str = ""


class Choosing(Struct, frozen=True):
    """A version that waits for an approval, and the accounts that it may name, the one that is offered first."""

    pressed: Pressed
    name: str
    papers: tuple[Paper, ...]
    quorum: int = 1


def papers_of(accounts: Accounts, row: Strategy, *, approved: bool) -> tuple[Paper, ...]:
    """The account that an approval named; before one, all of them, that of the version before or the default first.

    None for what trades on none. ``approved``: somebody approved the version for paper.
    """
    if row.kind == "watch" or row.approved_for == "live" or row.state in UNDECIDED:
        return ()
    own = row.account or DEFAULT
    if approved or row.state != "proposed":
        return (_paper(accounts, own),)
    first = own if own in accounts.paper else DEFAULT
    return tuple(_paper(accounts, name) for name in sorted(accounts.paper, key=lambda name: name != first))


def _paper(accounts: Accounts, name: str) -> Paper:
    limits: dict[str, Any] = msgspec.to_builtins(accounts.limits_of(name))
    return Paper(name, accounts.cash_of(name), limits_in_words({rule: most for rule, most in limits.items() if most}))


def paper_words(paper: Paper) -> str:
    """An account in a line."""
    if paper.cash is None:
        return f"{paper.name}, which is not set up any more"
    return f"{paper.name}: {paper.cash:,.10g} in each quote currency, {paper.limits or 'no limits'}"


def account_line(papers: tuple[Paper, ...]) -> str:
    """The account as the root says it."""
    if not papers:
        return ""
    if len(papers) == 1:
        return f"*Account* {shown(paper_words(papers[0]), 400)}"
    names = ", ".join(paper.name for paper in papers)
    return f"*Account* the first approval chooses: {shown(names, 400)}"


def account_view(choosing: Choosing) -> dict[str, Any]:
    """The window in which an approval names the account."""
    options = [Option(text=plain_text(_short(one), 75), value=one.name) for one in choosing.papers[:MOST]]
    menu = StaticSelectElement(action_id=FIELD, options=options, initial_option=options[0])
    digest = f"digest `{choosing.pressed.digest[:12]}`"
    people = f"{choosing.quorum} people have to approve, all for the same account." if choosing.quorum > 1 else ""
    said = " ".join(filter(None, (people or "It starts then.", "On paper no order leaves this server.")))
    view = View(
        type="modal",
        callback_id=ACCOUNT_VIEW,
        title=plain_text("Approve for paper?", 24),
        submit=plain_text("Approve", 24),
        close=plain_text("Cancel", 24),
        private_metadata=value_of(choosing.pressed),
        blocks=[
            section(f"*{shown(choosing.name, 200)}*\n{said}"),
            InputBlock(block_id=FIELD, label=plain_text("On which account?", 150), element=menu),
            *map(section, listed([shown(paper_words(one), 500) for one in choosing.papers], ROOM, "")),
            context(joined(digest, "limits hold for all strategies of an account together")),
        ],
    )
    return view.to_dict()


def _short(paper: Paper) -> str:
    return joined(paper.name, f"{paper.cash:,.10g}", paper.limits or "no limits")


def chosen_account(view: dict[str, Any]) -> str:
    """The account that a submitted window names."""
    field = view["state"]["values"].get(FIELD, {}).get(FIELD, {})
    return str((field.get("selected_option") or {}).get("value") or DEFAULT)
