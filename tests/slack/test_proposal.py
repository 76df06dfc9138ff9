"""The root message: what was proposed, where it stands, and what can be done about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from server.backtests import Backtest
from server.slack.actions import APPROVE, GO_LIVE, BadValue, Pressed, read_value, value_of
from server.slack.answers import backtest_message, status_message
from server.slack.figures import table_of
from server.slack.proposal import people, root_message, standing, state_line
from tests.slack import samples
from tests.slack.reading import buttons, images, said

if TYPE_CHECKING:
    from server.slack.root import Root

ROOT = samples.ROOT
RUNNING = replace(ROOT, state="running", approved_for="paper", approvals=("ann", "carl"), may_go_live=True)


def test_a_proposal_shows_picture_rules_risk_figures_what_was_left_out_and_the_digest() -> None:
    made = root_message(ROOT)
    text = said(made)
    assert made.blocks[0] == {
        "type": "header",
        "text": {"type": "plain_text", "text": samples.NAME, "emoji": False},
    }
    assert images(made)[0]["slack_file"] == {"id": "F0123"}
    for shown in (
        *samples.RULES,
        "*Risk* 1 % of the equity, at most 1 x the equity",
        "*1 left out of the export*",
        "text nOte04: it is text or a mark",
        samples.DIGEST,
        "proposed by bob",
        "expires 2018-02-03 09:25:05 UTC",
        "<https://drawbridge.example/strategies/str_01|in the inbox>",
    ):
        assert shown in text
    assert made.text == f"Waiting for a decision: {samples.NAME}"


def test_the_table_of_the_three_parts_is_narrow_enough_for_a_phone() -> None:
    table = table_of(samples.TESTED)
    lines = table.removeprefix("*Backtest*\n```").removesuffix("```").split("\n")
    assert lines == [
        "             drawn     seen    after",
        "trades           4        1        2",
        "return      +2.13%   +1.01%   -0.47%",
        "max down     1.10%    0.42%    1.00%",
        "win rate       50%     100%      50%",
        "profit f.     1.84        \u2013     0.53",
        "Sharpe        1.92     2.40    -0.71",
    ]


def test_a_part_that_nobody_knows_is_a_question_mark_and_said_to_be_unknown() -> None:
    unknown = replace(samples.TESTED, parts=replace(samples.PARTS, after_export=None))
    text = said(root_message(replace(ROOT, review=replace(samples.REVIEW, backtest=unknown))))
    assert "trades           4        1        ?" in text
    assert "nothing is out of sample" in text


def test_a_backtest_that_cannot_be_made_says_why() -> None:
    missing = replace(samples.REVIEW, backtest=Backtest(reason="no feed has <x>"))
    root = replace(ROOT, review=missing)
    assert "*Backtest* not available: no feed has &lt;x&gt;" in said(root_message(root))
    assert "not available" in said(backtest_message(root))


def test_the_next_entry_is_shown_while_it_is_decided_about() -> None:
    line = "Next entry, as of 2018-01-30 04:55 UTC: at 0.0957, stop at 0.0938, size 52631.6: it would lose 100"
    assert line in said(root_message(ROOT))
    assert "Next entry" not in said(root_message(RUNNING))
    assert line in said(backtest_message(RUNNING))


def test_two_hundred_left_out_are_counted_and_the_first_are_named() -> None:
    text = said(root_message(samples.HUGE))
    assert "*200 left out of the export*" in text
    assert "… and 197 more: <https://drawbridge.example/strategies/str_01|in the inbox>" in text


def test_sixty_four_targets_are_all_shown() -> None:
    targets = tuple(f"Target at {number}, 2% of the position" for number in range(64))
    text = said(root_message(replace(ROOT, review=replace(samples.REVIEW, rules=targets))))
    assert [target for target in targets if target not in text] == []


def test_a_rule_is_read_in_full_however_long_it_is() -> None:
    long = f"Go long: all of ({'; '.join(f'price crosses the level {number}' for number in range(200))}) & more"
    made = root_message(replace(ROOT, review=replace(samples.REVIEW, rules=(long, "Stop at 0.09"))))
    rules = [block["text"]["text"] for block in made.blocks if block["type"] == "section"][1:4]
    assert "".join(rules).startswith(f"• {long.replace('&', '&amp;')}\n• Stop at 0.09")
    assert "Approve for paper" in buttons(list(made.blocks))


@pytest.mark.parametrize("state", ["proposed", "running"])
def test_what_cannot_be_read_in_full_is_not_approved_here(state: str) -> None:
    huge = replace(samples.HUGE, state=state, approved_for="paper" if state == "running" else None)
    made = root_message(huge)
    shown = len(re.findall("• Target", said(made)))
    assert f"… and {64 - shown} more: " in said(made)
    assert f"read them all and decide <{samples.LINK}|in the inbox>" in said(made)
    assert not {"Approve for paper", "Go live"} & set(buttons(list(made.blocks)))


@pytest.mark.parametrize(
    ("root", "line"),
    [
        (ROOT, "*Waiting for a decision* · 1 of 2 approvals (ann)"),
        (replace(ROOT, quorum=1, approvals=()), "*Waiting for a decision* · 0 of 1 approval"),
        (
            replace(RUNNING, state="approved"),
            "*Approved for paper; it starts as soon as it may* · approved by ann, carl",
        ),
        (RUNNING, "*Running on paper* · approved by ann, carl"),
        (replace(RUNNING, live_approvals=("dora",)), "for live: 1 of 2 approvals (dora)"),
        (
            replace(RUNNING, approved_for="live", live_approvals=("ann", "dora")),
            "*Running live, with real money* · approved by ann, carl · for live by ann, dora",
        ),
        (replace(RUNNING, kind="watch"), "*Watching: a picture when it fires, no orders*"),
        (replace(RUNNING, state="paused", ended_by="ann"), "*Paused* by ann · approved by ann, carl"),
        (replace(RUNNING, state="stopped", reason="end of data"), "*Stopped* · end of data"),
        (replace(ROOT, state="rejected", ended_by="carl", approvals=()), "*Rejected* by carl"),
        (replace(ROOT, state="expired", approvals=()), "*Expired*"),
        (replace(RUNNING, result="1 trade, +226.3"), "1 trade, +226.3"),
        (replace(RUNNING, killed=True), "*The kill switch is set: nothing enters the market until it is cleared.*"),
    ],
)
def test_the_state_line_says_where_it_stands_and_who_decided(root: Root, line: str) -> None:
    assert line in state_line(root)


def test_every_state_is_said_in_words() -> None:
    assert {standing(replace(ROOT, state=state)) for state in samples.STATES} == {
        "Waiting for a decision",
        "Approved for paper; it starts as soon as it may",
        "Running on paper",
        "Paused",
        "Stopped",
        "Rejected",
        "Expired",
    }


@pytest.mark.parametrize(
    ("root", "words"),
    [
        (ROOT, ["Approve for paper", "Reject", "Edit", "Ask"]),
        (replace(RUNNING, state="approved"), ["Go live", "Pause", "Stop for good"]),
        (RUNNING, ["Go live", "Pause", "Stop for good"]),
        (replace(RUNNING, live_approvals=("ann",)), ["Go live", "Not live", "Pause", "Stop for good"]),
        (replace(RUNNING, may_go_live=False), ["Pause", "Stop for good"]),
        (replace(RUNNING, approved_for="live"), ["Pause", "Stop for good"]),
        (replace(RUNNING, kind="watch"), ["Pause", "Stop for good"]),
        (replace(RUNNING, state="paused"), ["Go live", "Resume", "Stop for good"]),
        (replace(RUNNING, state="stopped"), ["Edit"]),
        (replace(ROOT, state="rejected"), ["Edit"]),
        (replace(ROOT, state="expired"), ["Edit"]),
    ],
)
def test_the_buttons_are_those_of_the_state(root: Root, words: list[str]) -> None:
    assert list(buttons(list(root_message(root).blocks))) == words


def test_a_version_with_code_is_decided_about_where_its_source_is_shown() -> None:
    coded = replace(samples.REVIEW, code=("mine",))
    line = "holds code in Python: read its source and decide"
    made = root_message(replace(ROOT, review=coded))
    assert f"{line} <{samples.LINK}|in the inbox>* (mine)" in said(made)
    assert list(buttons(list(made.blocks))) == ["Reject", "Ask"]
    assert buttons(list(root_message(replace(ROOT, state="expired", review=coded)).blocks)) == {}
    assert f"{line} in the inbox* (mine)" in said(root_message(replace(ROOT, review=coded, link="")))
    running = root_message(replace(RUNNING, review=coded, live_approvals=("ann",)))
    assert list(buttons(list(running.blocks))) == ["Not live", "Pause", "Stop for good"]


def test_a_button_carries_the_version_and_the_purpose_that_it_stands_for() -> None:
    approve = buttons(list(root_message(ROOT).blocks))["Approve for paper"]
    go = buttons(list(root_message(RUNNING).blocks))["Go live"]
    assert (approve["action_id"], go["action_id"]) == (APPROVE, GO_LIVE)
    assert read_value(approve["value"]) == Pressed("str_01", samples.DIGEST, "paper")
    assert read_value(go["value"]) == Pressed("str_01", samples.DIGEST, "live")


@pytest.mark.parametrize(
    "value", ["", "str_01", f"str_01 {samples.DIGEST}", f"str_01 {samples.DIGEST} moon", "  paper"]
)
def test_a_value_that_is_not_ours_is_refused(value: str) -> None:
    with pytest.raises(BadValue, match="not one of this server's"):
        read_value(value)


def test_a_value_says_again_what_was_put_into_it() -> None:
    pressed = Pressed("str_01", samples.DIGEST, "live")
    assert read_value(value_of(pressed)) == pressed


def test_going_live_is_asked_in_a_dialog_of_its_own() -> None:
    dialog = buttons(list(root_message(RUNNING).blocks))["Go live"]["confirm"]
    assert dialog["title"]["text"] == "Trade with real money?"
    assert dialog["text"]["text"] == (
        f"{samples.NAME}, digest {samples.DIGEST[:12]}. Its orders go to the exchange. 2 people have to say so. "
        "Its run on paper ends then."
    )


def test_without_a_picture_the_reason_stands_in_its_place() -> None:
    made = root_message(replace(ROOT, image=None, review=replace(samples.REVIEW, unpictured="the feed has no candles")))
    assert images(made) == []
    assert "No picture: the feed has no candles" in said(made)


def test_a_watch_has_no_risk_and_no_figures() -> None:
    text = said(root_message(replace(RUNNING, kind="watch", review=replace(samples.REVIEW, risk=None))))
    assert "*Risk*" not in text
    assert "Backtest" not in text


def test_what_is_approximate_and_what_is_still_asked_is_said() -> None:
    review = replace(
        samples.REVIEW, approximate=("approximate: bars counted by the clock",), questions=("one?", "two?")
    )
    text = said(root_message(replace(ROOT, review=review)))
    assert "2 questions about other drawings of the export" in text
    assert "approximate: bars counted by the clock" in text


def test_many_people_are_counted() -> None:
    assert people(("a", "b", "c", "d", "e", "f", "g", "h")) == "a, b, c, d, e, f and 2 more"


def test_a_status_shows_rules_and_state_without_the_figures() -> None:
    text = said(status_message(RUNNING))
    assert "*Running on paper*" in text
    assert samples.RULES[0] in text
    assert "*Risk* 1 % of the equity" in text
    assert "```" not in text
