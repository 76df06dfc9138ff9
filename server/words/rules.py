"""A frozen strategy in words: what it waits for, how it enters and gets out, how much it risks.

Whoever approves is told everything that decides: two strategies that act otherwise read otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.words.managing import entry_in_words, managing_in_words, rule_in_words
from server.words.nodes import expanded

if TYPE_CHECKING:
    from spec.strategy import Risk, Strategy


def rules_in_words(strategy: Strategy) -> list[str]:
    """One sentence a rule, the risk last."""
    risk = [] if strategy.entry is None else [risk_in_words(strategy.risk)]
    return [*trade_in_words(strategy), *risk]


def risk_in_words(risk: Risk) -> str:
    """What a trade may lose."""
    return f"Risk {risk.percent:.10g} % of the equity, at most {risk.max_exposure:.10g} x the equity"


def trade_in_words(strategy: Strategy) -> list[str]:
    """What it waits for, how it enters and where it gets out."""
    nodes, entry = strategy.nodes, strategy.entry
    if entry is None:
        return [f"Watch: {expanded(name, nodes)}" for name in nodes]
    words = [f"Go {entry.side}: {expanded(entry.node, nodes)}", *entry_in_words(entry)]
    if strategy.stop is not None:
        words.append(f"Stop {rule_in_words(strategy.stop)}")
    words += [f"Target {rule_in_words(one.at)}, {100 * one.share:.10g} % of the position" for one in strategy.targets]
    if strategy.exit is not None:
        words.append(f"Exit: {expanded(strategy.exit, nodes)}")
    return [*words, *managing_in_words(strategy.managed, entry.side)]
