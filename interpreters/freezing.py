"""Freezing: a draft with its answers becomes the artifact, or the list of what is still open.

Answers are applied in the order of the questions, those that end in a watch last. Nothing is taken from the export or
from candles: the draft carries all that an answer needs.
"""

from __future__ import annotations

import copy
import math
import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from interpreters.draft import Data, Free, Question, changed
from interpreters.report import Proposal, fingerprint
from interpreters.sketch import ticks_away
from interpreters.symbols import reports_every_interval
from spec import timeframe as tf
from spec.canonical import freeze
from spec.strategy import Artifact, Provenance, Strategy
from spec.yaml_form import BadYaml, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MARKET = re.compile(r"(?P<exchange>[a-z0-9_]+):(?P<symbol>[^/\s]+/[^/\s:]+(?P<settled>:[^\s-]+)?(?P<dated>-\S+)?)")


class BadDraft(ValueError):
    """The draft or an answer cannot be used: one sentence says what to change."""


class StillOpen(ValueError):
    """Questions that have to be answered before the strategy can be frozen."""

    def __init__(self, questions: tuple[Question, ...]) -> None:
        super().__init__(f"{len(questions)} open questions")
        self.questions = questions


class Draft(Struct, frozen=True):
    """What freezing reads of a reading; the rest of it is for people."""

    export_digest: str
    interpreter: str
    strategies: tuple[Proposal, ...]
    questions: tuple[Question, ...] = ()
    symbol: str | None = None
    exported_at: int | None = None
    exported_by: str | None = None
    proposed: str = ""


def read_draft(raw: bytes) -> Draft:
    """The draft in a YAML or JSON file; raises BadDraft with the place of what is wrong."""
    try:
        tree = load(raw)
        if not isinstance(tree, dict) or "export_digest" not in tree:
            msg = "it is no draft; make one with `drawbridge interpret EXPORT > draft.yaml`"
            raise BadDraft(msg)
        return msgspec.convert(tree, Draft)
    except BadYaml as error:
        msg = f"it is no draft: {error}"
        raise BadDraft(msg) from None
    except (msgspec.ValidationError, RecursionError) as error:
        msg = f"the draft is not valid: {error}"
        raise BadDraft(msg) from None


def choose(draft: Draft, identity: str | None) -> Proposal:
    """The strategy to freeze: the only one, or the one named; raises BadDraft."""
    names = ", ".join(one.id for one in draft.strategies)
    if not draft.strategies:
        msg = "there is nothing to freeze: the draft holds no strategy and no watch"
        raise BadDraft(msg)
    if identity is None and len(draft.strategies) > 1:
        msg = f"the draft holds several strategies; choose one with --strategy: {names}"
        raise BadDraft(msg)
    for one in draft.strategies:
        if identity in {None, one.id}:
            return one
    msg = f"there is no strategy {identity} in the draft; it holds {names}"
    raise BadDraft(msg)


def freeze_draft(draft: Draft, identity: str | None, given: Mapping[str, str], proposer: str | None = None) -> Artifact:
    """The artifact; raises StillOpen while questions are open, and BadDraft where the draft or an answer is wrong."""
    one = choose(draft, identity)
    answers = _answers(draft, given)
    mine = tuple(question for question in draft.questions if one.id in question.strategies)
    watch = one.kind == "watch" or any(question.trade_only and answers.get(question.id) == "watch" for question in mine)
    asked = tuple(question for question in mine if not (watch and question.trade_only and question.id not in answers))
    still_open = tuple(question for question in asked if question.id not in answers)
    if still_open:
        raise StillOpen(still_open)
    used = {question.id: answers[question.id] for question in asked}
    data = _settled(_apply(draft, asked, used)[one.id])
    return freeze(one.id, one.name, _strategy(data, one.id), _provenance(draft, one, used, proposer))


def _answers(draft: Draft, given: Mapping[str, str]) -> dict[str, str]:
    """Answers written into the draft and those given beside it, which win."""
    known = {question.id: question for question in draft.questions}
    for name in given:
        if name not in known:
            listed = ", ".join(known) or "none"
            msg = f"there is no question {name} in the draft; its questions are: {listed}"
            raise BadDraft(msg)
    written = {name: str(question.answer) for name, question in known.items() if question.answer is not None}
    return {**written, **given}


def _apply(draft: Draft, asked: tuple[Question, ...], answers: Mapping[str, str]) -> Data:
    tree = {one.id: copy.deepcopy(one.strategy) for one in draft.strategies}
    for question in sorted(asked, key=lambda question: answers[question.id] == "watch"):
        tree = _answered(tree, question, answers[question.id])
    return tree


def _answered(tree: Data, question: Question, answer: str) -> Data:
    for choice in question.choices:
        if choice.id == answer:
            try:
                return changed(tree, choice.set, choice.drop)
            except KeyError as pointer:
                msg = f"the answer to {question.id} changes {pointer}, which the draft does not hold; was it edited?"
                raise BadDraft(msg) from None
    if question.free is None:
        listed = ", ".join(choice.id for choice in question.choices)
        msg = f"{answer} is no choice for {question.id}; its choices are: {listed}"
        raise BadDraft(msg)
    return _free(tree, question.free, answer, question.id)


def _free(tree: Data, free: Free, answer: str, question: str) -> Data:
    if free.form == "timeframe":
        return _with_timeframe(tree, free, answer, question)
    value = FORMS[free.form](answer, question)
    for pointer in free.at:
        if free.form != "tick" or tree[pointer.split("/")[1]]["market"] is not None:
            tree = changed(tree, {pointer: value}, ())
    return tree


def _price(answer: str, question: str) -> Data:
    return {"rule": "price", "price": _number(answer, question)}


def _tick(answer: str, question: str) -> float:
    value = _number(answer, question)
    if value <= 0:
        msg = f"{answer} is no tick size for {question}; give a number above 0, such as 0.01"
        raise BadDraft(msg)
    return value


def _number(answer: str, question: str) -> float:
    try:
        value = float(answer)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        msg = f"{answer} is neither a choice nor a number for {question}"
        raise BadDraft(msg)
    return value


def _market(answer: str, question: str) -> Data:
    found = MARKET.fullmatch(answer)
    if found is None:
        msg = f"{answer} is no market for {question}; write it like binance:BTC/USDT or bybit:BTC/USDT:USDT"
        raise BadDraft(msg)
    kind = "future" if found["dated"] else "swap" if found["settled"] else "spot"
    flagged = reports_every_interval(found["exchange"])
    return {
        "exchange": found["exchange"],
        "symbol": found["symbol"],
        "type": kind,
        "tick_size": None,
        "reports_every_interval": flagged,
    }


FORMS: dict[str, Callable[[str, str], Any]] = {"price": _price, "tick": _tick, "market": _market}


def _with_timeframe(tree: Data, free: Free, answer: str, question: str) -> Data:
    """Fill the timeframe in everywhere, and count bars by the clock, which is marked as approximate."""
    try:
        tf.parse(answer)
    except tf.UnknownTimeframe as error:
        msg = f"{error} ({question})"
        raise BadDraft(msg) from None
    result = copy.deepcopy(tree)
    for pointer in free.at:
        strategy = result[pointer.split("/")[1]]
        market = strategy["market"] or {}
        _fill(strategy, answer, exact=bool(market.get("reports_every_interval")))
    return result


def _fill(node: Any, timeframe: str, *, exact: bool) -> None:
    if isinstance(node, list):
        for item in node:
            _fill(item, timeframe, exact=exact)
    if not isinstance(node, dict):
        return
    if "timeframe" in node and node["timeframe"] is None:
        node["timeframe"] = timeframe
    if node.get("shape") == "line" and node["bars"] is None:
        a, b = node["a"], node["b"]
        node["bars"] = tf.count_by_clock(a["time"], b["time"], timeframe) + b["offset"] - a["offset"]
        node["approximate"] = not exact
    for item in node.values():
        _fill(item, timeframe, exact=exact)


def _settled(data: Data) -> Data:
    """Rules that count ticks become prices, now that the market's tick is known."""
    tick = (data.get("market") or {}).get("tick_size")
    if not tick:
        return data
    targets = [{**target, "at": _priced(target["at"], tick)} for target in data.get("targets") or []]
    return {**data, "stop": _priced(data.get("stop"), tick), "targets": targets}


def _priced(rule: Any, tick: float) -> Any:
    if isinstance(rule, dict) and rule.get("rule") == "ticks":
        return {"rule": "price", "price": ticks_away(rule["from"], rule["ticks"], tick)}
    return rule


def _strategy(data: Data, identity: str) -> Strategy:
    try:
        return msgspec.convert(data, Strategy)
    except (msgspec.ValidationError, RecursionError) as error:
        msg = f"the strategy {identity} in the draft is not valid: {error}"
        raise BadDraft(msg) from None


def _provenance(draft: Draft, one: Proposal, answers: dict[str, str], proposer: str | None) -> Provenance:
    data = {
        "export_digest": draft.export_digest,
        "interpreter": draft.interpreter,
        "symbol": one.symbol,
        "drawings": msgspec.to_builtins(one.drawings),
        "answers": answers,
        "last_anchor": one.last_anchor,
        "exported_at": draft.exported_at,
        "exported_by": draft.exported_by,
        "proposer": proposer,
        "edited": fingerprint(draft.strategies) != draft.proposed,
    }
    try:
        return msgspec.convert(data, Provenance)
    except msgspec.ValidationError as error:
        msg = f"the draft is not valid: {error}"
        raise BadDraft(msg) from None
