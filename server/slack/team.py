"""The team, from the settings: people by Slack user, and who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Right: TypeAlias = Literal["propose", "approve", "operate", "kill"]


class Team(Struct, frozen=True):
    """``may`` lists Slack users and user groups; a right that is not named is everybody's who is in ``people``."""

    people: Mapping[str, str]
    may: Mapping[Right, tuple[str, ...]]
