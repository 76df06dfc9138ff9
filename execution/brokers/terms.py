"""What trading on paper costs, and what the market's book would give of it."""

from __future__ import annotations

import math

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import force_setattr


class BadTerms(ValueError):
    """Terms that no fill can be made with: one sentence says why."""


def _check(terms: Book | PaperTerms, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(terms, name)
        if not (math.isfinite(value) and value >= 0):
            msg = f"{name} must be 0 or more, not {value!r}"
            raise BadTerms(msg)


class Book(Struct, frozen=True, forbid_unknown_fields=True):
    """The market's book, as far as it is assumed; without one, orders fill whole, at one price for both sides.

    ``spread_ticks`` plus ``spread_rate`` of the price lie between bid and ask; the candles' path is the middle.
    ``maker_rate`` is the fee of what rested before it filled, None: as any other (a rebate is below 0).
    ``volume_share``: at most this share of a bar's volume fills on it, None: any size.
    """

    spread_ticks: float = 0.0
    spread_rate: float = 0.0
    maker_rate: float | None = None
    volume_share: float | None = None

    def __post_init__(self) -> None:
        _check(self, ("spread_ticks", "spread_rate"))
        if self.maker_rate is not None and not -1 < self.maker_rate < 1:
            msg = f"maker_rate must lie between -1 and 1, not {self.maker_rate!r}"
            raise BadTerms(msg)
        if self.volume_share is not None and not 0 < self.volume_share <= 1:
            msg = f"volume_share must be above 0 and at most 1, not {self.volume_share!r}"
            raise BadTerms(msg)


NO_BOOK = Book()


class PaperTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """What trading on paper costs.

    ``equity`` to begin with in quote currency; ``fee_rate`` of each fill's notional (0.001 is 0.1 %); slippage
    against the order by ``slippage_ticks`` of the market plus ``slippage_rate`` of the price; ``book`` is written
    only where it says something, so that the logs of earlier runs keep their bytes. Raises BadTerms.
    """

    equity: float = 10_000.0
    fee_rate: float = 0.0
    slippage_ticks: float = 0.0
    slippage_rate: float = 0.0
    book: Book | UnsetType = UNSET

    def __post_init__(self) -> None:
        if not (math.isfinite(self.equity) and self.equity > 0):
            msg = f"the equity to begin with must be above 0, not {self.equity!r}"
            raise BadTerms(msg)
        _check(self, ("fee_rate", "slippage_ticks", "slippage_rate"))
        if self.book == NO_BOOK:
            force_setattr(self, "book", UNSET)

    @property
    def market(self) -> Book:
        """The book, which without one is endless and has no spread."""
        return NO_BOOK if isinstance(self.book, UnsetType) else self.book
