"""Answers that are values of one's own instead of a choice: prices, tick sizes, markets, timeframes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, assert_never

from interpreters.draft import BadDraft
from interpreters.symbols import reports_every_interval, resolve_symbol
from spec import timeframe as tf
from spec.market import Market, MarketType

if TYPE_CHECKING:
    from interpreters.draft import Question

MARKET = re.compile(
    r"(?P<exchange>[a-z0-9_]+):(?P<symbol>[^/\s:]+/[^/\s:]+(?P<settled>:[^\s:/-]+)?(?P<dated>-[^\s:/]+)?)"
)


def check(question: Question, answer: str) -> None:
    """Raise BadDraft unless the answer is one of the question's choices or a value that it takes."""
    if any(choice.id == answer for choice in question.choices):
        return
    form = question.free.form if question.free else None
    match form:
        case "price":
            price_of(answer)
        case "tick":
            tick_of(answer)
        case "market":
            market_of(answer)
        case "timeframe":
            timeframe_of(answer)
        case None:
            listed = ", ".join(choice.id for choice in question.choices)
            msg = f"{answer} is no choice for {question.id}; its choices are: {listed}"
            raise BadDraft(msg)
        case _:
            assert_never(form)


def price_of(answer: str) -> float:
    """A price; raises BadDraft."""
    try:
        value = float(answer)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        msg = f"{answer} is no price; give one of the choices, or a number such as 0.0938"
        raise BadDraft(msg)
    return value


def tick_of(answer: str) -> float:
    """A tick size; raises BadDraft."""
    try:
        value = float(answer)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        msg = f"{answer} is no tick size; give one of the choices, or a number above 0, such as 0.01"
        raise BadDraft(msg)
    return value


def timeframe_of(answer: str) -> str:
    """A timeframe; raises BadDraft."""
    try:
        tf.parse(answer)
    except tf.UnknownTimeframe as error:
        raise BadDraft(str(error)) from None
    return answer


def _as_on_tradingview(answer: str) -> Market:
    """The market that a symbol such as BINANCE:ETHBTC means, if it means exactly one; raises BadDraft."""
    candidates = resolve_symbol(answer).candidates
    if len(candidates) != 1:
        msg = f"{answer} is no market; write it like binance:BTC/USDT, bybit:BTC/USDT:USDT or BINANCE:BTCUSDT"
        raise BadDraft(msg)
    one = candidates[0]
    return Market(one.exchange, one.symbol, one.type, None, reports_every_interval(one.exchange))


def market_of(answer: str) -> Market:
    """A market by ccxt's names or TradingView's, its tick unknown; raises BadDraft."""
    found = MARKET.fullmatch(answer)
    if found is None:
        return _as_on_tradingview(answer)
    kind: MarketType = "future" if found["dated"] else "swap" if found["settled"] else "spot"
    exchange = found["exchange"]
    return Market(exchange, found["symbol"], kind, None, reports_every_interval(exchange))
