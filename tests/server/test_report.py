"""The report of a backtest: whole in one file, hostile text escaped, the three parts never mixed."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from spec.artifact import read
from tests.server.commands import CANDLES, EXPORT, EXPORTED_AT, LONG, Commands, export, frozen

HOSTILE = "long break <script>alert(1)</script> \"onerror='x' &amp; <!channel> ${7*7} \u202e"
VOID = {"meta", "img", "source"}


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, the text between them, and what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def attributes(self, name: str) -> list[str | None]:
        return [attrs[name] for _, attrs in self.elements if name in attrs]

    def rows(self) -> list[str]:
        return [word for word in self.words if word.strip()]


def reported(drawbridge: Commands, raw: bytes, *options: object) -> Page:
    Path("strategy.yaml").write_bytes(raw)
    drawbridge.done("backtest", "strategy.yaml", "--candles", CANDLES, "--report", "report.html", *options)
    return Page(Path("report.html").read_text("utf-8"))


@pytest.fixture
def hostile(drawbridge: Commands) -> bytes:
    """A strategy whose name and drawing carry what a page must not run."""
    Path("export.json").write_bytes(export(texts={"tRnd01": HOSTILE}))
    read_ = drawbridge.done("interpret", "export.json", "--candles", CANDLES, "--exported-at", EXPORTED_AT)
    Path("draft.yaml").write_text(read_.out)
    drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "-o", "hostile.yaml")
    return Path("hostile.yaml").read_bytes()


def test_it_needs_nothing_beside_itself(drawbridge: Commands) -> None:
    page = reported(drawbridge, frozen())
    text = Path("report.html").read_text("utf-8")
    assert page.open == []
    assert {tag for tag, _ in page.elements} <= {
        *("html", "meta", "title", "style", "main", "h1", "p", "code", "img", "table", "tr", "th", "td"),
        *("h2", "h3", "div", "picture", "source", "small"),
    }
    assert not re.search(r"https?:|//|@import|url\(|<link|<script", re.sub(r'src(set)?="data:[^"]*"', "", text))
    for source in (*page.attributes("src"), *page.attributes("srcset")):
        kind, _, data = (source or "").partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    assert len(page.attributes("src")) == len(page.attributes("srcset")) == len(page.attributes("alt")) == 2


def test_text_of_a_drawing_stays_text(drawbridge: Commands, hostile: bytes) -> None:
    page = reported(drawbridge, hostile)
    name = read(hostile).name
    assert "<script>" in name
    assert page.rows()[0] == f"Backtest of {name}"
    assert "script" not in {tag for tag, _ in page.elements}
    assert not any(attribute.startswith("on") for _, attrs in page.elements for attribute in attrs)


def test_it_names_the_digest_and_shows_the_trades_and_the_three_parts(drawbridge: Commands) -> None:
    words = reported(drawbridge, frozen()).rows()
    assert read(frozen()).digest in words
    parts = ["before the last anchor", "before the export", "after the export"]
    assert [word for word in words if word in parts] == parts
    figures = {
        name: words[words.index(name) + 3]
        for name in ("trades", "return", "max drawdown", "win rate", "profit factor", "Sharpe", "average R")
    }
    assert list(figures.values()) == ["1", "+2.26%", "0.93%", "100%", "none", "13.85", "+2.26"]
    trade = ["long", "2018-01-27 09:30 UTC", "0.0957", "2018-01-28 10:05 UTC", "0.1", "52631.579", "target", "+226.32"]
    at = words.index("long")
    assert words[at : at + 8] == trade
    assert words[-1].startswith("an entry signal came while a position was open")


def test_it_says_so_where_nobody_knows_when_the_export_was_made(drawbridge: Commands) -> None:
    Path("draft.yaml").write_text(drawbridge.done("interpret", EXPORT, "--candles", CANDLES).out)
    drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "-o", "a.yaml")
    words = reported(drawbridge, Path("a.yaml").read_bytes()).rows()
    assert words[words.index("return") + 3] == "unknown"
    assert any("the export does not say when it was made" in word for word in words)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_wears_the_theme_of_the_settings(drawbridge: Commands, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWBRIDGE_THEME", theme)
    page = reported(drawbridge, frozen())
    assert dict(page.elements)["html"] == {"lang": "en", "class": theme}


def test_json_and_report_come_from_one_run(drawbridge: Commands) -> None:
    Path("strategy.yaml").write_bytes(frozen())
    both = ("backtest", "strategy.yaml", "--candles", CANDLES, "--json")
    alone: Any = drawbridge.done(*both).json
    assert drawbridge.done(*both, "--report", "report.html", "--chart", "trades.png").json == alone
