"""``/schema``: the OpenAPI document, in which request bodies are described by the very decoder that takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from server.doors.exports import Answers
from server.doors.hook_schema import hook_paths
from server.doors.strategies import Decide
from server.editing import Edit

if TYPE_CHECKING:
    from litestar import Request

BODIES = (Answers, Decide, Edit)
COMPONENTS = "#/components/schemas/{name}"
TOKEN = "token"  # noqa: S105 - the name of the scheme


class Document(JsonRenderPlugin):
    """Renders the document when it is asked for.

    Litestar's own description of a body leaves out limits and forbidden fields, and knows no door before its router.
    """

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document as JSON."""
        components = openapi_schema["components"]
        _, bodies = msgspec.json.schema_components(BODIES, ref_template=COMPONENTS)
        exact = {**components, "schemas": {**components["schemas"], **bodies}}
        paths = {**openapi_schema["paths"], **hook_paths()}
        return super().render(request, {**openapi_schema, "paths": paths, "components": exact})


def openapi() -> OpenAPIConfig:
    """How the API is documented: every door wants a bearer token unless it says otherwise."""
    scheme = SecurityScheme("http", scheme="bearer", description="A token of `drawbridge token create`.")
    return OpenAPIConfig(
        title="Drawbridge",
        version="1",
        description="What is drawn is shown back, approved, watched and traded. Errors are RFC 9457 problem documents.",
        path="/schema",
        render_plugins=[Document(path=["/", "/openapi.json"])],
        components=Components(security_schemes={TOKEN: scheme}),
        security=[{TOKEN: []}],
    )
