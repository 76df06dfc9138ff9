"""Text for Slack: whatever people wrote, it is shown and does nothing, and it fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.slack.text import APART, counted, cut, graphemes, joined, parts_of, plain, quiet, shown, size

PIECES = [
    "<!channel>", "<!here|here>", "<@U012AB3CD>", "<#C123|general>", "<!subteam^S1>", "<https://evil.example|ok>",
    "@here", "@channel", "@everyone", "*bold*", "_italic_", "~gone~", "`code`", "```", ":white_check_mark:", "&",
    "&lt;!channel&gt;", "https://evil.example/x", "www.evil.example", "evil.com", "mailto:a@b.example", "> quoted",
    "\n> quoted", "\u202e", "\u200b", "e\u0301", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469", "<", ">", "a_b",
    "\U0001f1e9\U0001f1ea", " ", "\ud800", "x" * 40,
]  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=12).map("".join)
ACTIVE = re.compile(
    r"[<>*~`\n\r\t\u202a-\u202e]|[@#]\w|:[\w+'-]+:|://|\bwww\.|&(?!(?:amp|lt|gt);)|(?<![^\W_])_|_(?![^\W_])|^&gt;"
)


@given(HOSTILE, st.integers(1, 200))
def test_whatever_the_text_nothing_in_it_is_active_and_it_fits(text: str, limit: int) -> None:
    said = shown(text, limit)
    assert size(said) <= limit
    assert not ACTIVE.search(said.rstrip("\u2026").rstrip("_")), said
    said.encode("utf-8")


@given(HOSTILE, st.integers(1, 200))
def test_plain_text_fits_on_one_line_and_is_no_emoji(text: str, limit: int) -> None:
    said = plain(text, limit)
    assert size(said) <= limit
    assert not re.search(r":[\w+'-]+:|<[!@#]|[\n\r\t\u202a-\u202e]", said)


@given(HOSTILE)
def test_what_fits_is_not_cut_and_no_grapheme_is_lost(text: str) -> None:
    said = quiet(text)
    assert cut(said, max(1, size(said))) == said
    assert "".join(graphemes(said)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!channel> buy", "&lt;!channel&gt; buy"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("@here", f"@{APART}here"),
        ("*now*", "\u2217now\u2217"),
        ("BTC_USDT _now_", "BTC_USDT \uff3fnow\uff3f"),
        (":tada:", f":{APART}tada:"),
        ("https://evil.example", f"https:{APART}//evil.{APART}example"),
        ("10:30 at 0.0957", "10:30 at 0.0957"),
        ("> as if quoted", f"{APART}&gt; as if quoted"),
        ("two\nlines\tand\u202e more", "two lines and more"),
        ("lone \ud83d half", "lone ? half"),
    ],
)
def test_text_of_others_is_shown_as_it_was_written(text: str, said: str) -> None:
    assert quiet(text) == said


@pytest.mark.parametrize(
    ("text", "limit", "said"),
    [
        ("short", 5, "short"),
        ("a long sentence", 9, "a long\u2026"),
        ("a&amp;b&amp;c", 8, "a&amp;b\u2026"),
        ("a&amp;b", 4, "a\u2026"),
        ("ae\u0301e\u0301", 4, "ae\u0301\u2026"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 x", 6, "\u2026"),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 6, "\U0001f1e9\U0001f1ea\u2026"),
        ("\U0001f44d\U0001f3fd\U0001f44d", 5, "\U0001f44d\U0001f3fd\u2026"),
        ("x" * 30, 10, "x" * 9 + "\u2026"),
    ],
)
def test_a_text_is_cut_between_words_graphemes_and_entities(text: str, limit: int, said: str) -> None:
    assert cut(text, limit) == said


def test_numbers_are_counted_and_parts_joined() -> None:
    assert counted(1, "trade") == "1 trade"
    assert counted(1200, "trade") == "1,200 trades"
    assert counted(2, "strategy", "strategies") == "2 strategies"
    assert joined("a", "", "b") == "a \u00b7 b"


@pytest.mark.parametrize("limit", [5, 7, 64, 3_000])
def test_a_text_in_parts_is_the_whole_text_and_breaks_no_entity_and_no_grapheme(limit: int) -> None:
    text = "a &amp; b \U0001f468\u200d\U0001f469 e\u0301 " * 50
    parts = parts_of(text, limit)
    assert "".join(parts) == text
    assert max(map(size, parts)) <= max(limit, 5)
    assert all(part.count("&") == part.count(";") for part in parts)
