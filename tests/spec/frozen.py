"""Artifacts that use every part of the vocabulary once, and a small one."""

from __future__ import annotations

from msgspec.structs import replace

from spec.canonical import freeze
from spec.geometry import Anchor, Channel, Level, Line, Moment, Zone
from spec.managing import BreakEven, EntryOrder, Managing, Requote, Slices, Trail
from spec.market import Market
from spec.operands import (
    AtrOf,
    BollingerOf,
    Constant,
    EmaOf,
    MacdOf,
    ObvOf,
    PriceOf,
    RsiOf,
    SmaOf,
    StochasticOf,
    ValueOf,
    VolumeProfileOf,
    VwapOf,
)
from spec.signals import (
    AllOf,
    AnyOf,
    Compare,
    Cooldown,
    Node,
    NoneOf,
    Once,
    Regime,
    Sequence,
    SrProximity,
    TimeWindow,
    Tolerance,
    TrendlineCross,
)
from spec.strategy import (
    Artifact,
    AtAtr,
    AtLine,
    AtPercent,
    AtPrice,
    Entry,
    Origin,
    Provenance,
    Risk,
    Strategy,
    Target,
)

MARKET = Market("binance", "ETH/BTC", "spot", 1e-06, reports_every_interval=False)
RISING = Line("bars", "log", Anchor(1_670_803_200, 0.0176), Anchor(1_711_324_800, 0.0805, 10), 77, extend_forward=True)
PARALLEL = Line(
    "bars", "log", Anchor(1_670_803_200, 0.0186), Anchor(1_711_324_800, 0.0905, 10), 77, extend_forward=True
)
BY_TIME = Line("time", "linear", Anchor(1_670_803_200, 0.02), Anchor(1_711_324_800, 0.03), approximate=False)
PROVENANCE = Provenance(
    export_digest="0f" * 32,
    interpreter="1",
    symbol="BINANCE:ETHBTC",
    drawings=(
        Origin("a1", "LineToolTrendLine", "long: break\n\t“käme” 🚀 # *x", ("break",), ((1_670_803_200, 0, 0.0176),)),
        Origin("b2", "LineToolRectangle", "", ("zone", "touch"), ((None, 0, None), (1_711_324_800, -3, 0.5))),
    ),
    answers={"scale:a1": "log", "on": "12:30", "valid": "yes"},
    last_anchor=1_711_324_800,
    exported_at=1_711_411_200,
    exported_by="bars",
    proposer="anna",
)

EVERY_NODE: dict[str, Node] = {
    "break": TrendlineCross("1w", RISING, "up", "intrabar", "only_once", 1_711_324_800, 1_717_372_800),
    "level": TrendlineCross("1d", Level(0.07, Moment(1_711_324_800)), "down"),
    "zone": SrProximity("1d", Zone(0.05, 0.06, None, Moment(1_711_324_800, 3)), "enter"),
    "touch": SrProximity("1d", Level(0.05), "touch", "intrabar"),
    "near": SrProximity("1d", BY_TIME, "near", tolerance=Tolerance("percent", 1e-08)),
    "channel": SrProximity("1w", Channel(RISING, PARALLEL), "inside"),
    "moving": Compare("1d", PriceOf("close"), "greater", PriceOf("close", 3), 1.05, 1e16),
    "over": Compare("1d", ValueOf(BY_TIME), "less", Constant(-0.0)),
    "calm": Compare("1d", AtrOf(20), "less", Constant(0.001)),
    "hours": TimeWindow("1d", 1_711_324_800, None, (0, 1, 2), 480, 960),
    "both": AllOf(("zone", "hours")),
    "either": AnyOf(("both", "touch")),
    "neither": NoneOf(("near", "channel")),
    "then": Sequence("zone", "touch", 5),
    "first": Once("then"),
    "seldom": Cooldown("touch", 10),
}

STRATEGY = Strategy(
    kind="strategy",
    market=MARKET,
    timeframe="1d",
    nodes=EVERY_NODE,
    entry=Entry("long", "first"),
    stop=AtAtr(2, 20),
    targets=(Target(AtPrice(0.1), 0.5), Target(AtPercent(3), 0.25), Target(AtLine(RISING), 0.25)),
    exit="level",
    risk=Risk(0.5, 2),
)

# Beside EVERY_NODE, whose digests are older than these kinds.
EVERY_INDICATOR: dict[str, Node] = {
    "average": Compare("4h", PriceOf("close"), "greater", SmaOf(200, "hl2")),
    "golden": Compare("1d", EmaOf(50), "crosses_above", EmaOf(200, back=1)),
    "weak": Compare("4h", RsiOf(), "less", Constant(30)),
    "squeeze": Compare("4h", BollingerOf("upper", 20, 1), "less", BollingerOf("lower", 50, 2.5, "ohlc4"), 1.01),
    "momentum": Compare("4h", MacdOf("line"), "crosses_below", MacdOf("signal", 5, 35, 5)),
    "fair": Compare("1h", PriceOf("low"), "less", VwapOf("week")),
    "slow": Compare("4h", StochasticOf("k", 14, 3), "greater", StochasticOf("d", 14, 3, 3, 2)),
    "volume": Compare("4h", ObvOf(), "greater", ObvOf(20, 5), plus=1000),
    "value": Compare("4h", PriceOf(), "crosses_above", VolumeProfileOf("value_area_high", 120, 30, 0.68)),
    "market": Regime("1d", "trend", 20, 100, 0.85, 22),
    "all": AllOf(("average", "fair", "golden", "market", "momentum", "slow", "squeeze", "value", "volume", "weak")),
}

MEASURED = Strategy(kind="watch", market=MARKET, timeframe="1h", nodes=EVERY_INDICATOR)

WATCH = Strategy(kind="watch", market=None, timeframe="1h", nodes={"level": TrendlineCross("1h", Level(100))})


def small() -> Artifact:
    """A watch of one level."""
    origin = Provenance("ab" * 32, "1", None, (Origin("x", "LineToolHorzLine", "note", ("level",), ()),), {})
    return freeze("my-watch", "Watch", WATCH, origin)


MANAGED = replace(
    STRATEGY,
    entry=Entry("long", "break", EntryOrder("stop_limit", AtAtr(0.5), slack=0.25, bars=4, requote=Requote(2, 3))),
    managing=Managing(
        trail=Trail(AtLine(RISING), after=1.0),
        break_even=BreakEven(after_target=1, after_r=1.5),
        bars=100,
        minute=750,
        until=1_720_000_000,
        invalidation=AtLine(PARALLEL),
    ),
)


SLICED = replace(STRATEGY, entry=Entry("long", "break", slices=Slices("twap", 12, 3)))


def large() -> Artifact:
    """A strategy with every kind of node, operand, shape and exit."""
    return freeze("everything", "Everything, once", STRATEGY, PROVENANCE)


def measured() -> Artifact:
    """A watch with every indicator."""
    origin = Provenance("cd" * 32, "1", None, (Origin("x", "LineToolNote", "", tuple(EVERY_INDICATOR), ()),), {})
    return freeze("measured", "Every indicator, once", MEASURED, origin)


def managed() -> Artifact:
    return freeze("managed", "Everything that came later, once", MANAGED, PROVENANCE)


def sliced() -> Artifact:
    return freeze("sliced", "An entry in slices", SLICED, PROVENANCE)
