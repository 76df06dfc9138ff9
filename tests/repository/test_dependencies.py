"""The dependencies: each says why it is there, and the lock can be installed from any index."""

from __future__ import annotations

import re
import tomllib
from itertools import chain

from tests.repository.sources import text

REASON = re.compile(r'^\s*"(?P<requirement>[^"]+)",\s+# \S.+ \S', re.MULTILINE)


def declared() -> set[str]:
    """Every requirement of pyproject.toml, of the program and of its groups."""
    project = tomllib.loads(text("pyproject.toml"))
    return set(chain(project["project"]["dependencies"], *project["dependency-groups"].values()))


def names(requirements: set[str]) -> set[str]:
    """Normalised distribution names."""
    return {re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-") for requirement in requirements}


def test_every_dependency_says_why_it_is_there() -> None:
    reasoned = {match["requirement"] for match in REASON.finditer(text("pyproject.toml"))}
    assert declared() - reasoned == set()


def test_every_dependency_is_locked() -> None:
    locked = set(re.findall(r"^[\w.-]+(?=(?:\[[\w,-]+\])?==)", text("requirements.lock"), re.MULTILINE))
    assert names(declared()) - locked == set()


def test_the_lock_names_no_index_and_no_file() -> None:
    pattern = re.compile(r"^\s*(?:--(?:index-url|extra-index-url|find-links|trusted-host))|://|file:", re.MULTILINE)
    assert pattern.findall(text("requirements.lock")) == []
