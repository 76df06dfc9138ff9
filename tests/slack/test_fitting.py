"""Every message and view fits Slack's limits, and nothing that others wrote does anything in it, however long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from server.slack.answers import (
    alerts_message,
    backtest_message,
    help_message,
    list_message,
    refusal_message,
    status_message,
)
from server.slack.differences import difference_message
from server.slack.edits import edit_view
from server.slack.home import home_view
from server.slack.proposal import root_message
from server.slack.questions import free_view, question_messages
from server.slack.replies import reply, storm
from server.words.events import WORDS
from tests.slack import samples
from tests.slack.fits import active, misfits, units

if TYPE_CHECKING:
    from server.slack.message import Message


def messages() -> dict[str, Message]:
    roots = {
        f"{name} {state} {kind}": root_message(replace(root, state=state, kind=kind, image=image))
        for name, root in (("root", samples.ROOT), ("huge root", samples.HUGE))
        for state, kind, image in (
            *((state, "strategy", "F1") for state in samples.STATES),
            ("proposed", "strategy", None),
            ("running", "watch", None),
        )
    }
    replies = {
        f"{name} {kind}": made
        for kind in WORDS
        for name, one in (("reply", samples.happening(kind, picture="F1")), ("hostile", samples.hostile(kind)))
        if (made := reply(one)) is not None
    }
    many = storm([samples.happening(kind) for kind in WORDS])
    most = storm([samples.hostile(kind) for kind in WORDS for _ in range(12)])
    asked = [*question_messages(samples.ASKING), *question_messages(samples.HUGE_ASKING)]
    answers = {
        "help": help_message(),
        "list": list_message(samples.STANDINGS),
        "long list": list_message(samples.HUGE_HOME.strategies, samples.LINK),
        "status": status_message(samples.ROOT),
        "long status": status_message(samples.HUGE),
        "backtest": backtest_message(samples.ROOT),
        "long backtest": backtest_message(samples.HUGE),
        "alerts": alerts_message(samples.HUGE_HOME.parked, samples.LINK),
        "no alerts": alerts_message(()),
        "nothing": list_message(()),
        "refusal": refusal_message(samples.LONG),
        "difference": difference_message(samples.CHANGED),
        "long difference": difference_message(samples.HUGE_CHANGED),
    }
    numbered = {f"many {number}": one for number, one in enumerate([*many, *most, *asked])}
    return {**roots, **replies, **answers, **numbered}


def views() -> dict[str, dict[str, Any]]:
    return {
        "home": home_view(samples.HOME),
        "long home": home_view(samples.HUGE_HOME),
        "edit": edit_view(samples.EDITING),
        "long edit": edit_view(samples.HUGE_EDITING),
        "free": free_view(samples.ASKING, samples.TIMEFRAME),
        "long free": free_view(samples.HUGE_ASKING, samples.HUGE_ASKING.questions[0]),
    }


MESSAGES = messages()
VIEWS = views()


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_fits_and_is_harmless(name: str) -> None:
    made = MESSAGES[name]
    assert misfits(made.blocks) == []
    assert active(made.blocks) == []
    assert active({"type": "mrkdwn", "text": made.text}) == []
    assert units(made.text) <= 400


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_fits_and_is_harmless(name: str) -> None:
    assert misfits(VIEWS[name]) == []
    assert active(VIEWS[name]) == []
