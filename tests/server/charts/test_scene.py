"""Scenes: a strategy becomes exactly these parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from server.charts.elements import Label, Position, Scene, Stroke, Tag
from server.charts.overlay import Overlay
from server.charts.scene import scene_of
from spec.bars import BadBars, Bars, make_bars
from spec.evaluation import evaluate
from spec.geometry import Level, Line
from spec.signals import Node, TrendlineCross
from spec.strategy import AtLine, AtPrice, Entry, Strategy, Target
from tests.server.charts.examples import ETHBTC, breakout, daily, ethbtc, growth, line

if TYPE_CHECKING:
    from spec.market import Market

HOUR = 3600
near: Any = pytest.approx
BLUE, RED, GREEN = "#4f8dff", "#f23645", "#089981"


def hours(count: int = 200) -> Bars:
    return make_bars("1h", [(HOUR * at, 100, 102, 98, 100, 1) for at in range(count)])


def parts(scene: Scene) -> dict[str, object]:
    """The scene without its bars, which compare by identity."""
    return {name: value for name, value in msgspec.structs.asdict(scene).items() if name != "bars"}


def rising(bars: Bars, **change: bool) -> Line:
    return msgspec.structs.replace(line(bars, (100, 99.0), (150, 100.0)), **change)


def watch(bars: Bars, market: Market | None = ETHBTC, **change: bool) -> Strategy:
    return Strategy("watch", market, "1h", {"support": TrendlineCross("1h", rising(bars, **change), "down")})


def test_a_strategy_becomes_a_scene() -> None:
    bars = hours()
    nodes: dict[str, Node] = {"support": TrendlineCross("1h", rising(bars), "up")}
    plan = Strategy(
        "strategy",
        ETHBTC,
        "1h",
        nodes,
        entry=Entry("long", "support"),
        stop=AtPrice(97.0),
        targets=(Target(AtPrice(104.0)),),
    )
    scene = scene_of(plan, "bounce", bars, Overlay(texts={"support": "neckline"}, note="replayed"))
    value, far = near(100.98), (519.0, near(108.98))
    middle = ((20.0, 99.0), (70.0, 100.0))
    assert parts(scene) == {
        "title": "ETH/BTC \u00b7 1h \u00b7 BINANCE",
        "subtitle": "bounce",
        "note": "replayed",
        "strokes": (Stroke(middle, BLUE), Stroke((middle[1], far), BLUE, dashed=True)),
        "areas": (),
        "labels": (Label("long \u00b7 neckline \u00b7 break up", (value,), (*middle, far), BLUE),),
        "tags": (Tag(97.0, RED), Tag(104.0, GREEN), Tag(value, BLUE)),
        "marks": (),
        "arrows": (),
        "position": Position("long", 119, 135.8, value, 97.0, ((104.0, 1.0),)),
        "tick": 1e-6,
        "ahead": near(16.8),
        "log": False,
        "theme": "dark",
    }
    assert (scene.bars.time[0], scene.bars.time[-1]) == (80 * HOUR, 199 * HOUR)


def test_finer_candles_are_resampled_to_the_strategys_timeframe() -> None:
    bars = ethbtc()
    scene = scene_of(Strategy("watch", ETHBTC, "1h", {"level": TrendlineCross("1h", Level(0.1))}), "level", bars)
    assert scene.bars.timeframe == "1h"
    assert np.diff(scene.bars.time).min() == HOUR


def test_coarser_candles_are_refused() -> None:
    with pytest.raises(BadBars, match="candles of 1d cannot be made into 1h"):
        scene_of(watch(hours()), "support", daily())


def test_candles_without_a_whole_bar_are_refused() -> None:
    one = make_bars("5m", [(300, 1, 1, 1, 1, 1)])
    with pytest.raises(BadBars, match="no whole bar of 1h"):
        scene_of(Strategy("watch", ETHBTC, "1h", {"level": TrendlineCross("1h", Level(0.1))}), "level", one)


def test_no_candles_are_refused() -> None:
    with pytest.raises(BadBars, match="there are no candles"):
        scene_of(watch(hours()), "support", hours()[:0])


def test_what_is_approximate_or_not_evaluated_is_said() -> None:
    bars = hours()
    assert scene_of(watch(bars), "support", bars).note == ""
    note = "approximate: the bars of support were counted by the clock"
    assert scene_of(watch(bars, approximate=True), "support", bars).note == note
    unknown = scene_of(watch(bars, market=None), "support", bars)
    assert (unknown.title, unknown.subtitle) == ("support \u00b7 1h", "")
    assert unknown.note == "not evaluated: its market is not known"


def test_a_drawing_placed_by_the_clock_is_said_to_be() -> None:
    bars = hours()
    market = msgspec.structs.replace(ETHBTC, reports_every_interval=True)
    scene = scene_of(watch(bars, market=market), "support", bars[160:])
    assert "it was placed by the clock" in scene.note


def test_a_drawing_outside_the_picture_is_named() -> None:
    bars = hours(1000)
    scene = scene_of(watch(bars, extend_forward=False), "support", bars)
    assert (scene.strokes, scene.labels, scene.note) == ((), (), "outside the picture: support")


def test_a_log_line_asks_for_a_log_axis_that_the_prices_can_have() -> None:
    days = daily()
    assert scene_of(growth(days), "growth", days).log
    assert not scene_of(watch(hours()), "support", hours()).log


def test_a_stop_on_a_line_is_drawn_as_that_line() -> None:
    bars = hours()
    nodes: dict[str, Node] = {"level": TrendlineCross("1h", Level(100.5), "up")}
    stop = AtLine(line(bars, (100, 97.0), (150, 97.0)))
    plan = Strategy("strategy", ETHBTC, "1h", nodes, entry=Entry("long", "level"), stop=stop)
    scene = scene_of(plan, "level", bars)
    assert [label.words for label in scene.labels] == ["long \u00b7 break up", "stop"]
    assert scene.strokes[1].colour == RED
    assert scene.position is not None
    assert scene.position.stop == 97.0


def test_a_plan_far_from_the_price_shows_its_exits_as_levels() -> None:
    bars = hours()
    nodes: dict[str, Node] = {"level": TrendlineCross("1h", Level(200.0), "up")}
    plan = Strategy("strategy", ETHBTC, "1h", nodes, entry=Entry("long", "level"), stop=AtPrice(97.0))
    scene = scene_of(plan, "level", bars)
    assert scene.position is None
    assert [(label.words, label.prices) for label in scene.labels] == [
        ("long \u00b7 break up", (200.0,)),
        ("stop", (97.0,)),
    ]


def test_the_traders_colours_are_kept_where_they_can_be_seen() -> None:
    bars = hours()
    shown = [
        scene_of(watch(bars), "support", bars, Overlay(colours={"support": written})).strokes[0].colour
        for written in ("rgba(255, 152, 0, 1)", "#131722", "nonsense")
    ]
    assert shown == ["#ff9800", BLUE, BLUE]


def test_a_drawing_that_is_never_reached_by_the_candles_is_refused() -> None:
    bars = hours()
    with pytest.raises(BadBars, match="the candles end at"):
        scene_of(watch(bars), "support", bars[:120])


def test_the_firings_of_the_example_are_marked_on_their_bars() -> None:
    bars = ethbtc()
    plan = breakout(bars)
    said, _ = evaluate(plan.nodes, plan.market, bars)
    scene = scene_of(plan, "breakout", bars, Overlay(firings=said))
    first = int(np.searchsorted(bars.time, scene.bars.time[0]))
    expected = sorted(int(at) - first for name in plan.nodes for at in said[name].hits.index if at >= first)
    assert sorted(mark.index for mark in scene.marks) == expected
