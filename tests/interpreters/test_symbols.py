"""Promises about symbols and intervals: one market, or several to choose from, or a sentence. Never a guess."""

from __future__ import annotations

import re

import ccxt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.markets.assets import BASES, OFFSHORE_DOLLARS, QUOTES
from interpreters.markets.unlisted import CLOSED, NOT_CARRIED, NOT_CRYPTO
from interpreters.markets.venues import (
    ALIASES,
    DATED_EXCHANGES,
    LARGEST,
    REPORT_EVERY_INTERVAL,
    VENUES,
    contract_exchanges,
)
from interpreters.symbols import (
    MarketCandidate,
    Resolution,
    reports_every_interval,
    resolve_symbol,
    same_symbol,
    timeframe_of,
)
from spec import timeframe
from spec.market import Market, MarketType

ONE_MARKET: dict[str, tuple[str, str, MarketType]] = {
    "BINANCE:BTCUSDT": ("binance", "BTC/USDT", "spot"),
    "BINANCE:BTCUSDT.P": ("binanceusdm", "BTC/USDT:USDT", "swap"),
    "BINANCE:BTCUSDC.P": ("binanceusdm", "BTC/USDC:USDC", "swap"),
    "BINANCE:BTCUSDTPERP": ("binanceusdm", "BTC/USDT:USDT", "swap"),
    "BINANCE:BTCUSD.P": ("binancecoinm", "BTC/USD:BTC", "swap"),
    "BINANCE:BTCUSD_220930": ("binancecoinm", "BTC/USD:BTC-220930", "future"),
    "BINANCE:BTCUSDT_220930": ("binanceusdm", "BTC/USDT:USDT-220930", "future"),
    "BINANCE:1000PEPEUSDT.P": ("binanceusdm", "1000PEPE/USDT:USDT", "swap"),
    "BINANCE:ETHBTC": ("binance", "ETH/BTC", "spot"),
    "BINANCE:BTCFDUSD": ("binance", "BTC/FDUSD", "spot"),
    "BINANCE:BTC/USDT": ("binance", "BTC/USDT", "spot"),
    "BYBIT:BTCUSDT": ("bybit", "BTC/USDT", "spot"),
    "BYBIT:BTCUSDT.P": ("bybit", "BTC/USDT:USDT", "swap"),
    "BYBIT:BTCUSD.P": ("bybit", "BTC/USD:BTC", "swap"),
    "OKX:BTCUSDT.P": ("okx", "BTC/USDT:USDT", "swap"),
    "OKEX:BTCUSDT": ("okx", "BTC/USDT", "spot"),
    "KRAKEN:ETHUSD": ("kraken", "ETH/USD", "spot"),
    "KRAKEN:XBTUSD": ("kraken", "BTC/USD", "spot"),
    "KRAKEN:ETHXBT": ("kraken", "ETH/BTC", "spot"),
    "KRAKEN:XDGUSD": ("kraken", "DOGE/USD", "spot"),
    "KRAKEN:EURUSD": ("kraken", "EUR/USD", "spot"),
    "KRAKEN:XBTUSD.P": ("krakenfutures", "BTC/USD:BTC", "swap"),
    "KRAKEN:SOLUSD.PM": ("krakenfutures", "SOL/USD:USD", "swap"),
    "COINBASE:BTCUSD": ("coinbase", "BTC/USD", "spot"),
    "COINBASE:USDTUSD": ("coinbase", "USDT/USD", "spot"),
    "COINBASE:FETUSD": ("coinbase", "FET/USD", "spot"),
    "KUCOIN:BTCUSDT": ("kucoin", "BTC/USDT", "spot"),
    "KUCOIN:XBTUSDTM": ("kucoinfutures", "BTC/USDT:USDT", "swap"),
    "KUCOIN:ETHUSDT.P": ("kucoinfutures", "ETH/USDT:USDT", "swap"),
    "KUCOIN:XBTUSDM": ("kucoinfutures", "BTC/USD:BTC", "swap"),
    "HYPERLIQUID:BTCUSDC.P": ("hyperliquid", "BTC/USDC:USDC", "swap"),
    "HYPERLIQUID:BTCUSD.P": ("hyperliquid", "BTC/USDC:USDC", "swap"),
    "DYDX:BTCUSD.P": ("dydx", "BTC/USDC:USDC", "swap"),
    "CRYPTOCOM:BTCUSD.P": ("cryptocom", "BTC/USD:USD", "swap"),
    "BITFINEX:BTCUST": ("bitfinex", "BTC/USDT", "spot"),
    "GATEIO:BTCUSDT.P": ("gate", "BTC/USDT:USDT", "swap"),
    "POLONIEX:MAIDBTC": ("poloniex", "MAID/BTC", "spot"),
    "BITSTAMP:BCHUSD": ("bitstamp", "BCH/USD", "spot"),
}


@pytest.mark.parametrize(("written", "market"), ONE_MARKET.items())
def test_a_symbol_with_its_exchange_is_one_market(written: str, market: tuple[str, str, MarketType]) -> None:
    assert resolve_symbol(written) == Resolution((MarketCandidate(*market),))
    assert resolve_symbol(f" {written.lower()} ") == Resolution((MarketCandidate(*market),))


@pytest.mark.parametrize("written", ["BINANCE_DL:BTCUSDT", "BINANCE_DLY:BTCUSDT"])
def test_a_delayed_feed_is_the_same_market_with_a_note(written: str) -> None:
    noted = MarketCandidate("binance", "BTC/USDT", "spot", "TradingView showed delayed data")
    assert resolve_symbol(written) == Resolution((noted,))


def test_the_wrapping_of_newer_charts_is_taken_off() -> None:
    wrapped = '={"symbol":"COINBASE:BTCUSD","adjustment":"splits","session":"us_regular","currency-id":"USD"}'
    assert resolve_symbol(wrapped) == Resolution((MarketCandidate("coinbase", "BTC/USD", "spot"),))
    nested = '={"inputs":{"boxSize":3},"symbol":{"symbol":"BINANCE:BTCUSDT"},"type":"BarSetRenko@tv-prostudies-40!"}'
    note = "drawn on Renko bars, which are not the exchange's own"
    assert resolve_symbol(nested) == Resolution((MarketCandidate("binance", "BTC/USDT", "spot", note),))


def test_a_market_of_a_builder_on_hyperliquid_carries_the_builders_prefix() -> None:
    note = "the builder's own name of the market may differ from TradingView's"
    found = MarketCandidate("hyperliquid", "XYZ-MSTR/USDC:USDC", "swap", note)
    assert resolve_symbol("HIP3XYZ:MSTRUSDC.P") == Resolution((found,))


SEVERAL_MARKETS = {
    "BTCUSDT": (
        "BTCUSDT names no exchange and may mean",
        ["binance", "bybit", "okx", "coinbase", "kraken", "bitget"],
        "BTC/USDT",
    ),
    "btcusdt.p": (
        "BTCUSDT.P names no exchange and may mean",
        ["binanceusdm", "bybit", "okx", "bitget"],
        "BTC/USDT:USDT",
    ),
    "ADA/USD": ("ADA/USD names no exchange and may mean", ["okx", "coinbase", "kraken"], "ADA/USD"),
    "COINBASE:BTCUSDC.P": (
        "COINBASE:BTCUSDC.P may mean",
        ["coinbaseinternational", "coinbase"],
        "BTC/USDC:USDC",
    ),
}


@pytest.mark.parametrize("written", SEVERAL_MARKETS)
def test_a_symbol_that_may_mean_several_markets_lists_them_and_asks(written: str) -> None:
    opening, exchanges, symbol = SEVERAL_MARKETS[written]
    found = resolve_symbol(written)
    assert [(market.exchange, market.symbol) for market in found.candidates] == [(name, symbol) for name in exchanges]
    listed = ", ".join(f"{name} {symbol}" for name in exchanges)
    assert found.reason == f"{opening} any of {listed}: choose one."


def test_an_old_perpetual_without_its_quote_may_be_any_of_the_exchanges_contracts() -> None:
    found = resolve_symbol("BINANCE:BTCPERP").candidates
    assert [market.symbol for market in found] == ["BTC/USDT:USDT", "BTC/USDC:USDC", "BTC/USD:BTC"]


def test_hyperliquid_writes_contracts_without_their_mark_so_spot_is_asked_about_first() -> None:
    found = resolve_symbol("HYPERLIQUID:BTCUSDC").candidates
    assert [(market.symbol, market.type) for market in found] == [("BTC/USDC", "spot"), ("BTC/USDC:USDC", "swap")]


def test_a_base_that_decides_nothing_leaves_both_ways_to_split_a_ticker() -> None:
    found = resolve_symbol("BINANCEUS:QQQBUSD").candidates
    assert [market.symbol for market in found] == ["QQQ/BUSD", "QQQB/USD"]


NO_MARKET = {
    None: "The drawing carries no symbol",
    "": "The drawing carries no symbol",
    " ": "The drawing carries no symbol",
    "BITMEX:XBTUSD.P": "BitMEX closed on 23 September 2026",
    "FTX:BTCPERP": "FTX closed in November 2022",
    "COINEX:BTCUSDT": "CoinEx is not among the exchanges that can be read here",
    "NASDAQ:AAPL": "NASDAQ is a stock exchange: no crypto exchange lists NASDAQ:AAPL",
    "NasdaqNM:AAPL": "NASDAQNM is a stock exchange: no crypto exchange lists NASDAQNM:AAPL",
    "NYSE_DLY:QS": "NYSE is a stock exchange: no crypto exchange lists NYSE:QS",
    "OANDA:XAUUSD": (
        "OANDA is a broker of currencies and contracts for difference: no crypto exchange lists OANDA:XAUUSD"
    ),
    "FX:EURUSD": "FX is a broker of currencies and contracts for difference: no crypto exchange lists FX:EURUSD",
    "TVC:USOIL": "TVC is a source of indices and statistics: no crypto exchange lists TVC:USOIL",
    "CRYPTOCAP:BTC.D": "CRYPTOCAP is a source of indices and statistics: no crypto exchange lists CRYPTOCAP:BTC.D",
    "INDEX:BTCUSD": "INDEX is a source of indices and statistics: no crypto exchange lists INDEX:BTCUSD",
    "CME_MINI:ES1!": "CME_MINI is a futures exchange: no crypto exchange lists CME_MINI:ES1!",
    "UNISWAP3ETH:PEPEWETH_1AB": (
        "UNISWAP3ETH is a decentralised pool exchange: no crypto exchange lists UNISWAP3ETH:PEPEWETH_1AB"
    ),
    "ATLANTIS:BTCUSDT": "ATLANTIS is no exchange that is known here",
    "BTC1!": "BTC1! is a continuous series over many contracts, and none of them alone",
    "BINANCE:BTCUSDT.P_OI": "BTCUSDT.P_OI is a statistic about a market and not its price",
    "BINANCE:BTCUSDTU2026": (
        "BTCUSDTU2026 is the contract of September 2026, and the day on which it expires is not in the name"
    ),
    "BINANCE:BTCUSD_220931": "BTCUSD_220931 ends in 220931, which is no day written as YYMMDD",
    "BITFINEX:BTCUSDT_220930": "BITFINEX:BTCUSDT_220930 is no contract that is known here (Bitfinex: no such form)",
    "BINANCE:ETHBTC.P": "BINANCE:ETHBTC.P is no contract that is known here (Binance: USD, USDC, USDT)",
    "BINANCE:BTCUSDT.X": "BTCUSDT.X is no form of a ticker that is known here",
    "BINANCE:": "an empty name is no form of a ticker that is known here",
    "BINANCE:BTC": "BINANCE:BTC does not end in a quote asset that is known here",
    "BINANCE:DASHUSD": (
        "Nothing trades in USD on Binance spot: TradingView computes BINANCE:DASHUSD from other markets"
    ),
    "BINANCE:BNBUSD": "Nothing trades in USD on Binance spot: TradingView computes BINANCE:BNBUSD from other markets",
    "DYDX:BTCUSD": "dYdX has contracts only, and DYDX:BTCUSD is not written as one (.P)",
    "1/FX:USDJPY*TVC:DXY": "1/FX:USDJPY*TVC:DXY is computed from other symbols and is no market",
    "BYBIT:ETHUSDT/BYBIT:BTCUSDT": "BYBIT:ETHUSDT/BYBIT:BTCUSDT is computed from other symbols and is no market",
    "KRAKEN:BTCUSDT/USD": "KRAKEN:BTCUSDT/USD does not end in a quote asset that is known here",
    "A" * 201: "A text of 201 characters is no symbol",
    "={...}": "The symbol is wrapped in a form that cannot be read",
    '={"symbol":17}': "The symbol is wrapped in a form that cannot be read",
    '={"symbol":"COINBASE:BTCUSD","currency-id":"EUR"}': (
        "The chart of COINBASE:BTCUSD converts its prices to EUR, in which the market does not trade"
    ),
    "TSLA": "TSLA names no exchange and does not look like a crypto market",
    "GBTC": "GBTC names no exchange and does not look like a crypto market",
    "EURUSD": "EURUSD names no exchange and does not look like a crypto market",
    "XAUUSD": "XAUUSD names no exchange and does not look like a crypto market",
    "DAX Index": "DAX INDEX is no form of a ticker that is known here",
}


@pytest.mark.parametrize(("written", "why"), NO_MARKET.items())
def test_what_is_no_market_is_refused_with_one_sentence(written: str | None, why: str) -> None:
    assert resolve_symbol(written) == Resolution((), f"{why}; name the exchange and the market to use another one.")


def test_no_mark_never_becomes_a_contract_where_the_exchange_marks_them() -> None:
    marked = [name for name, venue in VENUES.items() if not venue.contracts_unmarked]
    found = [market for name in marked for market in resolve_symbol(f"{name}:ETHUSDT").candidates]
    assert {market.type for market in found} == {"spot"}


def test_a_mark_never_becomes_spot() -> None:
    written = [f"{name}:ETH{quote}.P" for name in VENUES for quote in ("USDT", "USDC", "USD")]
    found = [market for name in written for market in resolve_symbol(name).candidates]
    assert {market.type for market in found} == {"swap"}


def test_contracts_settle_in_their_quote_or_in_their_base_or_say_so_in_the_table() -> None:
    for venue in VENUES.values():
        for contract in venue.contracts:
            settles = {contract.quote, ""} | ({"USDC"} if venue.name == "Paradex" else set())
            assert contract.settle in settles, venue.name


BASE = st.sampled_from(sorted(BASES))


@given(st.sampled_from(sorted(VENUES)), BASE, st.sampled_from(QUOTES), st.sampled_from(["", ".P"]))
def test_every_candidate_is_a_market_that_the_spec_accepts(venue: str, base: str, quote: str, mark: str) -> None:
    found = resolve_symbol(f"{venue}:{base}{quote}{mark}")
    assert (found.reason is None) == (len(found.candidates) == 1)
    for market in found.candidates:
        assert Market(market.exchange, market.symbol, market.type).name == f"{market.exchange} {market.symbol}"
        assert re.fullmatch(r"[^/\s:]+/[A-Z0-9]+(:[^/\s:]+)?", market.symbol)


@given(st.text() | st.from_regex(r'=\{"symbol":"[A-Z]*:?[A-Z.]*"\}') | st.from_regex(r"[A-Z]{0,9}:?[A-Z0-9./_!]{0,12}"))
def test_no_text_makes_resolving_fail_and_the_same_text_gives_the_same_answer(text: str) -> None:
    found = resolve_symbol(text)
    assert found == resolve_symbol(text)
    assert (found.reason is None) == (len(found.candidates) == 1)


def test_a_wrapping_deeper_than_any_parser_goes_is_refused() -> None:
    deep = "=" + '{"symbol":' * 100_000
    assert resolve_symbol(deep).candidates == ()


# The tables against the installed ccxt.


def test_every_exchange_of_the_tables_is_one_of_ccxts() -> None:
    named = {venue.spot for venue in VENUES.values() if venue.spot} | REPORT_EVERY_INTERVAL | DATED_EXCHANGES
    for venue in VENUES.values():
        named |= contract_exchanges(venue)
    assert named - set(ccxt.exchanges) == set()


def test_ccxt_lists_the_kinds_of_market_that_the_tables_promise() -> None:
    spot = {venue.spot for venue in VENUES.values() if venue.spot}
    swap = {name for venue in VENUES.values() for name in contract_exchanges(venue)}
    promised = [(name, "spot") for name in spot] + [(name, "swap") for name in swap]
    promised += [(name, "future") for name in DATED_EXCHANGES]
    lacking = {(name, kind) for name, kind in promised if not getattr(ccxt, name)().has.get(kind)}
    assert lacking == set()


def test_assets_are_renamed_as_ccxt_renames_them() -> None:
    for venue in VENUES.values():
        if venue.spot:
            ccxts = getattr(ccxt, venue.spot)().commonCurrencies
            ours = ALIASES | venue.aliases
            assert {name: ccxts.get(name, name) for name in ours} == ours, venue.name


def test_exchanges_said_to_be_missing_are_missing() -> None:
    assert {name.lower() for name in (*CLOSED, *NOT_CARRIED)} & set(ccxt.exchanges) == set()


def test_no_prefix_stands_in_two_tables() -> None:
    tables = [set(VENUES), set(CLOSED), set(NOT_CARRIED), set(NOT_CRYPTO)]
    assert sum(map(len, tables)) == len(set.union(*tables))


def test_assets_are_upper_case_and_offshore_dollars_are_quotes() -> None:
    assert {name for name in (*BASES, *QUOTES) if name != name.upper()} == set()
    assert set(OFFSHORE_DOLLARS) <= set(QUOTES)
    assert set(LARGEST) <= set(VENUES)


# Names of one symbol.


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("AAPL", "NasdaqNM:AAPL"),
        ("NasdaqNM:AAPL", "aapl"),
        ("binance:btcusdt", "BINANCE:BTCUSDT"),
        ("BINANCE_DL:BTCUSDT", "BINANCE:BTCUSDT"),
        ("OKEX:BTCUSDT", "OKX:BTCUSDT"),
        ('={"symbol":"COINBASE:BTCUSD","adjustment":"splits"}', "COINBASE:BTCUSD"),
        ("1/FX:USDJPY*TVC:DXY", " 1/fx:usdjpy*tvc:dxy "),
        ("DAX Index", "dax index"),
    ],
)
def test_two_names_of_one_symbol_are_the_same(a: str, b: str) -> None:
    assert same_symbol(a, (), b)
    assert same_symbol(b, (), a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("BINANCE:BTCUSDT", "BINANCE:BTCUSDT.P"),
        ("BINANCE:BTCUSDT", "BYBIT:BTCUSDT"),
        ("BTCUSDT", "BTCUSD"),
        ("1/FX:USDJPY*TVC:DXY", "TVC:DXY"),
        ("BINANCE:BTCUSDT", None),
        (None, None),
        ("", ""),
    ],
)
def test_names_of_different_or_unknown_symbols_are_not_the_same(a: str | None, b: str | None) -> None:
    assert not same_symbol(a, (), b)
    assert not same_symbol(b, (), a)


def test_aliases_are_further_names_of_the_first_symbol_only() -> None:
    assert same_symbol("DAX Index", ("AV:DAX_Index", "DAX_Index"), "av:dax_index")
    assert same_symbol(None, ("AV:DAX_Index",), "DAX_INDEX")
    assert not same_symbol("AAPL", ("NasdaqNM:AAPL", "AAPL"), "MSFT")


# Intervals.


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("1", "1m"),
        ("5", "5m"),
        ("45", "45m"),
        ("60", "1h"),
        ("90", "90m"),
        ("180", "3h"),
        ("240", "4h"),
        ("1440", "1d"),
        ("D", "1d"),
        ("1D", "1d"),
        ("3D", "3d"),
        ("W", "1w"),
        ("1W", "1w"),
        ("M", "1M"),
        ("1M", "1M"),
        ("3M", "3M"),
        ("12M", "12M"),
        ("S", "1s"),
        ("10S", "10s"),
        (" 240 ", "4h"),
    ],
)
def test_tradingviews_resolutions_become_timeframes(interval: str, expected: str) -> None:
    assert timeframe_of(interval) == expected
    assert timeframe.seconds(expected) > 0


@pytest.mark.parametrize(
    "interval",
    [
        *"5m 5M 1h 1H 4H 1d d 1w 1T 100T 1R 100R 0 05 -5 1.5 1441 99999 60S 366D 53W 13M five".split(),
        *(None, "", " ", "5 M", "\u0665", "1D\n1D"),
    ],
)
def test_everything_else_is_no_timeframe(interval: str | None) -> None:
    assert timeframe_of(interval) is None


@given(st.text(max_size=8) | st.from_regex(r"\A[0-9]{0,5}[SDWMTR]?\Z"))
def test_every_timeframe_read_is_one_that_the_spec_knows(interval: str) -> None:
    found = timeframe_of(interval)
    assert found is None or timeframe.seconds(found) > 0


def test_only_exchanges_known_to_report_every_interval_say_so() -> None:
    found = {name for name in ccxt.exchanges if reports_every_interval(name)}
    assert found == {"binance", "binancecoinm", "binanceusdm"}
    assert not reports_every_interval("BINANCE")
