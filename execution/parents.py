"""Parents: the entries of a desk that are sent in slices, and the orders that their slices are to everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execution import slicing
from execution.messages import CancelOrder, SubmitOrder

if TYPE_CHECKING:
    from execution.messages import OrderDropped, OrderFilled
    from execution.slicing import Effects, Parent


class Parents:
    """Parents by their ids, and whose child an order is."""

    def __init__(self) -> None:
        self._parents: dict[str, Parent] = {}
        self._of: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._parents

    def asked_as(self, name: str) -> str:
        """The order that the strategy asked for: the parent of a child, else the order itself."""
        return self._of.get(name, name)

    def add(self, parent: Parent) -> None:
        """An entry whose slices begin."""
        self._parents[parent.order.id] = parent

    def due(self, time: int, *, killed: bool = False) -> Effects:
        """What of all of them is due at a bar's open; once the kill switch is known to be on, their end."""
        waiting = [name for name, one in self._parents.items() if one.slices]
        events = ((name, CancelOrder(name) if killed else slicing.Due(time)) for name in waiting)
        return tuple(effect for name, event in events for effect in self._step(name, event))

    def hear(self, event: CancelOrder | OrderFilled | OrderDropped) -> Effects:
        """What comes of a word on a parent, or on a child of one; of any other order, nothing but the word itself."""
        name = self.asked_as(event.id)
        return self._step(name, event) if name in self._parents else (event,)

    def _step(self, name: str, event: slicing.Event) -> Effects:
        self._parents[name], effects = slicing.step(self._parents[name], event)
        self._of |= {one.order.id: name for one in effects if isinstance(one, SubmitOrder)}
        return effects

    def clear(self) -> None:
        """Nothing works any more."""
        self._parents.clear()
        self._of.clear()
