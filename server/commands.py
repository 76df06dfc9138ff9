"""Commands: the events that a run has to hear, by their number, each once and in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.store.events import read_after

if TYPE_CHECKING:
    from execution.ports import Word
    from server.store.events import EventRow

WORDS: dict[str, Word] = {
    "strategy.paused": "pause",
    "strategy.resumed": "resume",
    "strategy.stopped": "stop",
    "strategy.edited": "stop",
    "kill.set": "kill",
    "kill.cleared": "clear",
}
EVERYONE = frozenset({"kill.set", "kill.cleared"})


HEEDED = (*WORDS, "strategy.approved", "peak.reset")


def word_of(row: EventRow) -> Word | None:
    """What an event says to a run: an approval for live ends the run on paper, in whose place the live one begins."""
    if row.kind == "strategy.approved":
        return "stop" if row.data.get("for") == "live" else None
    return WORDS.get(row.kind)


class Commands:
    """What waits to be heard by one run."""

    def __init__(self) -> None:
        self._waiting: dict[int, Word] = {}
        self._heard = 0
        self._news = asyncio.Event()

    def put(self, row: EventRow) -> None:
        """Take an event; one that was taken already is not taken again."""
        word = word_of(row)
        if word is not None and row.seq > self._heard:
            self._waiting[row.seq] = word
            self._news.set()

    async def catch_up(self, strategy: str, seq: int) -> None:
        """Take what was said after event ``seq``, and forget what was said up to it."""
        self._heard = seq
        self._waiting = {number: word for number, word in self._waiting.items() if number > seq}
        while rows := await read_after(seq, kinds=HEEDED):
            for row in rows:
                if row.subject == strategy or row.kind in EVERYONE:
                    self.put(row)
            seq = rows[-1].seq

    async def get(self) -> tuple[int, Word]:
        """The next command, once there is one."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        self._heard = min(self._waiting)
        return self._heard, self._waiting.pop(self._heard)
