"""Blocks and views are refused where Slack's documentation says so, one character beyond each limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.slack.limits import faults_of

if TYPE_CHECKING:
    from collections.abc import Callable


def plain(length: int) -> dict[str, str]:
    return {"type": "plain_text", "text": "x" * length}


def marked(length: int) -> dict[str, str]:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(5), **more}


def choices(count: int, text: int = 5, value: int = 0) -> list[dict[str, Any]]:
    return [{"text": plain(text), "value": f"{number}".ljust(value, "v")} for number in range(count)]


def menu(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "m", **more}


def picture(**more: Any) -> dict[str, Any]:
    return {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "chart", **more}


def dialog(title: int = 1, text: int = 1, confirm: int = 1) -> dict[str, Any]:
    return {"title": plain(title), "text": plain(text), "confirm": plain(confirm), "deny": plain(1)}


def modal(**more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain(24), "blocks": [], **more}


LONG: list[tuple[Callable[[int], Any], int, str]] = [
    (lambda n: [section(text=marked(n))], 3000, "/blocks/0/text/text"),
    (lambda n: [section(fields=[marked(n)])], 2000, "/blocks/0/fields/0/text"),
    (lambda n: [{"type": "header", "text": plain(n)}], 150, "/blocks/0/text/text"),
    (lambda n: [{"type": "divider", "block_id": "b" * n}], 255, "/blocks/0/block_id"),
    (lambda n: [actions(button(text=plain(n)))], 75, "/blocks/0/elements/0/text/text"),
    (lambda n: [actions(button(value="v" * n))], 2000, "/blocks/0/elements/0/value"),
    (lambda n: [actions(button(action_id="a" * n))], 255, "/blocks/0/elements/0/action_id"),
    (lambda n: [actions(button(url="u" * n))], 3000, "/blocks/0/elements/0/url"),
    (lambda n: [actions(button(confirm=dialog(title=n)))], 100, "/blocks/0/elements/0/confirm/title/text"),
    (lambda n: [actions(button(confirm=dialog(text=n)))], 300, "/blocks/0/elements/0/confirm/text/text"),
    (lambda n: [actions(button(confirm=dialog(confirm=n)))], 30, "/blocks/0/elements/0/confirm/confirm/text"),
    (lambda n: [actions(menu(options=choices(1, text=n)))], 75, "/blocks/0/elements/0/options/0/text/text"),
    (lambda n: [actions(menu(options=choices(1, value=n)))], 150, "/blocks/0/elements/0/options/0/value"),
    (lambda n: [actions(menu(options=choices(1), placeholder=plain(n)))], 150, "/blocks/0/elements/0/placeholder/text"),
    (lambda n: [picture(alt_text="x" * n)], 2000, "/blocks/0/alt_text"),
    (lambda n: [picture(title=plain(n))], 2000, "/blocks/0/title/text"),
    (lambda n: modal(title=plain(n)), 24, "/view/title/text"),
    (lambda n: modal(submit=plain(n)), 24, "/view/submit/text"),
    (lambda n: modal(close=plain(n)), 24, "/view/close/text"),
    (lambda n: modal(private_metadata="m" * n), 3000, "/view/private_metadata"),
    (lambda n: modal(callback_id="m" * n), 255, "/view/callback_id"),
]


@pytest.mark.parametrize(("shown", "most", "pointer"), LONG)
def test_a_text_is_taken_up_to_its_limit_and_refused_one_character_beyond(
    shown: Callable[[int], Any], most: int, pointer: str
) -> None:
    assert faults_of(shown(most)) == []
    assert f"must be less than {most + 1} characters [json-pointer:{pointer}]" in faults_of(shown(most + 1))


MANY: list[tuple[Callable[[int], Any], int, str]] = [
    (lambda n: [{"type": "divider"}] * n, 50, "/blocks"),
    (lambda n: modal(blocks=[{"type": "divider"}] * n), 100, "/view/blocks"),
    (lambda n: [section(fields=[marked(5)] * n)], 10, "/blocks/0/fields"),
    (lambda n: [actions(*[button()] * n)], 25, "/blocks/0/elements"),
    (lambda n: [{"type": "context", "elements": [marked(5)] * n}], 10, "/blocks/0/elements"),
    (lambda n: [actions(menu(options=choices(n)))], 100, "/blocks/0/elements/0/options"),
    (lambda n: [actions({"type": "overflow", "options": choices(n)})], 5, "/blocks/0/elements/0/options"),
    (lambda n: [actions({"type": "checkboxes", "options": choices(n)})], 10, "/blocks/0/elements/0/options"),
    (lambda n: [actions({"type": "radio_buttons", "options": choices(n)})], 10, "/blocks/0/elements/0/options"),
]


@pytest.mark.parametrize(("shown", "most", "pointer"), MANY)
def test_a_list_is_taken_up_to_its_limit_and_refused_one_item_beyond(
    shown: Callable[[int], Any], most: int, pointer: str
) -> None:
    assert faults_of(shown(most)) == []
    assert f"no more than {most} items allowed [json-pointer:{pointer}]" in faults_of(shown(most + 1))


WRONG: list[tuple[Any, str]] = [
    ([{"type": "divider", "block_id": "b"}] * 2, "block_id already exists [json-pointer:/blocks/1/block_id]"),
    ([actions(button(action_id="a"), button(action_id="a"))], "action_id already exists [json-pointer:/blocks/0]"),
    ([{"type": "chart"}], "unsupported type: chart [json-pointer:/blocks/0/type]"),
    ([section()], "must provide at least one of text, fields [json-pointer:/blocks/0]"),
    ([section(text=plain(0))], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "header", "text": marked(5)}], "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    (
        [{"type": "image", "alt_text": "x"}],
        "must provide exactly one of image_url, slack_file [json-pointer:/blocks/0]",
    ),
    ([picture(alt_text=None)], "missing required field: alt_text [json-pointer:/blocks/0]"),
    ([section(text=plain(5), colour="red")], "invalid additional property: colour [json-pointer:/blocks/0]"),
    ([actions(button(style="green"))], "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    ([actions()], "must not be empty [json-pointer:/blocks/0/elements]"),
    ([actions(menu(options=choices(1) * 2))], "option values must be unique [json-pointer:/blocks/0]"),
    (
        [actions(menu(options=choices(1), initial_option=choices(2)[1]))],
        "initial_option must exactly match one of the options [json-pointer:/blocks/0]",
    ),
    (
        [section(text=marked(2400))] * 4,
        "msg_blocks_too_long: no more than 9597 characters in all [json-pointer:/blocks]",
    ),
    (
        modal(blocks=[{"type": "input", "label": plain(5), "element": {"type": "plain_text_input"}}]),
        "missing required field: submit [json-pointer:/view]",
    ),
    ({"type": "home", "title": plain(5), "blocks": []}, "invalid additional property: title [json-pointer:/view]"),
    (modal(submit_disabled=True), "invalid additional property: submit_disabled [json-pointer:/view]"),
]


@pytest.mark.parametrize(("refused", "words"), WRONG)
def test_what_slack_cannot_show_is_refused_with_the_place(refused: Any, words: str) -> None:
    assert words in faults_of(refused)
