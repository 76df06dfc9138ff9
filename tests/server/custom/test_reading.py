"""A node's file is read without running it: its class declares in literals, and what is wrong is said."""

from __future__ import annotations

import pytest

from server.custom.reading import LONGEST, BadNodeFile, read_node
from tests.server.custom.boxes import source


def test_what_the_class_declares_becomes_the_node() -> None:
    text = (
        'LENGTH = 3\r\n\r\n\r\nclass SignalNode:\r\n    inputs: dict = {"close": "close", "slow": {"of": "sma"}}\r\n'
        '    output = "state"\r\n    params = {"most": 1.5}\r\n    lookback = 20\r\n    timeframe = "1h"\r\n'
        "    other = 1\r\n"
        "    def evaluate(self, window):\r\n        return True\r\n"
    )
    assert read_node(text.encode()) == {
        "kind": "custom",
        "inputs": {"close": {"of": "price", "field": "close"}, "slow": {"of": "sma"}},
        "output": "state",
        "params": {"most": 1.5},
        "lookback": 20,
        "timeframe": "1h",
        "source": text.replace("\r\n", "\n"),
    }


def test_nothing_of_it_is_run() -> None:
    assert read_node(source(head="raise SystemExit\n").encode())["lookback"] == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("class SignalNode(:\n", "it is no Python that can be read: invalid syntax (line 1)"),
        ("x = 1\0", "it is no Python that can be read: "),
        ("(" * 5_000, "it is no Python that can be read: "),
        ("", "it has to define one class SignalNode; it defines 0"),
        (source() + source(), "it has to define one class SignalNode; it defines 2"),
        (source().replace("evaluate", "asked"), "SignalNode has no evaluate(self, window)"),
        (source().replace("lookback", "back"), "SignalNode does not declare lookback"),
        (source().replace("lookback = 3", "lookback = 3\n    lookback = 4"), "SignalNode declares lookback twice"),
        (
            source().replace("lookback = 3", "lookback = len('abc')"),
            "SignalNode.lookback (line 4) has to be written out",
        ),
        (source().replace('{"close": "close"}', '["close"]'), "inputs has to be a table of names, such as {'close'"),
        ("#" * (LONGEST + 1), f"it has {LONGEST + 1} bytes; a custom node has at most {LONGEST}"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(BadNodeFile) as bad:
        read_node(text.encode())
    assert str(bad.value).startswith(why)
    assert "\n" not in str(bad.value)


def test_other_encodings_are_refused() -> None:
    with pytest.raises(BadNodeFile, match="it is not UTF-8 text"):
        read_node(b"# \xff")
