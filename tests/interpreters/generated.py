"""Generated exports: drawings as traders make them, and drawings as nobody makes them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from interpreters.sketching import READERS
from interpreters.tools import TOOLS
from tests.interpreters.exports import DAY, FLAGGED, HOUR, START, UNFLAGGED, Json, at, candles, chart, charts, saved

WORDS = (
    "long short buy break bounce touch near retest extend noextend stop sl target tp1 50% exit watch ignore valid 10d "
    "group:a group:b up down wick close above maybe 2000.5 1950.5 tolerance 5 ticks propose"
)
TEXTS = st.lists(st.sampled_from(WORDS.split()), max_size=5).map(" ".join)
SYMBOLS = (FLAGGED, UNFLAGGED, "ETHUSDT", "CME:ES1!", None)

# Drawings with a shape: points on hours around START, prices around 2000.
POINTS = st.builds(
    at,
    st.integers(-3, 30),
    st.integers(150_000, 250_000).map(lambda cents: cents / 100),
    st.sampled_from([0, 0, 0, 3, -2]),
)
STATE = st.fixed_dictionaries(
    {
        "state_level1": st.just([0.5, "", True]),
        "state_level2": st.just([1, "", True]),
        "state_stopLevel": st.sampled_from([0, 1000]),
        "state_profitLevel": st.sampled_from([0, 2000]),
    },
    optional={
        "state_extendRight": st.booleans(),
        "state_interval": st.sampled_from(["60", "15", "240", "1D", "100R"]),
        "state_risk": st.sampled_from([25, 2]),
        "state_riskSize": st.sampled_from([10, 20]),
        "state_qty": st.just(1),
        "state_fibLevelsBasedOnLogScale": st.booleans(),
    },
)


def _drawn(tool: str, points: list[Json], key: str, text: str, state: Json) -> Json:
    return saved(tool, *points, key=key, text=text, **state)


TRADED = st.sampled_from(
    ["long break", "short", "long", "sell bounce", "stop", "tp1 50%", "exit", "long sl 1900.5 retest"]
)
DRAWINGS = st.builds(
    _drawn,
    st.sampled_from(sorted(READERS)),
    st.lists(POINTS, min_size=3, max_size=3),
    st.sampled_from("abcdefgh"),
    st.one_of(TRADED, TRADED, TEXTS),
    STATE,
)


def _charts(drawings: list[Json], known: Json) -> Json:
    return chart(*drawings, **known)


CHARTS = st.builds(
    _charts,
    st.lists(DRAWINGS, min_size=1, max_size=5),
    st.fixed_dictionaries(
        {
            "symbol": st.sampled_from(SYMBOLS[:4]),
            "interval": st.sampled_from(["60", "15", None]),
            "log": st.sampled_from([True, False, None, None]),
            "pricescale": st.sampled_from([100, None]),
        }
    ),
)
EXPORTS = st.lists(CHARTS, min_size=1, max_size=2).map(lambda several: charts(*several))

SERIES = (
    candles("1h", 40),
    candles("1h", 40, without=(3, 4)),
    candles("1d", 10, step=DAY),
    candles("15m", 80, step=900),
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "candles": st.sampled_from(SERIES),
        "price_scale": st.sampled_from(["log", "linear"]),
        "tick": st.just(0.1),
        "exported_at": st.sampled_from([START + 10 * HOUR, START + 3 * DAY]),
        "at": st.sampled_from([START, START + 7 * HOUR, START + 90 * DAY]),
        "also": st.just(("all",)),
        "hidden": st.just(True),
    },
)

# Drawings as nobody makes them: any tool, any value in any place.
JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.just(10**400),
)
JUNK_POINTS = st.one_of(
    JUNK,
    st.fixed_dictionaries(
        {
            "time_t": st.one_of(st.integers(START, START + DAY), JUNK),
            "offset": st.one_of(st.integers(-5, 20), st.integers(-(10**7), 10**7), JUNK),
            "price": st.one_of(st.floats(0.1, 5000), JUNK),
        },
        optional={"interval": st.sampled_from(["1", "60", "1D", "1M", "10S", "1T", "zz"])},
    ),
)
JUNK_LEVELS = st.one_of(JUNK, st.lists(JUNK, max_size=4), st.tuples(JUNK, st.just("#fff"), st.just(True)).map(list))
JUNK_STATES = st.dictionaries(
    st.sampled_from(
        [
            *"extendRight extendLeft visible stopLevel profitLevel qty lotSize riskSize risk accountSize".split(),
            *"amountTarget amountStop reverse extendLines fibLevelsBasedOnLogScale showMidline currencyId".split(),
        ]
    ),
    JUNK,
)


def _junk(tool: str, points: list[Any], key: str, texts: tuple[str, Json, Json]) -> Json:
    text, state, outer = texts
    source = saved(tool, key=key, text=text) | {"points": points} | outer
    return source | {"state": source["state"] | state}


JUNK_DRAWINGS = st.builds(
    _junk,
    st.one_of(st.sampled_from([api for api, _, _ in TOOLS]), st.sampled_from(sorted(READERS)), st.text(max_size=5)),
    st.lists(JUNK_POINTS, max_size=4),
    st.sampled_from(["a", "b", "c/d", "é" * 70, "x" * 70, "4"]),
    st.tuples(
        st.one_of(TEXTS, st.text(max_size=8)),
        st.tuples(
            JUNK_STATES,
            st.fixed_dictionaries(
                {}, optional={"symbol": st.sampled_from(SYMBOLS), "interval": st.sampled_from(["60", "1M", "1T", None])}
            ),
            st.dictionaries(st.sampled_from(["level0", "level1", "level24"]), JUNK_LEVELS),
        ).map(lambda parts: parts[0] | parts[1] | parts[2]),
        st.fixed_dictionaries(
            {},
            optional={
                "linkKey": st.sampled_from("kl"),
                "ownerSource": st.sampled_from(["_seriesId", "study"]),
                "version": st.sampled_from([1, 2]),
                "priceOffset": JUNK,
            },
        ),
    ),
)
JUNK_CHARTS = st.builds(
    _charts,
    st.lists(st.one_of(JUNK_DRAWINGS, DRAWINGS), max_size=5),
    st.fixed_dictionaries(
        {
            "symbol": st.sampled_from(SYMBOLS),
            "interval": st.sampled_from(["60", "15", "1D", "100R", None]),
            "log": st.sampled_from([True, False, None]),
            "pricescale": st.sampled_from([100, None]),
        }
    ),
)
JUNK_EXPORTS = st.lists(JUNK_CHARTS, min_size=1, max_size=2).map(lambda several: charts(*several))
