"""Logs: one JSON object a line on standard error, with what is secret kept out in one place."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

SECRET_NAMES = re.compile(r"secret|token|cookie|authori[sz]ation|passw|passphrase|api_?key|csrf", re.IGNORECASE)
# 256 random bits as URL-safe text have 43 letters; what is as long and as mixed may hold one.
SECRET_TEXT = re.compile(r"[\w-]{43,}", re.ASCII)
# Slack's tokens by their form (docs.slack.dev, token types), and the addresses by which an interaction is answered.
SLACK_TEXT = re.compile(r"xox[a-z]+[.-][\w.-]{4,}|xapp-[\w-]{4,}|hooks\.slack\.com/[\w/-]+|ticket=[\w-]+", re.ASCII)
HIDDEN = "[hidden]"


def without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: hide values under secret names, and texts that look like one of our tokens."""
    return {key: HIDDEN if _is_secret_name(key, value) else _hidden(value) for key, value in event.items()}


def _is_secret_name(key: str, value: Any) -> bool:
    return isinstance(value, str) and key != "event" and bool(SECRET_NAMES.search(key)) and not key.endswith("_id")


def hidden(text: str) -> str:
    """A text in which nothing looks like one of our tokens."""
    known = SLACK_TEXT.sub(HIDDEN, text)
    return SECRET_TEXT.sub(lambda found: found[0] if _is_plain(found[0]) else HIDDEN, known)


def _is_plain(run: str) -> bool:
    """Whether a run of letters is a hash or a name, which are not written in both cases."""
    return run.islower() or run.isupper() or run.isdecimal()


def _hidden(value: Any) -> Any:
    match value:
        case str():
            return hidden(value)
        case dict():
            return dict(without_secrets(None, "", {str(key): item for key, item in value.items()}))
        case list() | tuple():
            return [_hidden(item) for item in value]
        case _:
            return value


class ToStandardError(logging.Handler):
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        structlog.PrintLogger(sys.stderr).msg(self.format(record))


def configure() -> None:
    """Send every log, ours and the libraries', to standard error as JSON without secrets."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [
        structlog.processors.format_exc_info,
        without_secrets,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = ToStandardError()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def logger() -> Any:
    """The logger of the server."""
    return structlog.get_logger("drawbridge")
