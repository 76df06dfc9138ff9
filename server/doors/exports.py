"""``/api/exports``: a drawing export comes in, is read back, and its questions are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from server.access.guards import requires, who_asks
from server.doors.given import TheStore, TheTerms, problems
from server.exports import MAX_BYTES, Receipt, answer, receipt, receive_export


@dataclass
class RawBody(Operation):
    """An operation whose body is taken as it comes, whatever its Content-Type says."""

    def __post_init__(self) -> None:
        """Document the body."""
        anything = OpenAPIMediaType(Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream"))
        self.request_body = RequestBody(
            {"application/octet-stream": anything}, "The bytes of the export.", required=True
        )


class Answers(Struct, frozen=True, forbid_unknown_fields=True):
    """Answers to questions: a choice's id, or a value where the question takes one."""

    answers: dict[str, Annotated[str, Meta(max_length=200)]]


@post(
    "/api/exports",
    guards=[requires("export")],
    responses=problems(413, 422),
    request_max_body_size=MAX_BYTES,
    operation_class=RawBody,
    summary="Send a drawing export",
    operation_id="sendExport",
)
async def send_export(request: Request[Any, Any, Any], store: TheStore, terms: TheTerms) -> Receipt:
    """A drawing export in any known format. What is not in question is frozen and proposed at once."""
    return await receive_export(store, await request.body(), who_asks(request).person, terms)


@get(
    "/api/exports/{export_id:str}",
    guards=[requires("view")],
    responses=problems(404),
    summary="Read an export",
    operation_id="readExport",
)
async def read_back(export_id: FromPath[str]) -> Receipt:
    """An export as it stands: what was understood, left out, asked, and what became of it."""
    return await receipt(export_id)


@post(
    "/api/exports/{export_id:str}/answers",
    status_code=200,
    guards=[requires("export")],
    responses=problems(404, 409, 413, 422),
    summary="Answer questions",
    operation_id="answerExport",
)
async def give_answers(
    request: Request[Any, Any, Any], store: TheStore, terms: TheTerms, export_id: FromPath[str], data: JSONBody[Answers]
) -> Receipt:
    """Answers to an export's questions; what they close is frozen and proposed."""
    return await answer(store, export_id, data.answers, who_asks(request).person, terms)


EXPORT_DOORS = [send_export, read_back, give_answers]
