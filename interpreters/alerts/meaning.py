"""What the fields of an alert mean: symbol, action, price and times. Never a guess from a name that could be another.

Only fields at the top, or in objects that hold the alert itself, are looked at: the price inside ``stop_loss`` is not
the alert's.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from interpreters.alerts.alert import NO_SENSE, Action
from interpreters.alerts.inspecting import LEAST, MOST
from interpreters.alerts.names import (
    ACTION_NAMES,
    BAR,
    CONTAINERS,
    EITHER_TIME,
    EXCHANGES,
    FIRED,
    NORMAL,
    PRICES,
    TEXTS,
    TICKERS,
    action_of,
    plain,
)
from interpreters.alerts.plain import read_plain
from interpreters.alerts.sentences import number_in

if TYPE_CHECKING:
    from interpreters.alerts.alert import Sense

SYMBOL = re.compile(r"[^\s{}\"'<>]{1,64}")
EXCHANGE = re.compile(r"[A-Za-z0-9_]{1,30}")
NO_SYMBOL = frozenset({"", "none", "null", "nan", "na", "undefined"})
NANS = frozenset({"nan", "inf", "infinity"})
MOST_ENTRIES = 100
LONGEST_SAYING = 1_000
# Milliseconds of the years 2001 to 2128; seconds are a thousandth of that, so the two cannot be mistaken.
EARLIEST, LATEST = 1_000_000_000_000, 5_000_000_000_000
MINUTE = 60_000
FINEST_BARS = 5_000  # TradingView's bars open on whole seconds in steps of 5, but for bars of one second


class Meaning(Struct, frozen=True):
    """Times in UNIX seconds; ``blank_price``: the alert's price is NaN; ``told``: as in ``Alert``."""

    symbol: str | None
    action: Action | None
    price: float | None
    bar_time: int | None
    fired_at: int | None
    blank_price: bool = False
    told: bool = False


NOTHING = Meaning(None, None, None, None, None)


def meaning_of(fields: dict[str, Any], sense: Sense) -> Meaning:
    """The meaning of the fields, completed by what the body says beside them."""
    entries = fields.get("items") if len(fields) == 1 else None
    if not isinstance(entries, list):
        return _of_leaves(leaves(fields), sense)
    if len(entries) > MOST_ENTRIES:
        return NOTHING
    return structs.replace(_common([_of_leaves(leaves(entry), sense) for entry in entries]), told=False)


def leaves(fields: Any) -> dict[str, Any]:
    """Values by the normal form of their names, the outermost first; nulls count as absent."""
    found: dict[str, Any] = {}
    level = [fields] if isinstance(fields, dict) else []
    while level:
        below: list[dict[str, Any]] = []
        for name, value in (member for record in level for member in record.items()):
            normal = NORMAL[name]
            if type(value) is dict:
                below += [value] if normal in CONTAINERS else []
            elif value is not None:
                found.setdefault(normal, value)
        level = below
    return found


def _of_leaves(found: dict[str, Any], sense: Sense) -> Meaning:
    named = next(iter(_moments(found, FIRED)), None)
    fired, bar = _times(found, named)
    price, blank = _price(found)
    symbol, action = _symbol(found) or sense.symbol, _action(found) or sense.action
    price = sense.price if price is None else price
    if symbol is None:
        said = _said(found)
        symbol, action, price = said.symbol, action or said.action, said.price if price is None else price
    return Meaning(symbol, action, price, bar, fired, blank, named is not None)


def _common(meanings: list[Meaning]) -> Meaning:
    """What all entries of a list agree on."""
    agreed = {name: {getattr(meaning, name) for meaning in meanings} for name in Meaning.__struct_fields__}
    values: dict[str, Any] = {name: found.pop() if len(found) == 1 else None for name, found in agreed.items()}
    return Meaning(**values | {"blank_price": any(meaning.blank_price for meaning in meanings)})


def _said(found: dict[str, Any]) -> Sense:
    """What the first text among fields without a symbol says, as in {"text": "BTCUSD Greater Than 9000"}."""
    text = next((found[name] for name in TEXTS if isinstance(found.get(name), str)), None)
    return read_plain(text.strip()).sense if text and len(text) <= LONGEST_SAYING else NO_SENSE


def _symbol(found: dict[str, Any]) -> str | None:
    symbols = [str(found[name]) for name in TICKERS if name in found and type(found[name]) in {str, int}]
    for symbol in symbols:
        if SYMBOL.fullmatch(symbol) and plain(symbol) not in NO_SYMBOL:
            return symbol if ":" in symbol or "/" in symbol else _exchange(found) + symbol
    return None


def _exchange(found: dict[str, Any]) -> str:
    exchanges = [found[name] for name in EXCHANGES if name in found]
    return next((f"{one}:" for one in exchanges if isinstance(one, str) and EXCHANGE.fullmatch(one)), "")


def _action(found: dict[str, Any]) -> Action | None:
    """Cancelling and closing go before a side, which then says what is closed; two sides contradict each other."""
    actions = {action_of(found[name]) for name in ACTION_NAMES if name in found} - {None}
    for first in ("cancel", "close"):
        if first in actions:
            return first
    return actions.pop() if len(actions) == 1 else None


def _price(found: dict[str, Any]) -> tuple[float | None, bool]:
    """The first price that is a number but 0, which templates send with a market order; and whether NaN came first."""
    for value in (found[name] for name in PRICES if name in found):
        if _is_nan(value):
            return None, True
        if price := _number(value):
            return price, False
    return None, False


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        return number_in(value.strip()) if len(value) <= 40 else None
    return float(value) if type(value) is float or (type(value) is int and LEAST <= value <= MOST) else None


def _is_nan(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lstrip("-").lower() in NANS
    return isinstance(value, float) and not math.isfinite(value)


def _times(found: dict[str, Any], named: int | None) -> tuple[int | None, int | None]:
    """When it fired and when its bar opened; ``named`` is what a field that can hold nothing else says of the former.

    A time under a name that may mean either is the firing's where no bar of more than a second opens at it; under the
    name ``time``, as TradingView calls the bar's, it is the bar's on a whole minute. Else it stays a field.
    """
    either = _moments(found, EITHER_TIME)
    fired = named or next((moment for moment in either if moment % FINEST_BARS), None)
    bar, under_time = next(iter(_moments(found, BAR)), None), moment_of(found.get("time"))
    if bar is None and under_time is not None and under_time % MINUTE == 0:
        bar = under_time
    return (None if fired is None else fired // 1000), (None if bar is None else bar // 1000)


def _moments(found: dict[str, Any], names: tuple[str, ...]) -> list[int]:
    moments = [moment_of(found[name]) for name in names if name in found]
    return [moment for moment in moments if moment is not None]


def moment_of(value: Any) -> int | None:
    """UNIX milliseconds of a time in seconds, in milliseconds, or in ISO 8601 with its zone; None for anything else."""
    if isinstance(value, str):
        if not (value.isascii() and value.isdecimal() and len(value) <= 13):
            return _calendar_moment(value)
        value = int(value)
    if type(value) is not int and type(value) is not float:
        return None
    for moment in (value, value * 1000):
        if EARLIEST <= moment < LATEST:
            return int(moment)
    return None


def _calendar_moment(text: str) -> int | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    if parsed.tzinfo is None or not 2001 <= parsed.year < 2128:
        return None
    return round(parsed.timestamp() * 1000)
