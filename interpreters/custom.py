"""Custom nodes at freezing: code that a person gives beside a draft. A draft that holds any itself is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpreters.draft import BadDraft
from spec.graph import with_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpreters.draft import Data
    from spec.strategy import Strategy

KIND = "custom"


def check(identity: str, strategy: Data) -> None:
    """Raise BadDraft where the strategy of a draft holds code."""
    nodes = strategy.get("nodes")
    for name, node in nodes.items() if isinstance(nodes, dict) else ():
        if isinstance(node, dict) and node.get("kind") == KIND:
            msg = (
                f"the draft holds code (node {name} of {identity}); code enters by `drawbridge freeze` alone: take the "
                f"node out, and give its file with --custom {name}=FILE"
            )
            raise BadDraft(msg)


def added(tree: Data, code: Mapping[str, Data]) -> Data:
    """The plan with custom nodes added to its strategy, on its timeframe where they say none; raises BadDraft."""
    strategy = tree["strategy"]
    nodes = strategy.get("nodes") if isinstance(strategy, dict) else None
    if not code or not isinstance(nodes, dict):
        return tree
    for name, node in code.items():
        if name in nodes:
            msg = f"there is a node {name} already; give the custom node another name"
            raise BadDraft(msg)
        nodes[name] = {"timeframe": strategy.get("timeframe"), **node}
    return tree


def check_read(strategy: Strategy, code: Mapping[str, Data]) -> None:
    """Raise BadDraft where a custom node would decide nothing. In a watch every node is watched."""
    roots = tuple(name for name in (strategy.entry and strategy.entry.node, strategy.exit) if name)
    unread = sorted(code.keys() - with_inputs(strategy.nodes, roots))
    if unread and strategy.kind == "strategy":
        msg = (
            f"nothing reads the custom node {unread[0]}: in the draft, make it the entry's node or the exit, or name "
            "it in a node that is, such as an all_of"
        )
        raise BadDraft(msg)
