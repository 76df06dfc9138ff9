"""From a drawing export to a picture, as the README walks; and the JSON that others rely on."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.server.commands import CANDLES, EXPORT, EXPORTED_AT, LONG, WATCH, Commands, frozen

PNG = b"\x89PNG\r\n\x1a\n"
DIGEST = "7c72fdb758d934d8b25fe8bd3af9b8140ccd0664e9e8d77511ffb3caf053566b"
LINE = "trend_line.tRnd01"
FIRED, TRADED = 1_517_045_100, 1_517_045_400  # 09:25 and 09:30 UTC


def bar(time: int) -> dict[str, float]:
    """A row of the candle file, read without any of our code."""
    with CANDLES.open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if int(row["time"]) == time)
    return {name: float(value) for name, value in row.items()}


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(PNG)
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


@pytest.fixture
def strategy(drawbridge: Commands) -> Path:
    """A frozen strategy in the current folder."""
    path = Path("strategy.yaml")
    path.write_bytes(frozen())
    return path


def test_an_export_becomes_a_frozen_strategy_with_signals_trades_and_pictures(drawbridge: Commands) -> None:
    read = drawbridge.done("interpret", EXPORT, "--candles", CANDLES, "--exported-at", "2018-01-27T07:45:00Z")
    Path("draft.yaml").write_text(read.out)
    assert (read.out.startswith("# 4 drawings: 3 understood, 1 left out, 0 questions open.\n"), read.err) == (True, "")

    froze = drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "-o", "strategy.yaml")
    assert froze.out == f"{DIGEST}\n"
    assert froze.err == f"{LONG}: long break on BINANCE:ETHBTC 5m, frozen in strategy.yaml\n"
    assert Path("strategy.yaml").read_bytes() == frozen()

    verified = drawbridge.done("verify", "strategy.yaml")
    said = f"strategy.yaml is as it was frozen: {LONG}, long break on BINANCE:ETHBTC 5m\n"
    assert verified == (0, f"{DIGEST}\n", said)

    fired = drawbridge.done("signals", "strategy.yaml", "--candles", CANDLES)
    assert fired.err == "2 firings\n"
    assert list(csv.reader(fired.out.splitlines())) == [
        ["time", "node", "kind", "event", "price", "value"],
        ["2018-01-27 09:25 UTC", LINE, "trendline_cross", "up", "0.0957", "0.09543354838709676"],
        ["2018-01-27 10:10 UTC", LINE, "trendline_cross", "up", "0.09544068", "0.09537403225806451"],
    ]

    tested = drawbridge.done(
        "backtest", "strategy.yaml", "--candles", CANDLES, "--chart", "trades.png", "--report", "report.html"
    )
    assert tested.err == "note: an entry signal came while a position was open: one position at a time (1 bars)\n"
    assert tested.out.splitlines()[:2] == [
        "1 trade",
        "  long 2018-01-27 09:30 UTC at 0.0957 → 2018-01-28 10:05 UTC at 0.1, size 52631.579, target: +226.32",
    ]
    assert size(Path("trades.png").read_bytes()) == (1200, 675)
    assert Path("report.html").read_text().startswith("<!doctype html>")

    drawn = drawbridge.done("chart", "strategy.yaml", "--candles", CANDLES, "-o", "strategy.png")
    assert (drawn.out, drawn.err) == ("", "drawn in strategy.png\n")
    assert size(Path("strategy.png").read_bytes()) == (1200, 675)


def test_a_draft_in_json_freezes_to_the_same_bytes(drawbridge: Commands) -> None:
    read = drawbridge.done("interpret", EXPORT, "--candles", CANDLES, "--exported-at", EXPORTED_AT, "--format", "json")
    Path("draft.json").write_text(read.out)
    drawbridge.done("freeze", "draft.json", "--strategy", LONG, "-o", "strategy.yaml")
    assert Path("strategy.yaml").read_bytes() == frozen()


def test_a_watch_is_frozen_and_heard_like_a_strategy(drawbridge: Commands) -> None:
    Path("watch.yaml").write_bytes(frozen(WATCH))
    rows = drawbridge.done("signals", "watch.yaml", "--candles", CANDLES, "--json").json
    assert {(row["node"], row["kind"], row["event"]) for row in rows} == {("rectangle.zOne02", "sr_proximity", "enter")}
    assert all(0.0941 <= row["price"] <= 0.0946 for row in rows)
    assert drawbridge("backtest", "watch.yaml", "--candles", CANDLES).refusal == "a watch has no trades; use signals"


class TestInterpretJson:
    @pytest.fixture
    def read(self, drawbridge: Commands) -> Any:
        return drawbridge.done("interpret", EXPORT, "--candles", CANDLES, "--format", "json").json

    def test_the_digest_is_that_of_the_raw_bytes(self, read: Any) -> None:
        assert read["export_digest"] == hashlib.sha256(EXPORT.read_bytes()).hexdigest()

    def test_every_drawing_is_understood_or_left_out_once(self, read: Any) -> None:
        keys = [one["drawing"] for one in read["understood"] + read["left_out"]]
        assert (read["drawings"], keys) == (4, ["tRnd01", "zOne02", "lOng03", "nOte04"])

    def test_understood_names_the_nodes_with_their_prices(self, read: Any) -> None:
        anchors = [
            {"time": 1_516_969_500, "price": 0.0971, "offset": 0},
            {"time": 1_517_025_300, "price": 0.09587, "offset": 0},
        ]
        wanted = ("drawing", "tool", "symbol", "nodes")
        assert [[one[name] for name in wanted] for one in read["understood"]] == [
            [
                "tRnd01",
                "trend_line",
                "BINANCE:ETHBTC",
                [{"name": LINE, "kind": "trendline_cross", "anchors": anchors}],
            ],
            [
                "zOne02",
                "rectangle",
                "BINANCE:ETHBTC",
                [{"name": "rectangle.zOne02", "kind": "sr_proximity", "low": 0.0941, "high": 0.0946}],
            ],
            [
                "lOng03",
                "long_position",
                "BINANCE:ETHBTC",
                [
                    {"name": "long_position.lOng03.entry", "kind": "entry", "price": 0.0956},
                    {"name": "long_position.lOng03.stop", "kind": "stop", "price": 0.0938},
                    {"name": "long_position.lOng03.target", "kind": "target", "price": 0.1},
                ],
            ],
        ]

    def test_left_out_names_the_reason(self, read: Any) -> None:
        reason = "it is text or a mark, not a line, level or zone"
        assert read["left_out"] == [{"drawing": "nOte04", "tool": "text", "symbol": "BINANCE:ETHBTC", "reason": reason}]

    def test_strategies_name_trades_and_watches(self, read: Any) -> None:
        wanted = ("id", "kind", "name", "symbol", "timeframe")
        assert read["questions"] == []
        assert [{name: one[name] for name in wanted} for one in read["strategies"]] == [
            {
                "id": LONG,
                "kind": "strategy",
                "name": "long break on BINANCE:ETHBTC 5m",
                "symbol": "BINANCE:ETHBTC",
                "timeframe": "5m",
            },
            {
                "id": WATCH,
                "kind": "watch",
                "name": "watch on BINANCE:ETHBTC 5m",
                "symbol": "BINANCE:ETHBTC",
                "timeframe": "5m",
            },
        ]


class TestSignalsJson:
    def test_the_time_is_the_open_of_the_bar_and_the_price_its_close(
        self, drawbridge: Commands, strategy: Path
    ) -> None:
        rows = drawbridge.done("signals", strategy, "--candles", CANDLES, "--json").json
        assert rows == [
            {
                "node": LINE,
                "kind": "trendline_cross",
                "event": "up",
                "time": time,
                "price": bar(time)["close"],
                "value": value,
            }
            for time, value in ((FIRED, 0.09543354838709676), (1_517_047_800, 0.09537403225806451))
        ]

    def test_rows_come_in_time_order_with_the_keys_of_the_contract(self, drawbridge: Commands) -> None:
        Path("watch.yaml").write_bytes(frozen(WATCH))
        rows = drawbridge.done("signals", "watch.yaml", "--candles", CANDLES, "--json").json
        times = [row["time"] for row in rows]
        assert len(rows) > 3
        assert times == sorted(times)
        assert {tuple(row) for row in rows} == {("node", "kind", "event", "time", "price", "value")}
        assert {type(value) for row in rows for value in list(row.values())[3:]} == {int, float}

    def test_an_intrabar_node_gives_the_value_of_the_line(self, drawbridge: Commands) -> None:
        read = drawbridge.done("interpret", EXPORT, "--candles", CANDLES).out
        Path("draft.yaml").write_text(read.replace("trigger: bar_close", "trigger: intrabar"))
        drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "-o", "edited.yaml")
        fired = drawbridge.done("signals", "edited.yaml", "--candles", CANDLES, "--json")
        assert "approximate" in fired.err
        for row in fired.json:
            candle = bar(row["time"])
            assert row["price"] in {row["value"], candle["open"]}
            assert candle["low"] <= row["price"] <= candle["high"]

    def test_without_a_firing_the_list_is_empty(self, drawbridge: Commands, strategy: Path) -> None:
        lines = CANDLES.read_bytes().splitlines()
        Path("quiet.csv").write_bytes(b"\n".join(lines[:4900]))
        assert drawbridge.done("signals", strategy, "--candles", "quiet.csv", "--json").json == []


class TestBacktestJson:
    @pytest.fixture
    def tested(self, drawbridge: Commands, strategy: Path) -> Any:
        return drawbridge.done("backtest", strategy, "--candles", CANDLES, "--json").json

    def test_a_close_is_traded_at_the_open_of_the_next_bar(self, tested: Any) -> None:
        (trade,) = tested["trades"]
        assert list(trade) == [
            "side",
            "entry_time",
            "entry_price",
            "exit_time",
            "exit_price",
            "size",
            "reason",
            "pnl",
        ]
        assert (trade["side"], trade["entry_time"], trade["reason"]) == ("long", TRADED, "target")
        assert trade["entry_price"] == bar(TRADED)["open"]
        assert bar(trade["exit_time"])["low"] <= trade["exit_price"] == 0.1 <= bar(trade["exit_time"])["high"]
        assert trade["pnl"] == pytest.approx((trade["exit_price"] - trade["entry_price"]) * trade["size"])

    def test_the_size_risks_one_percent_at_the_stop_within_the_exposure(self, tested: Any) -> None:
        (trade,) = tested["trades"]
        assert trade["size"] * (trade["entry_price"] - 0.0938) == pytest.approx(100, rel=1e-6)
        assert trade["size"] * trade["entry_price"] <= 10_000

    def test_the_parts_are_three_and_hold_the_figures_of_the_contract(self, tested: Any) -> None:
        assert list(tested["metrics"]) == ["before_last_anchor", "before_export", "after_export"]
        for part in tested["metrics"].values():
            assert set(part) >= {"trades", "return", "max_drawdown", "win_rate", "profit_factor", "sharpe"}
        assert [part["trades"] for part in tested["metrics"].values()] == [0, 0, 1]

    def test_the_equity_starts_with_the_cash_and_ends_with_the_profit(self, tested: Any) -> None:
        curve, (trade,) = tested["equity"], tested["trades"]
        assert curve[0] == [1_515_560_100, 10_000.0]
        assert curve[-1] == [1_517_287_800, pytest.approx(10_000 + trade["pnl"])]
        assert [time for time, _ in curve] == sorted({time for time, _ in curve})

    def test_nobody_knows_what_is_out_of_sample_without_the_time_of_the_export(self, drawbridge: Commands) -> None:
        Path("draft.yaml").write_text(drawbridge.done("interpret", EXPORT, "--candles", CANDLES).out)
        drawbridge.done("freeze", "draft.yaml", "--strategy", LONG, "-o", "strategy.yaml")
        metrics = drawbridge.done("backtest", "strategy.yaml", "--candles", CANDLES, "--json").json["metrics"]
        assert metrics["after_export"] is None
        words = drawbridge.done("backtest", "strategy.yaml", "--candles", CANDLES).out
        assert "unknown: the export does not say when it was made; interpret it with --exported-at TIME" in words

    def test_settings_give_fees_slippage_and_cash(self, drawbridge: Commands, strategy: Path) -> None:
        settings = "paper_cash = 1000\npaper_fee = 0.001\npaper_slippage_ticks = 10\n"
        Path("drawbridge.toml").write_text(settings)
        tested = drawbridge.done("backtest", strategy, "--candles", CANDLES, "--json").json
        (trade,) = tested["trades"]
        assert tested["equity"][0][1] == 1000.0
        assert trade["entry_price"] == pytest.approx(bar(TRADED)["open"] + 10e-6)
        fees = 0.001 * trade["size"] * (trade["entry_price"] + trade["exit_price"])
        gross = trade["size"] * (trade["exit_price"] - trade["entry_price"])
        assert trade["pnl"] == pytest.approx(gross - fees)


class TestPictures:
    @pytest.mark.parametrize("theme", ["dark", "light"])
    def test_theme_and_size_are_options(self, drawbridge: Commands, strategy: Path, theme: str) -> None:
        drawbridge.done(
            "chart", strategy, "--candles", CANDLES, "-o", "a.png", "--theme", theme, "--width", 640, "--height", 360
        )
        assert size(Path("a.png").read_bytes()) == (640, 360)

    def test_the_setting_gives_the_theme(
        self, drawbridge: Commands, strategy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawbridge.done("chart", strategy, "--candles", CANDLES, "-o", "dark.png")
        drawbridge.done("chart", strategy, "--candles", CANDLES, "-o", "light.png", "--theme", "light")
        monkeypatch.setenv("DRAWBRIDGE_THEME", "light")
        drawbridge.done("chart", strategy, "--candles", CANDLES, "-o", "set.png")
        assert Path("set.png").read_bytes() == Path("light.png").read_bytes() != Path("dark.png").read_bytes()

    def test_an_export_is_drawn_as_it_was_understood(self, drawbridge: Commands) -> None:
        drawbridge.done("chart", EXPORT, "--candles", CANDLES, "-o", "export.png")
        assert size(Path("export.png").read_bytes()) == (1200, 675)
