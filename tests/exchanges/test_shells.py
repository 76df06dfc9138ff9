"""ccxt's packages as shells: one exchange alone is loaded, and nobody can tell the difference."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

import pytest

from execution.feeds.exchange import shells
from execution.feeds.exchange.access import Access, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def loaded() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "ccxt"}


@pytest.fixture(autouse=True)
def _not_loaded() -> Iterator[None]:
    """Ccxt as in a process that has not asked for it yet; what was there before is there again afterwards."""
    before = loaded()
    for name in before:
        del sys.modules[name]
    yield
    for name in loaded():
        del sys.modules[name]
    sys.modules.update(before)


def test_connecting_to_one_exchange_loads_no_other() -> None:
    connect("binance", Access())
    exchanges = {name.rpartition(".")[2] for name in loaded() if name.startswith("ccxt.abstract.")}
    assert exchanges == {"binance"}


def test_every_exchange_with_sockets_is_made_from_the_shells() -> None:
    shells.lay()
    package = importlib.import_module("ccxt.pro")
    for module in pkgutil.iter_modules(package.__path__):
        kind = getattr(importlib.import_module(f"ccxt.pro.{module.name}"), module.name)
        assert (getattr(package, module.name) is kind, kind().id) == (True, module.name)


@pytest.mark.parametrize("package", list(shells.BASES))
def test_a_shell_gives_what_its_package_gives(package: str) -> None:
    whole = importlib.import_module(package)
    names = ("Exchange", "NetworkError", "kraken", "__version__", "exchanges")
    wanted = [repr(getattr(whole, name)) for name in names]
    for name in loaded():
        del sys.modules[name]
    shells.lay()
    shell = importlib.import_module(package)
    assert isinstance(shell, shells.Shell)
    assert [repr(getattr(shell, name)) for name in names] == wanted
    assert not isinstance(shell, shells.Shell)  # a name that only the whole package knows has made it whole


def test_a_shell_has_no_name_that_its_package_does_not_have() -> None:
    shells.lay()
    shell = importlib.import_module("ccxt.pro")
    assert not hasattr(shell, "__warningregistry__")
    assert isinstance(shell, shells.Shell)
    assert not hasattr(shell, "nonesuch")


def test_what_is_loaded_already_is_left_alone() -> None:
    whole = importlib.import_module("ccxt")
    shells.lay()
    assert sys.modules["ccxt"] is whole
    assert not isinstance(whole, shells.Shell)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("binance", True),
        ("kraken", True),
        ("nowhere", False),
        ("base", False),
        ("__init__", False),
        ("../pro/okx", False),
    ],
)
def test_whether_there_is_an_exchange_is_answered_without_loading_any(name: str, known: bool) -> None:
    assert shells.is_exchange(name) is known
    assert loaded() == {}
