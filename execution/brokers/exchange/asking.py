"""Asking: how the exchanges differ where they are asked for one order, and for an account's trades.

Bybit's lists take an id as a filter; its trades come newest first, of seven days at most.
"""

from __future__ import annotations

from typing import Any, Final

BY_NAME: Final = frozenset({"binance", "binancecoinm", "binanceusdm", "gate", "kucoin", "mexc", "okx"})
FILTERS: Final = {"bybit": ("orderLinkId", "orderId")}  # the fields of our id, and of the exchange's number
LISTS: Final = ("fetch_open_orders", "fetch_canceled_and_closed_orders")  # that take them
BY_ORDER: Final = frozenset({"binance", "binancecoinm", "binanceusdm", "bybit"})  # whose trades are told by the order
OPEN_ORDERS: Final = {"bybit": 50}  # at most, where it is less unless it is asked for
SPANS: Final = {"bybit": 7 * 24 * 3600 * 1000}  # milliseconds of trades that one question may span

BY_CURSOR: Final = {"paginate": True, "paginationCalls": 100}  # of a hundred trades each


def named(exchange: str, name: str) -> dict[str, Any]:
    """The words for our id of an order."""
    return {FILTERS[exchange][0] if exchange in FILTERS else "clientOrderId": name}


def spans(since: int, now: int, length: int) -> list[tuple[int, int]]:
    """The spans from a time to now, in milliseconds, none longer than one question may be."""
    return [(start, min(start + length, now)) for start in range(since, max(now, since + 1), length)]
