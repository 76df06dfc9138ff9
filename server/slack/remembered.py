"""What a person chose last, from the event log: offered first the next time, and never taken without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from server.store.events import of_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interpreters.draft import Question
    from server.store.events import EventRow

LOOKED_AT = 50  # of a person's last answers and edits
ASIDE = "watch"  # an answer that is no market and no timeframe


class Remembered(Struct, frozen=True):
    """A person's last market, timeframe and risk (percent); None where they never chose one."""

    market: str | None = None
    timeframe: str | None = None
    risk_percent: float | None = None

    def about(self, question: Question) -> str | None:
        """The answer to a question of this kind."""
        match question.id.partition(".")[0]:
            case "market":
                return self.market
            case "timeframe":
                return self.timeframe
            case _:
                return None

    def first(self, question: Question) -> Question:
        """The question with the last choice offered first, where it is offered."""
        last = self.about(question)
        if last is None:
            return question
        return replace(question, choices=tuple(sorted(question.choices, key=lambda choice: choice.id != last)))


async def remembered(person: str) -> Remembered:
    """What a person chose last."""
    answered = await of_person(person, "export.answered", LOOKED_AT)
    edited = await of_person(person, "strategy.edited", LOOKED_AT)
    risk = next((event.data["risk_percent"] for event in edited if "risk_percent" in event.data), None)
    return Remembered(_answer(answered, "market"), _answer(answered, "timeframe"), risk)


def _answer(events: Sequence[EventRow], kind: str) -> str | None:
    """The last answer to a question of a kind; of several at once any."""
    given = (pair for event in events for pair in event.data["answers"].items())
    return next((str(value) for name, value in given if name.partition(".")[0] == kind and value != ASIDE), None)
