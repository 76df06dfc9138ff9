"""``drawbridge quotes``: the top of the book, the funding rate and the open interest of a market, now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from server.cli.arguments import Json
from server.cli.errors import BadInput
from server.cli.output import show, show_json
from server.settings import read_settings
from spec.market import Market
from spec.timeframe import text_of

if TYPE_CHECKING:
    from execution.ports import BookTop, Funding, OpenInterest
    from server.quoting import Quoted


def quotes_command(
    exchange: Annotated[str, typer.Argument(metavar="EXCHANGE", help="ccxt's id of an exchange, like binance.")],
    market: Annotated[
        str, typer.Argument(metavar="MARKET", help="ccxt's name: ETH/USDT, or ETH/USDT:USDT for a perpetual.")
    ],
    as_json: Json = False,
) -> None:
    """Show what an exchange tells of a market now: the top of its order book, its funding rate, its open interest.

    The exchange is reached as DRAWBRIDGE_EXCHANGES says, or plainly where it is not named there; no key is needed. What
    it does not tell is said with its reason, and is null in JSON (spot markets have neither funding nor open interest).

    Examples:
      drawbridge quotes binance ETH/USDT

      drawbridge quotes bybit ETH/USDT:USDT --json

    """
    found = _quoted(exchange, market)
    if len(found.untold) == len(WORDS):
        raise BadInput(found.untold["book_top"])
    if as_json:
        show_json(msgspec.to_builtins(found))
    else:
        show("\n".join(f"{word}: {_line(found, name)}" for name, word in WORDS.items()))


WORDS = {"book_top": "top of the book", "funding": "funding rate", "open_interest": "open interest"}


def _quoted(exchange: str, symbol: str) -> Quoted:
    from server.feeds import close_feeds, one_exchange  # noqa: PLC0415 - a feed brings much along
    from server.quoting import quote  # noqa: PLC0415

    market = _market(exchange, symbol)
    feeds = one_exchange(read_settings(), exchange)

    async def ask() -> Quoted:
        try:
            return await quote(feeds, market)
        finally:
            await close_feeds(feeds)

    return asyncio.run(ask())


def _market(exchange: str, symbol: str) -> Market:
    """The market as it is asked for; raises BadInput."""
    kind = "swap" if ":" in symbol else "spot"
    try:
        return msgspec.convert({"exchange": exchange, "symbol": symbol, "type": kind}, Market)
    except msgspec.ValidationError:
        msg = f"{exchange} {symbol} names no market; write it as ccxt does, like binance ETH/USDT"
        raise BadInput(msg) from None


def _line(found: Quoted, name: str) -> str:
    told: Any = getattr(found, name)
    return f"not told: {found.untold[name]}" if told is None else LINES[name](told)


def _top_line(top: BookTop) -> str:
    return f"{_sized(top.bid, top.bid_size)} bid, {_sized(top.ask, top.ask_size)} ask{_at(top.time)}"


def _funding_line(funding: Funding) -> str:
    due = "" if funding.due is None else f", due {text_of(funding.due // 1000)}"
    return f"{funding.rate:+.4%}{due}{_at(funding.time)}"


def _interest_line(interest: OpenInterest) -> str:
    parts = ((interest.amount, "in base units"), (interest.value, "in quote currency"))
    return ", ".join(f"{value:.12g} {unit}" for value, unit in parts if value is not None) + _at(interest.time)


LINES: dict[str, Any] = {"book_top": _top_line, "funding": _funding_line, "open_interest": _interest_line}


def _sized(price: float, size: float | None) -> str:
    return f"{price:.12g}" if size is None else f"{price:.12g} x {size:.12g}"


def _at(time: int | None) -> str:
    return "" if time is None else f" (at {text_of(time // 1000)})"
