"""``backtest --ticks``: files of recorded trades, and what they decide within the bars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from server.tick_file import BadTicks, read_ticks
from spec.artifact import write
from spec.canonical import freeze
from spec.geometry import Level
from spec.market import Market
from spec.signals import TimeWindow, TrendlineCross
from spec.strategy import AtPercent, Entry, Provenance, Strategy, Target

if TYPE_CHECKING:
    from tests.server.commands import Commands

START = 1_700_000_040
BY_BAR = ("backtest", "strategy.yaml", "--candles", "candles.csv", "--json")
MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)


def file(tmp_path: Path, raw: bytes, name: str = "trades.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    "times",
    [
        ("1700000040000", "1700000040500"),
        ("1700000040", "1700000040.5"),
        ("2023-11-14T22:14:00Z", "2023-11-14 22:14:00.5"),
    ],
    ids=["milliseconds", "seconds", "ISO 8601"],
)
def test_times_are_milliseconds_seconds_or_iso_8601(tmp_path: Path, times: tuple[str, str]) -> None:
    raw = f"Time,price,amount,side\n{times[0]},100,1,buy\n{times[1]},101.5,2,sell\n"
    found = read_ticks(file(tmp_path, raw.encode()))
    assert found.time.tolist() == [1_700_000_040_000, 1_700_000_040_500]
    assert (found.price.tolist(), found.amount.tolist(), len(found)) == ([100.0, 101.5], [1.0, 2.0], 2)


@pytest.mark.parametrize("kind", [pa.int64(), pa.timestamp("us", tz="UTC"), pa.timestamp("ns")])
def test_parquet_is_read_too(tmp_path: Path, kind: pa.DataType) -> None:
    times = pa.array([1_700_000_040_000, 1_700_000_040_500], pa.timestamp("ms"))
    times = times.cast(pa.int64()) if pa.types.is_integer(kind) else times.cast(kind)
    path = tmp_path / "trades.parquet"
    parquet.write_table(pa.table({"time": times, "price": [100, 101], "amount": [1.0, 2.0]}), path)
    assert read_ticks(path).time.tolist() == [1_700_000_040_000, 1_700_000_040_500]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is no file of trades"),
        (b"hello", "is no file of trades"),
        (b"PAR1 and nothing", "is no file of trades"),
        (bytes(range(256)), "row 3 has 2 values where the header has 1"),
        (b"time,price\n1,2\n", "is no file of trades"),
        (b"time,price,amount\n", "holds no trades"),
        (b"time,price,amount\nyesterday,1,1\n", "row 2: 'yesterday' is no time"),
        (b"time,price,amount\n1700000040,many,1\n", "row 2: the price 'many' is no finite number"),
        (b"time,price,amount\n1700000040,,1\n", "row 2: the price is missing"),
        (b"time,price,amount\nnan,1,1\n", "row 2: the time is missing"),
        (
            b"time,price,amount\n1700000041,1,1\n1700000040,1,1\n",
            "trade 2: the time lies before that of the trade before",
        ),
        (b"time,price,amount\n1700000040,1e30,1\n", "trade 1: the price is that of no market"),
        (b"time,price,amount\n1700000040,1,-1\n", "trade 1: the amount is that of no trade"),
        (b"time,price,amount\n9e14,1,1\n", "trade 1: the time is beyond the year 9999"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path: Path, raw: bytes, why: str) -> None:
    with pytest.raises(BadTicks, match=why):
        read_ticks(file(tmp_path, raw))


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(BadTicks, match="cannot be read: No such file"):
        read_ticks(Path("nowhere.csv"))


def crossing(*, intrabar: bool = True) -> Strategy:
    node = TrendlineCross("1m", Level(101.0), "up", "intrabar") if intrabar else TimeWindow("1m", START, START + 60)
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1m",
        nodes={"in": node},
        entry=Entry("long", "in"),
        stop=AtPercent(1.0),
        targets=(Target(AtPercent(1.0)),),
    )


def walk() -> list[list[float]]:
    random, price, bars = np.random.default_rng(4), 100.0, []
    for _ in range(200):
        prices = []
        for step in random.normal(0, 0.2, 12).tolist():
            price = round(price + step + (101.0 - price) * 0.02, 2)
            prices.append(price)
        bars.append(prices)
    return bars


def written(strategy: Strategy) -> None:
    """strategy.yaml, candles.csv and trades.csv in the working directory."""
    provenance = Provenance("0" * 64, "test", "BINANCE:ETHUSDT", (), {})
    Path("strategy.yaml").write_bytes(write(freeze("one", "one", strategy, provenance)))
    candles, trades = ["time,open,high,low,close,volume"], ["time,price,amount"]
    for row, prices in enumerate(walk()):
        time = START + 60 * row
        candles.append(f"{time},{prices[0]},{max(prices)},{min(prices)},{prices[-1]},{len(prices)}")
        trades += [f"{1000 * time + 1000 * at},{price},1" for at, price in enumerate(prices)]
    Path("candles.csv").write_text("\n".join(candles))
    Path("trades.csv").write_text("\n".join(trades))


def test_recorded_trades_decide_within_the_bar(drawbridge: Commands) -> None:
    written(crossing())
    by_trade = drawbridge.done(
        "backtest", "strategy.yaml", "--candles", "candles.csv", "--ticks", "trades.csv", "--json"
    )
    by_bar = drawbridge.done("backtest", "strategy.yaml", "--candles", "candles.csv", "--json")
    traded = {price for prices in walk() for price in prices}
    entries = [trade["entry_price"] for trade in by_trade.json["trades"]]
    assert len(entries) > 5
    assert set(entries) <= traded
    assert 101.0 in {trade["entry_price"] for trade in by_bar.json["trades"]}  # the line's own value
    assert by_bar.json["trades"] != by_trade.json["trades"]
    assert len(by_trade.json["equity"]) == 200
    assert not [note for note in by_trade.json["notes"] if "missed" in note or "approximate" in note]


def test_bars_whose_trades_are_not_all_there_are_noted(drawbridge: Commands) -> None:
    written(crossing())
    lines = Path("trades.csv").read_text().splitlines()
    Path("trades.csv").write_text("\n".join([*lines[:200], *lines[230:]]))
    said = drawbridge.done(*BY_BAR, "--ticks", "trades.csv")
    assert [note for note in said.json["notes"] if "trades of this bar were missed" in note]


@pytest.mark.parametrize("kept", [slice(13, None), slice(1, -13)], ids=["first", "last"])
def test_bars_without_recorded_trades_are_candles_alone_and_that_is_said(drawbridge: Commands, kept: slice) -> None:
    written(crossing())
    head, *lines = Path("trades.csv").read_text().splitlines()
    Path("trades.csv").write_text("\n".join([head, *lines[kept]]))
    said = drawbridge.done(*BY_BAR, "--ticks", "trades.csv")
    assert any("the candles alone leave the path to an assumption" in note for note in said.json["notes"])


def test_where_no_node_is_decided_within_a_bar_the_trades_change_nothing(drawbridge: Commands) -> None:
    written(crossing(intrabar=False))
    by_trade = drawbridge.done(
        "backtest", "strategy.yaml", "--candles", "candles.csv", "--ticks", "trades.csv", "--json"
    )
    by_bar = drawbridge.done("backtest", "strategy.yaml", "--candles", "candles.csv", "--json")
    assert by_trade.json["trades"] == by_bar.json["trades"]
    assert "no node of the strategy is decided within a bar, so the trades change nothing" in by_trade.json["notes"]


def test_each_strategy_needs_a_file_of_its_own(drawbridge: Commands) -> None:
    written(crossing())
    two = ("strategy.yaml", "strategy.yaml", "--candles", "candles.csv", "--candles", "candles.csv")
    assert "give one --ticks for each" in drawbridge("backtest", *two, "--ticks", "trades.csv").refusal


def test_a_watch_has_no_trades(drawbridge: Commands) -> None:
    watch = Strategy(kind="watch", market=MARKET, timeframe="1m", nodes=crossing().nodes)
    written(watch)
    refusal = drawbridge("backtest", "strategy.yaml", "--candles", "candles.csv", "--ticks", "trades.csv").refusal
    assert "a watch has no trades" in refusal
