"""Exports: received, read, asked about, answered; what is no longer in question is frozen and proposed.

The bytes, the reading, the proposals and their events are written in one transaction: after a crash an export is
there with everything that follows from it, or not at all. Reading and freezing run in a thread, before it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from interpreters.draft import BadDraft
from interpreters.freezing import Draft, StillOpen, draft_of, freeze_draft, read_draft
from interpreters.reading import read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from server.clock import LONGEST_ID, new_id, now_ms
from server.refused import Refused
from server.store.tables import Export, Strategy
from server.strategies import propose
from spec.canonical import plain
from spec.strategy import Artifact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpreters.draft import Question
    from server.store.store import Store, Work

MAX_BYTES = 8 * 1024 * 1024


class Terms(Struct, frozen=True):
    """What the settings say about new strategies."""

    risk_percent: float
    max_exposure: float
    approval_days: float


class Receipt(Struct, frozen=True):
    """The contract's answer about an export."""

    id: str
    export_digest: str
    drawings: int
    understood: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    strategies: list[dict[str, Any]]


async def receive_export(
    store: Store, raw: bytes, person: str, terms: Terms, origin: Mapping[str, str] | None = None
) -> Receipt:
    """Read, store and propose; raises ExportUnreadable, Refused (413) and StoreUnavailable.

    ``origin`` says where it came from, where that is not a door of ours: a chat answers it there. One with the same
    ``id`` is the same export told again: nothing is done a second time.
    """
    if len(raw) > MAX_BYTES:
        raise Refused(413, f"an export may have {MAX_BYTES // 1024 // 1024} MiB; this one has more")
    now, identity = now_ms(), _identity(origin)
    read = await asyncio.to_thread(_read, raw, (terms, now // 1000), person)
    async with store.write() as work:
        if origin and await Export.filter(id=identity).using_db(work.connection).exists():
            return await receipt(identity)
        row = await Export.create(
            id=identity,
            digest=read.reading["export_digest"],
            body=raw,
            received_at=now,
            person=person,
            draft=read.bytes(),
            questions=read.text("questions"),
            left_out=read.text("left_out"),
            using_db=work.connection,
        )
        told = {"digest": row.digest, "drawings": read.reading["drawings"]}
        work.record("export.received", identity, {**told, "origin": origin} if origin else told, person)
        await _propose_new(work, row, read, (person, terms.approval_days))
    return await receipt(identity)


def _identity(origin: Mapping[str, str] | None) -> str:
    """A new id, or the one that belongs to an origin."""
    return f"exp_{hashlib.sha256(origin['id'].encode()).hexdigest()[:24]}" if origin else new_id("exp")


async def answer(store: Store, identity: str, answers: dict[str, str], person: str, terms: Terms) -> Receipt:
    """Take answers, and freeze and propose what they close; raises Refused (404, 409) and BadDraft."""
    seen = await _row(identity)
    merged = json.dumps({**json.loads(seen.answers), **answers}, ensure_ascii=False)
    read = await asyncio.to_thread(_answered, bytes(seen.draft), merged, person)
    async with store.write() as work:
        row = await _row(identity, work)
        if row.answers != seen.answers:
            raise Refused(409, "somebody else answered meanwhile; look at the questions again")
        row.answers, row.draft, row.questions = merged, read.bytes(), read.text("questions")
        await row.save(using_db=work.connection, update_fields=["answers", "draft", "questions"])
        work.record("export.answered", identity, {"answers": answers}, person)
        await _propose_new(work, row, read, (person, terms.approval_days))
    return await receipt(identity)


class Read(Struct, frozen=True):
    """A reading as it is stored, with the questions that are open now, and what it made possible to freeze."""

    reading: dict[str, Any]
    artifacts: tuple[Artifact, ...]

    def bytes(self) -> bytes:
        """The reading as JSON."""
        return json.dumps(self.reading, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")

    def text(self, part: str) -> str:
        """One part of it as every database takes it."""
        return json.dumps(self.reading[part], allow_nan=False)


def _read(raw: bytes, given: tuple[Terms, int], person: str) -> Read:
    """An export's reading; where the file does not say when it was made, the time it was received counts."""
    terms, received = given
    context = Context(risk_percent=terms.risk_percent, max_exposure=terms.max_exposure, received_at=received)
    reading = interpret(read_export(raw), context)
    return _settled(plain(reading, sort=False), draft_of(reading), {}, person)


def _answered(stored: bytes, answers: str, person: str) -> Read:
    """A stored reading with all answers; raises BadDraft where one is none, or makes a strategy that cannot be."""
    reading: dict[str, Any] = json.loads(stored)
    read = _settled(reading, read_draft(stored), json.loads(answers), person)
    for identity, fault in read.reading["faults"].items():
        if reading["faults"].get(identity) != fault:
            raise BadDraft(fault)
    return read


def _settled(reading: dict[str, Any], draft: Draft, answers: dict[str, str], person: str) -> Read:
    """What can be frozen with these answers, what is still asked, and what cannot be frozen for its own faults."""
    artifacts: list[Artifact] = []
    questions: dict[str, Question] = {}
    faults: dict[str, str] = {}
    for one in draft.strategies:
        try:
            artifacts.append(freeze_draft(draft, one.id, answers, person))
        except StillOpen as still:
            questions.update({question.id: question for question in still.questions})
        except BadDraft as error:
            faults[one.id] = str(error)
    asked = [plain(question, sort=False) for question in questions.values()]
    return Read({**reading, "questions": asked, "faults": faults}, tuple(artifacts))


async def _propose_new(work: Work, row: Export, read: Read, by: tuple[str, float]) -> None:
    rows = await Strategy.filter(export=row.id).using_db(work.connection).values_list("slug", flat=True)
    known = {str(slug) for slug in rows}
    for artifact in read.artifacts:
        if artifact.id not in known:
            await propose(work, row.id, artifact, *by)


async def _row(identity: str, work: Work | None = None) -> Export:
    using = work.connection if work else None
    row = await Export.get_or_none(id=identity, using_db=using) if len(identity) <= LONGEST_ID else None
    if row is None:
        raise Refused(404, f"there is no export {identity}")
    return row


async def receipt(identity: str) -> Receipt:
    """An export as it stands now; raises Refused (404)."""
    row = await _row(identity)
    reading = await asyncio.to_thread(json.loads, bytes(row.draft))
    stored = {one.slug: one for one in await Strategy.filter(export=identity)}
    return Receipt(
        identity,
        row.digest,
        reading["drawings"],
        reading["understood"],
        reading["left_out"],
        [_asked(question) for question in reading["questions"]],
        [_state(one, stored.get(one["id"]), reading["faults"]) for one in reading["strategies"]],
    )


def _asked(question: dict[str, Any]) -> dict[str, Any]:
    """A question as the contract lists it."""
    kept = {name: question[name] for name in ("id", "drawing", "text", "choices") if question.get(name) is not None}
    return {**kept, "free": question["free"]["form"]} if question.get("free") else kept


def _state(one: dict[str, Any], stored: Strategy | None, faults: dict[str, str]) -> dict[str, Any]:
    base = {"name": one["name"], "kind": one["kind"], "symbol": one["symbol"], "timeframe": one["timeframe"]}
    if stored is None:
        reason = {"reason": faults[one["id"]]} if one["id"] in faults else {}
        return {"id": one["id"], "state": "draft", **base, **reason}
    return {"id": stored.id, "digest": stored.digest, "state": stored.state, **base}
