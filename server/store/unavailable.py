"""The database in trouble: locked, closed, refused, reset, full. One error for all of it, for a 503."""

from __future__ import annotations


class StoreUnavailable(RuntimeError):
    """The database does not answer. Nothing was written, unless the answer to a commit was what got lost."""
