"""Themes: a drawing keeps its own colour where that can be seen."""

from __future__ import annotations

import pytest

from server.charts.themes import DARK, LIGHT, THEMES, Theme, drawn_colour, ink_on


@pytest.mark.parametrize(
    ("written", "theme", "colour"),
    [
        ("#2962FF", DARK, "#2962ff"),
        ("rgba( 255, 152, 0, 0.3)", DARK, "#ff9800"),
        ("rgb(255,152,0)", LIGHT, "#ff9800"),
        ("rgba(255, 255, 255, 1)", DARK, "#ffffff"),
        ("rgba(255, 255, 255, 1)", LIGHT, None),
        ("#131722", DARK, None),
        ("rgba(999, 0, 0, 1)", DARK, None),
        ("javascript:alert(1)", DARK, None),
        ("#2962ff\n#000000", DARK, None),
        ("", DARK, None),
    ],
)
def test_a_colour_is_taken(written: str, theme: Theme, colour: str | None) -> None:
    assert drawn_colour(written, theme) == colour


@pytest.mark.parametrize("theme", THEMES.values())
def test_every_colour_of_the_palette_is_seen_on_its_background(theme: Theme) -> None:
    assert all(drawn_colour(colour, theme) == colour for colour in (*theme.palette, theme.buy, theme.sell, theme.text))


def test_words_on_a_colour_can_be_read() -> None:
    assert [ink_on(colour) for colour in ("#f23645", "#089981", "#ffd54f", "#ffffff")] == ["#ffffff"] * 2 + [
        "#131722"
    ] * 2
