"""Canonical form: one sequence of bytes for one value, on any machine; and the two hashes of an artifact.

Canonical JSON here: keys sorted, no white space, UTF-8, integers and floats as Python's repr writes them (the
shortest digits that read back equal), no NaN or infinity, and -0.0 written as 0.0. Numbers are brought to the type
that the schema gives them (a price of 1 is the float 1.0) when the value is decoded, so equal means equal bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from spec.equipped import bare
from spec.strategy import SCHEMA, Artifact, Provenance, Strategy

UNKNOWN = "0" * 64


def plain(value: Any, *, sort: bool = True) -> Any:
    """Builtins of a value (dicts, lists, numbers, strings), with -0.0 as 0.0.

    ``sort`` orders free keys such as node names; fields always stand as they are declared.
    """
    return _without_minus_zero(msgspec.to_builtins(value, order="deterministic" if sort else None))


def _without_minus_zero(value: Any) -> Any:
    match value:
        case float():
            return value + 0.0  # -0.0 + 0.0 is 0.0
        case dict():
            return {key: _without_minus_zero(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_minus_zero(item) for item in value]
        case _:
            return value


def canonical(value: Any) -> bytes:
    """The bytes that are hashed; raises ValueError on NaN and infinity."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def digest(strategy: Strategy) -> str:
    """sha256 over everything that changes behaviour, ``semantics`` included; hexadecimal."""
    return hashlib.sha256(b"drawbridge strategy 1\n" + canonical(bare(strategy))).hexdigest()


def seal(artifact: Artifact) -> str:
    """sha256 over the artifact without its seal; hexadecimal."""
    rest = {key: value for key, value in plain(artifact).items() if key != "seal"}
    return hashlib.sha256(b"drawbridge artifact 1\n" + canonical(rest)).hexdigest()


def freeze(identity: str, name: str, strategy: Strategy, provenance: Provenance) -> Artifact:
    """The artifact of a strategy, with both hashes and every number in its one form.

    Raises msgspec.ValidationError where a part is not of the schema, ValueError on what has no canonical form.
    """
    unsealed = Artifact(SCHEMA, UNKNOWN, UNKNOWN, identity, name, strategy, provenance)
    settled = msgspec.convert(plain(unsealed), Artifact)
    digested = msgspec.structs.replace(settled, digest=digest(settled.strategy))
    return msgspec.structs.replace(digested, seal=seal(digested))
