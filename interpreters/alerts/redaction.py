"""Secrets in a body: which fields hold them, and the fields without them for showing to people.

TradingView says that no credentials belong into a webhook's message (help centre 43000529348, 43000722015); many
templates carry them all the same. What looks like one is hidden: hiding too much does no harm.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from interpreters.alerts.names import CACHED_LENGTH, plain, shown

HIDDEN = "(hidden)"
TELLING = re.compile(r"secret|passphrase|password|passwd|passcode|token|credential|licen[cs]e|pwd")
WHOLE = frozenset({"pass", "pin", "auth", "authorization", "bearer", "signature"})
# They end like a key and are none: they tell one firing from another.
NO_SECRETS = frozenset({"idempotencykey", "dedupekey", "dedupkey", "deduplicationkey", "idempotencytoken"})
IN_TEXT = re.compile(
    r"""(?ix)
    (?P<name>(?:secret|passphrase|password|passwd|passcode|token|key|credential|licen[cs]e|pwd|authorization)\w{0,20}
             ["']{0,2}\s{0,20}[:=][\s\[]{0,20})
    (?:bearer\s+|basic\s+)?
    (?P<value>(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s,;&|}"']+))"""
)
HINT = re.compile("secret|pass|token|key|credential|licen|pwd|authorization")
# A licence number or an API key at the head of a delimited message.
CREDENTIAL = re.compile(r"[0-9]{9,}|(?=[^0-9]*[0-9])(?=[^a-z]*[a-z])[A-Za-z0-9_-]{12,}")
LEAST_IN_TEXT = 8  # behind a word like key, anything shorter may be plain prose
SHORTEST = 4  # a shorter secret is hidden in its place, not wherever its letters occur
MOST = 50


def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a credential."""
    return _cached(name) if len(name) <= CACHED_LENGTH else _is_secret(name)


def _is_secret(name: str) -> bool:
    normal = plain(name)
    if normal in NO_SECRETS:
        return False
    return normal in WHOLE or normal.endswith("key") or TELLING.search(normal) is not None


_cached = functools.lru_cache(maxsize=4096)(_is_secret)


def redacted(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with ``(hidden)`` for every secret, also where a secret's text recurs in another field."""
    secrets = sorted({text for text in _secrets(fields, hide=False) if len(text) >= SHORTEST}, key=len, reverse=True)
    hidden: dict[str, Any] = _without(fields, secrets)
    return hidden


def secret_note(fields: dict[str, Any]) -> str | None:
    """A sentence that names the first field with a secret; None where none is seen."""
    name = _first_secret(fields)
    if name is None:
        return None
    where = f" in {shown(name)}" if name else ""
    return f"it carries a secret{where}: do not put passwords or keys into alerts"


def _first_secret(value: Any) -> str | None:
    """The name of the first field with a secret; an empty one for a secret within a text."""
    kind = type(value)
    if kind is dict:
        for name, entry in value.items():
            if is_secret_name(name) and _filled(entry):
                return str(name)
    if kind is str:
        return "" if _tells(value) else None
    entries = value.values() if kind is dict else value if kind is list else ()
    for entry in entries:
        if (found := _first_secret(entry)) is not None:
            return found
    return None


def _tells(text: str) -> bool:
    # The first two only spare the third its time: most texts are short words.
    return (":" in text or "=" in text) and HINT.search(text.lower()) is not None and IN_TEXT.search(text) is not None


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {}) and not isinstance(value, bool)


def _secrets(value: Any, *, hide: bool) -> list[str]:
    """Every scalar under a secret name or behind one in a text, and what looks like a credential in a column."""
    if isinstance(value, dict):
        return [
            text
            for name, entry in value.items()
            for text in _secrets(entry, hide=hide or is_secret_name(name)) + _credentials(name, entry)
        ]
    if isinstance(value, list):
        return [text for entry in value for text in _secrets(entry, hide=hide)]
    if hide and _filled(value):
        return [str(value)]
    return _behind_names(value) if isinstance(value, str) and _tells(value) else []


def _behind_names(text: str) -> list[str]:
    found = (match["value"].strip("\"'") for match in IN_TEXT.finditer(text))
    return [value for value in found if len(value) >= LEAST_IN_TEXT]


def _credentials(name: str, value: Any) -> list[str]:
    cells = value[:1] if name == "columns" and isinstance(value, list) else []
    return [cell for cell in cells if isinstance(cell, str) and CREDENTIAL.fullmatch(cell)]


def _without(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, dict):
        return {
            _scrubbed(name, secrets): HIDDEN if is_secret_name(name) and _filled(entry) else _without(entry, secrets)
            for name, entry in value.items()
        }
    if isinstance(value, list):
        return [_without(entry, secrets) for entry in value]
    return _scrubbed(value, secrets) if isinstance(value, str) else value


def _scrubbed(text: str, secrets: list[str]) -> str:
    if len(secrets) > MOST:  # no alert has as many, and looking for each in every text would take minutes
        return HIDDEN
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return IN_TEXT.sub(lambda found: found["name"] + HIDDEN, text)
