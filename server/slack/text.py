"""Text for Slack: what people wrote is shown as they wrote it and does nothing; every text fits its place.

Slack reads ``<…>`` as mentions and links, ``* _ ~ ` `` as formatting, ``:name:`` as an emoji, and makes links and
mentions of plain text as well (https://docs.slack.dev/messaging/formatting-message-text). Lengths are counted in UTF-16
units, as they are sent, so that a text is never longer than Slack thinks.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

APART = "\u200b"  # zero width space: what stands before and after it is no longer one word
LOOKALIKES = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
TOKEN = re.compile(r"&(?:amp|lt|gt);|.", re.DOTALL)
# Lines and tabs become spaces; what turns or hides the text after it goes.
BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
UNSEEN = re.compile(r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
MENTION = re.compile(r"[@#](?=\w)")
CONTROL = re.compile(r"<(?=[!@#])")  # plain text is not read for these; it costs nothing to be sure
EMOJI = re.compile(r":(?=[\w+'-]+:)")
LINK = re.compile(r":(?=//)|(?<=\w)\.(?=[^\W\d_]{2})|(?i:(?<=mailto)|(?<=tel)):")
MOST = 20_000  # letters that are looked at: no place shows as many
WORD = 24  # units at the end of a cut text in which the end of a word is looked for


def plain(text: str, limit: int) -> str:
    """Text of others for a ``plain_text`` object, on one line, at most ``limit`` units."""
    return cut(_apart(CONTROL, _apart(EMOJI, _one_line(text))), limit)


def quiet(text: str) -> str:
    """Text of others for an ``mrkdwn`` object: on one line, and every letter of it only itself."""
    shown = UNDERSCORE.sub("\uff3f", _one_line(text).translate(LOOKALIKES))
    for pattern in (MENTION, EMOJI, LINK):
        shown = _apart(pattern, shown)
    return escaped(APART + shown if shown.startswith(">") else shown)  # at a line's start it would be a quotation


def _one_line(text: str) -> str:
    """Text in which nothing turns or hides what stands beside it."""
    readable = text[:MOST].encode("utf-8", "replace").decode("utf-8")
    return UNSEEN.sub("", BLANKS.sub(" ", readable)).strip()


def _apart(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: found[0] + APART, text)


def escaped(text: str) -> str:
    """The three characters that Slack wants escaped in ``mrkdwn``."""
    return "".join(ENTITIES.get(letter, letter) for letter in text)


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` units of a text, whole entities and graphemes only, at a word's end where one is near."""
    if size(text) <= limit:
        return text
    kept, left = [], limit - 1
    for grapheme in graphemes(text):
        left -= size(grapheme)
        if left < 0:
            break
        kept.append(grapheme)
    near = max((at for at, one in enumerate(kept) if one == " " and at >= len(kept) - WORD), default=len(kept))
    return "".join(kept[: near or len(kept)]).rstrip() + "\u2026"[:limit]


def parts_of(text: str, limit: int) -> list[str]:
    """A text in parts of at most ``limit`` units, whole entities and graphemes only."""
    parts, used = [""], 0
    for grapheme in graphemes(text):
        used += size(grapheme)
        if used > limit:
            parts.append("")
            used = size(grapheme)
        parts[-1] += grapheme
    return parts


def graphemes(text: str) -> Iterator[str]:
    """A text in parts that are seen as one: a letter with its accents, joined and coloured emoji, flags, entities."""
    part = ""
    for found in TOKEN.finditer(text):
        token = found[0]
        if part and not _goes_on(part, token):
            yield part
            part = ""
        part += token
    if part:
        yield part


def _goes_on(part: str, letter: str) -> bool:
    if len(letter) > 1 or len(part) > 32:  # an entity is one; nothing that is read has so many accents
        return False
    flag = _is_flag(letter) and _is_flag(part)
    return (
        flag
        or part[-1] == "\u200d"
        or letter == "\u200d"
        or unicodedata.category(letter) in {"Mn", "Me", "Mc"}
        or ("\U0001f3fb" <= letter <= "\U0001f3ff")
    )


def _is_flag(text: str) -> bool:
    return len(text) == 1 and "\U0001f1e6" <= text <= "\U0001f1ff"


def shown(text: str, limit: int) -> str:
    """Text of others for an ``mrkdwn`` object, at most ``limit`` units."""
    return cut(quiet(text), limit)


def joined(*parts: str) -> str:
    """Parts in one line, those that say nothing left out."""
    return " \u00b7 ".join(part for part in parts if part)


def counted(number: int, one: str, many: str = "") -> str:
    """``1 trade``, ``2 trades``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
