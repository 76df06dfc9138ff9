"""The forms of a crypto ticker on TradingView: spot, perpetual, dated, and those that are no market.

Sources: TradingView's symbol search (``.P`` perpetual, ``1!`` continuous, ``_OI`` open interest) and the exchanges'
own names of dated contracts (``BTCUSD_220930``, month codes F G H J K M N Q U V X Z).
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from interpreters.markets.assets import BASES

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["spot", "perpetual", "old_perpetual", "multi_collateral", "dated"]

MONTH_CODES = dict(zip("FGHJKMNQUVXZ", range(1, 13), strict=True))
_MONTHS = "January February March April May June July August September October November December".split()
_DATED = re.compile(r"(?P<stem>[\w/-]+?)_(?P<day>[0-9]{6})\Z")
_BY_MONTH = re.compile(r"(?P<stem>\w+?)(?P<month>[FGHJKMNQUVXZ])(?P<year>20[0-9]{2})\Z")
_CONTINUOUS = re.compile(r".*[0-9]!\Z", re.DOTALL)
_STATISTIC = re.compile(r".+_(OI|PREMIUM|FUNDING|FR|LSR|LIQ)\Z", re.DOTALL)
_ENDINGS: tuple[tuple[str, Kind], ...] = ((".PM", "multi_collateral"), (".P", "perpetual"))
_PAIR = re.compile(r"(?P<base>[^\W_]+)[/_-](?P<quote>[^\W_]+)\Z")
_PLAIN = re.compile(r"[^\W_]+\Z")


class Ticker(Struct, frozen=True):
    """What a ticker says before any exchange is known.

    ``old_perpetual`` (``BTCPERP``, ``BTCUSDTPERP``) may lack its quote. ``day`` is YYMMDD of a dated contract, else
    empty.
    """

    stem: str
    kind: Kind
    day: str = ""


class NoMarket(ValueError):
    """A ticker behind which no single market stands: one sentence says why."""


def read_ticker(ticker: str) -> Ticker:
    """Take a ticker (upper case, without its exchange) apart; raises NoMarket."""
    _refuse_what_is_no_market(ticker)
    if dated := _DATED.match(ticker):
        return Ticker(_stem(dated["stem"]), "dated", _real_day(ticker, dated["day"]))
    for ending, kind in _ENDINGS:
        if ticker.endswith(ending):
            return Ticker(_stem(ticker.removesuffix(ending)), kind)
    if ticker.endswith("PERP") and len(ticker) > len("PERP"):
        return Ticker(_stem(ticker.removesuffix("PERP").rstrip("-_/")), "old_perpetual")
    return Ticker(_stem(ticker), "spot")


def _refuse_what_is_no_market(ticker: str) -> None:
    if _CONTINUOUS.match(ticker):
        msg = f"{ticker} is a continuous series over many contracts, and none of them alone"
        raise NoMarket(msg)
    if _STATISTIC.match(ticker):
        msg = f"{ticker} is a statistic about a market and not its price"
        raise NoMarket(msg)
    if month := _BY_MONTH.match(ticker):
        when = f"{_MONTHS[MONTH_CODES[month['month']] - 1]} {month['year']}"
        msg = f"{ticker} is the contract of {when}, and the day on which it expires is not in the name"
        raise NoMarket(msg)


def _real_day(ticker: str, day: str) -> str:
    try:
        date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        msg = f"{ticker} ends in {day}, which is no day written as YYMMDD"
        raise NoMarket(msg) from None
    return day


def _stem(text: str) -> str:
    """A stem is plain letters and digits, or a base and a quote with one separator between; raises NoMarket."""
    if _PLAIN.match(text) or _PAIR.match(text):
        return text
    msg = f"{text or 'an empty name'} is no form of a ticker that is known here"
    raise NoMarket(msg)


def splits(stem: str, quotes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Ways to read ``stem`` as (base, quote), the longest quote first; several are left where the names cannot tell."""
    if pair := _PAIR.match(stem):
        whole = pair["quote"] in set(quotes) and not _is_pair_itself(pair["base"])
        return ((pair["base"], pair["quote"]),) if whole else ()
    endings = {quote for quote in quotes if stem.endswith(quote) and stem != quote}
    longest_first = sorted(endings, key=lambda quote: (-len(quote), quote))
    found = tuple((stem.removesuffix(quote), quote) for quote in longest_first)
    return tuple(split for split in found if split[0] in BASES) or found


def _is_pair_itself(base: str) -> bool:
    """BTCUSDT/USD is a ratio of two symbols and no market."""
    known = (base.removesuffix(quote) for quote in ("USDT", "USDC", "USD") if base.endswith(quote))
    return base not in BASES and any(len(coin) > 2 and coin in BASES for coin in known)
