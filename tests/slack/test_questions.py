"""Questions: menus in the thread, the same for all where several ask the same, and values of one's own."""

from __future__ import annotations

from msgspec.structs import replace

from interpreters.draft import Choice
from server.slack.actions import ANSWER, ANSWER_ALL, FREE, FREE_VIEW
from server.slack.questions import Asking, chosen, free_view, key_of, option, question_messages, same_kind
from tests.slack import samples
from tests.slack.reading import buttons, menus, said

ASKING = samples.ASKING


def test_every_question_is_a_menu_of_its_choices_the_likeliest_first() -> None:
    (made,) = question_messages(Asking("exp_01", (samples.SCALE,), samples.LINK))
    assert "*1 question about the export*" in said(made)
    (menu,) = menus(list(made.blocks))
    assert menu["action_id"] == ANSWER
    assert [one["value"] for one in menu["options"]] == ["linear", "log"]
    assert menu["options"][0]["text"]["text"] == "linear: straight in price"


def test_several_that_ask_the_same_may_be_answered_at_once() -> None:
    (made,) = question_messages(ASKING)
    found = menus(list(made.blocks))
    every = [menu for menu in found if menu["action_id"] == ANSWER_ALL]
    assert [menu["placeholder"]["text"] for menu in every] == ["The same for all 3"]
    assert len(found) == 1 + len(ASKING.questions)
    assert "3 drawings: tRnd01, tRnd02, rAy03" in said(made)


def test_the_questions_of_one_kind_are_found_by_any_of_them() -> None:
    some = same_kind(ASKING.questions, ASKING.questions[2])
    assert [one.id for one in some] == ["extend.tRnd01", "extend.tRnd02", "extend.rAy03"]
    assert same_kind(ASKING.questions, samples.SCALE) == [samples.SCALE]


def test_choices_that_a_menu_would_cut_are_written_out() -> None:
    (made,) = question_messages(Asking("exp_01", (samples.extend("tRnd01"),), samples.LINK))
    assert "leave it as drawn: it ends at 2018-01-27 03:55 UTC and does not fire after that" in said(made)
    text = menus(list(made.blocks))[0]["options"][1]["text"]["text"]
    assert text.endswith("…")
    assert len(text) <= 75


def test_more_choices_than_a_menu_holds_are_counted() -> None:
    many = replace(samples.SCALE, choices=tuple(Choice(str(number), f"the {number}th") for number in range(130)))
    (made,) = question_messages(Asking("exp_01", (many,), samples.LINK))
    assert len(menus(list(made.blocks))[0]["options"]) == 100
    assert f"30 more choices: <{samples.LINK}|in the inbox>" in said(made)


def test_many_questions_take_several_messages_and_none_is_lost() -> None:
    many = tuple(replace(samples.SCALE, id=f"scale.{number}", text=f"Which of {number}?") for number in range(200))
    made = question_messages(Asking("exp_01", many, samples.LINK))
    text = "\n".join(map(said, made))
    assert all(f"Which of {number}?" in text for number in range(200))
    assert len(made) > 1


def test_a_value_of_ones_own_is_asked_in_a_window() -> None:
    (made,) = question_messages(ASKING)
    assert buttons(list(made.blocks))["A value of your own"]["value"] == "exp_01 timeframe.ethbtc-5m-long"
    view = free_view(ASKING, samples.TIMEFRAME)
    assert (view["callback_id"], view["private_metadata"]) == (FREE_VIEW, "exp_01 timeframe.ethbtc-5m-long")
    assert view["blocks"][0]["hint"]["text"] == "A timeframe, such as 15m or 4h"
    assert view["blocks"][0]["element"]["action_id"] == FREE


def test_a_choice_is_found_again_by_what_its_menu_sent() -> None:
    long = replace(samples.SCALE, choices=(Choice("x" * 400, "long"), Choice("y", "short")))
    values = [option(one).value for one in long.choices]
    assert [chosen(long, str(value)) for value in values] == ["x" * 400, "y"]
    assert chosen(long, "gone") is None
    assert key_of("short", 255) == "short"
    assert len(key_of("x" * 300, 255)) == 65
