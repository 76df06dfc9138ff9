"""Names the installed packages that the program itself does not need, one a line: the tools of `make check` and others.

Without arguments, for the environment it runs in. What a package asks for only as an extra counts as not asked for.
"""

from __future__ import annotations

import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

KEPT = ("drawbridge", "packaging", "pip")  # pip removes the others, and is removed with the build stage's cache only


def needed(root: str) -> set[str]:
    """The canonical names of a package and of all that it requires here."""
    found: set[str] = set()
    wanted = [(root, frozenset[str]())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        name, extras = one = wanted.pop()
        if one in seen:
            continue
        seen.add(one)
        found.add(name)
        for text in metadata.requires(name) or ():
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                wanted.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return found


def unneeded() -> list[str]:
    """The canonical names of the rest."""
    installed = {canonicalize_name(one.metadata["Name"]) for one in metadata.distributions()}
    return sorted(installed.difference(*(needed(name) for name in KEPT)))


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in unneeded()))
