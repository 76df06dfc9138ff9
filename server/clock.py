"""The server's clock and its random ids: the one place that asks the time and the dice."""

from __future__ import annotations

import secrets
import time

LONGEST_ID = 40  # what the tables take


def now_ms() -> int:
    """UNIX milliseconds, UTC."""
    return time.time_ns() // 1_000_000


def now() -> int:
    """UNIX seconds, UTC."""
    return now_ms() // 1000


def new_id(prefix: str) -> str:
    """``exp_0191f2c3a4b5d6e7f8091a2b``: sorted by time to the millisecond, 48 random bits after it."""
    return f"{prefix}_{now_ms():012x}{secrets.token_hex(6)}"


def new_secret() -> str:
    """256 random bits as URL-safe text: a token."""
    return secrets.token_urlsafe(32)


def random_bytes(count: int) -> bytes:
    """So many random bytes, fit for keys and nonces."""
    return secrets.token_bytes(count)


class Stopwatch:
    """Measures how long something takes."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def seconds(self) -> float:
        """Seconds since it was made."""
        return time.perf_counter() - self._started
