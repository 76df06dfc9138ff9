"""A frozen strategy in words: what it waits for, where it gets out, how much it risks."""

from __future__ import annotations

from typing import assert_never

from msgspec import UnsetType

from server.operand_words import comparison_in_words, regime_in_words
from spec.custom import Custom
from spec.geometry import Channel, Level, Line, Shape, Zone
from spec.signals import Compare, Node, Regime, SrProximity, TrendlineCross, inputs_of, kind_of
from spec.strategy import AtAtr, AtLine, AtPercent, AtPrice, Entry, ExitRule, Risk, Strategy
from spec.timeframe import text_of

CLOSE = {"bar_close": "at a bar's close", "intrabar": "within the bar"}


def rules_in_words(strategy: Strategy) -> list[str]:
    """One sentence a rule, the risk last."""
    risk = [] if strategy.entry is None else [risk_in_words(strategy.risk)]
    return [*trade_in_words(strategy), *risk]


def risk_in_words(risk: Risk) -> str:
    """What a trade may lose."""
    return f"Risk {risk.percent:g} % of the equity, at most {risk.max_exposure:g} x the equity"


def trade_in_words(strategy: Strategy) -> list[str]:
    """What it waits for and where it gets out."""
    nodes = strategy.nodes
    if strategy.entry is None:
        return [f"Watch: {node_in_words(name, nodes[name])}" for name in nodes]
    words = [f"Go {strategy.entry.side}: {_expanded(strategy.entry.node, strategy)}", *_slices_in_words(strategy.entry)]
    if strategy.stop is not None:
        words.append(f"Stop {rule_in_words(strategy.stop)}")
    words += [f"Target {rule_in_words(one.at)}, {one.share:.0%} of the position" for one in strategy.targets]
    if strategy.exit is not None:
        words.append(f"Exit: {_expanded(strategy.exit, strategy)}")
    return words


def _slices_in_words(entry: Entry) -> list[str]:
    """How an entry is sent in slices, if it is."""
    if isinstance(entry.slices, UnsetType):
        return []
    rule = entry.slices
    how = {"twap": "of equal size", "vwap": "by the volume of the last ten days at that time of day"}[rule.by]
    every = "one a bar" if rule.bars == 1 else f"one every {rule.bars} bars"
    return [f"Enter at the market in {rule.parts} slices {how}, {every}"]


def _expanded(name: str, strategy: Strategy) -> str:
    node = strategy.nodes[name]
    reads = inputs_of(node)
    if not reads:
        return node_in_words(name, node)
    inner = "; ".join(_expanded(read, strategy) for read in reads)
    return f"{kind_of(node).replace('_', ' ')} ({inner})"


def node_in_words(name: str, node: Node) -> str:
    """What a node asks."""
    match node:
        case TrendlineCross():
            way = {"up": "from below", "down": "from above", "either": "either way"}[node.direction]
            return f"price crosses {shape_in_words(node.geometry)} {way} {CLOSE[node.trigger]} ({node.timeframe})"
        case SrProximity():
            return f"price: {node.event} {shape_in_words(node.geometry)} {CLOSE[node.trigger]} ({node.timeframe})"
        case Compare():
            return f"{comparison_in_words(node)} at a bar's close ({node.timeframe})"
        case Regime():
            return f"{regime_in_words(node)} ({node.timeframe})"
        case Custom():
            return f"custom code {name} says so, a {node.output}, at a bar's close ({node.timeframe})"
        case _:
            return f"{kind_of(node).replace('_', ' ')} {name}"


def shape_in_words(shape: Shape) -> str:
    """A shape's figures."""
    match shape:
        case Line():
            note = ", bars counted by the clock" if shape.approximate else ""
            ends = f"{shape.a.price:.10g} ({text_of(shape.a.time)}) → {shape.b.price:.10g} ({text_of(shape.b.time)})"
            return f"the {shape.scale} line {ends}{note}"
        case Level():
            return f"the level {shape.price:.10g}"
        case Zone():
            return f"the zone {shape.low:.10g} to {shape.high:.10g}"
        case Channel():
            return f"the channel at {shape.first.b.price:.10g} to {shape.second.b.price:.10g}"
        case _:
            assert_never(shape)


def rule_in_words(rule: ExitRule) -> str:
    """Where a stop or target stands."""
    match rule:
        case AtPrice(price):
            return f"at {price:.10g}"
        case AtLine(line):
            return f"along {shape_in_words(line)}"
        case AtAtr(multiple, length):
            return f"{multiple:g} x ATR({length}) from the entry"
        case AtPercent(percent):
            return f"{percent:g} % from the entry"
        case _:
            assert_never(rule)
