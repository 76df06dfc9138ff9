"""Editing in Slack: a window with the values as they stand, and what is read from it."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import Struct
from slack_sdk.models.blocks import InputBlock, NumberInputElement, Option, StaticSelectElement
from slack_sdk.models.views import View

from server.editing import BadEdit, Edit
from server.slack.actions import EDIT_VIEW, Pressed, read_value, value_of
from server.slack.message import context, plain_text
from server.slack.questions import key_of
from server.slack.text import joined, shown
from spec.signals import Tolerance, Trigger
from spec.strategy import AtAtr, AtLine, AtPercent, AtPrice, ExitRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.models.blocks import Block

Values: TypeAlias = "Mapping[str, Mapping[str, Mapping[str, Any]]]"  # a view's state, by block and action
AS_IT_IS = "as it is"
STOPS = {"price": "a price", "percent": "percent from the entry", "atr": "a multiple of ATR from the entry"}
TRIGGERS = {"bar_close": "at a bar's close", "intrabar": "within the bar"}
UNITS = {"atr": "a multiple of ATR", "percent": "percent", "ticks": "ticks", "absolute": "price units"}
FIELD = "value"  # the action of every field
PLACE = re.compile(r"`\$\.(\w+)(?:\.(\w+))?")
MOST_NODES = 100
STOP = frozenset({"stop", "stop_amount", "stop_length"})
NEAR = frozenset({"tolerance", "tolerance_amount"})
TOGETHER = {name: fields for fields in (STOP, NEAR) for name in fields}  # one value in several fields


class BadField(BadEdit):
    """An edit that cannot be made for what stands in one field of the window."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


class Editable(Struct, frozen=True):
    """A node whose trigger, and whose tolerance where it asks *near*, can be edited."""

    name: str
    words: str
    trigger: Trigger
    tolerance: Tolerance | None = None


class Editing(Struct, frozen=True):
    """A version as the window shows it; size and stop are None for a watch.

    ``last_risk`` is the risk that whoever edits chose last, which the window says.
    """

    strategy: str
    digest: str
    name: str
    risk_percent: float | None
    max_exposure: float | None
    stop: ExitRule | None
    nodes: tuple[Editable, ...]
    last_risk: float | None = None


def edit_view(editing: Editing) -> dict[str, Any]:
    """The window, filled in as the version stands."""
    view = View(
        type="modal",
        callback_id=EDIT_VIEW,
        title=plain_text("Edit", 24),
        submit=plain_text("Propose", 24),
        close=plain_text("Cancel", 24),
        private_metadata=value_of(Pressed(editing.strategy, editing.digest)),
        blocks=[context(_head(editing)), *_trade(editing), *_node(editing)],
    )
    return view.to_dict()


def _head(editing: Editing) -> str:
    said = "What you change becomes a new version with a new digest, which needs a new approval."
    return joined(shown(editing.name, 200), f"version `{editing.digest[:12]}`", said)


def _trade(editing: Editing) -> list[Block]:
    if editing.risk_percent is None or editing.max_exposure is None:
        return []
    kind, amount, length = _stop(editing.stop)
    return [
        _number("risk_percent", "Risk: percent of the equity lost at the stop", editing.risk_percent, _last(editing)),
        _number("max_exposure", "At most so many times the equity", editing.max_exposure),
        _select("stop", "Stop", {AS_IT_IS: "as it is", **STOPS}, kind),
        _number("stop_amount", "Stop: the price, percent or multiple", amount),
        _number("stop_length", "Stop: bars of the ATR", length),
    ]


def _last(editing: Editing) -> str:
    """The risk that was chosen last, where that is not the version's: said, and never filled in."""
    last = editing.last_risk
    return "" if last is None or last == editing.risk_percent else f"What you chose last: {last:g}"


def _stop(stop: ExitRule | None) -> tuple[str, float | None, float | None]:
    match stop:
        case AtPrice(price):
            return "price", price, None
        case AtPercent(percent):
            return "percent", percent, None
        case AtAtr(multiple, length):
            return "atr", multiple, length
        case AtLine() | None:
            return AS_IT_IS, None, None


def _node(editing: Editing) -> list[Block]:
    nodes = editing.nodes[:MOST_NODES]
    if not nodes:
        return []
    one = nodes[0] if len(editing.nodes) == 1 else None
    names = {key_of(node.name, 150): joined(node.name, node.words) for node in nodes}
    triggers = {AS_IT_IS: "as it is", **TRIGGERS}
    blocks = [] if one else [_select("node", "Which line, level or zone", names, next(iter(names)))]
    blocks.append(_select("trigger", "When it counts", triggers, one.trigger if one else AS_IT_IS))
    near = [node.tolerance for node in nodes if node.tolerance is not None]
    if not near:
        return blocks
    tolerance = near[0] if one else None
    units = {AS_IT_IS: "as it is", **UNITS}
    return [
        *blocks,
        _select("tolerance", "Tolerance of near", units, tolerance.unit if tolerance else AS_IT_IS),
        _number("tolerance_amount", "Tolerance: how much", tolerance.amount if tolerance else None),
    ]


def _number(name: str, label: str, value: float | None, hint: str = "") -> Block:
    initial = None if value is None else f"{Decimal(repr(value)).normalize():f}"
    element = NumberInputElement(action_id=FIELD, is_decimal_allowed=True, initial_value=initial)
    said = plain_text(hint, 2_000) if hint else None
    label_ = plain_text(label, 2_000)
    return InputBlock(block_id=name, label=label_, element=element, hint=said, optional=value is None)


def _select(name: str, label: str, options: Mapping[str, str], chosen: str) -> Block:
    made = {value: Option(text=plain_text(text, 75), value=value) for value, text in options.items()}
    element = StaticSelectElement(action_id=FIELD, options=list(made.values()), initial_option=made[chosen])
    return InputBlock(block_id=name, label=plain_text(label, 2_000), element=element)


def _filled(editing: Editing) -> dict[str, str]:
    """What the fields of the window hold when it opens, by their blocks."""
    elements = {one["block_id"]: one["element"] for one in edit_view(editing)["blocks"] if one["type"] == "input"}
    return {
        name: str((element.get("initial_option") or {}).get("value") or element.get("initial_value") or "")
        for name, element in elements.items()
    }


def _changed(values: Values, editing: Editing) -> dict[str, str]:
    """The fields that differ from what the window was filled in with; those that belong together stay together."""
    given, filled = {name: _given(field) for name, field in values.items()}, _filled(editing)
    changed = {name for name, value in given.items() if value != filled.get(name)}
    return {name: value for name, value in given.items() if name == "node" or changed & TOGETHER.get(name, {name})}


def read_edit(metadata: str, values: Values, editing: Editing) -> Edit:
    """The edit that a submitted window asks for: only what was changed in it; raises BadField and BadValue."""
    given, nodes = _changed(values, editing), editing.nodes
    wanted: dict[str, Any] = {"digest": read_value(metadata).digest}
    for name in ("risk_percent", "max_exposure"):
        wanted[name] = _float(given, name)
    wanted["stop"] = _wanted_stop(given)
    node = _named(given, nodes)
    trigger, tolerance = given.get("trigger") or AS_IT_IS, _wanted_tolerance(given, node)
    wanted["trigger"] = None if trigger == AS_IT_IS else trigger
    wanted["tolerance"] = tolerance
    if node is not None and (wanted["trigger"] or tolerance):
        wanted["node"] = node.name
    try:
        return msgspec.convert({name: value for name, value in wanted.items() if value is not None}, Edit)
    except msgspec.ValidationError as error:
        raise BadField(_field_of(str(error)), f"the edit cannot be read: {error}") from None


def _field_of(error: str) -> str:
    """The field that a decoder complains about, as in ``Expected `float` > 0.0 - at `$.risk_percent` ``."""
    found = PLACE.search(error)
    place, within = (found[1], found[2]) if found else ("", "")
    return f"{place}_{'length' if within == 'length' else 'amount'}" if place in {"stop", "tolerance"} else place


def _given(field: Mapping[str, Mapping[str, Any]]) -> str:
    value = field.get(FIELD, {})
    return str((value.get("selected_option") or {}).get("value") or value.get("value") or "")


def _float(given: Mapping[str, str], name: str) -> float | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadField(name, f"{text[:40]!r} is not a number")
    return value


def _wanted_stop(given: Mapping[str, str]) -> dict[str, Any] | None:
    kind = given.get("stop") or AS_IT_IS
    amount = _float(given, "stop_amount")
    if kind == AS_IT_IS:
        return None
    if amount is None:
        raise BadField("stop_amount", f"give the stop's {STOPS.get(kind, kind)}")
    length = _float(given, "stop_length")
    fields = {"price": {"price": amount}, "percent": {"percent": amount}, "atr": {"multiple": amount}}
    more = {"length": int(length) if length.is_integer() else length} if kind == "atr" and length else {}
    return {"rule": kind, **fields.get(kind, {}), **more}


def _named(given: Mapping[str, str], nodes: tuple[Editable, ...]) -> Editable | None:
    """The node that trigger and tolerance belong to."""
    if len(nodes) == 1:
        return nodes[0]
    return next((one for one in nodes if key_of(one.name, 150) == given.get("node")), None)


def _wanted_tolerance(given: Mapping[str, str], node: Editable | None) -> dict[str, Any] | None:
    """The tolerance; the bars of its ATR, which the window does not ask, stay."""
    unit, amount = given.get("tolerance") or AS_IT_IS, _float(given, "tolerance_amount")
    if unit == AS_IT_IS or amount is None:
        return None
    kept = node.tolerance if node else None
    return {"unit": unit, "amount": amount, **({"length": kept.length} if kept else {})}
