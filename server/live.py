"""Live: what has to be there before a strategy may trade at an exchange, asked at its approval and at its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from execution.resuming import began_of
from server.credentials import account_of
from server.runs import beginnings

if TYPE_CHECKING:
    from server.store.store import Work
    from spec.market import Market
    from spec.strategy import Strategy

NOT_SET_UP = "live trading is not set up on this server: it needs DRAWBRIDGE_LIVE=true, a live feed and a credential"
TRIED = frozenset({("binance", "spot"), ("bybit", "swap")})  # whose protocol orders were tried against, kills and all
FEE_COINS = {"binance": "BNB"}  # in which an account may pay the fees of all its markets
BRACKETS = frozenset({"binance"})  # whose spot markets take a stop and a target of which one cancels the other


class Live(Struct, frozen=True):
    """Whether anything may trade live, the exchanges that are followed live, and what a strategy trades with.

    ``cash`` is in quote currency: what the sizes are reckoned from, whatever the account holds beside it.
    """

    allowed: bool = False
    exchanges: frozenset[str] = frozenset()
    cash: float = 1_000.0


NOT_LIVE = Live()


async def account_for(live: Live, strategy: Strategy) -> tuple[str | None, str]:
    """The account that may trade a strategy, or None and why there is none."""
    if not live.allowed:
        return None, NOT_SET_UP
    market = strategy.market
    if market is None:
        return None, "the market is unknown"
    refusal = _unserved(market) or _spot_refusal(market, strategy)
    if refusal is not None:
        return None, refusal
    if market.exchange not in live.exchanges:
        return None, f"no live feed follows {market.exchange}; name it in DRAWBRIDGE_EXCHANGES"
    account = await account_of(market.exchange)
    if account is None:
        return None, f"there is no credential for {market.exchange}; `drawbridge credential set` stores one"
    return account, ""


def _unserved(market: Market) -> str | None:
    base, _, settled = market.symbol.partition(":")
    inverse = settled and settled != base.partition("/")[2]
    if (market.exchange, market.type) not in TRIED or inverse:
        return (
            "orders are sent on the spot markets of binance and the linear perpetuals of bybit only, so far; "
            f"this is {market.name} ({market.type})"
        )
    return None


def _spot_refusal(market: Market, strategy: Strategy) -> str | None:
    """Why a strategy cannot trade where the coins themselves are held, and locked by one order at a time."""
    if market.type != "spot":
        return None
    if strategy.entry is not None and strategy.entry.side == "short":
        return "a spot market cannot be sold short"
    if strategy.targets and market.exchange not in BRACKETS:
        return (
            "a spot market locks the coins for one resting order, so a stop and a target cannot rest together; "
            "leave by an exit node or a trailing stop in place of targets"
        )
    return None


async def why_not_beside(work: Work, account: str, market: str) -> str | None:
    """Why a market cannot be traded beside what trades an account now, in a sentence; None where it can."""
    for line in await beginnings(work):
        other = began_of((line,))
        if other.account == account and (why := cannot_share(other.market, market)) is not None:
            return f"{other.strategy} trades {other.market} on the same account: {why}"
    return None


def cannot_share(one: str, other: str) -> str | None:
    """Why two markets, as ``binance ETH/BTC``, cannot be traded on one account: a balance would be both's."""
    (base, _), (other_base, other_quote) = _pair(one), _pair(other)
    if base in {other_base, other_quote} or other_base in _pair(one):
        return "their balances could not be told apart"
    coin = FEE_COINS.get(other.partition(" ")[0])
    if coin is not None and coin in {base, other_base}:
        return f"fees of the one may be taken in {coin}, and could not be told from what the other holds"
    return None


def _pair(market: str) -> tuple[str, str]:
    symbol = market.partition(" ")[2].partition(":")[0]
    base, _, quote = symbol.partition("/")
    return base, quote
