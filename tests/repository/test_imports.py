"""What each package may import from outside: the lists that .importlinter, which only forbids, cannot express."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.repository.sources import ROOT

OUTSIDE = {
    "spec": {"msgspec", "numpy", "yaml"},
    "interpreters": {"spec", "msgspec", "numpy", "scipy", "yaml"},
}


def imported(package: str) -> set[str]:
    """Top-level names that the package's modules import, the standard library left out."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / package).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    taken = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | taken} - sys.stdlib_module_names


@pytest.mark.parametrize("package", OUTSIDE)
def test_a_package_imports_nothing_beyond_its_list(package: str) -> None:
    assert imported(package) - OUTSIDE[package] - {package} == set()
