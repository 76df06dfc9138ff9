"""``backtest`` of several strategies and in windows: what is added, and that one strategy alone is told as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec.artifact import read
from tests.server.commands import CANDLES, LONG, Commands, export, frozen


@pytest.fixture
def other(drawbridge: Commands) -> Path:
    """The bundled strategy on a market of other money."""
    Path("export.json").write_bytes(export(symbol="BINANCE:ETHUSDT"))
    made = drawbridge.done("interpret", "export.json", "--candles", CANDLES)
    Path("draft.yaml").write_text(made.out)
    drawbridge.done("freeze", "draft.yaml", "--strategy", LONG.replace("ethbtc", "ethusdt"), "-o", "other.yaml")
    return Path("other.yaml")


@pytest.fixture
def one(drawbridge: Commands) -> Path:
    Path("one.yaml").write_bytes(frozen())
    return Path("one.yaml")


def test_windows_are_added_to_json_and_text_and_change_nothing_else(drawbridge: Commands, one: Path) -> None:
    plain = drawbridge.done("backtest", one, "--candles", CANDLES)
    text = drawbridge.done("backtest", one, "--candles", CANDLES, "--walk-forward", 4).out
    assert text.startswith(plain.out.rstrip("\n"))
    assert "4 windows (nothing is fitted in any of them)" in text
    alone = drawbridge.done("backtest", one, "--candles", CANDLES, "--json").json
    with_windows = drawbridge.done("backtest", one, "--candles", CANDLES, "--json", "--walk-forward", 4).json
    windows = with_windows.pop("walk_forward")
    assert with_windows == alone
    assert [set(window) for window in windows] == [{"start", "end", "parts", "metrics"}] * 4
    assert sum(window["metrics"]["trades"] for window in windows) == len(alone["trades"])


def test_more_windows_than_bars_are_bad_input(drawbridge: Commands, one: Path) -> None:
    refusal = drawbridge("backtest", one, "--candles", CANDLES, "--walk-forward", 1_000_000).refusal
    assert "cannot be split into 1000000 windows" in refusal


def test_several_strategies_are_told_side_by_side_and_as_one_sum(drawbridge: Commands, one: Path) -> None:
    alone = drawbridge.done("backtest", one, "--candles", CANDLES, "--json").json
    both = ("backtest", one, one, "--candles", CANDLES, "--candles", CANDLES)
    told = drawbridge.done(*both, "--json", "--report", "both.html").json
    about = {"strategy": LONG, "digest": read(frozen()).digest, "symbol": "binance ETH/BTC"}
    assert told["strategies"] == [{**about, **alone}] * 2
    assert [value for _, value in told["together"]["equity"]] == [2 * value for _, value in alone["equity"]]
    assert told["together"]["metrics"]["after_export"]["return"] == pytest.approx(
        alone["metrics"]["after_export"]["return"]
    )
    page = Path("both.html").read_text("utf-8")
    assert page.count("<h2>") == 2
    assert "Backtest of 2 strategies" in page


def test_the_table_has_a_row_for_each_strategy_and_one_for_the_sum(drawbridge: Commands, one: Path) -> None:
    out = drawbridge.done("backtest", one, one, "--candles", CANDLES, "--candles", CANDLES).out
    after = out.split("after the export (out of sample)")[1].splitlines()[1:]
    assert [line.split()[0] for line in after] == ["trades", LONG, LONG, "together"]


def test_each_strategy_needs_its_candles_and_a_chart_is_of_one(drawbridge: Commands, one: Path) -> None:
    assert "one --candles for each" in drawbridge("backtest", one, one, "--candles", CANDLES).refusal
    both = ("backtest", one, one, "--candles", CANDLES, "--candles", CANDLES)
    assert "use --report for several" in drawbridge(*both, "--chart", "a.png").refusal


def test_accounts_in_different_money_have_no_sum(drawbridge: Commands, one: Path, other: Path) -> None:
    refusal = drawbridge("backtest", one, other, "--candles", CANDLES, "--candles", CANDLES)
    assert refusal.code == 2
    assert "the accounts are in BTC and USDT, which have no sum" in refusal.err
