"""The pictures that the tests draw: real candles, and strategies drawn on them as a trader would."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from server.charts.elements import Fill
from server.charts.equity import Equity
from server.charts.overlay import Overlay
from server.charts.scene import scene_of
from spec.bars import Bars, make_bars
from spec.evaluation import evaluate
from spec.geometry import Anchor, Channel, Level, Line, Moment, Zone
from spec.market import Market
from spec.signals import Node, Sequence, SrProximity, Tolerance, TrendlineCross
from spec.strategy import AtPercent, AtPrice, Entry, Strategy, Target

CANDLES = Path(__file__).parents[3] / "examples" / "ETHBTC-5m.csv"
ETHBTC = Market("binance", "ETH/BTC", "spot", 1e-6)
HOSTILE = (  # mathtext, an override of direction, what has no width, no glyph or many marks, controls, a mention
    "\U0001f680\U0001f680 $\\frac{1}{0}$ \u202eevil\u202c\u200b\n\tbreak \u7a81\u7834 \x00<!channel> "
    "\u05e9\u05dc\u05d5\u05dd " + "Z\u0335\u0321" * 30
)


def ethbtc() -> Bars:
    """ETH/BTC on Binance, 5m, 10 to 30 January 2018."""
    return make_bars("5m", np.loadtxt(CANDLES, delimiter=",", skiprows=1))


def anchor(bars: Bars, index: int, price: float) -> Anchor:
    """A point of a drawing on a bar."""
    return Anchor(int(bars.time[index]), price)


def line(bars: Bars, one: tuple[int, float], two: tuple[int, float], *, log: bool = False, on: bool = True) -> Line:
    """A trend line through two (index, price), extended forward with ``on``."""
    ends = anchor(bars, *one), anchor(bars, *two)
    return Line("bars", "log" if log else "linear", *ends, bars=two[0] - one[0], extend_forward=on)


def breakout(bars: Bars) -> Strategy:
    """Long when price comes back through a falling line after a visit to a zone of demand."""
    return Strategy(
        "strategy",
        ETHBTC,
        "5m",
        {
            "demand": SrProximity("5m", Zone(0.1034, 0.1040, Moment(int(bars.time[5510]))), "enter"),
            "trend": TrendlineCross("5m", line(bars, (5570, 0.1062), (5680, 0.1050)), "up"),
            "long": Sequence("demand", "trend", 50),
        },
        entry=Entry("long", "long"),
        stop=AtPrice(0.1030),
        targets=(Target(AtPrice(0.1060), 0.5), Target(AtPercent(2.5), 0.5)),
    )


def watch(bars: Bars) -> Strategy:
    """A channel, a level and a rising line: what a watch shows, without orders."""
    rails = line(bars, (5600, 0.1063), (5680, 0.1055)), line(bars, (5600, 0.1058), (5680, 0.1048))
    return Strategy(
        "watch",
        ETHBTC,
        "5m",
        {
            "channel": SrProximity("5m", Channel(*rails), "leave"),
            "round": SrProximity("5m", Level(0.1050), "near", tolerance=Tolerance()),
            "support": TrendlineCross("5m", line(bars, (5520, 0.1036), (5668, 0.1037)), "down"),
            "old": TrendlineCross("5m", line(bars, (5530, 0.1048), (5600, 0.1060), on=False), "either"),
        },
    )


def daily(count: int = 260) -> Bars:
    """A made-up market that grows tenfold in a year of days."""
    path = np.cumsum(np.random.default_rng(20180110).normal(0.009, 0.035, count))
    close = np.round(100 * np.exp(path), 2)
    open_ = np.concatenate([[100.0], close[:-1]])
    high = np.round(np.maximum(open_, close) * 1.012, 2)
    low = np.round(np.minimum(open_, close) * 0.988, 2)
    time = 1_483_228_800 + 86_400 * np.arange(count)
    volume = np.round(1e5 * np.abs(np.diff(path, prepend=0)) * 30 + 2e4)
    return make_bars("1d", np.column_stack([time, open_, high, low, close, volume]))


def growth(bars: Bars) -> Strategy:
    """A watch with a line that is straight in log price."""
    ends = (20, float(bars.low[20])), (150, float(bars.low[150]))
    nodes: dict[str, Node] = {"growth": TrendlineCross("1d", line(bars, *ends, log=True), "down")}
    return Strategy("watch", Market("okx", "SOL/USDT", "spot", 0.01), "1d", nodes)


def scenes() -> dict[str, object]:
    """Every golden picture by its name."""
    bars, days = ethbtc(), daily()
    plan, seen, climb = breakout(bars), watch(bars), growth(days)
    said, _ = evaluate(plan.nodes, plan.market, bars)
    watched, _ = evaluate(seen.nodes, seen.market, bars)
    fills = (
        Fill(int(bars.time[5731]), float(bars.open[5731]), "buy", "long"),
        Fill(int(bars.time[5743]), 0.1030, "sell", "stop"),
    )
    texts = {"trend": "buy the break", "demand": HOSTILE}
    return {
        "plan-dark": scene_of(plan, "breakout", bars[:5722]),
        "plan-light": scene_of(plan, "breakout", bars[:5722], Overlay(theme="light")),
        "filled-dark": scene_of(plan, "breakout", bars, Overlay(firings=said, fills=fills)),
        "watch-light": scene_of(seen, "watch ETH/BTC 5m", bars, Overlay(firings=watched, theme="light")),
        "log-dark": scene_of(climb, "growth", days),
        "hostile-light": scene_of(plan, HOSTILE * 400, bars, Overlay(said, texts=texts, note=HOSTILE, theme="light")),
        "equity-dark": equity(),
        "equity-light": equity("light"),
    }


def equity(theme: str = "dark") -> Equity:
    """A made-up course of an account, with the borders of hindsight."""
    steps = np.sin(np.arange(600) / 40) * 0.002 + np.random.default_rng(7).normal(0.0004, 0.004, 600)
    values = 10_000 * np.exp(np.cumsum(steps))
    start = 1_515_560_100
    return Equity(
        "breakout",
        tuple((start + 3600 * at, round(float(value), 2)) for at, value in enumerate(values)),
        subtitle="ETH/BTC \u00b7 1h \u00b7 BINANCE",
        facts=(("trades", "41"), ("win rate", "54%"), ("profit factor", "1.42"), ("sharpe", "1.10")),
        borders=((start + 3600 * 300, "last anchor"), (start + 3600 * 312, "exported")),
        theme="light" if theme == "light" else "dark",
    )
