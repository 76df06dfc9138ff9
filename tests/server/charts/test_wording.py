"""Wording: the few words on a line say what its node waits for."""

from __future__ import annotations

import pytest

from server.charts.wording import roles, words_of
from spec.geometry import Level, Zone
from spec.operands import AtrOf, Constant, PriceOf, SmaOf, ValueOf
from spec.signals import AllOf, Compare, Node, SrProximity, Tolerance, TrendlineCross
from tests.server.charts.examples import breakout, ethbtc, watch

LEVEL, ZONE = Level(1.0), Zone(1.0, 2.0)


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (TrendlineCross("1h", LEVEL, "up"), "break up"),
        (TrendlineCross("1h", LEVEL, "down", trigger="intrabar"), "break down, intrabar"),
        (TrendlineCross("1h", LEVEL), "cross"),
        (SrProximity("1h", ZONE, "enter"), "enter zone"),
        (SrProximity("1h", LEVEL, "near", tolerance=Tolerance()), "near level (\u00b10.1 ATR)"),
        (SrProximity("1h", LEVEL, "near", tolerance=Tolerance("percent", 0.5)), "near level (\u00b10.5%)"),
        (SrProximity("1h", LEVEL, "near", tolerance=Tolerance("ticks", 5)), "near level (\u00b15 ticks)"),
        (Compare("1h", PriceOf(), "greater", ValueOf(LEVEL)), "close above level"),
        (Compare("1h", PriceOf("low", 2), "less", Constant(1.5)), "low[2] below 1.5"),
        (Compare("1h", AtrOf(20), "greater", AtrOf()), "ATR(20) above ATR(14)"),
        (
            Compare("1h", PriceOf("volume"), "greater", SmaOf(20, "volume"), 1.5),
            "volume above 1.5 \u00d7 SMA(20) of volume",
        ),
        (Compare("1h", PriceOf(), "less", PriceOf("close", 3), plus=-2), "close below close[3] - 2"),
        (AllOf(("a", "b")), ""),
    ],
)
def test_a_node_is_worded(node: Node, words: str) -> None:
    assert words_of(node) == words


def test_nodes_of_the_entry_take_its_side() -> None:
    assert roles(breakout(ethbtc())) == {"demand": "long", "trend": "long", "long": "long"}
    assert roles(watch(ethbtc())) == {}
