"""Names: what a strategy, a node or a question is called, made of what TradingView wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpreters.drawing import Drawing

LONGEST_STEM = 40  # of a node's 80 letters: a level's share (25), a part (10) and a number follow


def slug(text: str | None) -> str:
    """``BINANCE:ETHBTC`` as ``ethbtc``: letters and digits that an id may have."""
    plain = re.sub(r"[^a-z0-9]+", "-", (text or "").rsplit(":", maxsplit=1)[-1].lower()).strip("-")
    return plain[:32] or "unnamed"


def unique(stem: str, taken: dict[str, int]) -> str:
    """The stem, with -2, -3 … behind it where it is ``taken``; what is given is taken from then on."""
    name = stem
    while name in taken:
        taken[stem] += 1
        name = f"{stem}-{taken[stem]}"
    taken[name] = 1
    return name


def node_stem(drawing: Drawing) -> str:
    """``trend_line.BIiPoL``: the tool and the key, in the letters a node's name may have."""
    return f"{drawing.tool}.{re.sub(r'[^A-Za-z0-9_-]', '_', drawing.key)}"[:LONGEST_STEM]


def level_name(share: float) -> str:
    """A fib level's share as a name: every digit of it, so that two levels never share one."""
    return repr(share).removesuffix(".0").replace("+", "")
