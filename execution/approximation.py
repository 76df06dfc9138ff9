"""Approximation: what candles alone cannot tell, said in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.signals import SrProximity, TrendlineCross

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.signals import Node


def is_intrabar(node: Node) -> bool:
    """Whether the node fires within a bar; one made of other nodes is known at the close."""
    return isinstance(node, TrendlineCross | SrProximity) and node.trigger == "intrabar"


def approximations(nodes: Mapping[str, Node]) -> tuple[str, ...]:
    """A note on the nodes that are evaluated along an assumed path, if there are any."""
    names = ", ".join(sorted(name for name, node in nodes.items() if is_intrabar(node)))
    if not names:
        return ()
    return (f"approximate: within a bar, the candles alone leave the path to an assumption (intrabar: {names})",)
