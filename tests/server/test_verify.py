"""``verify``: a changed byte is a no, whichever byte and however changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from server.cli.errors import No
from server.cli.verify import verify_command
from spec.artifact import BadArtifact, read, write
from tests.server.commands import CANDLES, WATCH, Commands, frozen

WHOLE = frozen()
Change = Callable[[bytes], bytes]


def holds(raw: bytes) -> bool:
    try:
        read(raw)
    except BadArtifact:
        return False
    return True


@pytest.mark.parametrize("mask", [0x01, 0x20])
def test_every_changed_byte_is_noticed(mask: int) -> None:
    noticed = [not holds(WHOLE[:at] + bytes([WHOLE[at] ^ mask]) + WHOLE[at + 1 :]) for at in range(len(WHOLE))]
    assert noticed == [True] * len(WHOLE)
    assert holds(WHOLE)


@given(at=st.integers(0, len(WHOLE)), cut=st.integers(0, 40), put=st.binary(max_size=8))
def test_every_other_file_is_noticed(at: int, cut: int, put: bytes) -> None:
    other = WHOLE[:at] + put + WHOLE[at + cut :]
    assert holds(other) == (other == WHOLE)


@pytest.mark.parametrize("command", ["verify", "signals", "backtest", "chart"])
@pytest.mark.parametrize("at", range(0, len(WHOLE), 97))
def test_no_command_takes_a_changed_artifact_for_the_frozen_one(drawbridge: Commands, command: str, at: int) -> None:
    Path("changed.yaml").write_bytes(WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :])
    further = {"verify": [], "chart": ["--candles", CANDLES, "-o", "a.png"]}.get(command, ["--candles", CANDLES])
    outcome = drawbridge(command, "changed.yaml", *further)
    assert outcome.code in ({1} if command == "verify" else {1, 2})
    assert (outcome.out, outcome.err.count("\n")) == ("", 1)
    assert not Path("a.png").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw: raw.replace(b"price: 0.0938", b"price: 0.0939"), "the digest does not match: what the strategy"),
        (lambda raw: raw.replace(b"direction: up", b"direction: down"), "the digest does not match: what the"),
        (
            lambda raw: raw.replace(b"text: long break", b"text: long brake"),
            "the seal does not match: something beside",
        ),
        (lambda raw: raw.replace(b"proposer: null", b"proposer: me"), "the seal does not match: something beside"),
        (lambda raw: raw.replace(b"price: 0.0938", b"price: 0.09380"), "the file is not in normal form: its layout"),
        (lambda raw: raw + b"\n", "the file is not in normal form: its layout"),
        (lambda raw: raw + b"# a remark\n", "the file is not in normal form: its layout"),
        (lambda raw: raw.replace(b"\n", b"\r\n"), "the file is not in normal form: its layout"),
        (lambda raw: b"\xef\xbb\xbf" + raw, "the file is not in normal form: its layout"),
        (lambda raw: raw.replace(b"drawbridge: 1", b"drawbridge: 2"), "it was frozen with schema 2, and this version"),
        (lambda raw: raw[: len(raw) // 2], "it is no "),
        (lambda raw: b"", "it is no frozen strategy; make one with `drawbridge freeze`"),
        (lambda raw: b"\x00\xff", "it is no frozen strategy: it is not UTF-8 text"),
    ],
)
def test_the_answer_says_what_was_changed(drawbridge: Commands, change: Change, words: str) -> None:
    Path("changed.yaml").write_bytes(change(WHOLE))
    outcome = drawbridge("verify", "changed.yaml")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"changed.yaml: {words}")
    assert outcome.err.count("\n") == 1


def test_the_same_data_in_other_yaml_is_a_no(drawbridge: Commands) -> None:
    Path("other.yaml").write_text(yaml.safe_dump(yaml.safe_load(WHOLE)))
    assert drawbridge("verify", "other.yaml").code == 1


def test_what_was_frozen_reads_back_to_the_same_bytes() -> None:
    for raw in (WHOLE, frozen(WATCH)):
        assert write(read(raw)) == raw


def test_a_file_that_cannot_be_read_is_bad_input_not_a_no(drawbridge: Commands) -> None:
    assert drawbridge("verify", "absent.yaml").refusal == "absent.yaml cannot be read: No such file or directory"
    with pytest.raises(No):
        verify_command(CANDLES)
