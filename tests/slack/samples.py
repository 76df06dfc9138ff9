"""What Slack is given to show: a strategy as the example's, and the same with everything hostile or too long."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from execution.metrics import Metrics, Parts
from interpreters.draft import Choice, Free, Question
from server.backtests import Backtest, Expected
from server.editing import Difference
from server.review import AtRisk, LeftOut, Review
from server.slack.actions import Pressed
from server.slack.differences import Changed
from server.slack.edits import Editable, Editing
from server.slack.home import FeedLine, Home, Parked, Standing
from server.slack.papers import Choosing, Paper
from server.slack.questions import Asking
from server.slack.replies import Happening
from server.slack.root import Root
from spec.signals import Tolerance
from spec.strategy import AtPrice

DIGEST = "3f9a1c0d" * 8
AT = 1_517_045_105_000  # 2018-01-27 09:25:05 UTC
LINK = "https://drawbridge.example/strategies/str_01"
NAME = "long break on BINANCE:ETHBTC 5m"
HOSTILE = (
    "<!channel> <@U012AB3CD> @here <https://evil.example|click> *_~`:tada:`~_* > & \u202egnp.exe \u200b "
    "https://evil.example \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 "
)
LONG = HOSTILE * 40

DRAWN = Metrics(4, 0.0213, 0.0110, 0.5, 1.84, 1.92, 4_900, 213.0)
SEEN = Metrics(1, 0.0101, 0.0042, 1.0, None, 2.4, 360, 101.0)
AFTER = Metrics(2, -0.0047, 0.0100, 0.5, 0.53, -0.71, 500, -47.0)
PARTS = Parts(DRAWN, SEEN, AFTER)
TESTED = Backtest(PARTS, "", 1_515_560_100, 1_517_288_100, 5_760, 10_000.0, (), Expected(0.0957, 0.0938, 52_631.57))
RULES = (
    "Go long: price crosses the linear line 0.0987 (2018-01-25 11:05 UTC) \u2192 0.0959 (2018-01-27 03:55 UTC) "
    "from below at a bar's close (5m)",
    "Stop at 0.0938",
    "Target at 0.1, 100% of the position",
)
REVIEW = Review(
    digest=DIGEST,
    rules=RULES,
    left_out=(LeftOut("nOte04", "text", "it is text or a mark, not a line, level or zone"),),
    backtest=TESTED,
    risk=AtRisk(1.0, 1.0),
)
ROOT = Root(
    id="str_01",
    name=NAME,
    kind="strategy",
    state="proposed",
    proposer="bob",
    review=REVIEW,
    symbol="BINANCE:ETHBTC",
    timeframe="5m",
    quorum=2,
    approvals=("ann",),
    expires_at=AT + 7 * 86_400_000,
    image="F0123",
    link=LINK,
)
PAPERS = (
    Paper("paper", 10_000.0, "exposure 2 x, daily loss 3 %"),
    Paper("careful", 2_000.0, "exposure 1 x, daily loss 1 %"),
)
CHOOSING = Choosing(Pressed("str_01", DIGEST), NAME, PAPERS, 2)
STATES = ("proposed", "approved", "running", "paused", "stopped", "rejected", "expired")

HUGE_REVIEW = Review(
    digest=DIGEST,
    rules=(LONG, *(f"Target {number} at 0.1 {HOSTILE}" for number in range(64))),
    left_out=tuple(LeftOut(LONG, LONG, LONG) for _ in range(200)),
    backtest=replace(TESTED, notes=(LONG, LONG, LONG)),
    risk=AtRisk(1.0, 1.0),
    unpictured=LONG,
    approximate=(LONG, LONG, LONG),
    questions=(LONG,) * 40,
)
HUGE = Root(
    id="str_" + "x" * 36,
    name=LONG,
    kind="strategy",
    state="proposed",
    proposer=LONG,
    review=HUGE_REVIEW,
    symbol=LONG,
    timeframe=LONG,
    quorum=20,
    approvals=(LONG,) * 19,
    live_approvals=(LONG,) * 19,
    ended_by=LONG,
    reason=LONG,
    expires_at=AT,
    may_go_live=True,
    killed=True,
    link=LINK,
    result=LONG,
)

RUN: dict[str, Any] = {"run": "r1", "digest": DIGEST, "market": "binance ETH/BTC", "timeframe": "5m"}
BAR = 1_517_044_800
DATA: dict[str, dict[str, Any]] = {
    "signal.fired": {
        **RUN, "role": "entry", "node": "entry", "event": "crossing up", "price": 0.0957, "value": 0.09565, "time": BAR,
    },
    "order.submitted": {**RUN, "role": "entry", "type": "market", "side": "buy", "size": "52631.57", "time": BAR},
    "order.filled": {**RUN, "role": "entry", "side": "buy", "size": "52631.57", "price": 0.0957, "fee": 0, "time": BAR},
    "order.cancelled": {**RUN, "role": "stop", "id": "o2", "reason": "the position is closed", "time": BAR},
    "order.rejected": {**RUN, "role": "entry", "id": "o1", "reason": "insufficient balance", "time": BAR},
    "trade.closed": {
        **RUN, "side": "long", "pnl": 226.3, "entry_price": 0.0957, "exit_price": 0.1, "reason": "target", "time": BAR,
    },
    "risk.refused": {**RUN, "reason": "the stop stands on the wrong side of the entry price, or on it"},
    "strategy.proposed": {"digest": DIGEST, "kind": "strategy"},
    "strategy.decided": {"digest": DIGEST, "decision": "approve", "for": "paper"},
    "strategy.approved": {"digest": DIGEST, "for": "paper"},
    "strategy.stopped": {"digest": DIGEST, "reason": "end of data"},
    "strategy.started": RUN,
    "strategy.asked": {"digest": DIGEST, "text": "why not on 15 minutes?"},
    "strategy.edited": {"digest": DIGEST, "difference": "/risk/percent 1 \u2192 2"},
    "strategy.contested": {**RUN, "reason": "another server writes the log of this run"},
    "market.differed": {**RUN, "reason": "the account holds 1.2, and by this run's trades it would be 1"},
    "alert.received": {"symbol": "BINANCE:ETHBTC", "reason": ""},
    "alert.parked": {"reason": "the body is not one that is known"},
    "export.received": {"drawings": 4},
    "feed.started": {**RUN, "feed": "binance"},
    "feed.ended": {**RUN, "feed": "replay"},
    "feed.corrected": {"market": "binance ETH/BTC", "time": BAR},
    "feed.failed": {**RUN, "feed": "binance", "reason": "the exchange has not answered for 120 s"},
    "access.refused": {"why": "2 approvals are needed, and the proposer's does not count"},
}  # fmt: skip


def happening(kind: str, at: int = AT, **more: Any) -> Happening:
    """An event of a kind, as it is told."""
    given: dict[str, Any] = {"data": DATA.get(kind, {}), "name": NAME, "link": LINK, **more}
    return Happening(kind, at=at, **given)


def hostile(kind: str) -> Happening:
    """An event all of whose texts are hostile."""
    data = dict.fromkeys(("role", "node", "event", "type", "side", "reason", "why", "market", "feed", "symbol"), LONG)
    return Happening(kind, {**data, "timeframe": LONG, "difference": LONG, "decision": LONG}, AT, LONG, LINK, LONG)


SCALE = Question(
    "scale",
    "Was the price axis linear or logarithmic? The export does not say, and a sloped line depends on it.",
    ("ethbtc-5m-long",),
    (Choice("linear", "linear: straight in price"), Choice("log", "log: straight in the logarithm of price")),
    None,
)
TIMEFRAME = Question(
    "timeframe.ethbtc-5m-long",
    "The drawing does not say on which timeframe it was made; which one counts?",
    ("ethbtc-5m-long",),
    (Choice("5m", "evaluate it on 5m bars"), Choice("15m", "evaluate it on 15m bars")),
    None,
    "tRnd01",
    Free("timeframe"),
)


def extend(drawing: str) -> Question:
    """The question whether a line goes on."""
    return Question(
        f"extend.{drawing}",
        "The drawing ends at or before the last bar of the export; should it go on to the right?",
        ("ethbtc-5m-long",),
        (
            Choice("extend", "extend it to the right, without end"),
            Choice("ended", "leave it as drawn: it ends at 2018-01-27 03:55 UTC and does not fire after that"),
            Choice("watch", "only watch it: a picture when it fires, no orders"),
        ),
        None,
        drawing,
    )


ASKING = Asking("exp_01", (SCALE, extend("tRnd01"), extend("tRnd02"), extend("rAy03"), TIMEFRAME), LINK)
HUGE_ASKING = Asking(
    "exp_" + "x" * 36,
    tuple(
        Question(
            f"belongs.{number}{LONG}",
            LONG if number % 2 else f"{number} {LONG}",
            ("a",),
            tuple(Choice(f"{one}{LONG}", f"{one} {LONG}") for one in range(130)),
            None,
            LONG,
            Free("price"),
        )
        for number in range(40)
    ),
    LINK,
)

EDITING = Editing(
    "str_01", DIGEST, NAME, 1.0, 1.0, AtPrice(0.0938), (Editable("entry", "price crosses the line", "bar_close"),)
)
NEAR = Editable("zone", "price: near the zone", "bar_close", Tolerance("atr", 0.1, 20))
HUGE_EDITING = Editing(
    "str_01", DIGEST, LONG, 1.0, 1.0, None,
    tuple(Editable(f"node{number}", LONG, "intrabar", Tolerance()) for number in range(130)),
)  # fmt: skip
CHANGED = Changed(
    NAME, "bob", DIGEST, "77e0" * 16,
    (*RULES[:1], "Stop at 0.0938", "Risk 1 % of the equity, at most 1 x the equity"),
    (*RULES[:1], "Stop 2 x ATR(14) from the entry", "Risk 0.5 % of the equity, at most 1 x the equity"),
    (
        Difference("/risk/percent", 1, 0.5), Difference("/stop/rule", "price", "atr"),
        Difference("/stop/price", 0.0938, None), Difference("/stop/multiple", None, 2),
        Difference("/stop/length", None, 14),
    ),
    LINK,
)  # fmt: skip
HUGE_CHANGED = Changed(
    LONG,
    LONG,
    DIGEST,
    DIGEST,
    (LONG,) * 70,
    (HOSTILE,) * 70,
    tuple(Difference(LONG, LONG, LONG) for _ in range(70)),
    LINK,
)

STANDINGS = (
    Standing("str_01", NAME, "strategy", "running", "paper", "binance ETH/BTC", 226.3, 1, LINK),
    Standing(
        "str_02",
        "short bounce on BINANCE:BTCUSDT 1h",
        "strategy",
        "running",
        "live",
        "binance BTC/USDT",
        -41.25,
        3,
        LINK,
    ),
    Standing("str_03", "watches on BINANCE:ETHBTC 5m", "watch", "running", "paper", "binance ETH/BTC", None, 0, LINK),
    Standing(
        "str_04", "long break on BINANCE:SOLUSDT 4h", "strategy", "paused", "paper", "binance SOL/USDT", 0.0, 0, LINK
    ),
)
PARKED = Parked("alt_01", "2018-01-27 09:20:11 UTC", "the body is not one that is known", "ETHBTC crossed, look!")
HOME = Home(
    STANDINGS,
    (
        FeedLine(
            "binance", "started \u00b7 2018-01-27 09:00:00 UTC",
            ("binance ETH/BTC 5m by ws \u00b7 last bar 2018-01-27 09:20:00 UTC, 0.3 s after its close",),
        ),
    ),
    (PARKED,),
    administers=True,
    link="https://drawbridge.example/",
)  # fmt: skip
HUGE_HOME = Home(
    tuple(
        Standing(f"str_{number}", LONG, "strategy", "running", "live", LONG, 1e9, 10**6, LINK) for number in range(95)
    ),
    tuple(FeedLine(LONG, LONG, (LONG,) * 60) for _ in range(40)),
    tuple(Parked(f"alt_{number}", LONG, LONG, LONG) for number in range(50)),
    killed=True,
    administers=True,
    page=2,
    link=LINK,
)
