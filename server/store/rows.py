"""Rows on their way to a table, as both databases take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Values: TypeAlias = Sequence[Sequence[Any]]
Rows: TypeAlias = tuple[str, Sequence[str], Values]  # table, columns and values
Numbered: TypeAlias = tuple[str, str, Sequence[str], Values]  # the same with the key that the database generates
NOTHING: Numbered = ("", "", (), ())
