"""A symbol as TradingView writes it: prefix, ticker, and the ``={"symbol": ...}`` wrapping of its newer charts."""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from interpreters.markets.tickers import NoMarket
from interpreters.markets.venues import FORMER_NAMES

LONGEST = 200  # characters; TradingView's own symbols stay far below
_DELAYED = re.compile(r"_DLY?\Z")
_EXPRESSION = re.compile(r"[*+^()]|:.*:|^[0-9.]+/", re.DOTALL)


class Written(Struct, frozen=True):
    """An unwrapped symbol in upper case; ``exchange`` is TradingView's prefix, empty where none is named.

    ``currency`` is the one the chart shows its prices in, where the wrapping says so.
    """

    exchange: str
    ticker: str
    currency: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``BINANCE:BTCUSDT``, or the ticker alone."""
        return f"{self.exchange}:{self.ticker}" if self.exchange else self.ticker


def read_symbol(raw: str) -> Written:
    """Unwrap and split a symbol; raises NoMarket for an expression over symbols or an unreadable wrapping."""
    symbol, currency, notes = _unwrap(raw.strip())
    if len(symbol) > LONGEST:
        msg = f"A text of {len(symbol)} characters is no symbol"
        raise NoMarket(msg)
    if _EXPRESSION.search(symbol):
        msg = f"{symbol} is computed from other symbols and is no market"
        raise NoMarket(msg)
    exchange, _, ticker = (part.strip() for part in symbol.upper().rpartition(":"))
    if _DELAYED.search(exchange):
        exchange, notes = _DELAYED.sub("", exchange), (*notes, "TradingView showed delayed data")
    return Written(exchange, ticker, currency, notes)


def identity(raw: str) -> tuple[str, str]:
    """(exchange, ticker) for comparing names; what cannot be split compares as a whole."""
    try:
        written = read_symbol(raw)
    except NoMarket:
        return "", raw.strip().upper()
    return FORMER_NAMES.get(written.exchange, written.exchange), written.ticker


def _unwrap(text: str) -> tuple[str, str, tuple[str, ...]]:
    """(symbol, currency, notes) of ``={"symbol": ...}``, or of plain text."""
    if not text.startswith("="):
        return text, "", ()
    currency, notes = "", []
    described: object = _decoded(text[1:])
    while isinstance(described, dict):
        currency = currency or str(described.get("currency-id") or "")
        if bars := described.get("type"):
            name = str(bars).partition("@")[0].removeprefix("BarSet")
            notes.append(f"drawn on {name} bars, which are not the exchange's own")
        described = described.get("symbol")
    if not isinstance(described, str) or not described.strip():
        msg = "The symbol is wrapped in a form that cannot be read"
        raise NoMarket(msg)
    return described.strip(), currency.upper().removeprefix("XTVC"), tuple(notes)


def _decoded(text: str) -> object:
    try:
        decoded: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return decoded
