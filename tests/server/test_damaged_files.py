"""Damaged files: whatever the bytes, a command ends with an answer, a no, or one sentence; never with a traceback."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.cli.interpret import draft_text
from spec.yaml_form import load
from tests.server.commands import CANDLES, EXPORT, LONG, Commands, frozen, reading

DRAFT = draft_text(reading()).encode()
TREE = load(DRAFT)
LINES = CANDLES.read_bytes().splitlines(keepends=True)
SOME_CANDLES = b"".join([LINES[0], *LINES[4880:4960]])
SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 2
)
ODD: list[Any] = [None, True, -1, 0, 1e300, 10**30, "", "x" * 2000, "a\nb", "\ud800", [], [[]], [None], {}, {"a": 1}]


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes with up to three places changed, cut out, doubled or filled with something else."""
    raw = whole
    for _ in range(draw(st.integers(1, 3))):
        at, length = draw(st.integers(0, len(raw))), draw(st.integers(0, 60))
        piece = raw[at : at + length]
        put = draw(st.sampled_from([b"", piece * 2, piece[::-1], b"\0", b"\xff", b"-", b"9" * 30, b"[" * 200, b"nan"]))
        raw = raw[:at] + put + raw[at + length :]
    return raw


@st.composite
def changed(draw: st.DrawFn, whole: Any) -> Any:
    """The tree with one place removed, or replaced by something odd."""
    tree = copy.deepcopy(whole)
    *way, last = draw(st.sampled_from(places(whole)))
    holder = tree
    for key in way:
        holder = holder[key]
    if draw(st.booleans()):
        holder[last] = draw(st.sampled_from(ODD))
    else:
        del holder[last]
    return tree


def places(tree: Any) -> list[tuple[Any, ...]]:
    """The way to every value in a tree but its root."""
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [way for key, value in entries for way in [(key,), *((key, *rest) for rest in places(value))]]


def ends_well(drawbridge: Commands, *arguments: object) -> int:
    outcome = drawbridge(*arguments)
    assert outcome.code in {0, 1, 2}
    assert "Traceback" not in outcome.err
    assert outcome.code != 2 or outcome.refusal
    return outcome.code


def saved(name: str, content: bytes) -> Path:
    path = Path(name)
    path.write_bytes(content)
    return path


@SHARED
@given(raw=damaged(EXPORT.read_bytes()))
def test_a_damaged_export(drawbridge: Commands, raw: bytes) -> None:
    ends_well(drawbridge, "interpret", saved("export.json", raw), "--at", 1_517_045_100, "--explain")


@settings(SHARED, max_examples=settings().max_examples // 4)
@given(tree=changed(json.loads(EXPORT.read_bytes())))
def test_an_export_with_an_odd_place_reads_and_freezes(drawbridge: Commands, tree: Any) -> None:
    path = saved("export.json", json.dumps(tree).encode())
    if ends_well(drawbridge, "interpret", path, "--symbol", "all", "--at", 0) == 0:
        read = drawbridge.done("interpret", path, "--symbol", "all", "--hidden", "--format", "json")
        draft = saved("draft.json", read.out.encode())
        for one in read.json["strategies"][:1]:
            if ends_well(drawbridge, "freeze", draft, "--strategy", one["id"], "-o", "a.yaml") == 0:
                ends_well(drawbridge, "signals", "a.yaml", "--candles", CANDLES)
                ends_well(drawbridge, "backtest", "a.yaml", "--candles", CANDLES, "--json")


@SHARED
@given(raw=damaged(DRAFT))
def test_a_damaged_draft(drawbridge: Commands, raw: bytes) -> None:
    ends_well(drawbridge, "freeze", saved("draft.yaml", raw), "--strategy", LONG, "-o", "a.yaml")


@SHARED
@given(tree=changed({"strategies": TREE["strategies"]}))
def test_a_draft_edited_in_an_odd_way(drawbridge: Commands, tree: Any) -> None:
    path = saved("draft.json", json.dumps({**TREE, **tree}).encode())
    if ends_well(drawbridge, "freeze", path, "--strategy", LONG, "-o", "a.yaml") == 0:
        drawbridge.done("verify", "a.yaml")
        ends_well(drawbridge, "backtest", "a.yaml", "--candles", CANDLES, "--json")


@SHARED
@given(raw=damaged(frozen()))
def test_a_damaged_artifact(drawbridge: Commands, raw: bytes) -> None:
    path = saved("a.yaml", raw)
    assert drawbridge("verify", path).code == (0 if raw == frozen() else 1)
    ends_well(drawbridge, "signals", path, "--candles", CANDLES)


@SHARED
@given(raw=damaged(SOME_CANDLES))
def test_damaged_candles(drawbridge: Commands, raw: bytes) -> None:
    strategy, path = saved("a.yaml", frozen()), saved("c.csv", raw)
    ends_well(drawbridge, "signals", strategy, "--candles", path)
    ends_well(drawbridge, "backtest", strategy, "--candles", path, "--json")


PRICES = st.sampled_from([0.0, -1.0, -1e18, 1e-18, 1e-9, 0.0957, 0.1, 1e9, 1e18])


def steep(prices: list[float]) -> Path:
    """Candles from the line's last anchor on that jump from price to price."""
    rows = [f"{1_517_025_300 + 300 * at},{price},{price},{price},{price},1\n" for at, price in enumerate(prices)]
    return saved("c.csv", LINES[0] + "".join(rows).encode())


@SHARED
@given(prices=st.lists(PRICES, min_size=2, max_size=40))
def test_candles_that_jump_beyond_reason(drawbridge: Commands, prices: list[float]) -> None:
    drawbridge.done("backtest", saved("a.yaml", frozen()), "--candles", steep(prices), "--json")


@settings(SHARED, max_examples=settings().max_examples // 10)
@given(prices=st.lists(PRICES, min_size=2, max_size=40))
def test_pictures_of_candles_that_jump_beyond_reason(drawbridge: Commands, prices: list[float]) -> None:
    strategy, path = saved("a.yaml", frozen()), steep(prices)
    drawbridge.done("chart", strategy, "--candles", path, "-o", "a.png", "--width", 320, "--height", 240)
    drawbridge.done("backtest", strategy, "--candles", path, "--report", "a.html")
