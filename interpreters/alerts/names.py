"""The field names and action words that templates use, in one normal form: lower-case letters and digits alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpreters.alerts.alert import Action

SHOWN_LENGTH = 60
CACHED_LENGTH = 64  # longer names are nobody's and would only fill the cache
CACHED_NAMES = 4096

TICKERS = (
    "ticker", "symbol", "tickerid", "pair", "instrument", "tradingpair", "currencypair", "tvinstrument",
)  # fmt: skip
EXCHANGES = ("exchange", "tvexchange")
# The alert's own price first, then an order's, then the bar's.
PRICES = (
    "price", "alertprice", "triggerprice", "signalprice", "currentprice", "lastprice", "orderprice",
    "strategyorderprice", "entryprice", "limitprice", "close",
)  # fmt: skip
ACTION_NAMES = (
    "action", "orderaction", "strategyorderaction", "tradeaction", "side", "direction", "signal", "order", "event",
    "cmd", "command", "type",
)  # fmt: skip
TEXTS = ("text", "message", "msg", "content", "alertmessage", "alert", "description")

# {{timenow}} by any of its usual names: the moment of this firing, and nothing else.
FIRED = (
    "timenow", "now", "currenttime", "firedat", "firetime", "triggeredat", "triggertime", "alerttime",
    "alerttimestamp", "sentat",
)  # fmt: skip
BAR = ("bartime", "bartimestamp", "bartimeutc", "baropentime", "candletime")
# Templates put {{time}} and {{timenow}} under these about equally often.
EITHER_TIME = ("time", "timestamp", "datetime", "date", "ts")

# Objects that hold the alert's own fields; a price inside take_profit or stop_loss is not the alert's.
CONTAINERS = frozenset(
    "data payload body alert signal general meta order strategy strategyinfo trade info market bar event".split()
)

ACTIONS: dict[str, Action] = {
    **dict.fromkeys(
        "buy long enterlong openlong golong entrylong longentry buylong longbuy buyentry entrybuy buymarket buylimit"
        " marketbuy limitbuy strongbuy".split(),
        "buy",
    ),
    **dict.fromkeys(
        "sell short entershort openshort goshort entryshort shortentry sellshort shortsell sellentry entrysell"
        " sellmarket selllimit marketsell limitsell strongsell".split(),
        "sell",
    ),
    **dict.fromkeys(
        "close exit flat flatten cover closelong closeshort exitlong exitshort longexit shortexit longclose shortclose"
        " closeall exitall closeposition exitposition closepositions buytocover closebuy closesell".split(),
        "close",
    ),
    **dict.fromkeys("cancel cancelall cancelorder cancelorders cancelallorders".split(), "cancel"),
}


class Names(dict[str, str]):
    """Names to their normal forms, made when first asked for: looking a known one up costs no call."""

    def __missing__(self, name: str) -> str:
        """The normal form of a name that is new."""
        normal = "".join(letter for letter in name.lower() if letter.isalnum())
        if len(name) <= CACHED_LENGTH and len(self) < CACHED_NAMES:
            self[name] = normal
        return normal


NORMAL = Names()


def plain(name: str) -> str:
    """The normal form of a name: ``Take-Profit_1`` is ``takeprofit1``."""
    return NORMAL[name]


def action_of(word: object) -> Action | None:
    """The action that a word or a run of words stands for; None where it stands for none, or for something finer."""
    return ACTIONS.get(plain(word)) if isinstance(word, str) and len(word) <= CACHED_LENGTH else None


def shown(name: str) -> str:
    """A name or excerpt fit for a sentence: on one line, shortened, in quotation marks of its own."""
    head = name[: 4 * SHOWN_LENGTH]
    if not head.isprintable():
        head = "".join(letter if letter.isprintable() else " " for letter in head)
    clean = " ".join(head.split())
    return f"“{clean[:SHOWN_LENGTH]}…”" if len(clean) > SHOWN_LENGTH else f"“{clean}”"


def listed(names: list[str], most: int = 3) -> str:
    """Names after one another, each once, the surplus counted."""
    once = list(dict.fromkeys(names))
    head, last = (once[:most], f"{len(once) - most} more") if len(once) > most else (once[:-1], once[-1])
    return f"{', '.join(head)} and {last}" if head else last
