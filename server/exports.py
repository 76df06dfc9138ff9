"""Exports: received, read, asked about, answered; what is no longer in question is frozen and proposed.

The bytes, the reading, the proposals and their events are written in one transaction: after a crash an export is
there with everything that follows from it, or not at all.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from interpreters.freezing import Draft, StillOpen, freeze_draft, read_draft
from interpreters.reading import read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from server.clock import new_id, now_ms
from server.refused import Refused
from server.store.tables import Export, Strategy
from server.strategies import propose
from spec.canonical import plain

if TYPE_CHECKING:
    from server.store.store import Store, Work
    from spec.strategy import Artifact

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


async def receive_export(store: Store, raw: bytes, person: str, terms: Terms) -> Receipt:
    """Read, store and propose; raises ExportUnreadable, Refused (413) and StoreUnavailable."""
    if len(raw) > MAX_BYTES:
        raise Refused(413, f"an export may have {MAX_BYTES // 1024 // 1024} MiB; this one has more")
    now = now_ms()
    reading = await asyncio.to_thread(_read, raw, terms, now // 1000)
    draft = json.dumps(reading, ensure_ascii=False, allow_nan=False).encode()
    identity = new_id("exp")
    async with store.write() as work:
        row = await Export.create(
            id=identity,
            digest=reading["export_digest"],
            body=raw,
            received_at=now,
            person=person,
            draft=draft,
            using_db=work.connection,
        )
        work.record("export.received", identity, {"digest": row.digest, "drawings": reading["drawings"]}, person)
        await _propose_closed(work, row, person, terms)
    return await receipt(identity)


def _read(raw: bytes, terms: Terms, received: int) -> dict[str, Any]:
    """The draft of an export; where the file does not say when it was made, the time it was received counts."""
    context = Context(risk_percent=terms.risk_percent, max_exposure=terms.max_exposure, received_at=received)
    result: dict[str, Any] = plain(interpret(read_export(raw), context), sort=False)
    return result


async def answer(store: Store, identity: str, answers: dict[str, str], person: str, terms: Terms) -> Receipt:
    """Take answers, and freeze and propose what they close; raises Refused (404) and BadDraft."""
    async with store.write() as work:
        row = await Export.get_or_none(id=identity, using_db=work.connection)
        if row is None:
            raise Refused(404, f"there is no export {identity}")
        merged = {**json.loads(row.answers), **answers}
        row.answers = json.dumps(merged, ensure_ascii=False)
        _check_answers(read_draft(bytes(row.draft)), merged)
        await row.save(using_db=work.connection, update_fields=["answers"])
        work.record("export.answered", identity, {"answers": answers}, person)
        await _propose_closed(work, row, person, terms)
    return await receipt(identity)


def _check_answers(draft: Draft, answers: dict[str, str]) -> None:
    """Raise BadDraft where an answer is none: an unknown question, or a value that its question does not take."""
    for one in draft.strategies:
        try:
            freeze_draft(draft, one.id, answers)
        except StillOpen:
            continue


def _frozen(draft: Draft, answers: dict[str, str], person: str) -> list[Artifact]:
    found = []
    for one in draft.strategies:
        try:
            found.append(freeze_draft(draft, one.id, answers, person))
        except StillOpen:
            continue
    return found


async def _propose_closed(work: Work, row: Export, person: str, terms: Terms) -> None:
    known = set(await Strategy.filter(export=row.id).using_db(work.connection).values_list("slug", flat=True))
    for artifact in _frozen(read_draft(bytes(row.draft)), json.loads(row.answers), person):
        if artifact.id not in known:
            await propose(work, row.id, artifact, person, terms.approval_days)


async def receipt(identity: str) -> Receipt:
    """An export as it stands now; raises Refused (404)."""
    row = await Export.get_or_none(id=identity)
    if row is None:
        raise Refused(404, f"there is no export {identity}")
    reading = json.loads(bytes(row.draft))
    answers = json.loads(row.answers)
    stored = {one.slug: one for one in await Strategy.filter(export=identity)}
    return Receipt(
        identity,
        row.digest,
        reading["drawings"],
        reading["understood"],
        reading["left_out"],
        [_asked(question) for question in reading["questions"] if question["id"] not in answers],
        [_state(one, stored.get(one["id"])) for one in reading["strategies"]],
    )


def _asked(question: dict[str, Any]) -> dict[str, Any]:
    """A question without what its choices change."""
    choices = [{"id": choice["id"], "text": choice["text"]} for choice in question["choices"]]
    drawing = {"drawing": question["drawing"]} if question["drawing"] else {}
    free = {"free": question["free"]["form"]} if question["free"] else {}
    return {"id": question["id"], **drawing, "text": question["text"], "choices": choices, **free}


def _state(one: dict[str, Any], stored: Strategy | None) -> dict[str, Any]:
    base = {"name": one["name"], "kind": one["kind"], "symbol": one["symbol"], "timeframe": one["timeframe"]}
    if stored is None:
        return {"id": one["id"], "state": "draft", **base}
    return {"id": stored.id, "digest": stored.digest, "state": stored.state, **base}
