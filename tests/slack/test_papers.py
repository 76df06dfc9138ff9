"""Paper accounts: the dialog names the one that counts, and where there are several, the first approval chooses one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from execution.account import Limits
from server.accounts import Accounts, PaperAccount
from server.slack.actions import APPROVE, APPROVE_ON, read_value
from server.slack.papers import Choosing, Paper, account_view, papers_of
from server.slack.proposal import root_message
from server.store.tables import Strategy
from tests.slack import samples
from tests.slack.fits import active, misfits
from tests.slack.limits import options_of
from tests.slack.reading import buttons, menus, said
from tests.slack.sight import words
from tests.slack.team import Site, Team, over_socket, root, together, until

if TYPE_CHECKING:
    from pathlib import Path

OWN, CAREFUL = samples.PAPERS
PRESSED = samples.CHOOSING.pressed
ACCOUNTS = Accounts(Limits(daily_loss=0.03), {"paper": PaperAccount(10_000.0), "careful": PaperAccount(2_000.0)})


def proposed(**more: Any) -> Strategy:
    return Strategy(**{"id": "str_01", "kind": "strategy", "state": "proposed", **more})


@pytest.mark.parametrize(
    ("row", "approved", "names"),
    [
        (proposed(), False, ["paper", "careful"]),
        (proposed(account="careful"), False, ["careful", "paper"]),
        (proposed(account="gone"), False, ["paper", "careful"]),
        (proposed(account="careful"), True, ["careful"]),
        (proposed(state="running", approved_for="paper"), True, ["paper"]),
        (proposed(state="running", approved_for="live"), True, []),
        (proposed(kind="watch"), False, []),
        (proposed(state="expired"), False, []),
    ],
)
def test_all_accounts_are_open_until_an_approval_names_one(row: Strategy, approved: bool, names: list[str]) -> None:
    assert [one.name for one in papers_of(ACCOUNTS, row, approved=approved)] == names


def test_an_account_is_said_with_what_it_starts_with_and_what_it_allows() -> None:
    assert papers_of(ACCOUNTS, proposed(), approved=True) == (Paper("paper", 10_000.0, "daily loss 3 %"),)
    gone = papers_of(ACCOUNTS, proposed(account="gone"), approved=True)
    assert "*Account* gone, which is not set up any more" in said(root_message(replace(samples.ROOT, papers=gone)))


def test_the_dialog_and_the_root_name_the_only_account_and_the_button_carries_it() -> None:
    made = root_message(replace(samples.ROOT, papers=(OWN,)))
    line = "paper: 10,000 in each quote currency, exposure 2 x, daily loss 3 %"
    assert f"*Account* {line}" in said(made)
    button = buttons(list(made.blocks))["Approve for paper"]
    assert button["confirm"]["text"]["text"] == (
        f"{samples.NAME}, digest {samples.DIGEST[:12]}. Account {line}. 2 people have to approve. "
        "On paper no order leaves this server."
    )
    assert read_value(button["value"]) == replace(PRESSED, account="paper")


def test_the_longest_of_names_and_limits_leave_room_for_what_the_dialog_asks() -> None:
    most = Paper("a" * 40, 123_456_789.0, ", ".join(f"rule {number} 0.01" for number in range(30)))
    made = root_message(replace(samples.HUGE, review=samples.REVIEW, papers=(most,)))
    assert buttons(list(made.blocks))["Approve for paper"]["confirm"]["text"]["text"].endswith(
        "20 people have to approve. On paper no order leaves this server."
    )


def test_where_there_are_several_the_button_asks_in_a_window_with_the_default_chosen() -> None:
    made = root_message(replace(samples.ROOT, papers=(OWN, CAREFUL)))
    assert "*Account* the first approval chooses: paper, careful" in said(made)
    button = buttons(list(made.blocks))["Approve for paper"]
    assert (button["action_id"], button.get("confirm")) == (APPROVE_ON, None)
    view = account_view(samples.CHOOSING)
    (menu,) = menus(view)
    assert menu["initial_option"]["value"] == "paper"
    assert [one["text"]["text"] for one in options_of(menu)] == [
        "paper \u00b7 10,000 \u00b7 exposure 2 x, daily loss 3 %",
        "careful \u00b7 2,000 \u00b7 exposure 1 x, daily loss 1 %",
    ]
    assert "2 people have to approve, all for the same account" in words(view)


def test_hundreds_of_accounts_with_every_limit_fit_the_window() -> None:
    many = tuple(Paper(f"{number:03}" + "a" * 37, 1e14, "position 1000, " * 20) for number in range(300))
    view = account_view(Choosing(PRESSED, samples.LONG, many))
    assert (misfits(view), active(view)) == ([], [])
    assert misfits(root_message(replace(samples.ROOT, papers=many)).blocks) == []


PAPERS = {"main": {"cash": 5000}, "careful": {"cash": 2000, "limits": {"daily_loss": 0.01}}}


@pytest.mark.usefixtures("quickly")
def test_the_first_approval_chooses_and_the_others_approve_the_same(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        shown = await root(team, APPROVE_ON)
        for person in (team.ada, team.bob):
            await team.slack.click(person, shown, APPROVE_ON)
        first = await until(lambda: team.slack.modal(team.ada))
        second = await until(lambda: team.slack.modal(team.bob))
        await team.slack.submit(team.ada, first, {"account": "careful"})
        assert team.slack.modal(team.ada) is None
        await team.slack.submit(team.bob, second, {"account": "main"})
        assert team.slack.errors(team.bob) == {
            "account": "it was approved for the account careful; approve it for that one"
        }
        now = await root(team, "daily loss 1 %")
        assert "*Account* careful: 2,000 in each quote currency, daily loss 1 %" in words(now)
        await team.slack.click(team.bob, now, APPROVE)
        approved = await until(lambda: [one for one in site.events("strategy.approved") if one.subject == identity])
        assert approved[0].data["account"] == "careful"
        running = await root(team, "Running on paper")
        assert "*Account* careful" in words(running)

    together(over_socket, tmp_path / "data", test, lambda _: {"quorum": 2, "paper_accounts": PAPERS})


def test_whoever_may_not_approve_is_asked_for_no_account(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        shown = await root(team, APPROVE_ON)
        await team.slack.click(team.eve, shown, APPROVE_ON)
        await until(lambda: site.events("access.refused"))
        await asyncio.sleep(0.1)
        assert team.slack.modal(team.eve) is None

    together(over_socket, tmp_path / "data", test, lambda _: {"paper_accounts": PAPERS})
