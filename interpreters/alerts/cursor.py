"""A place in a text that is almost JSON, and what was repaired on the way there."""

from __future__ import annotations

import re
from typing import NoReturn

from msgspec import Struct, field

from interpreters.alerts.alert import Unreadable

SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
# What may follow a whole value: a separator, the end of the line or of the text, a comment.
DELIMITED = re.compile(r"[ \t]*(?:[,}\]\r\n]|/[/*]|$)")

COMMENT = "a comment was removed"


class Cursor(Struct):
    """The text, the place reached, the repairs in their order (each once) and the first problem that was read over."""

    text: str
    at: int = 0
    repairs: dict[str, None] = field(default_factory=dict)
    problem: str | None = None

    def skip(self) -> str:
        """Passes blanks and comments; returns the character there, empty at the end."""
        match = SPACE.match(self.text, self.at)
        end = match.end() if match else self.at
        if "/" in self.text[self.at : end]:
            self.note(COMMENT)
        self.at = end
        return self.text[end : end + 1]

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """The text that the pattern matches here, passed over; None where it does not match."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match[0]

    def delimited(self, at: int) -> bool:
        """Whether a value may end before this place."""
        return DELIMITED.match(self.text, at) is not None

    def note(self, repair: str) -> None:
        """Records a repair."""
        self.repairs[repair] = None

    def suspect(self, problem: str) -> None:
        """Records what must not be used, though the rest can still be read."""
        self.problem = self.problem or problem

    def refuse(self, why: str) -> NoReturn:
        """Raises Unreadable with the line."""
        msg = f"{why} (line {self.text.count(chr(10), 0, self.at) + 1})"
        raise Unreadable(msg)
