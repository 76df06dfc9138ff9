"""What the previews of Slack show: the bundled example's own strategy, figures, trade and pictures."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from execution.backtest import run
from execution.brokers.paper import PaperTerms
from execution.metrics import Borders
from interpreters.freezing import draft_of, freeze_draft
from interpreters.reading import read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from server.backtests import backtest
from server.candles import read_candles
from server.pictures import fills_of, of_fills
from server.review import AtRisk, LeftOut, Review
from server.slack.actions import GO_LIVE
from server.slack.answers import backtest_message, help_message, list_message
from server.slack.differences import difference_message
from server.slack.edits import edit_view
from server.slack.home import home_view
from server.slack.papers import account_view
from server.slack.proposal import root_message
from server.slack.questions import free_view, question_messages
from server.slack.replies import Happening, reply, storm
from server.slack.root import Root
from server.words.rules import trade_in_words
from spec.artifact import write
from tests.slack import samples

if TYPE_CHECKING:
    from server.charts.elements import Fill
    from server.slack.message import Message
    from spec.bars import Bars
    from spec.strategy import Artifact

EXAMPLES = Path(__file__).parents[1] / "examples"
EXPORTED = 1_517_039_100  # 2018-01-27 07:45 UTC, when the bundled export was made
TERMS = PaperTerms()
RUN = {"market": "binance ETH/BTC", "timeframe": "5m"}


class Scene(NamedTuple):
    """Something to be drawn: a message (a reply stands in a thread), a view, or a dialog."""

    kind: str
    shown: Any
    thread: bool = False


class Story(NamedTuple):
    """The example's strategy and what came of it."""

    artifact: Artifact
    bars: Bars
    fills: list[Fill]
    pnl: float
    review: Review


@cache
def story() -> Story:
    """The example, read, frozen and traded on its candles."""
    bars = read_candles(EXAMPLES / "ETHBTC-5m.csv")
    reading = interpret(read_export((EXAMPLES / "ethbtc-export.json").read_bytes()), Context(received_at=EXPORTED))
    named = next(one.id for one in reading.strategies if one.strategy["kind"] == "strategy")
    artifact = freeze_draft(draft_of(reading), named, {}, "bob")
    seen = bars[bars.time < EXPORTED + 200 * 300]  # a running team looks at it somewhat later
    tested = backtest(write(artifact), seen, TERMS)
    result = run(artifact.strategy, bars, Borders(artifact.provenance.last_anchor, EXPORTED), TERMS)
    trade = next(one for one in result.trades if one.entry_time >= EXPORTED)
    risk = artifact.strategy.risk
    review = Review(
        digest=artifact.digest,
        rules=tuple(trade_in_words(artifact.strategy)),
        left_out=tuple(LeftOut(one.drawing, one.tool, one.reason) for one in reading.left_out),
        backtest=tested,
        risk=AtRisk(risk.percent, risk.max_exposure),
    )
    return Story(artifact, bars, fills_of([trade]), trade.pnl, review)


@cache
def picture(name: str) -> bytes:
    """A chart by the id that the scenes give it: up to the export, or as it was evaluated at an event."""
    artifact, bars, fills, *_ = story()
    shown, until = {
        "F_PROPOSAL": ([], EXPORTED),
        "F_SIGNAL": ([], fills[0].time),
        "F_FILL": (fills[:1], fills[0].time + 300),
        "F_EXIT": (fills, fills[-1].time + 300),
    }[name]
    return of_fills(artifact, bars[bars.time < until], tuple(shown), "dark", (800, 450))


def root(**more: Any) -> Root:
    """The example's root message."""
    told = story()
    given: dict[str, Any] = {"id": "str_01", "name": told.artifact.name, "kind": "strategy", "proposer": "bob"}
    about = {"symbol": "BINANCE:ETHBTC", "timeframe": "5m", "link": samples.LINK, "image": "F_PROPOSAL"}
    return Root(**{**given, **about, "quorum": 2, "review": told.review, "papers": samples.PAPERS[:1], **more})


def happened(kind: str, seconds: int, data: dict[str, Any], **more: Any) -> Happening:
    """An event so many seconds after the first fill's bar."""
    at = (story().fills[0].time + seconds) * 1_000
    return Happening(kind, {**RUN, **data}, at, story().artifact.name, samples.LINK, **more)


def filled(fill: Fill, role: str, picture_: str) -> Happening:
    """A fill of the example's trade."""
    after = fill.time - story().fills[0].time
    data = {"role": role, "side": fill.deal, "size": "30303.03", "price": fill.price, "time": fill.time}
    return happened("order.filled", after + 300, data, picture=picture_)


def signal() -> Happening:
    """The entry's signal."""
    entry = story().fills[0]
    data = {"role": "entry", "node": "entry", "event": "crossing up", "price": entry.price, "time": entry.time - 300}
    return happened("signal.fired", 0, data, picture="F_SIGNAL")


def closed() -> Happening:
    """The end of the example's trade."""
    entry, last = story().fills[0], story().fills[-1]
    prices = {"entry_price": entry.price, "exit_price": last.price, "reason": "target"}
    data = {"side": "long", "pnl": story().pnl, **prices, "time": last.time}
    return happened("trade.closed", last.time - entry.time + 300, data)


def stormy() -> list[Happening]:
    """An outage, and what came at once after it."""
    reason = {"feed": "binance", "reason": "the exchange has not answered for 120 s"}
    tries = [happened("feed.failed", 20 * number, reason) for number in range(3)]
    order = {"role": "entry", "type": "market", "side": "buy", "size": "30303.03"}
    entry, last = story().fills[0], story().fills[-1]
    return [
        *tries,
        happened("feed.started", 65, {"feed": "binance"}),
        replace(signal(), at=signal().at + 66_000, picture=None),
        happened("order.submitted", 66, {**order, "time": entry.time}),
        happened("order.filled", 67, {**order, "price": entry.price, "time": entry.time}),
        happened("order.cancelled", 68, {"role": "stop", "reason": "the position is closed", "time": last.time}),
        replace(closed(), at=closed().at - (last.time - entry.time) * 1_000 - 230_000),
    ]


def _said(one: Happening) -> Message:
    made = reply(one)
    if made is None:
        msg = f"{one.kind} is told to nobody"
        raise ValueError(msg)
    return made


def scenes() -> dict[str, Scene]:
    """Every kind of message and view by the name of its picture."""
    waiting = root(state="proposed", approvals=("ann",), expires_at=(EXPORTED + 7 * 86_400) * 1_000)
    started = root(state="running", approved_for="paper", approvals=("ann", "carl"), may_go_live=True)
    approving = root_message(waiting).blocks[-1]["elements"][0]
    going = root_message(started).blocks[-1]["elements"][0]
    entry, last = story().fills[0], story().fills[-1]
    failed = {"feed": "binance", "reason": "the exchange has not answered for 120 s", "time": entry.time}
    made = f"1 trade, {story().pnl:+.6g}"
    return {
        "proposal": Scene("message", root_message(waiting)),
        "running": Scene("message", root_message(replace(started, result=made, live_approvals=("ann",)))),
        "questions": Scene("message", question_messages(samples.ASKING)[0], thread=True),
        "own-value": Scene("modal", free_view(samples.ASKING, samples.TIMEFRAME)),
        "edit": Scene("modal", edit_view(samples.EDITING)),
        "edited": Scene("message", difference_message(samples.CHANGED), thread=True),
        "approve": Scene("dialog", approving["confirm"]),
        "account": Scene("modal", account_view(samples.CHOOSING)),
        "go-live": Scene("dialog", going["confirm"] if going["action_id"] == GO_LIVE else {}),
        "signal": Scene("message", _said(signal()), thread=True),
        "fill": Scene("message", _said(filled(entry, "entry", "F_FILL")), thread=True),
        "closed": Scene("message", _said(closed()), thread=True),
        "watch": Scene("message", _said(replace(signal(), watch=True)), thread=True),
        "exit": Scene("message", _said(filled(last, "target", "F_EXIT")), thread=True),
        "digest": Scene("message", storm(stormy())[0], thread=True),
        "feed": Scene("message", _said(happened("feed.failed", 120, failed)), thread=True),
        "kill": Scene("message", _said(replace(happened("kill.set", 0, {}, person="ann"), data={}, name=""))),
        "home": Scene("home", home_view(samples.HOME)),
        "help": Scene("message", help_message()),
        "list": Scene("message", list_message(samples.STANDINGS)),
        "backtest": Scene("message", backtest_message(waiting)),
    }
