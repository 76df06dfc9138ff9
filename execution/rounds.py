"""Rounds: what a strategy remembers of one position, from the signal to the last exit."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from execution.messages import Effect, Marks
from execution.plan import NOTHING


class Working(Struct, frozen=True):
    """An order of the round that may still fill: its role, level and open size, and whether a part of it has filled.

    ``price`` is a bracket's limit, whose level is that of its stop.
    """

    role: str
    id: str
    level: Decimal | None
    size: Decimal
    met: bool = False
    price: Decimal | None = None


class Round(Struct, frozen=True):
    """One position; ``time`` is the open of the signal's bar.

    ``opened`` was filled by the entry at ``price`` on average, ``held`` is left of it, ``taken`` was closed by each
    target. ``closing`` is the reason for leaving at the market, once there is one. ``sent`` are the roles of all exit
    orders so far, ``lost`` those of targets that the exchange dropped, ``drops`` counts dropped stops and exits,
    ``rests`` the bars until the next is tried where too many were.

    ``wish`` is the last reason for leaving, once its exit was dropped: the position is protected, and left again later.

    ``bar`` is the open of the bar that it is on, ``entered`` that of the first fill, ``age`` counts the bars since.
    ``waited`` counts the bars since the entry was sent. ``best`` is the best price since the entry, ``first_risk`` the
    distance between entry and first stop, ``tight`` where a trail stands.
    ``void`` is why the entry must not be asked for any more. ``leaving`` are exits that were asked back and may fill
    all the same, until the exchange says that they do not.
    """

    time: int
    marks: Marks = ()
    opened: Decimal = NOTHING
    held: Decimal = NOTHING
    price: float = 0.0
    taken: tuple[Decimal, ...] = ()
    working: tuple[Working, ...] = ()
    closing: str | None = None
    sent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    drops: int = 0
    bar: int = 0
    entered: int = 0
    age: int = 0
    waited: int = 0
    best: float = 0.0
    first_risk: float = 0.0
    tight: Decimal | None = None
    void: str | None = None
    leaving: tuple[Working, ...] = ()
    rests: int = 0
    wish: str | None = None

    def order(self, name: str) -> Working | None:
        """The order of this id that works, or is leaving."""
        return next((order for order in (*self.working, *self.leaving) if order.id == name), None)


Asked: TypeAlias = tuple[Round, tuple[Effect, ...]]
