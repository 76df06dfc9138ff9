"""Reconciliation: what TradingView's alerts said beside what our own evaluation of the same level said.

An alert belongs to a strategy where it names it (``strategy`` in its message: the id, the slug, or twelve digits of the
digest), or where its symbol means the strategy's market. Nothing is decided by it: it shows which of the two missed
something, and whether an alert came late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from interpreters.alerts import read_alert
from interpreters.markets.resolving import candidates_of
from interpreters.markets.tickers import NoMarket
from interpreters.markets.written import read_symbol
from server.store.events import EventRow, of_subject
from server.store.tables import Alert
from server.strategies import artifact_of, strategy_row
from spec import timeframe as tf

if TYPE_CHECKING:
    from spec.market import Market

MOST = 500  # firings, and alerts: the newest of each
NAMING = 12  # digits of a digest that name it
GRACE_MS = 60_000  # after its bar's close; TradingView sends within seconds, four times at most
Standing = Literal["matched", "late", "missed", "extra"]


class Pair(Struct, frozen=True):
    """A firing of ours, an alert, or both; ``time`` is the bar's open in UNIX seconds, ``late_by`` in seconds.

    ``missed``: no alert came for our firing; ``extra``: nothing of ours fired where an alert came.
    """

    standing: Standing
    time: int
    node: str | None = None
    event: str | None = None
    alert: str | None = None
    received_at: int | None = None
    late_by: int | None = None


class Reconciliation(Struct, frozen=True):
    """Both sides of a strategy, the newest bar first; without any alert nothing is counted as missed."""

    alerts: int
    firings: int
    pairs: list[Pair]
    note: str | None = None


class Heard(Struct, frozen=True):
    """An alert about the strategy: the bar it speaks of, and the node if it names one."""

    id: str
    received_at: int
    time: int
    dated: bool
    node: str | None


async def reconcile(identity: str) -> Reconciliation:
    """The newest firings and alerts of a strategy, side by side; raises Refused (404)."""
    row = await strategy_row(identity)
    artifact = await artifact_of(row)
    fired = [event for event in await of_subject(identity, MOST) if event.kind == "signal.fired"]
    names = {row.id, row.slug, row.digest}
    rows = await Alert.filter(status="accepted", replay_of=None).order_by("-id").limit(MOST)
    found = (heard_of(one, names, artifact.strategy.market, row.timeframe) for one in rows)
    heard = [one for one in found if one is not None]
    if not heard:
        note = "no alert named this strategy or its market yet, so there is nothing to compare"
        return Reconciliation(0, len(fired), [], note)
    return Reconciliation(len(heard), len(fired), pair(fired, heard, row.timeframe))


def heard_of(row: Alert, names: set[str], market: Market | None, timeframe: str) -> Heard | None:
    """What an alert says to a strategy; None where it is about another one.

    The bar is that of its ``time``, else the one in which it fired, else the one in which it came.
    """
    alert = read_alert(bytes(row.body))
    named = alert.fields.get("strategy")
    about = _names(named, names) if isinstance(named, str) else _means(alert.symbol, market)
    if not about:
        return None
    moment = alert.bar_time or alert.fired_at or row.received_at // 1000
    node = alert.fields.get("node")
    time = tf.start_of(tf.bucket_of(moment, timeframe), timeframe)
    return Heard(row.id, row.received_at, time, alert.bar_time is not None, node if isinstance(node, str) else None)


def _names(named: str, names: set[str]) -> bool:
    return named in names or (len(named) >= NAMING and any(one.startswith(named) for one in names))


def _means(symbol: str | None, market: Market | None) -> bool:
    if symbol is None or market is None:
        return False
    try:
        first = candidates_of(read_symbol(symbol))[0]
    except NoMarket:
        return False
    return (first.exchange, first.symbol, first.type) == (market.exchange, market.symbol, market.type)


def pair(fired: list[EventRow], heard: list[Heard], timeframe: str) -> list[Pair]:
    """Each firing with the first alert of its bar, each once; an alert without a bar time may name the next bar."""
    waiting = sorted(heard, key=lambda one: (one.time, one.received_at))
    pairs: list[Pair] = []
    for event in sorted(fired, key=lambda one: (one.data["time"], one.seq)):
        match = next((one for one in waiting if _fits(event.data, one, timeframe)), None)
        if match is not None:
            waiting.remove(match)
        pairs.append(_paired(event.data, match, timeframe))
    pairs += [Pair("extra", one.time, one.node, None, one.id, one.received_at) for one in waiting]
    return sorted(pairs, key=lambda one: (-one.time, one.alert or ""))


def _fits(fired: dict[str, Any], heard: Heard, timeframe: str) -> bool:
    if heard.node is not None and heard.node != fired["node"]:
        return False
    bar = fired["time"]
    return heard.time == bar or (not heard.dated and heard.time == tf.close_time(bar, timeframe))


def _paired(fired: dict[str, Any], heard: Heard | None, timeframe: str) -> Pair:
    if heard is None:
        return Pair("missed", fired["time"], fired["node"], fired["event"])
    over = heard.received_at - tf.close_time(fired["time"], timeframe) * 1000
    late = over > GRACE_MS
    standing: Standing = "late" if late else "matched"
    return Pair(
        standing, fired["time"], fired["node"], fired["event"], heard.id, heard.received_at,
        over // 1000 if late else None,
    )  # fmt: skip
