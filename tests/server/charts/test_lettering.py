"""Lettering: whatever a text holds, what is drawn is visible, on one line, in the font, and as wide as it may be."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.charts.lettering import BOX, ELLIPSIS, LONGEST, coverage_of, fitted, plain, width_of
from tests.server.charts.examples import HOSTILE

TEXT = st.text(st.characters(), max_size=60) | st.text(
    "a $\\^{}_\n\t\u202e\u200b\u0301\U0001f680\u05d0\u0627\u7a81", max_size=60
)


@given(TEXT)
def test_a_plain_text_holds_nothing_invisible(text: str) -> None:
    shown = plain(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Zl", "Zp"}
    assert shown == plain(shown)


@given(TEXT)
def test_any_text_can_be_set_without_a_warning(text: str) -> None:
    shown = plain(text)
    assert coverage_of(shown, 11.0, False).shape[1] >= width_of(shown, 11.0, False)


@given(TEXT, st.floats(0, 400))
def test_a_fitted_text_keeps_to_its_room(text: str, room: float) -> None:
    assert width_of(fitted(plain(text), 11.0, room), 11.0, False) <= room


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("break up", "break up"),
        ("  two\n lines\t", "two lines"),
        ("$\\frac{1}{0}$", "$\\frac{1}{0}$"),
        ("\u202eevil\u202c \u200bword", "evil word"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("Z\u0335\u0321\u0489", "Z"),
        ("\U0001f680\U0001f680 go \u7a81\u7834", f"{BOX} go {BOX}"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\x00", ""),
    ],
)
def test_text_is_shown_as(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_text_without_end_is_cut() -> None:
    assert plain("x" * 10_000) == "x" * LONGEST + ELLIPSIS


def test_a_text_that_does_not_fit_ends_in_an_ellipsis() -> None:
    assert fitted("long break up", 11.0, 60.0) == "long bre" + ELLIPSIS
    assert fitted("long", 11.0, 3.0) == ""


def test_dollars_are_not_mathtext() -> None:
    assert width_of("$x^2$", 11.0, False) > width_of("x^2", 11.0, False) > 0


def test_what_is_written_from_right_to_left_is_shaped_as_a_whole() -> None:
    apart = sum(width_of(char, 11.0, False) for char in "\u0645\u0631\u062d\u0628\u0627")
    assert 0 < width_of("\u0645\u0631\u062d\u0628\u0627", 11.0, False) < apart


def test_the_hostile_example_is_harmless() -> None:
    assert (
        plain(HOSTILE) == f"{BOX} $\\frac{{1}}{{0}}$ evil break {BOX} <!channel> \u05e9\u05dc\u05d5\u05dd " + "Z" * 30
    )
