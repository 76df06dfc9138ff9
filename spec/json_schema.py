"""The published JSON Schema of the artifact file; ``python -m spec.json_schema`` writes it to standard output."""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import msgspec

from spec.strategy import SCHEMA, Artifact


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a frozen strategy as it is written, YAML or JSON.

    It describes the shape of a file; that its parts fit together, and that no byte changed, only reading it tells.
    """
    (root,), parts = msgspec.json.schema_components([Artifact], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:drawbridge:strategy:{SCHEMA}",
        "title": "A frozen Drawbridge strategy",
        **root,
        "$defs": {name: _clean(part) for name, part in sorted(parts.items())},
    }


def _clean(part: Any) -> Any:
    """The same with the margin of doc strings taken off, which Python 3.13 does by itself and earlier ones do not."""
    match part:
        case dict():
            return {
                key: inspect.cleandoc(item) if key == "description" and isinstance(item, str) else _clean(item)
                for key, item in part.items()
            }
        case list():
            return [_clean(item) for item in part]
        case _:
            return part


def text() -> str:
    """The file's text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
