"""The account: what is open, won and lost in it, the limits that every entry is held to, and which one refuses it.

``check`` is a function of its arguments alone. What other runs of the account do comes to a run as a snapshot that is
written into its log before it counts (``entries.Known``), so a replay decides as the run did; ``joined`` adds the
run's own part, which follows from its fills. All sums are in one currency. Exits are never held back by a limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.ledger import Trade

Share = Annotated[float, Meta(gt=0, le=1)]
Multiple = Annotated[float, Meta(gt=0, le=1000)]
Count = Annotated[int, Meta(ge=1)]
SLACK = 1 + 1e-12  # a size that was cut to its limit may exceed it by a float's last digit


class Holding(Struct, frozen=True):
    """An open position: its market (``binance ETH/BTC``) and its notional, at least 0."""

    market: str
    notional: float


class Account(Struct, frozen=True):
    """How an account stands; a snapshot given to a run leaves that run's own part out, ``peak`` alone holds it.

    ``peak`` is the highest that the equity has been, ``realised`` the profit of trades closed on ``day`` (days since
    1970 UTC), ``orders`` the times of the last new orders, ``feed_age`` the seconds since the feed last said anything.
    """

    equity: float = 0.0
    peak: float = 0.0
    day: int = 0
    realised: float = 0.0
    held: tuple[Holding, ...] = ()
    orders: tuple[int, ...] = ()
    feed_age: float | None = None
    killed: bool = False


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """Markets that move together: how many of them may be open at once, and with what share of the equity."""

    markets: tuple[str, ...]
    positions: Count | None = None
    exposure: Multiple | None = None


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many new orders within so many seconds."""

    orders: Count
    seconds: Count


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What the account allows; None allows everything.

    ``position``, ``market`` and ``exposure`` bound the notional of one entry, of one market and of all, as multiples
    of the equity; ``positions`` how many are open; ``daily_loss`` what a UTC day may lose of the equity it began with,
    ``drawdown`` how far the equity may have fallen from its peak, both as shares; ``feed_age`` is in seconds.
    """

    position: Multiple | None = None
    market: Multiple | None = None
    exposure: Multiple | None = None
    positions: Count | None = None
    groups: dict[str, Group] = {}
    daily_loss: Share | None = None
    drawdown: Share | None = None
    rate: Rate | None = None
    feed_age: Count | None = None


class Entering(Struct, frozen=True):
    """An entry that asks to be let in: its market, its notional and the time of its bar."""

    market: str
    notional: float
    time: int


class Refusal(Struct, frozen=True):
    """The rule that refuses an entry, and why in one sentence with its figures."""

    rule: str
    reason: str


def check(limits: Limits, account: Account, entering: Entering) -> Refusal | None:
    """The first rule that refuses the entry; None where all let it in."""
    for rule, judge in RULES.items():
        reason = judge(limits, account, entering)
        if reason is not None:
            return Refusal(rule, f"{rule}: {reason}")
    return None


def _killed(_: Limits, account: Account, __: Entering) -> str | None:
    return "the kill switch is on; nothing new is opened until it is off" if account.killed else None


def _stale(limits: Limits, account: Account, _: Entering) -> str | None:
    age, most = account.feed_age, limits.feed_age
    if most is None or age is None or age <= most:
        return None
    return f"the feed has been silent for {_figure(age)} seconds, and {most} are the most"


def _too_fast(limits: Limits, account: Account, entering: Entering) -> str | None:
    if limits.rate is None:
        return None
    recent = sum(entering.time - limits.rate.seconds < time for time in account.orders)
    if recent < limits.rate.orders:
        return None
    return f"{recent} orders went out in the last {limits.rate.seconds} seconds, and {limits.rate.orders} are the most"


def _lost_today(limits: Limits, account: Account, entering: Entering) -> str | None:
    if limits.daily_loss is None or account.day != entering.time // tf.DAY:
        return None
    loss, most = -account.realised, limits.daily_loss * (account.equity - account.realised)
    if loss < most:
        return None
    return f"the day has lost {_figure(loss)}, and {_figure(most)} ({limits.daily_loss:.4%} of the equity) is the most"


def _drawn_down(limits: Limits, account: Account, _: Entering) -> str | None:
    if limits.drawdown is None or account.equity > account.peak * (1 - limits.drawdown):
        return None
    fallen = f"the equity has fallen from {_figure(account.peak)} to {_figure(account.equity)}"
    return f"{fallen}, and {limits.drawdown:.4%} is the most"


def _position(limits: Limits, account: Account, entering: Entering) -> str | None:
    return _exceeds(entering.notional, limits.position, account, f"the entry into {entering.market}")


def _market(limits: Limits, account: Account, entering: Entering) -> str | None:
    return _exceeds(_open_in(account, {entering.market}, entering), limits.market, account, entering.market)


def _exposure(limits: Limits, account: Account, entering: Entering) -> str | None:
    everywhere = {one.market for one in account.held} | {entering.market}
    return _exceeds(_open_in(account, everywhere, entering), limits.exposure, account, "all that is open")


def _positions(limits: Limits, account: Account, _: Entering) -> str | None:
    if limits.positions is None or len(account.held) < limits.positions:
        return None
    return f"{len(account.held)} positions are open, and {limits.positions} are the most"


def _groups(limits: Limits, account: Account, entering: Entering) -> str | None:
    for name, group in sorted(limits.groups.items()):
        if entering.market in group.markets:
            markets = set(group.markets)
            count = sum(one.market in markets for one in account.held)
            if group.positions is not None and count >= group.positions:
                return f"{count} positions of the group {name} are open, and {group.positions} are the most"
            reason = _exceeds(_open_in(account, markets, entering), group.exposure, account, f"the group {name}")
            if reason is not None:
                return reason
    return None


RULES: dict[str, Callable[[Limits, Account, Entering], str | None]] = {
    "kill switch": _killed,
    "stale feed": _stale,
    "order rate": _too_fast,
    "daily loss": _lost_today,
    "drawdown": _drawn_down,
    "position": _position,
    "market exposure": _market,
    "exposure": _exposure,
    "open positions": _positions,
    "correlated markets": _groups,
}


def _open_in(account: Account, markets: set[str], entering: Entering) -> float:
    """The notional open in some markets with the entry."""
    return entering.notional + sum(one.notional for one in account.held if one.market in markets)


def _exceeds(notional: float, most: float | None, account: Account, what: str) -> str | None:
    if most is None or notional <= most * account.equity * SLACK:
        return None
    allowed = f"{_figure(most)} x the equity of {_figure(account.equity)} is the most"
    return f"{what} would come to {_figure(notional)}, and {allowed}"


def _figure(number: float) -> str:
    return f"{number:.10g}"


class Tally(Struct, frozen=True):
    """A run's own part of the account, as far as the ledger does not say it; ``peak`` is taken while nothing is held.

    So the bars that a backtest leaves out change nothing.
    """

    peak: float
    day: int = 0
    realised: float = 0.0
    orders: tuple[int, ...] = ()


def closed(tally: Tally, trade: Trade, equity: float | None) -> Tally:
    """After a closed portion; ``equity`` where it was the last one."""
    day = trade.exit_time // tf.DAY
    realised = trade.pnl + (tally.realised if tally.day == day else 0.0)
    return replace(tally, day=day, realised=realised, peak=max(tally.peak, tally.peak if equity is None else equity))


def ordered(tally: Tally, time: int, rate: Rate | None) -> Tally:
    """After a new order; no more times are kept than the rate asks for."""
    return tally if rate is None else replace(tally, orders=(*tally.orders, time)[-rate.orders :])


def joined(rest: Account, tally: Tally, equity: float, time: int) -> Account:
    """The account with this run's part, which holds nothing when it asks; ``equity`` is the run's own."""
    day = time // tf.DAY
    realised = sum(part.realised for part in (rest, tally) if part.day == day)
    whole = rest.equity + equity
    return replace(
        rest,
        equity=whole,
        peak=max(rest.peak or tally.peak, whole),
        day=day,
        realised=realised,
        orders=(*rest.orders, *tally.orders),
    )
