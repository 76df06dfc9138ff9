"""The words of ``/drawbridge``, which work where the bot is mentioned as well: read, and done."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from tortoise.expressions import Q

from server.clock import LONGEST_ID
from server.market_charts import chart_of, market_of, timeframe_named
from server.refused import Refused
from server.slack.answers import (
    alerts_message,
    backtest_message,
    chart_message,
    help_message,
    list_message,
    status_message,
)
from server.slack.message import Message, message, section
from server.slack.team import Right  # noqa: TC001 - a Struct reads it
from server.slack.text import shown
from server.store.tables import Strategy

if TYPE_CHECKING:
    from server.access.who import Who
    from server.slack.deeds import Deeds
    from server.slack.line import Line
    from server.slack.showing import Showing
    from server.slack.sources import Sources

SPACES = re.compile(r"\s+")
RIGHTS: dict[str, Right] = {"pause": "operate", "resume": "operate", "stop": "operate", "kill": "kill"}
DONE = {"pause": "paused", "resume": "resumed", "stop": "stopped"}
MOST_NAMED = 5


class Said(Struct, frozen=True):
    """What somebody said: a word, and what follows it."""

    word: str
    rest: str

    @property
    def right(self) -> Right | None:
        """The right that it needs beyond being one of the team."""
        return RIGHTS.get(self.word)


Answer: TypeAlias = "tuple[Message, bool]"  # and whether everybody may see it


def read_said(text: str) -> Said:
    """A line in words, which Slack sends escaped; nothing said is a call for help."""
    word, _, rest = SPACES.sub(" ", html.unescape(text).replace("`", " ")).strip().partition(" ")
    return Said(word.lower() or "help", rest.strip())


@dataclass(frozen=True)
class Commands:
    """Does what was said; raises Refused and what the domain raises."""

    deeds: Deeds
    showing: Showing
    sources: Sources
    line: Line

    async def do(self, who: Who, said: Said) -> Answer:
        """The answer, and whether it is for everybody."""
        match said.word:
            case "list":
                return list_message(await self.showing.standings(), self.sources.links.inbox), False
            case "status":
                return status_message(await self.showing.strategy(await named(said.rest))), False
            case "backtest":
                return backtest_message(await self.showing.strategy(await named(said.rest))), False
            case "alerts":
                return alerts_message(await self.showing.parked(), self.sources.links.inbox), False
            case "chart":
                return await self._chart(said.rest), True
            case "pause" | "resume" | "stop" as word:
                row = await named_exactly(said.rest)
                await self.deeds.move(who, row.id, word)
                return _done(f"{shown(row.name, 200)} is {DONE[word]}."), False
            case "kill":
                return await self._kill(who, said.rest), False
            case word:
                return help_message("" if word == "help" else word), False

    async def _kill(self, who: Who, rest: str) -> Message:
        match rest.lower():
            case "":
                await self.deeds.kill(who)
                return _done("The kill switch is set: nothing enters the market. `/drawbridge kill off` clears it.")
            case "off":
                await self.deeds.clear(who)
                return _done("The kill switch is cleared: strategies may enter the market again.")
            case _:
                raise Refused(422, "kill stops everything; to stop one strategy say: stop ID. To clear it: kill off")

    async def _chart(self, rest: str) -> Message:
        market_text, _, timeframe = rest.rpartition(" ")
        if not market_text:
            raise Refused(422, "say which: chart MARKET TIMEFRAME, like chart binance ETH/BTC 5m")
        market, frame = market_of(market_text), timeframe_named(timeframe)
        png = await chart_of(
            market, frame, self.sources.reviewing.gallery, self.sources.reviewing.feeds, self.sources.theme
        )
        name = f"{market.symbol.replace('/', '-')}-{frame}.png"
        return chart_message(market.name, frame, await self.line.upload(name, png, f"Chart of {market.name} {frame}"))


async def named(text: str) -> Strategy:
    """The strategy that a text means, by its id, its name or the beginning of either; raises Refused."""
    wanted = _wanted(text)
    return _one(wanted, await _exactly(wanted) or await _newest(_begins(wanted)))


async def named_exactly(text: str) -> Strategy:
    """The strategy that something is done to, by its whole id, name or slug; raises Refused."""
    wanted = _wanted(text)
    found = await _exactly(wanted)
    if not found and (near := await _newest(_begins(wanted))):
        asked = f"what pauses, resumes or stops needs the whole name or id, and {wanted[:60]!r} is none"
        raise Refused(404, f"{asked}; did you mean {_named(near)}?")
    return _one(wanted, found)


def _begins(wanted: str) -> Q:
    return Q(id__startswith=wanted) | Q(name__istartswith=wanted)


def _wanted(text: str) -> str:
    wanted = text.replace("\0", "").strip()
    if not wanted:
        raise Refused(422, "say which one, by its id or name; the word list shows them")
    return wanted


async def _exactly(wanted: str) -> list[Strategy]:
    """What is called exactly so; an id wins over a name."""
    by_id = await Strategy.get_or_none(id=wanted.lower()) if len(wanted) <= LONGEST_ID else None
    return [by_id] if by_id else await _newest(Q(name__iexact=wanted) | Q(slug=wanted))


async def _newest(those: Q) -> list[Strategy]:
    """The newest of those, at most one more than are named."""
    return await Strategy.filter(those).order_by("-created_at").limit(MOST_NAMED + 1)


def _one(wanted: str, found: list[Strategy]) -> Strategy:
    if not found:
        raise Refused(404, f"there is no strategy {wanted[:60]!r}; the word list shows them")
    if len(found) > 1:
        count = str(len(found)) if len(found) <= MOST_NAMED else f"more than {MOST_NAMED}"
        raise Refused(409, f"{wanted[:60]!r} may be any of {count}: {_named(found)}")
    return found[0]


def _named(found: list[Strategy]) -> str:
    """The first of them by name and id."""
    return ", ".join(f"{row.name} ({row.id})" for row in found[:MOST_NAMED])


def _done(text: str) -> Message:
    return message(text, [section(f":white_check_mark: {text}")])
