"""Promises about text that is not plain JSON: clips (F6), pages (F7), forms, encodings and damaged files."""

from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from interpreters.drawing import Drawing, ExportBars, Point
from interpreters.reading import read_export
from tests.interpreters.tradingview import (
    NOTHING_KNOWN,
    START,
    Json,
    chart,
    dumped,
    layout,
    one_pane,
    pane,
    ray,
    read_ray,
    series,
    shape,
    stored,
)


def clip(*sources: Json) -> Json:
    copied = [{"type": "drawing", "geometry": [{"x": 0.5, "y": 0.5}], "source": source} for source in sources]
    return {"title": "Ray", "sources": copied}


def in_html(value: Json) -> str:
    escaped = html.escape(json.dumps(value))
    return f'<meta charset="utf-8"><span data-tradingview-clip="{escaped}">Ray</span>'


def drawings(raw: bytes | str) -> tuple[Drawing, ...]:
    return read_export(raw if isinstance(raw, bytes) else raw.encode()).drawings


# --- F6 -----------------------------------------------------------------------------------------------------------


def clips() -> list[str]:
    markup = in_html(clip(ray("a"), ray("b")))
    plain = json.dumps(clip(ray("a"), ray("b")))
    return [
        plain, markup, f"pasted: {markup}", json.dumps(markup), json.dumps({"text/html": markup, "text/plain": "Ray"}),
        html.escape(plain), f"<span data-tradingview-clip = '{plain}'>",
    ]  # fmt: skip


@pytest.mark.parametrize("text", clips())
def test_a_clip_is_read_however_it_was_pasted(text: str) -> None:
    export = read_export(text.encode())
    assert (export.format, export.charts) == ("F6", (NOTHING_KNOWN,))
    assert export.drawings == (read_ray("a"), read_ray("b"))


def test_a_copied_study_is_noted_and_a_copied_indicator_drawing_marked() -> None:
    copied = clip({"type": "Study", "id": "s"}, ray("a", ownerSource="rsi001"))
    copied["sources"].append({"type": "study"})
    export = read_export(dumped(copied))
    assert export.drawings == (read_ray("a", on_main=False),)
    assert export.notes == ("not a drawing: Study", "not a drawing: entry without a type")


def test_an_envelope_around_a_clip_lends_its_axis() -> None:
    export = read_export(dumped({"log": True, "export": in_html(clip(ray("a")))}))
    assert export.drawings == (read_ray("a", log=True),)


# --- F7 -----------------------------------------------------------------------------------------------------------


def published() -> Json:
    """A published chart: one chart without ``charts``, its bars, and absolute times beside the points."""
    bars = {"start": 0, "end": 0, "data": [{"index": 0, "value": [START, 1, 3, 0.5, 2, 9]}]}
    source = ray("a", indexes=[{"time": START, "price": 2000.5}, {"time": START + 28_800, "price": 2100.25}])
    return chart(pane(series(bars=bars), source))


def pages() -> list[str]:
    content = json.dumps(published())
    init = json.dumps({"k1": {"k2": {"content": content, "name": "idea"}}})
    assigned = f"<script>var viewChartOptions = {json.dumps({'content': content})}; start();</script>"
    options = html.escape(json.dumps({"id": 7, "content": content}))
    menu = '<script>track()</script></script><script type="application/prs.init-data+json">{"panes": 1}</script>'
    return [
        f'<html>{menu}<script type="application/prs.init-data+json">{init}</script></html>',
        f"<html>{menu}<SCRIPT>{json.dumps({'viewChartOptions': {'content': content}})}</SCRIPT></html>",
        f"<html>{assigned}</html>",
        f'<html><div class="tv-chart-view" data-options="{options}"></div></html>',
    ]


@pytest.mark.parametrize("page", pages())
def test_a_published_page_is_read_with_its_bars(page: str) -> None:
    export = read_export(page.encode())
    assert (export.format, export.drawings) == ("F7", (read_ray("a", log=False),))
    assert export.bars == ExportBars((START,), (1.0,), (3.0,), (0.5,), (2.0,), (9.0,), "60")


def test_a_layout_whose_sources_carry_indexes_is_f7() -> None:
    assert read_export(dumped(layout(published()))).format == "F7"
    assert read_export(dumped({"k1": {"k2": {"content": json.dumps(published())}}})).format == "F7"


def test_indexes_stand_in_for_absent_points() -> None:
    source = ray("a", points=[], indexes=[{"time": START, "price": 3}])
    assert drawings(dumped(one_pane(source)))[0].points == (Point(START, 0, 3.0, None),)


@pytest.mark.parametrize(
    "page", ["<html><script>panes</script></html>", "<p data-options>", "<script>panes", '<p data-options="{">']
)
def test_a_page_without_a_chart_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="no page with a chart"):
        drawings(page)


# --- storage requests ---------------------------------------------------------------------------------------------


def multipart(fields: dict[str, str]) -> str:
    parts = [
        f'--x1\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()
    ]
    return "".join(parts) + "--x1--\r\n"


@pytest.mark.parametrize("encode", [urlencode, multipart])
def test_the_body_of_a_save_is_read(encode: Any) -> None:
    save = {"name": "own", "symbol": "ETHUSDT", "resolution": "60", "content": json.dumps(one_pane(ray("a")))}
    state = {"state": json.dumps({"sources": {"a": stored(ray("a"))}})}
    assert read_export(encode(save).encode()).format == "F3"
    assert drawings(encode(save)) == (read_ray("a", log=False),)
    assert drawings(encode(state)) == (read_ray("a"),)


@pytest.mark.parametrize("text", ["a=1&" * 200, "a=1", "--x form-data", "key: value"])
def test_a_form_without_drawings_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        drawings(text)


# --- encodings and damage -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_understood(encoding: str) -> None:
    text = json.dumps([shape(properties={"text": "Ausbruch über 5 €"})], ensure_ascii=False)
    assert drawings(text.encode(encoding))[0].text == "Ausbruch über 5 €"


def test_latin_1_is_read_and_said_so() -> None:
    export = read_export(json.dumps([shape(properties={"text": "über"})], ensure_ascii=False).encode("latin-1"))
    assert (export.drawings[0].text, export.notes) == ("über", ("the file is not UTF-8 and was read as Latin-1",))


def test_a_damaged_byte_does_not_spoil_the_other_letters() -> None:
    raw = dumped([shape(properties={"text": "über X"})]).replace(b"X", b"\xff")
    export = read_export(raw)
    assert (export.drawings[0].text, export.notes) == ("über \ufffd", ("bytes that are not UTF-8 were replaced",))


def test_raw_line_breaks_inside_strings_and_escapes_are_removed() -> None:
    content = json.dumps(one_pane(ray("a")))
    wrapped = (
        json.dumps({"data": {"content": content}})
        .replace('\\"state', '\\\n   "state')
        .replace("BINANCE:", "BIN\r\n  ANCE:")
    )
    export = read_export(wrapped.encode())
    assert export.drawings == (read_ray("a", log=False),)
    assert "raw line breaks inside strings were removed" in export.notes


def test_control_characters_inside_a_string_are_kept() -> None:
    raw = dumped([shape(properties={"text": "one~two"})]).replace(b"~", b"\n")
    assert drawings(raw)[0].text == "one\ntwo"


def test_lone_surrogates_become_replacement_characters() -> None:
    raw = dumped([shape(properties={"text": "~"})]).replace(b"~", b"\\ud83d")
    (drawing,) = drawings(raw)
    assert (drawing.text, drawing.properties) == ("\ufffd", {"text": "\ufffd"})


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-Infinity", "1e400", "1" * 400, "1" * 5000, '"NaN"', '"1_000"'])
def test_a_price_that_is_no_finite_number_is_none(price: str) -> None:
    raw = dumped([shape(points=[{"time": START, "price": "~"}])]).replace(b'"~"', price.encode())
    assert drawings(raw)[0].points == (Point(START, 0, None, None),)


def test_an_integer_beyond_64_bits_can_be_encoded_again() -> None:
    raw = dumped([shape(properties={"qty": 0})]).replace(b'"qty": 0', b'"qty": 100000000000000000000')
    assert drawings(raw)[0].properties == {"qty": 1e20}
