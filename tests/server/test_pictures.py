"""What a picture is made of: which drawings of an export it shows, what its note says, which fills it marks."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from execution.ledger import Trade
from interpreters.freezing import draft_of, freeze_draft
from interpreters.reading import ExportUnreadable, read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from server.charts.elements import Fill, Scene
from server.pictures import export_scene, fills_of, of_export, of_strategy
from server.settings import Settings
from spec.bars import BadBars
from spec.strategy import BadStrategy
from tests.server.charts.pixels import pixels_of
from tests.server.commands import EXPORT, candles, export


def scene(raw: bytes) -> Scene:
    return export_scene(raw, candles(), Settings(), "dark")


def words(of: Scene) -> list[str]:
    return [label.words for label in of.labels]


def on_interval(key: str, interval: str) -> bytes:
    """The example with one drawing made on another interval."""
    tree = json.loads(EXPORT.read_bytes())
    for source in tree["charts"][0]["panes"][0]["sources"]:
        if source["id"] == key:
            source["state"]["interval"] = interval
    return json.dumps(tree).encode()


def with_second_chart(symbol: str) -> bytes:
    """The example in a layout beside the same drawings on another symbol."""
    tree: Any = json.loads(EXPORT.read_bytes())
    other = copy.deepcopy(tree["charts"][0])
    for source in other["panes"][0]["sources"]:
        source["state"]["symbol"] = symbol
        source["id"] += "b"
        source.pop("linkKey", None)
    axis = other["panes"][0]["rightAxisesState"][0]
    axis["sources"] = [f"{one}b" for one in axis["sources"]]
    other["panes"][0]["mainSourceId"] = "_seriesIdb"
    return json.dumps({**tree, "charts": [tree["charts"][0], other]}).encode()


def test_an_export_without_questions_is_drawn_with_its_trade_its_watch_and_their_firings() -> None:
    drawn = scene(EXPORT.read_bytes())
    assert (drawn.title, drawn.subtitle, drawn.note) == ("ETH/BTC \u00b7 5m \u00b7 BINANCE", "BINANCE:ETHBTC", "")
    assert words(drawn) == ["long \u00b7 long break \u00b7 break up", "demand \u00b7 enter zone"]
    assert {mark.way for mark in drawn.marks} == {"up", "at"}
    assert drawn.position is not None
    assert (drawn.position.stop, drawn.position.targets) == (0.0938, ((0.1, 1.0),))


def test_open_questions_are_drawn_with_the_likeliest_answer_without_firings_and_counted() -> None:
    drawn = scene(export(log=None))
    assert drawn.note == "1 open question, drawn with the likeliest answer"
    assert drawn.marks == ()
    assert [text.partition(" ")[0] for text in words(drawn)] == ["long", "demand"]
    assert drawn.position is not None


def test_an_unknown_market_is_shown_and_said_not_to_be_evaluated() -> None:
    drawn = scene(export(symbol="NASDAQ:AAPL"))
    assert drawn.title == "NASDAQ:AAPL \u00b7 5m"
    assert drawn.note.split(" \u00b7 ")[:2] == [
        "1 open question, drawn with the likeliest answer",
        "not evaluated: its market is not known",
    ]
    assert drawn.marks == ()


def test_a_frozen_watch_of_an_unknown_market_has_a_picture() -> None:
    read = interpret(read_export(export(symbol="NASDAQ:AAPL")), Context(candles=candles()))
    watch = freeze_draft(draft_of(read), "aapl-5m-watch", {"market": "watch"})
    assert watch.strategy.market is None
    assert pixels_of(of_strategy(watch, candles(), "light", (640, 360))).shape == (360, 640, 3)


def test_a_watch_on_a_coarser_timeframe_stands_beside_the_trade() -> None:
    drawn = scene(on_interval("zOne02", "60"))
    assert drawn.title == "ETH/BTC \u00b7 5m \u00b7 BINANCE"
    assert words(drawn) == ["long \u00b7 long break \u00b7 break up", "demand \u00b7 enter zone"]
    assert "not in this picture" not in drawn.note


def test_a_finer_one_is_not_in_the_picture_and_is_named() -> None:
    drawn = scene(on_interval("zOne02", "1"))
    assert words(drawn) == ["long \u00b7 long break \u00b7 break up"]
    assert drawn.note.endswith("not in this picture: ethbtc-1m-watch")


def test_another_symbol_of_the_layout_is_not_drawn_on_these_candles_but_named() -> None:
    for symbol in ("BINANCE:BTCUSDT", "BINANCE:AAVEBTC"):  # behind and before the first in the alphabet
        drawn = scene(with_second_chart(symbol))
        ticker = symbol.partition(":")[2].lower()
        assert drawn.title == "ETH/BTC \u00b7 5m \u00b7 BINANCE"
        assert words(drawn) == ["long \u00b7 long break \u00b7 break up", "demand \u00b7 enter zone"]
        assert f"not in this picture: {ticker}-5m-long, {ticker}-5m-watch" in drawn.note


def test_later_candles_do_not_push_the_drawing_out_of_the_picture() -> None:
    without_firings = scene(export(log=None))
    assert int(without_firings.bars.time[-1]) == 1_517_039_100 + 60 * 300  # 60 bars after the last anchor


def test_how_many_candles_came_later_is_counted_on_the_timeframe_of_the_drawing() -> None:
    tree = json.loads(export(log=None, only=["zOne02"]))
    for source in tree["charts"][0]["panes"][0]["sources"]:
        source["state"]["interval"] = "60"
    drawn = scene(json.dumps(tree).encode())
    assert drawn.title == "ETH/BTC \u00b7 1h \u00b7 BINANCE"
    assert int(drawn.bars.time[-1]) == 1_517_281_200  # the last whole hour: 67 hours later are not many


def test_an_export_without_anything_to_draw_is_refused() -> None:
    for raw in (export(only=["nOte04"]), export(only=[])):
        with pytest.raises(BadStrategy, match="nothing in the export can be drawn on these candles; `drawbridge inter"):
            scene(raw)
    with pytest.raises(ExportUnreadable):
        scene(b"{}")


def test_candles_that_cannot_place_a_drawing_are_refused() -> None:
    with pytest.raises(BadBars, match="after the drawing's anchor"):
        export_scene(export(symbol="KRAKEN:ETHBTC"), candles()[5000:], Settings(), "dark")


def test_the_picture_is_the_scene_in_the_size_asked_for() -> None:
    picture = of_export(EXPORT.read_bytes(), candles(), Settings(), "dark", (800, 450))
    assert pixels_of(picture).shape == (450, 800, 3)


def test_a_position_closed_in_portions_has_one_entry_and_an_exit_for_each() -> None:
    def closed(time: int, price: float, reason: str) -> Trade:
        return Trade("short", 100, 10.0, time, price, 1.0, reason, 0.0)

    assert fills_of([closed(200, 9.0, "target 1"), closed(200, 8.5, "target 2"), closed(300, 11.0, "stop")]) == [
        Fill(100, 10.0, "sell", "short"),
        Fill(200, 9.0, "buy", "target 1"),
        Fill(200, 8.5, "buy", "target 2"),
        Fill(300, 11.0, "buy", "stop"),
    ]
