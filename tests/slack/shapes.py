"""Block Kit's shapes and limits as docs.slack.dev/reference/block-kit and /reference/views give them."""

from __future__ import annotations

from typing import Final

from tests.slack.rules import Flag, Line, Many, Number, One, Rule, Shape, Whatever, Words

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
TEXT: Final = 40_000  # of a message: the rest is cut off, with a warning
UPDATED_TEXT: Final = 4_000  # of chat.update: longer ones are refused (msg_too_long)
# Of all texts in a message's blocks, undocumented: 9,597 were taken and 11,341 refused (slackapi/bolt-js#2867).
BLOCK_TEXTS: Final = 9_597
MARKDOWN: Final = 12_000

BLOCK_ID: Final = Line(255)
ACTION_ID: Final = Line(255)
URL: Final = Line(3_000)

CONFIRM: Final = Shape(
    {
        "title": Words(100, plain=True),
        "text": Words(300),
        "confirm": Words(30, plain=True),
        "deny": Words(30, plain=True),
        "style": Line(10, ("primary", "danger")),
    },
    required=("title", "text", "confirm", "deny"),
)
SLACK_FILE: Final = Shape({"id": Line(255), "url": URL}, either=("id", "url"))


def option(*, plain: bool, url: bool = False) -> Shape:
    keys: dict[str, Rule] = {"text": Words(75, plain), "value": Line(150), "description": Words(75, plain)}
    return Shape(keys | ({"url": URL} if url else {}), required=("text", "value"))


def element(keys: dict[str, Rule], required: tuple[str, ...] = (), either: tuple[str, ...] = ()) -> Shape:
    return Shape({"action_id": ACTION_ID, "confirm": CONFIRM, **keys}, required, either)


def entry(keys: dict[str, Rule], required: tuple[str, ...] = ()) -> Shape:
    """Something that is typed or picked; has no confirmation where text is typed."""
    return element({"placeholder": Words(150, plain=True), "focus_on_load": Flag(), **keys}, required)


def menu(keys: dict[str, Rule]) -> Shape:
    choice = option(plain=True)
    group = Shape({"label": Words(75, plain=True), "options": Many(choice, 100)}, required=("label", "options"))
    return element(
        {
            "placeholder": Words(150, plain=True),
            "focus_on_load": Flag(),
            "options": Many(choice, 100),
            "option_groups": Many(group, 100),
            **keys,
        },
        either=("options", "option_groups"),
    )


SEVERAL: Final[dict[str, Rule]] = {"max_selected_items": Number(1, 100)}
TYPED: Final[dict[str, Rule]] = {"initial_value": Line(3_000), "dispatch_action_config": Whatever()}
PICTURE: Final = Shape(
    {"image_url": URL, "slack_file": SLACK_FILE, "alt_text": Line(2_000)},
    required=("alt_text",),
    either=("image_url", "slack_file"),
)
BUTTON: Final = element(
    {
        "text": Words(75, plain=True),
        "url": URL,
        "value": Line(2_000),
        "style": Line(10, ("primary", "danger")),
        "accessibility_label": Line(75),
    },
    required=("text",),
)

PICKED: Final = {
    "static_select": menu({"initial_option": option(plain=True)}),
    "external_select": entry({"initial_option": option(plain=True), "min_query_length": Number(0, 100)}),
    "users_select": entry({"initial_user": Line(20)}),
    "conversations_select": entry(
        {"initial_conversation": Line(20), "default_to_current_conversation": Flag(), "filter": Whatever()}
    ),
    "channels_select": entry({"initial_channel": Line(20)}),
    "datepicker": entry({"initial_date": Line(10)}),
    "timepicker": entry({"initial_time": Line(5), "timezone": Line(60)}),
    "datetimepicker": element({"initial_date_time": Number(0, 9_999_999_999), "focus_on_load": Flag()}),
    "checkboxes": element(
        {
            "options": Many(option(plain=False), 10),
            "initial_options": Many(option(plain=False), 10),
            "focus_on_load": Flag(),
        },
        required=("options",),
    ),
    "radio_buttons": element(
        {"options": Many(option(plain=False), 10), "initial_option": option(plain=False), "focus_on_load": Flag()},
        required=("options",),
    ),
}
MULTI: Final = {
    "multi_static_select": menu({"initial_options": Many(option(plain=True), 100), **SEVERAL}),
    "multi_users_select": entry({"initial_users": Many(Line(20), 100), **SEVERAL}),
    "multi_conversations_select": entry(
        {"initial_conversations": Many(Line(20), 100), "filter": Whatever(), **SEVERAL}
    ),
    "multi_channels_select": entry({"initial_channels": Many(Line(20), 100), **SEVERAL}),
}
WRITTEN: Final = {
    "plain_text_input": entry(
        {**TYPED, "multiline": Flag(), "min_length": Number(0, 3_000), "max_length": Number(1, 3_000)}
    ),
    "email_text_input": entry(TYPED),
    "url_text_input": entry(TYPED),
    "number_input": entry(
        {**TYPED, "is_decimal_allowed": Flag(), "min_value": Line(40), "max_value": Line(40)},
        required=("is_decimal_allowed",),
    ),
    "file_input": element({"filetypes": Many(Line(10), 100), "max_files": Number(1, 10)}),
}
OVERFLOW: Final = element({"options": Many(option(plain=True, url=True), 5)}, required=("options",))
PLAIN: Final = Shape({"text": Line(3_000), "emoji": Flag()}, required=("text",))
MARKED: Final = Shape({"text": Line(3_000), "verbatim": Flag()}, required=("text",))

IN_ACTIONS: Final = {"button": BUTTON, "overflow": OVERFLOW, **PICKED, **MULTI}
IN_SECTION: Final = {**IN_ACTIONS, "image": PICTURE}
IN_INPUT: Final = {**PICKED, **MULTI, **WRITTEN}
IN_CONTEXT: Final = {"image": PICTURE, "plain_text": PLAIN, "mrkdwn": MARKED}


def block(keys: dict[str, Rule], required: tuple[str, ...] = (), either: tuple[str, ...] = ()) -> Shape:
    return Shape({"block_id": BLOCK_ID, **keys}, required, either, both=True)


BLOCKS: Final = {
    "section": block(
        {
            "text": Words(3_000),
            "fields": Many(Words(2_000), 10),
            "accessory": One(IN_SECTION),
            "expand": Flag(),
        },
        either=("text", "fields"),
    ),
    "divider": block({}),
    "header": block({"text": Words(150, plain=True)}, required=("text",)),
    "image": Shape(
        {
            "block_id": BLOCK_ID,
            "title": Words(2_000, plain=True),
            "alt_text": Line(2_000),
            "image_url": URL,
            "slack_file": SLACK_FILE,
        },
        required=("alt_text",),
        either=("image_url", "slack_file"),
    ),
    "actions": block({"elements": Many(One(IN_ACTIONS), 25)}, required=("elements",)),
    "context": block({"elements": Many(One(IN_CONTEXT), 10)}, required=("elements",)),
    "input": block(
        {
            "label": Words(2_000, plain=True),
            "hint": Words(2_000, plain=True),
            "element": One(IN_INPUT),
            "optional": Flag(),
            "dispatch_action": Flag(),
        },
        required=("label", "element"),
    ),
    "markdown": block({"text": Line(MARKDOWN)}, required=("text",)),
    "rich_text": block({"elements": Many(Whatever(), 1_000)}, required=("elements",)),
    "table": block({"rows": Many(Many(Whatever(), 20), 100), "column_settings": Whatever()}, required=("rows",)),
}
ON_VIEWS: Final = {kind: shape for kind, shape in BLOCKS.items() if kind not in {"markdown", "table"}}

SHARED: Final[dict[str, Rule]] = {
    "blocks": Many(One(ON_VIEWS), VIEW_BLOCKS, least=0),
    "private_metadata": Line(3_000),
    "callback_id": Line(255),
    "external_id": Line(255),
}
VIEWS: Final = {
    "modal": Shape(
        {
            **SHARED,
            "title": Words(24, plain=True),
            "submit": Words(24, plain=True),
            "close": Words(24, plain=True),
            "clear_on_close": Flag(),
            "notify_on_close": Flag(),
        },
        required=("title", "blocks"),
    ),
    "home": Shape(SHARED, required=("blocks",)),
}
