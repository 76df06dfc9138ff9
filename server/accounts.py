"""Accounts: those on paper and what each allows, from the settings; and which one a run trades on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from execution.account import Limits
from execution.brokers.paper import Book, PaperTerms
from execution.brokers.terms import BadTerms
from server.settings import BadSettings
from spec.market import Market

if TYPE_CHECKING:
    from execution.entries import Began
    from server.settings import Settings

DEFAULT = "paper"  # the account of what names none
LIVE = "live."  # before the exchange's id: a name that no paper account can have
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
NO_LIMITS = Limits()

Cash = Annotated[float, Meta(gt=0, lt=1e15)]


class PaperAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """What an account on paper starts with, in each quote currency, and its own limits in place of everybody's."""

    cash: Cash
    limits: Limits | None = None


class Accounts(Struct, frozen=True):
    """The accounts that are set up; ``limits`` hold for every one that has none of its own."""

    limits: Limits = NO_LIMITS
    paper: dict[str, PaperAccount] = field(default_factory=lambda: {DEFAULT: PaperAccount(10_000.0)})
    live_cash: float = 1_000.0

    def limits_of(self, name: str) -> Limits:
        """What an account allows."""
        own = self.paper[name].limits if name in self.paper else None
        return self.limits if own is None else own

    def cash_of(self, name: str) -> float | None:
        """What an account starts with; None for one that is not set up any more."""
        if name.startswith(LIVE):
            return self.live_cash
        return self.paper[name].cash if name in self.paper else None


def accounts_of(settings: Settings) -> Accounts:
    """The accounts; raises BadSettings."""
    limits = _converted("LIMITS", settings.limits, Limits)
    paper = _converted("PAPER_ACCOUNTS", settings.paper_accounts, dict[str, PaperAccount])
    _check_markets("LIMITS", limits)
    for account in paper.values():
        _check_markets("PAPER_ACCOUNTS", account.limits or NO_LIMITS)
    for name in paper:
        if name == DEFAULT:
            msg = (
                f"DRAWBRIDGE_PAPER_ACCOUNTS cannot hold {DEFAULT}: DRAWBRIDGE_PAPER_CASH and DRAWBRIDGE_LIMITS are its"
            )
            raise BadSettings(msg)
        if not NAME.fullmatch(name):
            rule = "use up to 40 small letters, digits, - and _"
            msg = f"the setting DRAWBRIDGE_PAPER_ACCOUNTS cannot be used: {name[:40]!r} is no name; {rule}"
            raise BadSettings(msg)
    return Accounts(limits, {DEFAULT: PaperAccount(settings.paper_cash), **paper}, settings.live_cash)


def _check_markets(setting: str, limits: Limits) -> None:
    """A group whose market is written otherwise than markets are would hold nothing; raises BadSettings."""
    for group, name in ((group, name) for group, one in limits.groups.items() for name in one.markets):
        exchange, _, symbol = name.partition(" ")
        try:
            msgspec.convert({"exchange": exchange, "symbol": symbol, "type": "spot"}, Market)
        except msgspec.ValidationError:
            what = f"{name[:80]!r} in the group {group[:40]!r} is no market"
            rule = "write the exchange, a space and the symbol, as in 'binance ETH/USDT' or 'bybit ETH/USDT:USDT'"
            msg = f"the setting DRAWBRIDGE_{setting} cannot be used: {what}; {rule}"
            raise BadSettings(msg) from None


def _converted(name: str, value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        msg = f"the setting DRAWBRIDGE_{name} cannot be used: {error}; docs/execution.md lists what it takes"
        raise BadSettings(msg) from None


def paper_terms(settings: Settings) -> PaperTerms:
    """What trading on paper costs; raises BadSettings."""
    try:
        book = Book(
            settings.paper_spread_ticks,
            settings.paper_spread_rate,
            settings.paper_maker_fee,
            settings.paper_volume_share,
        )
        return PaperTerms(settings.paper_cash, settings.paper_fee, settings.paper_slippage_ticks, book=book)
    except BadTerms as error:
        msg = f"the paper settings cannot be used: {error}"
        raise BadSettings(msg) from None


def account_name(began: Began) -> str:
    """The account that a run trades on."""
    if isinstance(began.account, str):
        return LIVE + began.market.partition(" ")[0]
    return began.paper if isinstance(began.paper, str) else DEFAULT


def currency_of(market: str) -> str:
    """The quote currency of a market as ``binance ETH/BTC``."""
    return market.partition(" ")[2].partition(":")[0].rpartition("/")[2]
