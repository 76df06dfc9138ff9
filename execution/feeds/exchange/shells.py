"""ccxt without its hundred exchanges: importing one loads its own modules alone, a third of the time of all.

The packages' ``__init__`` import every exchange, whichever is wanted. So empty packages of the same names take their
place, in which an exchange's class is looked up when it is asked for. Whatever else is asked of one makes it whole.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

BASES = {  # the packages, each with the module of what every exchange in it is made from
    "ccxt": "ccxt.base.exchange",
    "ccxt.async_support": "ccxt.async_support.base.exchange",
    "ccxt.pro": "ccxt.async_support.base.exchange",
}
ERRORS = "ccxt.base.errors"  # which all of them hand on
SAID_LATER = {"__all__", "__version__"}  # by ``__init__``; other names of this form are asked by Python's own machinery


class Shell(ModuleType):
    """A package whose ``__init__`` has not run yet."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep a name; a submodule gives way to the exchange in it that has its name, as in the whole package."""
        within = vars(value).get(name) if isinstance(value, ModuleType) else None
        super().__setattr__(name, within if isinstance(within, type) else value)

    def __getattr__(self, name: str) -> Any:
        """The exchange of this name, the error, or whatever else the whole package has."""
        if name.startswith("__") and name not in SAID_LATER:
            raise AttributeError(name)
        if find_spec(f"{self.__name__}.{name}") is not None:
            importlib.import_module(f"{self.__name__}.{name}")
            return vars(self)[name]
        handed_on = importlib.import_module(BASES[self.__name__] if name == "Exchange" else ERRORS)
        return getattr(handed_on if hasattr(handed_on, name) else _whole(self), name)


def lay() -> None:
    """Put the shells in their places, unless ccxt is loaded already."""
    if "ccxt" in sys.modules:
        return
    for name in BASES:
        spec = find_spec(name)
        assert spec is not None, f"{name} is not installed"  # noqa: S101 - it is in the lock
        shell = module_from_spec(spec)
        shell.__class__ = Shell
        sys.modules[name] = shell
        above, _, short = name.rpartition(".")
        if above:
            setattr(sys.modules[above], short, shell)


def is_exchange(name: str) -> bool:
    """Whether ccxt has an exchange of this id; nothing of it is loaded for the answer."""
    spec = find_spec("ccxt")
    folders = spec.submodule_search_locations if spec else None
    plain = name.isidentifier() and not name.startswith("_")
    return plain and any(Path(folder, "async_support", f"{name}.py").is_file() for folder in folders or ())


def _whole(shell: ModuleType) -> ModuleType:
    """Run the package's ``__init__`` in its shell."""
    shell.__class__ = ModuleType
    spec = shell.__spec__
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - it was made from one
    spec.loader.exec_module(shell)
    return shell
