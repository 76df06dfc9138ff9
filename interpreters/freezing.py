"""Freezing: a draft with its answers becomes the artifact, or the list of what is still open.

The draft's basis is built again with every answer at once; what a person edited in the strategy is laid over it.
Nothing is taken from the export or from candles.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from interpreters import answers as answering
from interpreters import custom
from interpreters.asking import all_questions, likely, questions
from interpreters.basis import Basis, fingerprint
from interpreters.building import settle
from interpreters.draft import BadDraft, Data, Edit, edited, edits
from interpreters.report import Proposal, Reading, proposal, proposals, read_plans
from interpreters.sketch import NotRead
from interpreters.surroundings import recall
from interpreters.workshop import Workshop
from spec.canonical import freeze, plain
from spec.strategy import Artifact, Provenance, Strategy
from spec.yaml_form import BadYaml, load

__all__ = ["BadDraft", "Draft", "StillOpen", "choose", "draft_of", "freeze_draft", "likeliest", "read_draft"]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpreters.draft import Question
    from interpreters.planning import Plans

EDITABLE = ("/name", "/strategy")


class StillOpen(ValueError):
    """Questions that have to be answered before the strategy can be frozen."""

    def __init__(self, questions: tuple[Question, ...]) -> None:
        super().__init__(f"{len(questions)} open questions")
        self.questions = questions


class Answered(Struct, frozen=True):
    """What a draft says of a question."""

    id: str
    answer: str | int | float | None = None


class Draft(Struct, frozen=True):
    """What freezing reads of a reading; the rest of it is for people."""

    export_digest: str
    interpreter: str
    strategies: tuple[Proposal, ...]
    basis_digest: str
    basis: Basis
    questions: tuple[Answered, ...] = ()


DECODER = msgspec.json.Decoder(Draft)  # laid out once, before threads read drafts: see spec.strategy


def read_draft(raw: bytes) -> Draft:
    """The draft in a YAML or JSON file; raises BadDraft with the place of what is wrong."""
    try:
        tree = _loaded(raw)
        if not isinstance(tree, dict) or "export_digest" not in tree:
            msg = "it is no draft; make one with `drawbridge interpret EXPORT > draft.yaml`"
            raise BadDraft(msg)
        draft = msgspec.convert(tree, Draft)
        if fingerprint(draft.basis) != draft.basis_digest or draft.basis.export_digest != draft.export_digest:
            msg = "the basis of the draft was changed; edit strategies and answers only, or interpret the export again"
            raise BadDraft(msg)
    except BadYaml as error:
        msg = f"it is no draft: {error}"
        raise BadDraft(msg) from None
    except (msgspec.ValidationError, UnicodeError, RecursionError) as error:
        msg = f"the draft is not valid: {error}"
        raise BadDraft(msg) from None
    return draft


def _loaded(raw: bytes) -> Any:
    """The tree of a JSON file, of which YAML would refuse the escapes of emoji, or of a YAML file."""
    if raw.lstrip().startswith(b"{"):
        with contextlib.suppress(msgspec.DecodeError, ValueError, RecursionError):
            return msgspec.json.decode(raw)
    return load(raw)


def draft_of(reading: Reading) -> Draft:
    """The draft that a reading is, without a file between."""
    return msgspec.convert(plain(reading), Draft)


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


def freeze_draft(
    draft: Draft,
    identity: str | None,
    given: Mapping[str, str],
    proposer: str | None = None,
    code: Mapping[str, Data] | None = None,
) -> Artifact:
    """The artifact; raises StillOpen while questions are open, and BadDraft where the draft or an answer is wrong.

    ``code`` are custom nodes by name, as plain data; a draft itself cannot hold any.
    """
    one = choose(draft, identity)
    custom.check(one.id, one.strategy)
    answers = {**_written(draft), **given}
    world = recall(draft.basis)
    _, _, plans = read_plans(world)
    before = {each.id: each for each in proposals(plans, Workshop(world, {}))}
    made = _edits(before, one)
    try:
        workshop = Workshop(world, answers)
        used = _checked(one.id, plans, workshop)
        now = next(proposal(each, workshop) for each in settle(plans, workshop) if each.id == one.id)
    except NotRead as reason:
        msg = f"with these answers a drawing of {one.id} has no shape: {reason}"
        raise BadDraft(msg) from None
    whole = custom.added(edited(_tree(now), _tree(before[one.id]), made), code or {})
    strategy = _strategy(whole, one.id)
    custom.check_read(strategy, code or {})
    return _frozen(one, strategy, _provenance(draft, now, used, (proposer, bool(made or code))))


def likeliest(reading: Reading) -> dict[str, Data]:
    """Every strategy of a reading by id, with each question answered by its first choice unless that only watches."""
    world = recall(reading.basis)
    _, _, plans = read_plans(world)
    return {one.id: one.strategy for one in proposals(plans, Workshop(world, likely(reading.questions)))}


def _written(draft: Draft) -> dict[str, str]:
    return {one.id: str(one.answer) for one in draft.questions if one.answer is not None}


def _checked(identity: str, plans: Plans, workshop: Workshop) -> dict[str, str]:
    """The answers that concern a strategy, all of them checked; raises StillOpen where one is missing."""
    first = {one.id: one for one in all_questions(plans, workshop.world)}
    now = {one.id: one for one in questions(plans, workshop, identity)}
    mine, others = first | now, _elsewhere(identity, plans, workshop)
    for name, answer in workshop.answers.items():
        if name in mine:
            answering.check(mine[name], answer)
        elif name not in others:
            msg = f"there is no question {name} in the draft; its questions are: {', '.join(mine) or 'none'}"
            raise BadDraft(msg)
    still_open = [one for one in now.values() if one.id not in workshop.answers]
    if still_open:
        raise StillOpen(tuple(still_open))
    concerned = {one.id for one in (*first.values(), *now.values()) if identity in one.strategies}
    return {name: answer for name, answer in workshop.answers.items() if name in concerned}


def _elsewhere(identity: str, plans: Plans, workshop: Workshop) -> set[str]:
    """What the answers make the other plans ask; one that they leave without a shape is nothing to this one."""
    found: set[str] = set()
    for plan in plans.plans:
        with contextlib.suppress(NotRead, BadDraft):
            found |= {one.id for one in questions(plans, workshop, plan.id)} if plan.id != identity else set()
    return found


def _edits(before: Mapping[str, Proposal], one: Proposal) -> list[Edit]:
    """What a person changed in a proposal; raises BadDraft where that may not be changed."""
    if one.id not in before:
        msg = f"the strategy {one.id} is none that the export proposed; leave the ids as they are: {', '.join(before)}"
        raise BadDraft(msg)
    made = edits(_tree(before[one.id]), _tree(one))
    for edit in made:
        if not edit.at.startswith(EDITABLE):
            msg = f"{edit.at[1:]} of {one.id} was edited; only its name and its strategy may be"
            raise BadDraft(msg)
    return made


def _tree(one: Proposal) -> Data:
    tree: Data = plain(one)
    return tree


def _strategy(data: Data, identity: str) -> Strategy:
    try:
        return msgspec.convert(data["strategy"], Strategy)
    except (msgspec.ValidationError, RecursionError) as error:
        msg = f"the strategy {identity} in the draft is not valid: {error}"
        raise BadDraft(msg) from None


def _frozen(one: Proposal, strategy: Strategy, provenance: dict[str, Any]) -> Artifact:
    try:
        return freeze(one.id, one.name, strategy, msgspec.convert(provenance, Provenance))
    except (msgspec.ValidationError, ValueError) as error:
        msg = f"the draft is not valid: {error}"
        raise BadDraft(msg) from None


def _provenance(draft: Draft, now: Proposal, used: dict[str, str], by: tuple[str | None, bool]) -> Data:
    return {
        "export_digest": draft.export_digest,
        "interpreter": draft.interpreter,
        "symbol": now.symbol,
        "drawings": msgspec.to_builtins(now.drawings),
        "answers": used,
        "last_anchor": now.last_anchor,
        "exported_at": draft.basis.boundary,
        "exported_by": draft.basis.boundary_by,
        "proposer": by[0],
        "edited": by[1],
    }
