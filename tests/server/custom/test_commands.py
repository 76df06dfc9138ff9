"""Custom nodes on the command line: frozen, evaluated, proposed, where the settings allow it and not elsewhere."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from execution import entries as say
from execution.brokers.paper import PaperTerms
from execution.resuming import begin, link, pin
from server.cli.interpret import draft_text
from server.custom.running import equipped
from server.log_files import write_log
from spec.artifact import read, write
from spec.canonical import freeze
from spec.custom import Custom
from tests.docs.pages import blocks
from tests.server.commands import CANDLES, LONG, ROOT, WATCH, Commands, candles, reading
from tests.server.custom.boxes import needs_box, source

DRAFT = draft_text(reading())
PAGE = (ROOT / "docs" / "custom-nodes.md").read_text("utf-8")
NODES = "    nodes:\n      trend_line.tRnd01:\n"
ENTRY = "    entry:\n      side: long\n      node: trend_line.tRnd01\n"
OFF = "custom node calm: it is code, and DRAWBRIDGE_CUSTOM_NODES is off; set it to true to let such strategies run"


def gated() -> str:
    """The draft as the page edits it."""
    _, gate, entry, _ = blocks(PAGE)
    assert (NODES in DRAFT, ENTRY in DRAFT) == (True, True)
    return DRAFT.replace(NODES, gate + NODES.partition("\n")[2]).replace(ENTRY, entry)


@pytest.fixture
def draft(drawbridge: Commands) -> Path:
    Path("calm.py").write_text(blocks(PAGE)[0])
    path = Path("draft.yaml")
    path.write_text(gated())
    return path


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch, draft: Path) -> Path:
    monkeypatch.setenv("DRAWBRIDGE_CUSTOM_NODES", "true")
    return draft


@pytest.fixture
def artifact(allowed: Path, drawbridge: Commands) -> Path:
    drawbridge.done("freeze", allowed, "--strategy", LONG, "--custom", "calm=calm.py", "-o", "calm-long.yaml")
    return Path("calm-long.yaml")


@needs_box
def test_the_page_works_as_it_is_written(drawbridge: Commands, allowed: Path) -> None:
    """Every command of the page, in its order; the server's folder is there already."""
    drawbridge.done("token", "create", "--scope", "admin", "--as", "ann")
    outcomes = {}
    for line in blocks(PAGE)[3].splitlines()[1:]:
        words = line.replace("examples/ETHBTC-5m.csv", str(CANDLES)).split()
        outcomes[words[1]] = drawbridge.done(*words[1:])
    assert outcomes["signals"].out.count(",calm,custom,true,") > 100
    assert outcomes["propose"].out.startswith("str_")
    node = read(Path("calm-long.yaml").read_bytes()).strategy.nodes["calm"]
    assert isinstance(node, Custom)
    assert (node.source, node.lookback, node.timeframe) == (blocks(PAGE)[0], 12, "5m")
    assert "      source: |\n        class SignalNode:\n" in Path("calm-long.yaml").read_text()


@needs_box
def test_the_trade_waits_for_the_node(drawbridge: Commands, artifact: Path) -> None:
    """With the node the entry fires where both do; a node that is never true takes the trade away."""
    with_it = drawbridge.done("backtest", artifact, "--candles", CANDLES, "--json").json
    Path("never.py").write_text(source("return False").replace('"pulse"', '"state"'))
    drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "--custom", "calm=never.py", "-o", "never.yaml")
    without = drawbridge.done("backtest", "never.yaml", "--candles", CANDLES, "--json").json
    assert (len(with_it["trades"]), len(without["trades"])) == (1, 0)


@needs_box
def test_pictures_are_drawn_without_running_it(
    drawbridge: Commands, artifact: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = ("--candles", CANDLES)
    drawbridge.done("backtest", artifact, *given, "--chart", "trades.png", "--report", "report.html")
    monkeypatch.setenv("DRAWBRIDGE_CUSTOM_NODES", "false")
    monkeypatch.setenv("PATH", str(tmp_path))
    drawbridge.done("chart", artifact, *given, "-o", "chart.png")
    assert Path("chart.png").read_bytes()[:4] == Path("trades.png").read_bytes()[:4] == b"\x89PNG"


@needs_box
def test_freezing_twice_gives_the_same_bytes(drawbridge: Commands, artifact: Path) -> None:
    first = artifact.read_bytes()
    drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "--custom", "calm=calm.py", "-o", artifact)
    assert artifact.read_bytes() == first
    assert drawbridge.done("verify", artifact).code == 0


def test_without_the_setting_nothing_is_frozen(drawbridge: Commands, draft: Path) -> None:
    outcome = drawbridge("freeze", draft, "--strategy", LONG, "--custom", "calm=calm.py", "-o", "a.yaml")
    assert outcome.refusal == OFF
    assert not Path("a.yaml").exists()


@needs_box
@pytest.mark.parametrize("command", ["signals", "backtest"])
def test_without_the_setting_nothing_is_evaluated(
    drawbridge: Commands, artifact: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DRAWBRIDGE_CUSTOM_NODES", "false")
    assert drawbridge(command, artifact, "--candles", CANDLES).refusal == OFF
    assert drawbridge.done("verify", artifact).out


@needs_box
def test_without_the_setting_nothing_is_proposed(
    drawbridge: Commands, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawbridge.done("token", "create", "--scope", "admin")
    monkeypatch.setenv("DRAWBRIDGE_CUSTOM_NODES", "false")
    assert drawbridge("propose", artifact).refusal == OFF
    with sqlite3.connect("data/drawbridge.db") as database:
        assert database.execute("select count(*) from strategy").fetchone() == (0,)


@needs_box
@pytest.mark.parametrize("change", [{"lookback": 2}, {"params": {"most": 6}}, {"source": "x = 1\n"}])
def test_what_is_asked_otherwise_than_its_source_says_is_not_proposed(
    drawbridge: Commands, artifact: Path, change: dict[str, Any]
) -> None:
    """A file that somebody made by hand, with digests that fit."""
    drawbridge.done("token", "create", "--scope", "admin")
    made = read(artifact.read_bytes())
    node = msgspec.structs.replace(made.strategy.nodes["calm"], **change)
    strategy = msgspec.structs.replace(made.strategy, nodes={**made.strategy.nodes, "calm": node})
    artifact.write_bytes(write(freeze(made.id, made.name, strategy, made.provenance)))
    assert drawbridge.done("verify", artifact).out
    why = "custom node calm: it is not what its source declares; freeze it with --custom calm=FILE"
    assert drawbridge("propose", artifact).refusal == why


@needs_box
def test_where_no_box_can_be_made_nothing_is_frozen(
    drawbridge: Commands, allowed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = drawbridge("freeze", allowed, "--strategy", LONG, "--custom", "calm=calm.py", "-o", "a.yaml")
    assert outcome.refusal == (
        "custom node calm: it cannot run here: bubblewrap is not installed here (Debian: apt-get install bubblewrap)"
    )


def test_a_draft_cannot_hold_code(drawbridge: Commands, allowed: Path) -> None:
    inline = (
        "      calm:\n        kind: custom\n        timeframe: 5m\n        output: state\n        lookback: 1\n"
        "        inputs:\n          close:\n            of: price\n        source: x\n"
    )
    allowed.write_text(gated().replace(NODES.partition("\n")[2], inline + NODES.partition("\n")[2]))
    outcome = drawbridge("freeze", allowed, "--strategy", LONG, "-o", "a.yaml")
    assert outcome.refusal == (
        f"the draft holds code (node calm of {LONG}); code enters by `drawbridge freeze` alone: take the node out, and "
        "give its file with --custom calm=FILE"
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["calm"], "--custom calm: write it as NODE=FILE"),
        (["=calm.py"], "--custom =calm.py: write it as NODE=FILE"),
        (["calm=calm.py", "calm=calm.py"], "--custom calm=calm.py: is given twice; keep one"),
        (["calm=none.py"], "none.py cannot be read: No such file or directory"),
        (["calm=bad.py"], "bad.py: it has to define one class SignalNode; it defines 0"),
        (["calm=calm.py", "more=calm.py"], "nothing reads the custom node more: in the draft, make it the entry's"),
        (["gate=calm.py"], "there is a node gate already; give the custom node another name"),
        (["calm=wide.py"], f"the strategy {LONG} in the draft is not valid: Expected `int` <= 1000"),
        (["calm=odd.py"], f"the strategy {LONG} in the draft is not valid: "),
    ],
)
def test_what_cannot_be_frozen_is_said(drawbridge: Commands, allowed: Path, options: list[str], why: str) -> None:
    Path("bad.py").write_text("x = 1\n")
    Path("wide.py").write_text(source().replace("lookback = 3", "lookback = 3_000"))
    Path("odd.py").write_text(source().replace('"close": "close"', '"close": {"of": "moon"}'))
    given = [part for one in options for part in ("--custom", one)]
    outcome = drawbridge("freeze", allowed, "--strategy", LONG, *given, "-o", "a.yaml")
    assert outcome.refusal.startswith(why)


@needs_box
def test_one_that_does_not_load_is_not_frozen(drawbridge: Commands, allowed: Path) -> None:
    Path("numbers.py").write_text(source(head="import numpy\n"))
    outcome = drawbridge("freeze", allowed, "--strategy", LONG, "--custom", "calm=numbers.py", "-o", "a.yaml")
    assert outcome.refusal == "custom node calm: ModuleNotFoundError: No module named 'numpy' (line 1)"
    assert not Path("a.yaml").exists()


@needs_box
def test_a_node_that_fails_ends_the_command_with_its_sentence(drawbridge: Commands, allowed: Path) -> None:
    Path("fails.py").write_text(source("return 1 / 0"))
    drawbridge.done("freeze", allowed, "--strategy", LONG, "--custom", "calm=fails.py", "-o", "a.yaml")
    why = "custom node calm: ZeroDivisionError: division by zero (line 7)"
    assert drawbridge("signals", "a.yaml", "--candles", CANDLES).refusal == why
    assert drawbridge("backtest", "a.yaml", "--candles", CANDLES).refusal == why


@needs_box
def test_a_watch_takes_a_node_without_more(drawbridge: Commands, allowed: Path) -> None:
    drawbridge.done("freeze", allowed, "--strategy", WATCH, "--custom", "calm=calm.py", "-o", "watch.yaml")
    assert drawbridge.done("signals", "watch.yaml", "--candles", CANDLES).out.count(",calm,custom,") > 100


@needs_box
def test_more_nodes_than_may_be_are_refused(drawbridge: Commands, allowed: Path) -> None:
    given = [part for at in range(9) for part in ("--custom", f"n{at}=calm.py")]
    outcome = drawbridge("freeze", allowed, "--strategy", WATCH, *given, "-o", "a.yaml")
    assert outcome.refusal == "custom node n8: a strategy may have at most 8 of them, and this one has 9"


def test_a_strategy_without_code_is_proposed_too_once(drawbridge: Commands, draft: Path) -> None:
    draft.write_text(DRAFT)
    drawbridge.done("freeze", draft, "--strategy", LONG, "-o", "plain.yaml")
    assert drawbridge("propose", "plain.yaml").refusal.startswith("there is no store at ")
    drawbridge.done("token", "create", "--scope", "admin")
    identity = drawbridge.done("propose", "plain.yaml", "--as", "bob").out.strip()
    again = drawbridge("propose", "plain.yaml")
    assert again.refusal == f"that version is proposed already, as {identity}"


@needs_box
def test_a_run_with_code_is_replayed_where_code_may_run(
    drawbridge: Commands, artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = read(artifact.read_bytes())
    series, history = candles(), candles()[:1_500]
    about = ("str_1", frozen.digest, "replay", "binance ETH/BTC", "5m", history.end)
    began = say.Began(*about, pin(history), PaperTerms())
    with equipped(frozen.strategy, allowed=True) as able:
        runner, chain, first = begin(began, able, history)
        lines = [*first, *link(chain, runner.take(series[1_500:1_600])), *link(chain, runner.tell("stop"))]
    Path("run.jsonl").write_bytes(write_log(sorted(lines, key=lambda line: line.log != "strategy")))
    given = ("replay", "run.jsonl", "--strategy", artifact, "--candles", CANDLES)
    assert drawbridge.done(*given).out.count("replayed") == 2
    monkeypatch.setenv("DRAWBRIDGE_CUSTOM_NODES", "false")
    assert drawbridge(*given).refusal == OFF
