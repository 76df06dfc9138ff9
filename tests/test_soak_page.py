"""The page of soak results takes one row a test."""

from __future__ import annotations

from tests.soak_page import placed

PAGE = """# Soak

## One

| name | count |
| --- | --: |
| a | 1 |
| ab | 2 |

## Two

| name | count |
| --- | --: |
"""


def test_a_row_takes_the_place_of_the_one_of_its_name() -> None:
    assert placed(PAGE, "One", "| a | 7 |") == PAGE.replace("| a | 1 |", "| a | 7 |")


def test_a_new_row_comes_after_the_others_of_its_table() -> None:
    assert placed(PAGE, "One", "| c | 3 |") == PAGE.replace("| ab | 2 |\n", "| ab | 2 |\n| c | 3 |\n")
    assert placed(PAGE, "Two", "| a | 3 |") == PAGE + "| a | 3 |\n"
