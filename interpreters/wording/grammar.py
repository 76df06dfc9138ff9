"""The grammar of words on a drawing, as data: docs/words.md is made from GRAMMAR.

A word that is not here is reported as unknown and changes nothing. Case does not matter, nor does the order of words;
only what a word takes (a price, a share, a time) follows it.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Field = Literal["side", "action", "direction", "trigger", "retest", "extend", "role", "propose", "doubt"]
Takes = Literal["nothing", "price", "price and share", "duration", "amount", "name"]


class Word(Struct, frozen=True):
    """One row of the grammar: forms of a word, what they set, and what they take after them.

    ``after``: read only directly behind a word that sets one of these fields. ``numbered``: a number may be part of
    the form (``tp1``).
    """

    forms: tuple[str, ...]
    meaning: str
    example: str
    sets: tuple[tuple[Field, str], ...] = ()
    takes: Takes = "nothing"
    after: tuple[Field, ...] = ()
    numbered: bool = False


GRAMMAR: tuple[Word, ...] = (
    Word(("long", "buy"), "a long entry; beside stop, target or exit: of the long", "long break", (("side", "long"),)),
    Word(("short", "sell"), "a short entry; beside stop, target or exit: of the short", "sell", (("side", "short"),)),
    Word(
        ("break", "breaks", "breaking", "breakout", "break-out", "cross", "crosses", "crossing", "crossover"),
        "when price crosses the line or leaves the zone",
        "long break",
        (("action", "break"),),
    ),
    Word(
        ("breakdown", "break-down", "crossunder"),
        "when price crosses the line from above",
        "short breakdown",
        (("action", "break"), ("direction", "down")),
    ),
    Word(
        ("bounce", "bounces", "bouncing", "reject", "rejects", "rejection"),
        "when price comes to the line or zone and turns back",
        "buy bounce",
        (("action", "bounce"),),
    ),
    Word(("touch", "touches", "touching"), "when price reaches it", "sell touch", (("action", "touch"),)),
    Word(("near",), "while price is within the tolerance of it", "near tolerance 0.2%", (("action", "near"),)),
    Word(("up", "upward", "upwards"), "from below to above only", "crossing up", (("direction", "up"),)),
    Word(("down", "downward", "downwards"), "from above to below only", "crossing down", (("direction", "down"),)),
    Word(
        ("above", "over"),
        "up, directly behind break, cross or close",
        "close above",
        (("direction", "up"),),
        after=("action", "trigger"),
    ),
    Word(
        ("below", "under"),
        "down, directly behind break, cross or close",
        "break below",
        (("direction", "down"),),
        after=("action", "trigger"),
    ),
    Word(
        ("close", "closes"),
        "judged on the close of a bar (so it is without a word)",
        "long break close",
        (("trigger", "bar_close"),),
    ),
    Word(("wick", "wicks", "intrabar"), "judged within the bar", "short touch wick", (("trigger", "intrabar"),)),
    Word(
        ("retest", "retests", "re-test"),
        "after the break price has to come back",
        "long break retest",
        (("retest", "yes"),),
    ),
    Word(("extend", "extends", "extended"), "the line goes on to the right", "long break extend", (("extend", "yes"),)),
    Word(
        ("noextend", "no-extend", "no extend"),
        "the line ends where it was drawn to end",
        "sell touch noextend",
        (("extend", "no"),),
    ),
    Word(
        ("stop", "sl", "stop loss", "stop-loss", "stoploss"),
        "the stop; with a price beside a side: the stop of this entry",
        "sl 1.23",
        (("role", "stop"),),
        "price",
    ),
    Word(
        ("target", "tp", "take profit", "take-profit", "takeprofit"),
        "a target, its number written to it, its share in percent; with a price beside a side: of this entry",
        "tp1 50%",
        (("role", "target"),),
        "price and share",
        numbered=True,
    ),
    Word(("exit", "exits"), "leaving the position at market", "exit long break down", (("role", "exit"),)),
    Word(("entry", "enter"), "an entry: needs a side beside it", "long entry", (("role", "entry"),)),
    Word(("watch",), "a picture when it fires, no orders", "watch break", (("role", "watch"),)),
    Word(("ignore", "ignored"), "the drawing is left out", "ignore", (("role", "ignore"),)),
    Word(("propose",), "put before the team as soon as nothing is open", "long break propose", (("propose", "yes"),)),
    Word(("valid", "valid for"), "how long it lives: m, h, d or w", "valid 10d", takes="duration"),
    Word(("tolerance",), "how near is near: %, ticks, atr or price", "near tolerance 5 ticks", takes="amount"),
    Word(("group",), "drawings of one name form one strategy", "group:breakout-1", takes="name"),
    Word(
        (
            *"no not never none neither nor cannot without avoid unless except".split(),
            *"dont cant wont doesnt didnt isnt shouldnt wouldnt".split(),
        ),
        "a negation (so is every word on n't): a text with one never becomes a trade, it asks",
        "do not sell here",
        (("doubt", "a negation"),),
    ),
    Word(
        tuple("maybe perhaps possibly might could if instead cancelled canceled invalid invalidated".split()),
        "a doubt (so is a question mark): a text with one never becomes a trade, it asks",
        "maybe long",
        (("doubt", "a doubt"),),
    ),
)

# Turns of speech whose words mean something else alone; they are unknown words as a whole.
PROSE: frozenset[str] = frozenset(
    {
        *(
            f"{side} {noun}"
            for side in ("long", "short")
            for noun in "term time run squeeze covering tail candle".split()
        ),
        *(f"{side} {noun}" for side in ("buy", "sell") for noun in "side wall pressure off volume liquidity".split()),
        *("as long as", "so long as", "how long", "too long", "before long", "long ago", "long way", "in short"),
        *("break even", "take a break", "near term", "close to", "close by", "too close", "close enough"),
        *("stop hunt", "stop run", "non stop", "exit liquidity", "set up", "heads up", "up to", "down to"),
        *("up trend", "down trend", "up there", "down there"),
    }
)

_EXIT = "may mean leaving a position or a bar's close: write exit, or put the side first (long close)"
_ORDER = "may name an order type: write long or short, and sl with its price"
_SHAPE = "may describe a candle: put the side last (wick long) if a trade is meant"
# Pairs that are words of the grammar and yet may mean something else: a trade that says one asks.
AMBIGUOUS: dict[str, str] = {
    **{
        f"close {rest}{what}": _EXIT
        for rest in ("", "the ", "my ", "this ", "all ", "half ", "half the ")
        for what in ("long", "short", "buy", "sell", "longs", "shorts", "position", "trade")
    },
    **{f"{side} {order}": _ORDER for side in ("buy", "sell") for order in ("stop", "limit", "stop limit")},
    **{f"{side} {shape}": _SHAPE for side in ("long", "short") for shape in ("wick", "wicks")},
}

# What may stand between a word and the number that it takes.
FILLERS = frozenset({"at"})
# Behind a price these make it something else than a price.
NOT_PRICES = frozenset("r rr pip pips tick ticks point points percent atr x bps".split())
MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 604_800
DURATIONS: dict[str, int] = {
    **dict.fromkeys(("m", "min", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), WEEK),
}
LONGEST_LIFE = 3_660 * DAY  # ten years; more is a slip of the pen
