"""TradingView's names of crypto exchanges, and what ccxt calls their markets. Data only.

Raise TABLES_VERSION whenever a row changes: the provenance of a reading names it.
"""

from __future__ import annotations

from msgspec import Struct

from interpreters.markets.assets import OFFSHORE_DOLLARS

TABLES_VERSION = 1


class Contract(Struct, frozen=True):
    """A perpetual or dated contract: quoted in ``written`` on TradingView, ``BASE/quote:settle`` in ccxt.

    An empty ``settle`` is the base coin (an inverse contract).
    """

    written: str
    exchange: str
    quote: str
    settle: str


class Venue(Struct, frozen=True):
    """One exchange as TradingView shows it. Exchange ids are ccxt's.

    ``never_quotes``: quotes in which nothing trades there spot (TradingView shows such symbols, computed from others).
    ``aliases``: the exchange's names of assets where ccxt has another. ``contracts_unmarked``: contracts appear
    without ``.P`` too. ``multi_collateral``: the contracts whose ticker ends in ``.PM``. ``contract_ending``: what
    the exchange's own names of perpetuals end in, seen instead of ``.P``.
    """

    name: str
    spot: str | None = None
    contracts: tuple[Contract, ...] = ()
    never_quotes: tuple[str, ...] = ()
    aliases: dict[str, str] = {}
    contracts_unmarked: bool = False
    multi_collateral: tuple[Contract, ...] = ()
    contract_ending: str = ""


def _linear(exchange: str, *quotes: str) -> tuple[Contract, ...]:
    return tuple(Contract(quote, exchange, quote, quote) for quote in quotes)


def _inverse(exchange: str) -> tuple[Contract, ...]:
    return (Contract("USD", exchange, "USD", ""),)


def _both(exchange: str, *quotes: str) -> tuple[Contract, ...]:
    return _linear(exchange, *quotes) + _inverse(exchange)


_NO_USD = ("USD",)
# What ccxt's classes rename everywhere; an exchange of its own mind says so in its row.
ALIASES = {"XBT": "BTC", "BCHSV": "BSV"}
# ccxt ids of the venues that deliver a bar for every interval, traded or not; every other one is taken not to.
REPORT_EVERY_INTERVAL = frozenset({"binance", "binanceusdm", "binancecoinm"})
# ccxt ids that list dated contracts.
DATED_EXCHANGES = frozenset(
    "binanceusdm binancecoinm bitget btse bullish bybit coinbase cryptocom deribit gate htx".split()
    + "krakenfutures kucoinfutures okx xt".split()
)
# Asked, in this order, about a symbol that names no exchange.
LARGEST = ("BINANCE", "BYBIT", "OKX", "COINBASE", "KRAKEN", "BITGET")

_USD_IS_USDC = (Contract("USD", "hyperliquid", "USDC", "USDC"),)

VENUES: dict[str, Venue] = {
    "APEX": Venue("ApeX", None, _linear("apex", "USDT")),
    "ASTER": Venue("Aster", "aster", _linear("aster", "USDT"), never_quotes=_NO_USD),
    "BACKPACK": Venue("Backpack", "backpack", _linear("backpack", "USDC")),
    "BINANCE": Venue("Binance", "binance", _linear("binanceusdm", "USDT", "USDC") + _inverse("binancecoinm"), _NO_USD),
    "BINANCEUS": Venue("Binance US", "binanceus"),
    "BINGX": Venue("BingX", "bingx", _both("bingx", "USDT", "USDC"), _NO_USD),
    "BITBANK": Venue("bitbank", "bitbank"),
    "BITFINEX": Venue(
        "Bitfinex",
        "bitfinex",
        _linear("bitfinex", "USDT"),
        OFFSHORE_DOLLARS,
        {"UST": "USDT", "UDC": "USDC", "TSD": "TUSD", "EUT": "EURT", "DSH": "DASH", "IOT": "IOTA", "QTM": "QTUM"}
        | {"ATO": "ATOM", "ALG": "ALGO", "MNA": "MANA", "WAX": "WAXP", "LUNA": "LUNC", "LUNA2": "LUNA"},
    ),
    "BITFLYER": Venue("bitFlyer", "bitflyer"),
    "BITGET": Venue("Bitget", "bitget", _both("bitget", "USDT", "USDC"), _NO_USD),
    "BITHUMB": Venue("Bithumb", "bithumb"),
    "BITRUE": Venue("Bitrue", "bitrue", _both("bitrue", "USDT"), _NO_USD),
    "BITSO": Venue("Bitso", "bitso", never_quotes=OFFSHORE_DOLLARS),
    "BITSTAMP": Venue("Bitstamp", "bitstamp", _linear("bitstamp", "USD"), OFFSHORE_DOLLARS, {"UST": "USTC"}),
    "BITVAVO": Venue("Bitvavo", "bitvavo"),
    "BLOFIN": Venue("BloFin", None, _linear("blofin", "USDT", "USDC")),
    "BTCMARKETS": Venue("BTC Markets", "btcmarkets"),
    "BTCTURK": Venue("BtcTurk", "btcturk"),
    "BTSE": Venue("BTSE", "btse", _linear("btse", "USDT", "USD")),
    "BULLISH": Venue("Bullish", "bullish", _linear("bullish", "USDC")),
    "BYBIT": Venue("Bybit", "bybit", _both("bybit", "USDT", "USDC"), _NO_USD),
    "CEXIO": Venue("CEX.IO", "cex", never_quotes=OFFSHORE_DOLLARS),
    "COINBASE": Venue(
        "Coinbase",
        "coinbase",
        _linear("coinbaseinternational", "USDC") + _linear("coinbase", "USDC"),
        OFFSHORE_DOLLARS,
        {"CGLD": "CELO"},
    ),
    "COINCHECK": Venue("Coincheck", "coincheck"),
    "CRYPTOCOM": Venue("Crypto.com", "cryptocom", _linear("cryptocom", "USD"), OFFSHORE_DOLLARS),
    "DELTA": Venue("Delta Exchange", "delta", _linear("delta", "USDT", "USD")),
    "DERIBIT": Venue("Deribit", "deribit", _both("deribit", "USDC", "USDT"), _NO_USD),
    "DYDX": Venue("dYdX", None, (Contract("USD", "dydx", "USDC", "USDC"), *_linear("dydx", "USDC"))),
    "GATE": Venue("Gate", "gate", _both("gate", "USDT"), _NO_USD),
    "GEMINI": Venue("Gemini", "gemini", _linear("gemini", "GUSD"), never_quotes=("TUSD", "BUSD", "FDUSD")),
    "HITBTC": Venue("HitBTC", "hitbtc", _linear("hitbtc", "USDT")),
    "HTX": Venue("HTX", "htx", _both("htx", "USDT"), _NO_USD),
    "HYPERLIQUID": Venue(
        "Hyperliquid",
        "hyperliquid",
        _linear("hyperliquid", "USDC") + _USD_IS_USDC,
        _NO_USD,
        contracts_unmarked=True,
    ),
    "INDEPENDENTRESERVE": Venue("Independent Reserve", "independentreserve"),
    "INDODAX": Venue("Indodax", "indodax"),
    "KRAKEN": Venue(
        "Kraken",
        "kraken",
        _inverse("krakenfutures"),
        OFFSHORE_DOLLARS,
        {"XDG": "DOGE", "LUNA": "LUNC", "LUNA2": "LUNA", "UST": "USTC"},
        multi_collateral=_linear("krakenfutures", "USD"),
    ),
    "KUCOIN": Venue("KuCoin", "kucoin", _both("kucoinfutures", "USDT", "USDC"), _NO_USD, contract_ending="M"),
    "LBANK": Venue("LBank", "lbank", aliases={"XBT": "XBT"}),
    "LIGHTER": Venue("Lighter", "lighter", _linear("lighter", "USDC")),
    "LUNO": Venue("Luno", "luno"),
    "MERCADO": Venue("Mercado Bitcoin", "mercado"),
    "MEXC": Venue("MEXC", "mexc", _both("mexc", "USDT", "USDC"), _NO_USD, {"XBT": "XBT"}),
    "OKX": Venue("OKX", "okx", _both("okx", "USDT", "USDC"), OFFSHORE_DOLLARS),
    "PARADEX": Venue("Paradex", None, (Contract("USD", "paradex", "USD", "USDC"),)),
    "PHEMEX": Venue("Phemex", "phemex", _both("phemex", "USDT", "USDC"), _NO_USD),
    "POLONIEX": Venue("Poloniex", "poloniex", _linear("poloniex", "USDT"), _NO_USD),
    "TOKOCRYPTO": Venue("Tokocrypto", "tokocrypto"),
    "TOOBIT": Venue("Toobit", "toobit", _linear("toobit", "USDT"), _NO_USD),
    "UPBIT": Venue("Upbit", "upbit", never_quotes=_NO_USD),
    "WEEX": Venue("WEEX", "weex", _linear("weex", "USDT"), _NO_USD, {"XBT": "XBT"}),
    "WHITEBIT": Venue("WhiteBIT", "whitebit", _linear("whitebit", "USDT")),
    "WOONETWORK": Venue("WOO X", "woo", _linear("woo", "USDT"), _NO_USD),
    "XT": Venue("XT", "xt", _both("xt", "USDT"), _NO_USD),
    "ZAIF": Venue("Zaif", "zaif"),
}
# Names that TradingView used before, or uses beside.
FORMER_NAMES = {
    "CEX": "CEXIO",
    "GATEIO": "GATE",
    "HUOBI": "HTX",
    "OKEX": "OKX",
    "WOOX": "WOONETWORK",
    "GDAX": "COINBASE",
}
VENUES |= {former: VENUES[name] for former, name in FORMER_NAMES.items()}


def contract_exchanges(venue: Venue) -> frozenset[str]:
    """The ccxt ids on which this venue's contracts trade."""
    return frozenset(contract.exchange for contract in venue.contracts + venue.multi_collateral)
