"""Text that holds an export inside: a clipboard clip, a published page, the body of a storage request.

Clip: ``<span data-tradingview-clip="{html-escaped JSON}">``. Page: ``<script type="application/prs.init-data+json">``,
older ones a script with ``viewChartOptions`` or an attribute ``data-options`` on ``div.tv-chart-view``. Storage: the
form fields of ``POST charts`` and ``POST drawings``. Each search runs once over the text, whatever it holds.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from interpreters.reading.decoding import leading_value

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIP = "data-tradingview-clip"
OPTIONS = "data-options"
OPENING = re.compile(r"\s{0,8}=\s{0,8}([\"'])")
SCRIPT_END = re.compile("</script", re.IGNORECASE)
SCRIPT_OPEN = re.compile("<script", re.IGNORECASE)
ASSIGNED = re.compile(r"viewChartOptions\b[^{]{0,40}")
FIELD_NAME = re.compile(r'name="([^"]{1,80})"')
URL_FORM = re.compile(r"\w{1,40}=")
MOST_FIELDS = 100


def clips(text: str) -> Iterator[Any]:
    """The JSON values of every clip in the text."""
    return _attributes(text, CLIP)


def page_values(text: str) -> Iterator[Any]:
    """The JSON values of a published page that may hold a chart."""
    yield from _attributes(text, OPTIONS)
    for body in _scripts(text):
        if "panes" in body:
            value = leading_value(body)
            yield _assigned(body) if value is None else value


def form_fields(text: str) -> dict[str, str] | None:
    """The fields of a urlencoded or multipart form; None if the text is neither."""
    if text.startswith("--") and "form-data" in text:
        return dict(_multipart(text))
    if URL_FORM.match(text) is None:
        return None
    try:
        return dict(parse_qsl(text.strip(), max_num_fields=MOST_FIELDS))
    except ValueError:
        return None


def _attributes(text: str, attribute: str) -> Iterator[Any]:
    place = text.find(attribute)
    while place >= 0:
        value, place = _quoted(text, place + len(attribute))
        if value is not None:
            yield leading_value(html.unescape(value).strip())
        place = text.find(attribute, place)


def _quoted(text: str, place: int) -> tuple[str | None, int]:
    """The attribute's value after ``place`` and the place behind it."""
    opening = OPENING.match(text, place)
    if opening is None:
        return None, place
    end = text.find(opening[1], opening.end())
    # Without a closing quote nothing behind it can be an attribute either.
    return (text[opening.end() : end], end) if end >= 0 else (None, len(text))


def _scripts(text: str) -> Iterator[str]:
    for piece in SCRIPT_END.split(text)[:-1]:
        opening = SCRIPT_OPEN.search(piece)
        if opening is not None:
            _, _, body = piece[opening.end() :].partition(">")
            yield body.strip()


def _assigned(script: str) -> Any:
    """The object given to ``viewChartOptions`` in a script that is more than JSON."""
    name = ASSIGNED.search(script)
    return leading_value(script[name.end() :]) if name else None


def _multipart(text: str) -> Iterator[tuple[str, str]]:
    boundary, _, _ = text.partition("\n")
    for part in text.split(boundary.strip())[1:]:
        head, _, body = part.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
        name = FIELD_NAME.search(head)
        if name is not None:
            yield name[1], body.strip()
