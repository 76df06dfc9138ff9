"""TradingView's own default messages, read as what they say; any other text is shown as it is.

Formats as TradingView's alert dialog makes them: ``SYMBOL[, INTERVAL] Condition Options`` for the chart's series,
``Series Condition Options on SYMBOL[, INTERVAL]`` for an indicator, and for a strategy
``Name: order ACTION @ CONTRACTS filled on TICKER. New strategy position is SIZE``, whose number behind the @ is the
quantity and not a price.
"""

from __future__ import annotations

import re
from typing import Any

from interpreters.alerts.alert import Reading, Sense
from interpreters.alerts.names import action_of

SYMBOL = r"[A-Z0-9][A-Z0-9_.!:/&-]{0,40}"
INTERVAL = r", (?:[0-9]{1,4}[SDWMmhH]?|[SDWM])"
CONDITION = (
    r"(?:Crossing(?: Up| Down)?|Greater Than|Less Than|(?:Entering|Exiting|Inside|Outside) Channel"
    r"|Moving (?:Up|Down)(?: %)?|Entering|Exiting)"
)
OF_PRICE = frozenset({"Crossing", "Crossing Up", "Crossing Down", "Greater Than", "Less Than"})
ON_CHART = re.compile(rf"(?P<symbol>{SYMBOL})(?:{INTERVAL})? (?P<condition>{CONDITION}) (?P<options>\S.{{0,200}})")
ON_INDICATOR = re.compile(rf".{{1,120}}? (?P<condition>{CONDITION}) .{{0,200}}? ?on (?P<symbol>{SYMBOL}){INTERVAL}")
LONGEST = 600  # a strategy's name carries all its inputs
ON_STRATEGY = re.compile(
    rf"(?:.{{0,400}}: ?)?order (?P<action>buy|sell) @ (?P<contracts>[0-9.,]+) filled on (?P<symbol>{SYMBOL}?)"
    r"(?:\. New strategy position is (?P<position>-?[0-9.,]+?))?\.?",
)
# 68,580.27 and 1,234,567 are certain; 68,580 may also be 68.58 in another locale.
NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,})")
# A pair that no other word looks like, as BTCUSDT or BYBIT:BTCUSDT.P; words in capitals never end so.
PAIR = re.compile(
    r"(?<![\w.:/])(?:[A-Z][A-Z0-9_]*:)?[0-9]{0,7}[A-Z][A-Z0-9]{1,14}(?:USDT|USDC|BUSD|USD|PERP)(?:\.P)?(?![\w:/])"
)


def read_sentence(text: str) -> Reading:
    """The text as an event for people, with what a default message of TradingView says beside it."""
    if len(text) > LONGEST:
        return Reading("text", {"text": text}, sense=Sense(only_pair(text)))
    if match := ON_STRATEGY.fullmatch(text):
        fields = _fields(text, match, "symbol", "action", "contracts", "position")
        return Reading("text", fields, sense=Sense(match["symbol"], action_of(match["action"])))
    if match := ON_INDICATOR.fullmatch(text):  # first, for an indicator's name may look like a symbol
        return Reading("text", _fields(text, match, "symbol", "condition"), sense=Sense(match["symbol"]))
    if match := ON_CHART.fullmatch(text):
        price = number_in(match["options"]) if match["condition"] in OF_PRICE else None
        return Reading("text", _fields(text, match, "symbol", "condition"), sense=Sense(match["symbol"], None, price))
    return Reading("text", {"text": text}, sense=Sense(only_pair(text)))


def _fields(text: str, match: re.Match[str], *names: str) -> dict[str, Any]:
    return {"text": text} | {name: match[name] for name in names if match[name] is not None}


def number_in(text: str) -> float | None:
    """A number that is the whole text, with a dot for the fraction; None where a comma could mean either."""
    return float(text.replace(",", "")) if NUMBER.fullmatch(text) else None


def only_pair(text: str) -> str | None:
    """The trading pair in a text that names exactly one."""
    pairs = set(PAIR.findall(text))
    return pairs.pop() if len(pairs) == 1 else None
