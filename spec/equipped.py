"""A strategy together with what runs its custom nodes: made where it is evaluated, never written to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import fields

from spec.consulting import uncoded
from spec.custom import Code, Custom
from spec.graph import with_inputs
from spec.strategy import Strategy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.signals import Node


class Equipped(Strategy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A strategy that may be evaluated although it holds code. Its digest is the strategy's own."""

    code: Code


def equip(strategy: Strategy, code: Code) -> Equipped:
    """The strategy with what runs its custom nodes."""
    return Equipped(**_parts(strategy), code=code)


def bare(strategy: Strategy) -> Strategy:
    """The strategy as it was frozen."""
    return Strategy(**_parts(strategy)) if isinstance(strategy, Equipped) else strategy


def code_of(strategy: Strategy) -> Code:
    """What runs its custom nodes; without it every one is refused."""
    return strategy.code if isinstance(strategy, Equipped) else uncoded


def custom_nodes(nodes: Mapping[str, Node]) -> dict[str, Custom]:
    """The nodes that are code, by name."""
    return {name: node for name, node in nodes.items() if isinstance(node, Custom)}


def without_code(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """The nodes that can be evaluated without running any code: they neither are nor read custom nodes."""
    code = custom_nodes(nodes)
    return {name: node for name, node in nodes.items() if not with_inputs(nodes, (name,)) & code.keys()}


def _parts(strategy: Strategy) -> dict[str, Any]:
    return {field.name: getattr(strategy, field.name) for field in fields(Strategy)}
