"""The artifact file: a frozen strategy in YAML's normal form, and the question whether a byte of it changed."""

from __future__ import annotations

import msgspec

from spec.canonical import digest, plain, seal
from spec.strategy import SCHEMA, SEMANTICS, Artifact
from spec.yaml_form import BadYaml, dump, load


class BadArtifact(ValueError):
    """The file is no frozen strategy: one sentence says why."""


class Changed(BadArtifact):
    """The file is a frozen strategy of which something was changed after freezing."""


def write(artifact: Artifact) -> bytes:
    """The file's bytes."""
    return dump(plain(artifact)).encode()


def read(raw: bytes) -> Artifact:
    """The artifact in a file, every byte of it verified; raises BadArtifact, and Changed where hashes disagree."""
    artifact = parse(raw)
    if digest(artifact.strategy) != artifact.digest:
        msg = "the digest does not match: what the strategy does was changed after it was frozen"
        raise Changed(msg)
    if seal(artifact) != artifact.seal:
        msg = "the seal does not match: something beside the strategy's behaviour was changed after it was frozen"
        raise Changed(msg)
    if write(artifact) != raw:
        msg = "the file is not in normal form: its layout was changed after it was frozen"
        raise Changed(msg)
    return artifact


def parse(raw: bytes) -> Artifact:
    """The artifact in a file, without a look at its hashes; raises BadArtifact, naming a newer schema."""
    try:
        tree = load(raw)
    except BadYaml as error:
        msg = f"it is no frozen strategy: {error}"
        raise BadArtifact(msg) from None
    if not isinstance(tree, dict) or "drawbridge" not in tree:
        msg = "it is no frozen strategy; make one with `drawbridge freeze`"
        raise BadArtifact(msg)
    _check_versions(tree)
    try:
        return msgspec.convert(tree, Artifact)
    except msgspec.ValidationError as error:
        msg = f"it is no valid frozen strategy: {error}"
        raise BadArtifact(msg) from None


def _check_versions(tree: dict[str, object]) -> None:
    strategy = tree.get("strategy")
    semantics = strategy.get("semantics") if isinstance(strategy, dict) else None
    for name, found, known in (("schema", tree["drawbridge"], SCHEMA), ("semantics", semantics, SEMANTICS)):
        if isinstance(found, int) and found > known:
            msg = f"it was frozen with {name} {found}, and this version knows up to {known}; use a newer drawbridge"
            raise BadArtifact(msg)
