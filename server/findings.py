"""What the doctor finds: one thing that was looked at, whether it is well, and what was seen."""

from __future__ import annotations

from msgspec import Struct


class Finding(Struct, frozen=True):
    """One finding; where it is not well, ``said`` says what to do."""

    what: str
    well: bool
    said: str
