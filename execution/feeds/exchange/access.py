"""Access to an exchange: ccxt's objects, made here alone and pointed where the settings say."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from execution.feeds.exchange import shells
from execution.ports import FeedFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")
Client: TypeAlias = Any  # ccxt is untyped
Kind: TypeAlias = Literal["ws", "trades", "rest"]
KINDS: tuple[Kind, ...] = ("ws", "trades", "rest")

STREAM_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
PLAIN_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
HOPELESS = frozenset({"BadSymbol", "AuthenticationError", "RestrictedLocation", "ArgumentsRequired"})  # ccxt's names
CLOSING = 2.0  # seconds that a dead connection may take to say goodbye
KEPT_CANDLES = 100  # rows in ccxt's cache of a candle stream; they are read as a whole
KEPT_TRADES = 5_000  # trades in ccxt's cache between two reads; what exceeds it is lost, and noticed


class Unreachable(RuntimeError):
    """The exchange did not answer, or refused for now: another try may help."""


class Unserved(RuntimeError):
    """The exchange does not offer this at all."""


class Access(Struct, frozen=True):
    """How one exchange is reached; all of it is optional.

    ``urls`` is a base (``http://127.0.0.1:8080``) that replaces scheme and host of every address, sockets included.
    ``sources``: which kinds of news may be used (``ws``: a candle stream, ``trades``, ``rest``), best first.
    ``options`` are laid over ccxt's own options of the exchange. ``rate_limit`` is in milliseconds between requests.
    """

    urls: str | None = None
    sandbox: bool = False
    sources: tuple[Kind, ...] = KINDS
    options: dict[str, Any] = {}
    rate_limit: float | None = None
    timeout: float = 10.0  # seconds for one request


def connect(exchange: str, access: Access) -> Client:
    """A new client of an exchange, which has asked nothing yet; raises FeedFailed where ccxt has no such exchange.

    The first call for an exchange imports its modules, which takes about a third of a second.
    """
    shells.lay()
    try:
        kind = getattr(importlib.import_module(f"ccxt.pro.{exchange}"), exchange)
    except ModuleNotFoundError:
        kind = _without_sockets(exchange)
    pace = {} if access.rate_limit is None else {"rateLimit": access.rate_limit}
    options = {"OHLCVLimit": KEPT_CANDLES, "tradesLimit": KEPT_TRADES, **access.options}
    client = kind({"enableRateLimit": True, "timeout": int(access.timeout * 1000), "options": options, **pace})
    client.has["fetchCurrencies"] = False  # markets need none, and some exchanges ask for a key
    if access.sandbox:
        _use_sandbox(client)
    if access.urls is not None:
        client.urls["api"] = _moved(client.urls["api"], access.urls)
    return client


def _without_sockets(exchange: str) -> Any:
    try:
        return getattr(importlib.import_module(f"ccxt.async_support.{exchange}"), exchange)
    except ModuleNotFoundError:
        msg = f"ccxt knows no exchange {exchange!r}; write its id as ccxt does, like binance"
        raise FeedFailed(msg) from None


def _use_sandbox(client: Client) -> None:
    try:
        client.set_sandbox_mode(True)
    except Exception as error:
        msg = f"{client.id} has no sandbox in ccxt; take sandbox out of its settings"
        raise FeedFailed(msg) from error


def _moved(addresses: object, base: str) -> object:
    """Every address below ``addresses`` with another scheme and host; path and nesting stay."""
    match addresses:
        case dict():
            return {name: _moved(below, base) for name, below in addresses.items()}
        case str():
            old, new = urlsplit(addresses), urlsplit(base)
            schemes = STREAM_SCHEMES if old.scheme in {"ws", "wss"} else PLAIN_SCHEMES
            return urlunsplit((schemes[new.scheme], new.netloc, new.path.rstrip("/") + old.path, old.query, ""))
        case _:
            return addresses


async def ask(answer: Awaitable[T]) -> T:
    """What ccxt answers; raises Unreachable, Unserved, or FeedFailed where no other try can help.

    ccxt fails in many ways, of which a parser that meets an unknown message is one: so everything is translated.
    """
    try:
        return await answer
    except Exception as error:
        raise _translated(error) from error


def _translated(error: Exception) -> Exception:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    said = f"{type(error).__name__}: {error}"[:300]
    if kinds & HOPELESS:
        return FeedFailed(f"the exchange refuses: {said}")
    if kinds & {"NotSupported", "BadRequest"}:
        return Unserved(said)
    return Unreachable(said)


async def dismiss(client: Client) -> None:
    """Close a client; a dead connection must not hold up the next one."""
    try:
        async with asyncio.timeout(CLOSING):
            await client.close()
    except Exception:  # noqa: BLE001 (whatever ccxt says about a connection that is given up anyway)
        return
