"""The candidates of a symbol: its exchange from the table, its ticker in that exchange's forms. Raises NoMarket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from msgspec import Struct, structs

from interpreters.markets.assets import BASES, CURRENCIES, DOLLARS, METALS, QUOTES
from interpreters.markets.tickers import NoMarket, Ticker, read_ticker, splits
from interpreters.markets.unlisted import CLOSED, NOT_CARRIED, NOT_CRYPTO, POOL_EXCHANGES
from interpreters.markets.venues import ALIASES, DATED_EXCHANGES, LARGEST, VENUES, Contract, Venue
from spec.market import MarketType

if TYPE_CHECKING:
    from interpreters.markets.written import Written

_BUILDER_DEX = re.compile(r"HIP3(?P<dex>[A-Z0-9]+)\Z")
# Builders deploy perpetuals on Hyperliquid under a prefix of their own, and nothing spot.
_BUILDERS = structs.replace(VENUES["HYPERLIQUID"], spot=None)
_BUILDER_NOTE = "the builder's own name of the market may differ from TradingView's"


class MarketCandidate(Struct, frozen=True):
    """One market that a symbol may mean, in ccxt's names; ``note`` is something its user should know."""

    exchange: str
    symbol: str
    type: MarketType
    note: str | None = None


def candidates_of(written: Written) -> tuple[MarketCandidate, ...]:
    """At least one candidate, likeliest first; raises NoMarket with the reason where there is none."""
    if not written.exchange:
        found = _on_largest(written)
    elif dex := _BUILDER_DEX.match(written.exchange):
        found = tuple(_on_dex(market, dex["dex"]) for market in _on(_BUILDERS, written))
    else:
        found = _on(_venue(written), written)
    _refuse_converted(written, found)
    return tuple(dict.fromkeys(_noted(market, written.notes) for market in found))


def _venue(written: Written) -> Venue:
    exchange = written.exchange
    if exchange in VENUES:
        return VENUES[exchange]
    if exchange in CLOSED:
        why = CLOSED[exchange]
    elif exchange in NOT_CARRIED:
        why = f"{NOT_CARRIED[exchange]} is not among the exchanges that can be read here"
    elif kind := NOT_CRYPTO.get(exchange) or _pool_kind(exchange):
        why = f"{exchange} is {kind}: no crypto exchange lists {written.name}"
    else:
        why = f"{exchange} is no exchange that is known here"
    raise NoMarket(why)


def _pool_kind(exchange: str) -> str | None:
    return NOT_CRYPTO["UNISWAP"] if exchange.startswith(POOL_EXCHANGES) else None


def _on(venue: Venue, written: Written) -> tuple[MarketCandidate, ...]:
    """The candidates of a ticker on one exchange."""
    ticker = _ticker(venue, written.ticker)
    match ticker.kind:
        case "spot":
            spot = _spot(venue, ticker.stem, written.name)
            return spot + (_contracts(venue, ticker, written.name) if venue.contracts_unmarked else ())
        case "perpetual" | "old_perpetual" | "multi_collateral" | "dated":
            return _contracts(venue, ticker, written.name)
        case _:
            assert_never(ticker.kind)


def _ticker(venue: Venue, text: str) -> Ticker:
    ending = venue.contract_ending
    bare = text.removesuffix(ending) if ending else text
    if bare != text and any(bare.endswith(contract.written) for contract in venue.contracts):
        return Ticker(bare, "perpetual")
    return read_ticker(text)


def _on_largest(written: Written) -> tuple[MarketCandidate, ...]:
    """A ticker alone is looked for on the largest exchanges, if it looks like a crypto market at all."""
    ticker = read_ticker(written.ticker)
    found = [market for name in LARGEST for market in _if_any(VENUES[name], written)]
    pairs = splits(ticker.stem, QUOTES)
    if not found or (pairs and not any(_looks_like_crypto(*pair) for pair in pairs)):
        msg = f"{written.ticker} names no exchange and does not look like a crypto market"
        raise NoMarket(msg)
    return tuple(found)


def _if_any(venue: Venue, written: Written) -> tuple[MarketCandidate, ...]:
    try:
        return _on(venue, written)
    except NoMarket:
        return ()


def _looks_like_crypto(base: str, quote: str) -> bool:
    """EURUSD and XAUUSD without an exchange are currencies and metals; GBTC is a stock and not G in BTC."""
    if base in (*CURRENCIES, *METALS, "USD"):
        return quote in DOLLARS and quote != "USD"
    return quote in DOLLARS or (base in BASES and len(base) > 1)


def _spot(venue: Venue, stem: str, name: str) -> tuple[MarketCandidate, ...]:
    if venue.spot is None:
        msg = f"{venue.name} has contracts only, and {name} is not written as one (.P)"
        raise NoMarket(msg)
    known = _renames(venue)
    pairs = splits(stem, {*QUOTES, *(alias for alias, asset in known.items() if asset in QUOTES)})
    traded = [(base, quote) for base, quote in pairs if quote not in venue.never_quotes]
    if pairs and not traded:
        msg = f"Nothing trades in {pairs[0][1]} on {venue.name} spot: TradingView computes {name} from other markets"
        raise NoMarket(msg)
    if not traded:
        msg = f"{name} does not end in a quote asset that is known here"
        raise NoMarket(msg)
    return tuple(
        MarketCandidate(venue.spot, f"{known.get(base, base)}/{known.get(quote, quote)}", "spot")
        for base, quote in traded
    )


def _contracts(venue: Venue, ticker: Ticker, name: str) -> tuple[MarketCandidate, ...]:
    contracts = _listed(venue, ticker)
    known = _renames(venue)
    written = {contract.written for contract in contracts}
    pairs = splits(ticker.stem, {*written, *(alias for alias, asset in known.items() if asset in written)})
    if not pairs and ticker.kind == "old_perpetual":
        pairs = tuple((ticker.stem, contract.written) for contract in contracts)
    found = tuple(
        _contract(contract, known.get(base, base), ticker.day)
        for base, quote in dict.fromkeys(pairs)
        for contract in contracts
        if contract.written == known.get(quote, quote)
    )
    if not found:
        listed = ", ".join(sorted(written)) or "no such form"
        msg = f"{name} is no contract that is known here ({venue.name}: {listed})"
        raise NoMarket(msg)
    return found


def _listed(venue: Venue, ticker: Ticker) -> tuple[Contract, ...]:
    if ticker.kind == "multi_collateral":
        return venue.multi_collateral
    if ticker.kind == "dated":
        return tuple(contract for contract in venue.contracts if contract.exchange in DATED_EXCHANGES)
    return venue.contracts


def _contract(contract: Contract, base: str, day: str) -> MarketCandidate:
    symbol = f"{base}/{contract.quote}:{contract.settle or base}"
    if day:
        return MarketCandidate(contract.exchange, f"{symbol}-{day}", "future")
    return MarketCandidate(contract.exchange, symbol, "swap")


def _renames(venue: Venue) -> dict[str, str]:
    return ALIASES | venue.aliases


def _refuse_converted(written: Written, found: tuple[MarketCandidate, ...]) -> None:
    """A chart shown in another currency carries prices that no market has; raises NoMarket."""
    shown = written.currency
    quotes = {re.split("[/:]", market.symbol)[1] for market in found}
    if shown and shown not in quotes and not re.split("[._]", written.ticker)[0].endswith(shown):
        msg = f"The chart of {written.name} converts its prices to {shown}, in which the market does not trade"
        raise NoMarket(msg)


def _on_dex(market: MarketCandidate, dex: str) -> MarketCandidate:
    return structs.replace(market, symbol=f"{dex}-{market.symbol}", note=_BUILDER_NOTE)


def _noted(market: MarketCandidate, notes: tuple[str, ...]) -> MarketCandidate:
    said = "; ".join([*notes, *([market.note] if market.note else [])])
    return structs.replace(market, note=said or None)
