"""Nothing tracked tells on which machine or how it came about."""

from __future__ import annotations

import re

import pytest

from tests.repository.sources import tracked_texts

# Absolute paths that exist on somebody's machine only; a slash, letter or dot before makes it part of a longer path.
MACHINE_PATH = re.compile(r"(?<![\w./:~$}-])/(?:work|root|tmp|home/\w+|Users/\w+)(?![\w-])")
# Spelled in pieces so that this file passes its own test.
FORBIDDEN_WORDS = ("co-" + "authored-by", "language" + " model", "as an" + " ai", "chat" + "bot", "ai-" + "generated")


@pytest.mark.parametrize("line", ["cd %swork/main", "(%stmp/x)", '"%sroot"', "=%shome/someone/x"])
def test_a_machine_path_is_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line.replace("%s", "/"))


@pytest.mark.parametrize("line", ["https://example.com/work/x", "./tmp/x", "docs/root", "/workspace", "$HOME/tmp"])
def test_a_relative_path_or_an_address_is_not_a_machine_path(line: str) -> None:
    assert not MACHINE_PATH.search(line)


def test_no_tracked_file_holds_a_machine_path() -> None:
    found = {
        f"{name}:{number}"
        for name, content in tracked_texts().items()
        for number, line in enumerate(content.splitlines(), start=1)
        if MACHINE_PATH.search(line)
    }
    assert found == set()


def test_no_tracked_file_tells_how_it_was_written() -> None:
    found = {
        (name, word)
        for name, content in tracked_texts().items()
        for word in FORBIDDEN_WORDS
        if word in content.casefold()
    }
    assert found == set()
