"""``freeze``: questions have to be answered, the strategy chosen, and what a person edits stays what they wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.cli.interpret import draft_text
from spec.artifact import read
from tests.server.commands import CANDLES, EXPORT, LONG, WATCH, Commands, export, frozen, reading

DRAFT = draft_text(reading())


@pytest.fixture
def draft(drawbridge: Commands) -> Path:
    path = Path("draft.yaml")
    path.write_text(DRAFT)
    return path


@pytest.fixture
def asking(drawbridge: Commands) -> Path:
    """A draft that asks for the scale, and for the bars between the anchors."""
    Path("export.json").write_bytes(export(symbol="KRAKEN:ETHBTC", log=None))
    Path("asking.yaml").write_text(drawbridge.done("interpret", "export.json").out)
    return Path("asking.yaml")


def edited(old: str, new: str) -> Path:
    assert old in DRAFT
    path = Path("edited.yaml")
    path.write_text(DRAFT.replace(old, new))
    return path


def test_open_questions_are_listed_with_their_choices_and_nothing_is_written(
    drawbridge: Commands, asking: Path
) -> None:
    outcome = drawbridge("freeze", asking, "--strategy", LONG, "-o", "a.yaml")
    lines = outcome.err.splitlines()
    assert (outcome.code, outcome.out, lines[0]) == (1, "", "2 open questions; nothing was frozen:")
    assert [line.split()[1] for line in lines if line.startswith("    --answer ")] == [
        "scale=linear",
        "scale=log",
        f"bars.{LONG}=clock",
        f"bars.{LONG}=watch",
    ]
    assert not Path("a.yaml").exists()


def test_answers_close_them_one_by_one(drawbridge: Commands, asking: Path) -> None:
    one = drawbridge("freeze", asking, "--strategy", LONG, "--answer", "scale=log", "-o", "a.yaml")
    assert (one.code, one.err.splitlines()[0]) == (1, "1 open question; nothing was frozen:")
    answers = ("--answer", "scale=log", "--answer", f"bars.{LONG}=clock")
    drawbridge.done("freeze", asking, "--strategy", LONG, *answers, "-o", "a.yaml")
    artifact = read(Path("a.yaml").read_bytes())
    assert artifact.provenance.answers == {"scale": "log", f"bars.{LONG}": "clock"}


def test_answers_may_stand_in_the_draft(drawbridge: Commands, asking: Path) -> None:
    written = asking.read_text().replace("answer: null", "answer: linear", 1).replace("answer: null", "answer: clock")
    Path("written.yaml").write_text(written)
    drawbridge.done("freeze", "written.yaml", "--strategy", LONG, "-o", "a.yaml")
    assert read(Path("a.yaml").read_bytes()).provenance.answers == {"scale": "linear", f"bars.{LONG}": "clock"}


def test_a_watch_is_not_asked_what_only_a_trade_needs(drawbridge: Commands, asking: Path) -> None:
    drawbridge.done("freeze", asking, "--strategy", WATCH, "-o", "a.yaml")
    assert read(Path("a.yaml").read_bytes()).strategy.kind == "watch"


def test_one_of_several_strategies_has_to_be_named(drawbridge: Commands, draft: Path) -> None:
    said = f"the draft holds several strategies; choose one with --strategy: {LONG}, {WATCH}"
    assert drawbridge("freeze", draft, "-o", "a.yaml").refusal == said
    named = f"there is no strategy other in the draft; it holds {LONG}, {WATCH}"
    assert drawbridge("freeze", draft, "--strategy", "other", "-o", "a.yaml").refusal == named


def test_the_only_strategy_needs_no_name(drawbridge: Commands) -> None:
    Path("export.json").write_bytes(export(only=["zOne02"]))
    Path("draft.yaml").write_text(drawbridge.done("interpret", "export.json").out)
    drawbridge.done("freeze", "draft.yaml", "-o", "a.yaml")
    assert read(Path("a.yaml").read_bytes()).id == WATCH


def test_a_draft_without_any_has_nothing_to_freeze(drawbridge: Commands) -> None:
    Path("export.json").write_bytes(export(only=["nOte04"]))
    Path("draft.yaml").write_text(drawbridge.done("interpret", "export.json").out)
    said = "there is nothing to freeze: the draft holds no strategy and no watch"
    assert drawbridge("freeze", "draft.yaml", "-o", "a.yaml").refusal == said


def test_freezing_needs_neither_candles_nor_the_export_and_gives_the_same_bytes_again(
    drawbridge: Commands, draft: Path
) -> None:
    for name in ("a.yaml", "b.yaml"):
        drawbridge.done("freeze", draft, "--strategy", LONG, "-o", name)
    assert Path("a.yaml").read_bytes() == Path("b.yaml").read_bytes() == frozen()


def test_the_proposer_is_sealed_but_changes_no_behaviour(drawbridge: Commands, draft: Path) -> None:
    drawbridge.done("freeze", draft, "--strategy", LONG, "--as", "Ada", "-o", "a.yaml")
    mine, other = read(Path("a.yaml").read_bytes()), read(frozen())
    assert (mine.provenance.proposer, mine.digest, mine.seal != other.seal) == ("Ada", other.digest, True)


def test_an_edited_rule_is_frozen_as_it_was_written_and_marked(drawbridge: Commands) -> None:
    drawbridge.done("freeze", edited("price: 0.0938\n", "price: 0.0930\n"), "--strategy", LONG, "-o", "a.yaml")
    artifact = read(Path("a.yaml").read_bytes())
    assert artifact.provenance.edited
    assert json.loads(json.dumps(getattr(artifact.strategy.stop, "price", None))) == 0.0930
    assert not read(frozen()).provenance.edited


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("export_digest:", "digest:", "it is no draft; make one with `drawbridge interpret EXPORT > draft.yaml`"),
        ("side: long", "side: up", "the strategy ethbtc-5m-long in the draft is not valid: Invalid enum value 'up'"),
        ("direction: up", "direction: sideways", "the strategy ethbtc-5m-long in the draft is not valid: Invalid"),
        ("      price: 0.0938\n", "      price: cheap\n", "the strategy ethbtc-5m-long in the draft is not valid: "),
        ("      price: 0.0938\n", "      price: 0.2\n", "the strategy ethbtc-5m-long in the draft is not valid: the"),
        ("      price: 0.0938\n", "      price: NaN\n", "the strategy ethbtc-5m-long in the draft is not valid: Exp"),
        (
            "      percent: 1.0",
            "      percent: 1000.0",
            "the strategy ethbtc-5m-long in the draft is not valid: Expected",
        ),
        ("bars: 186", "bars: 0", "the strategy ethbtc-5m-long in the draft is not valid: a line on the bars axis"),
        ("node: trend_line.tRnd01", "node: nowhere", "the strategy ethbtc-5m-long in the draft is not valid: "),
        ('timeframe: "5m"\n        geometry', "timeframe: 5x\n        geometry", "the strategy ethbtc-5m-long in the"),
        (
            "kind: trendline_cross\n        timeframe",
            "kind: guess\n        timeframe",
            "the strategy ethbtc-5m-long in",
        ),
        ("semantics: 1", "semantics: 2", "the strategy ethbtc-5m-long in the draft is not valid: "),
        ("scale: linear", "scale: null", "the strategy ethbtc-5m-long in the draft is not valid: the line of node"),
        ("share: 1.0", "share: 1.5", "the strategy ethbtc-5m-long in the dra"),
        ("- id: ethbtc-5m-long", "- id: another", "there is no strategy ethbtc-5m-long in the draft; it holds another"),
        ("questions: []", "questions: 3", "the draft is not valid: Expected `array`, got `int` - at `$.questions`"),
        (
            "strategies:\n",
            "strategies: []\nx:\n",
            "there is nothing to freeze: the draft holds no strategy and no watch",
        ),
        ("drawings: 4", "drawings: [", "it is no draft: "),
        ("drawings: 4", "drawings: *4", "it is no draft: it uses a YAML alias (*name); write the value out instead"),
        ("drawings: 4", "drawings: !!int 4", "it is no draft: it uses the YAML tag "),
        ("drawings: 4", "drawings: 4\ndrawings: 4", "it is no draft: the key drawings stands twice"),
        ("drawings: 4", "\tdrawings: 4", "it is no draft: "),
    ],
)
def test_an_edit_that_cannot_be_is_named(drawbridge: Commands, old: str, new: str, words: str) -> None:
    outcome = drawbridge("freeze", edited(old, new), "--strategy", LONG, "-o", "a.yaml")
    assert outcome.refusal.startswith(words)
    assert not Path("a.yaml").exists()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("scale", "--answer scale: write it as QUESTION=CHOICE"),
        ("scale=", "--answer scale=: write it as QUESTION=CHOICE"),
        ("=log", "--answer =log: write it as QUESTION=CHOICE"),
        ("scale=cubic", "cubic is no choice for scale; its choices are: linear, log"),
        ("colour=red", "there is no question colour in the draft; its questions are: scale, bars.ethbtc-5m-long"),
    ],
)
def test_an_answer_that_cannot_be_is_named(drawbridge: Commands, asking: Path, answer: str, words: str) -> None:
    outcome = drawbridge("freeze", asking, "--strategy", LONG, "--answer", answer, "-o", "a.yaml")
    assert outcome.refusal.startswith(words)


def test_one_question_has_one_answer(drawbridge: Commands, asking: Path) -> None:
    answers = ("--answer", "scale=log", "--answer", "scale=linear")
    outcome = drawbridge("freeze", asking, "--strategy", LONG, *answers, "-o", "a.yaml")
    assert outcome.refusal == "--answer scale is given twice; keep one"


def test_a_market_of_ones_own_answers_the_question_for_it(drawbridge: Commands) -> None:
    Path("export.json").write_bytes(export(symbol="NASDAQ:AAPL"))
    Path("draft.yaml").write_text(drawbridge.done("interpret", "export.json", "--candles", CANDLES).out)
    answer = ("--answer", "market=kraken:AAPL/USD")
    drawbridge.done("freeze", "draft.yaml", "--strategy", "aapl-5m-long", *answer, "-o", "a.yaml")
    market = read(Path("a.yaml").read_bytes()).strategy.market
    assert market is not None
    assert (market.exchange, market.symbol, market.type) == ("kraken", "AAPL/USD", "spot")
    wrong = drawbridge("freeze", "draft.yaml", "--strategy", "aapl-5m-long", "--answer", "market=apple", "-o", "a.yaml")
    assert wrong.refusal.startswith("apple is no market; write it like binance:BTC/USDT")


def test_a_watch_of_an_unknown_market_is_frozen_and_drawn_but_not_evaluated(drawbridge: Commands) -> None:
    Path("export.json").write_bytes(export(symbol="NASDAQ:AAPL"))
    Path("draft.yaml").write_text(drawbridge.done("interpret", "export.json", "--candles", CANDLES).out)
    drawbridge.done("freeze", "draft.yaml", "--strategy", "aapl-5m-watch", "--answer", "market=watch", "-o", "a.yaml")
    drawbridge.done("chart", "a.yaml", "--candles", CANDLES, "-o", "a.png")
    said = "the market is unknown, so nothing can be evaluated; answer the question for the market and freeze again"
    assert drawbridge("signals", "a.yaml", "--candles", CANDLES).refusal == said


def test_the_export_itself_and_an_artifact_are_no_drafts(drawbridge: Commands) -> None:
    Path("strategy.yaml").write_bytes(frozen())
    for path in (EXPORT, Path("strategy.yaml")):
        said = "it is no draft; make one with `drawbridge interpret EXPORT > draft.yaml`"
        assert drawbridge("freeze", path, "-o", "a.yaml").refusal == said
