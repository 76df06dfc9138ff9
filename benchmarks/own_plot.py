"""The program's own side of the picture benchmark. As a program: start to first picture."""

from __future__ import annotations

import numpy as np

from benchmarks.shapes import HEIGHT, WIDTH, Ends, Picture, make_picture
from server.charts.render import render
from server.charts.scene import scene_of
from spec.bars import Bars
from spec.geometry import Anchor, Channel, Level, Line, Zone
from spec.market import Market
from spec.signals import Node, SrProximity, Tolerance, TrendlineCross
from spec.strategy import Strategy

FRAME = "1m"


def bars_of(picture: Picture) -> Bars:
    """The candles as bars."""
    time, *prices = (picture.columns[name] for name in ("time", "open", "high", "low", "close", "volume"))
    return Bars(FRAME, time.astype(np.int64), *prices)


def strategy_of(picture: Picture) -> Strategy:
    """The eight shapes as a watch."""
    channel = Channel(*(_line(ends, picture) for ends in picture.channel))
    nodes: dict[str, Node] = {"channel": SrProximity(FRAME, channel, "leave")}
    for at, ends in enumerate(picture.lines):
        nodes[f"line{at}"] = TrendlineCross(FRAME, _line(ends, picture))
    for at, price in enumerate(picture.levels):
        nodes[f"level{at}"] = SrProximity(FRAME, Level(price), "near", tolerance=Tolerance())
    for at, (low, high) in enumerate(picture.zones):
        nodes[f"zone{at}"] = SrProximity(FRAME, Zone(low, high), "enter")
    return Strategy("watch", Market("binance", "ETH/BTC", "spot", 0.01), FRAME, nodes)


def _line(ends: Ends, picture: Picture) -> Line:
    one, two = (Anchor(int(picture.columns["time"][bar]), price) for bar, price in ends)
    return Line("bars", "linear", one, two, ends[1][0] - ends[0][0], extend_forward=True)


def plot(strategy: Strategy, bars: Bars) -> bytes:
    """A PNG of candles, volume and the strategy's shapes with their labels."""
    return render(scene_of(strategy, "eight shapes", bars), width=WIDTH, height=HEIGHT)


if __name__ == "__main__":
    made = make_picture(seed=0)
    plot(strategy_of(made), bars_of(made))
