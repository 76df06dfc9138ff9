"""TradingView's placeholders that arrived unreplaced: which, and why that happens.

The list is TradingView's own (help centre 43000531021); whatever else stands in double braces arrives literally.
"""

from __future__ import annotations

import re

from interpreters.alerts.names import listed, shown

# Also the half-closed {{ticker} and the tripled {{{ticker}}}.
PLACEHOLDER = re.compile(r"\{\{+[^{}]{0,120}\}{0,3}")
GENERAL = frozenset(
    "ticker exchange open high low close volume time timenow interval syminfo.currency syminfo.basecurrency".split()
)
STRATEGY = frozenset(
    "strategy.order.action strategy.order.contracts strategy.order.price strategy.order.id strategy.order.comment "
    "strategy.order.alert_message strategy.position_size strategy.market_position strategy.market_position_size "
    "strategy.prev_market_position strategy.prev_market_position_size".split()
)
NUMBERED_PLOT = re.compile(r"plot_(?:\d|1\d)")
TITLED_PLOT = re.compile(r"plot\(.*\)")
NAME = re.compile(r"[\w.]+")

UNREPLACED = "not replaced by TradingView; placeholders work in the alert's message, not in alert() or in alert_message"
STRATEGY_ONLY = "not replaced by TradingView; strategy placeholders work only in the message of an alert on a strategy"
NO_PLOT = "not replaced by TradingView; the script has no plot of that number or exact title"
NOTHING_COMPUTED = "not replaced, because TradingView computes nothing between the braces; compute it in Pine"
NO_SUCH = "not replaced, because TradingView has no such placeholder"
# The likeliest cause first: once a general placeholder stays, nothing was replaced at all.
CAUSES = (UNREPLACED, STRATEGY_ONLY, NO_PLOT, NOTHING_COMPUTED, NO_SUCH)


def placeholders_in(text: str) -> list[str]:
    """Every placeholder left in a text, braces included."""
    return PLACEHOLDER.findall(text)


def cause_of(placeholder: str) -> str:
    """Why one placeholder arrives as it was written."""
    name = placeholder.strip("{} \t")
    if name in GENERAL:
        return UNREPLACED
    if name in STRATEGY:
        return STRATEGY_ONLY
    if NUMBERED_PLOT.fullmatch(name) or TITLED_PLOT.fullmatch(name):
        return NO_PLOT
    return NO_SUCH if NAME.fullmatch(name) else NOTHING_COMPUTED


def explained(found: list[str]) -> str:
    """A sentence that names the placeholders and the likeliest cause."""
    once = list(dict.fromkeys(found))
    cause = min(map(cause_of, once), key=CAUSES.index)
    return f"{listed([shown(one)[1:-1] for one in once])} {'was' if len(once) == 1 else 'were'} {cause}"
