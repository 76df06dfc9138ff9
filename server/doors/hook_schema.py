"""The webhook door in /schema, by hand: it stands before the router, which documents everything else."""

from __future__ import annotations

from typing import Any

from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    PathItem,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType

from server.doors.hooks import ROUTE
from server.problems import MEDIA_TYPE, TITLES

REFUSALS = (400, 403, 404, 405, 413, 421, 500, 503)
TEXT = Schema(type=OpenAPIType.STRING)
RECEIPT = Schema(
    type=OpenAPIType.OBJECT,
    required=["id", "status"],
    properties={
        "id": TEXT,
        "status": Schema(type=OpenAPIType.STRING, enum=["accepted", "duplicate", "parked"]),
        "reason": TEXT,
    },
)


def hook_paths() -> dict[str, Any]:
    """The door as an entry of the document's ``paths``."""
    return {ROUTE: PathItem(post=_operation()).to_schema()}


def _operation() -> Operation:
    problem = {MEDIA_TYPE: OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))}
    stored = {"application/json": OpenAPIMediaType(schema=RECEIPT)}
    return Operation(
        operation_id="ReceiveWebhook",
        summary="Receive an alert",
        description="Stores the bytes, then answers with what they were understood as. The Content-Type is ignored.",
        parameters=[Parameter(name="token", param_in="path", required=True, schema=TEXT)],
        request_body=RequestBody(content={"*/*": OpenAPIMediaType(schema=Schema())}),  # bytes of any kind
        responses={
            "200": OpenAPIResponse(description="Stored", content=stored),
            **{str(status): OpenAPIResponse(description=TITLES[status], content=problem) for status in REFUSALS},
        },
        security=[],
    )
