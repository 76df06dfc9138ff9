"""Markets: where a strategy reads its prices and sends its orders."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MarketType = Literal["spot", "swap", "future"]


class Market(Struct, frozen=True, forbid_unknown_fields=True):
    """One market of one exchange, in ccxt's names.

    ``tick_size`` is in price units; None means unknown (a watch may live without one, an order may not).
    ``reports_every_interval`` says that the exchange delivers a bar even for an interval without a trade, so
    that bars may be counted by the clock where candles are not at hand.
    """

    exchange: Annotated[str, Meta(pattern=r"^[a-z0-9_]+(?!\n)$")]
    symbol: Annotated[str, Meta(pattern=r"^[^/\s]+/[^/\s]+(?!\n)$")]
    type: MarketType
    tick_size: Annotated[float, Meta(gt=0)] | None = None
    reports_every_interval: bool = False

    @property
    def name(self) -> str:
        """``binance ETH/BTC``."""
        return f"{self.exchange} {self.symbol}"
