"""The example's draft and artifacts, byte for byte: the same on every Python and machine.

A changed draft is a changed format, a changed artifact a broken promise: frozen means for ever. After a change of the
draft that is meant, ``python -m tests.server.test_golden`` writes the files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.interpret import draft_text
from tests.server.commands import LONG, WATCH, frozen, reading

GOLDEN = Path(__file__).parent / "golden"


def made() -> dict[str, bytes]:
    """What the example becomes, by the name of its file."""
    return {
        "draft.yaml": draft_text(reading()).encode(),
        f"{LONG}.yaml": frozen(LONG),
        f"{WATCH}.yaml": frozen(WATCH),
    }


@pytest.mark.parametrize("name", ["draft.yaml", f"{LONG}.yaml", f"{WATCH}.yaml"])
def test_the_example_gives_the_same_bytes_as_ever(name: str) -> None:
    assert made()[name].decode() == (GOLDEN / name).read_bytes().decode()


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, content in made().items():
        (GOLDEN / name).write_bytes(content)
