"""Composing: what a thread shows, gathered from the store as it stands when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from interpreters.draft import Question
from server.exports import receipt
from server.market_charts import chart_of, market_of, timeframe_named
from server.moments import picture_of
from server.refused import Refused
from server.review import NOT_YET
from server.slack import routing
from server.slack.asks import asked_message
from server.slack.differences import Changed, difference_message
from server.slack.gathered import root_of
from server.slack.message import Message, context, message, section
from server.slack.pictures import UNTAKEN, Picture
from server.slack.proposal import root_message
from server.slack.questions import Asking
from server.slack.reading import Drafted, Read, export_message
from server.slack.remembered import remembered
from server.slack.replies import Happening, reply, storm
from server.slack.routing import ALERTS, STRATEGY
from server.slack.sending import Made
from server.slack.text import shown
from server.store.tables import Export, Strategy
from server.strategies import artifact_of
from server.words.events import PICTURED
from server.words.rules import rules_in_words
from spec.artifact import BadArtifact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.slack.outbox import Thread
    from server.slack.pictures import Shown
    from server.slack.root import Root
    from server.slack.sources import Sources
    from server.store.events import EventRow

ALERT_TIMEFRAME = "1h"  # of a chart beside an alert that names none
NO_TEXT = "This could not be shown here; the inbox has it."
NOTHING_SHOWN = message(NO_TEXT, [section(NO_TEXT)])
MOST_WHY = 300  # letters
ALONE = frozenset({"strategy.asked", "strategy.edited"})  # told in a form of their own


class Composing:
    """Composes the messages of threads; see ``sending.Composer``."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources

    async def root(self, thread: Thread, why: str = "") -> Made:
        """The root as things stand; more is to be shown once a backtest that is still computed is there."""
        match thread.kind:
            case routing.STRATEGY:
                row = await Strategy.get(id=thread.key)
                image = thread.picture if thread.pictured == row.digest else None  # never another version's
                untaken = UNTAKEN if image is None and thread.pictured == row.digest else ""
                root = await self.strategy(row, image, why or untaken)
                return Made(root_message(root), root.review.backtest.reason != NOT_YET)
            case routing.EXPORT:
                return Made(export_message(await self.export(thread.key)))
            case _:
                return Made(message(thread.key.capitalize(), [section(f":bell: *{thread.key.capitalize()}*")]))

    async def root_picture(self, thread: Thread) -> Picture | None:
        """The picture of a strategy's current version, unless the root has it."""
        if thread.kind != STRATEGY:
            return None
        row = await Strategy.get(id=thread.key)
        if thread.pictured == row.digest:
            return None
        review = await self._from.reviewing.of(row)
        if review.picture is None:
            return None
        return Picture(f"{row.digest[:12]}.png", review.picture, f"Chart of {row.name}", row.digest)

    async def strategy(self, row: Strategy, image: str | None = None, why: str = "") -> Root:
        """A strategy as its root shows it, with a picture or why it has none."""
        return await root_of(self._from, row, image, why)

    async def export(self, identity: str) -> Read:
        """An export as its root shows it."""
        found = await receipt(identity)
        row = await Export.get(id=identity)
        known = await remembered(row.person)
        questions = tuple(map(known.first, msgspec.json.decode(row.questions, type=tuple[Question, ...])))
        return Read(
            person=row.person,
            drawings=found.drawings,
            understood=len(found.understood),
            left_out=tuple(f"{one['tool']} {one['drawing']}: {one['reason']}" for one in found.left_out),
            strategies=tuple(self._drafted(one) for one in found.strategies),
            asking=Asking(identity, questions, self._from.links.inbox),
            link=self._from.links.inbox,
        )

    def _drafted(self, one: dict[str, str]) -> Drafted:
        link = self._from.links.strategy(one["id"]) if one["state"] != "draft" else ""
        return Drafted(one["name"], one["kind"], one["state"], link, one.get("reason", ""))

    async def together(self, thread: Thread, events: Sequence[EventRow]) -> int:
        """How many of these go in one message: as many as fit, and one alone that has a form of its own."""
        alone = next((at for at, event in enumerate(events) if event.kind in ALONE), len(events))
        count = max(1, alone)
        row = await self._row(thread) if count > 1 else None
        happenings = [self._happening(event, row) for event in events[:count]]
        while count > 1 and len(storm(happenings[:count])) > 1:
            count -= max(1, count // 8)
        return count

    async def reply(self, thread: Thread, events: Sequence[EventRow], picture: Shown) -> Message:
        """What happened, in one message."""
        made = await self._told(thread, events, picture.file)
        missing = context(f"No picture: {shown(picture.why, MOST_WHY)}").to_dict()
        return Message(made.text, (*made.blocks, missing)) if picture.why else made

    async def _told(self, thread: Thread, events: Sequence[EventRow], picture: str | None) -> Message:
        row = await self._row(thread)
        if len(events) == 1:
            happening = self._happening(events[0], row, picture)
            return await self._alone(row, events[0]) or reply(happening) or NOTHING_SHOWN
        pictured = _pictured(events) or events[-1]
        happenings = [self._happening(event, row, picture if event is pictured else None) for event in events]
        return next(iter(storm(happenings)), NOTHING_SHOWN)

    async def _row(self, thread: Thread) -> Strategy | None:
        return await Strategy.get_or_none(id=thread.key) if thread.kind == STRATEGY else None

    def _happening(self, event: EventRow, row: Strategy | None, picture: str | None = None) -> Happening:
        return Happening(
            kind=event.kind,
            data=event.data,
            at=event.at,
            name=row.name if row else "",
            link=self._from.links.strategy(row.id) if row else "",
            person=event.person,
            picture=picture,
            watch=row is not None and row.kind == "watch",
        )

    async def _alone(self, row: Strategy | None, event: EventRow) -> Message | None:
        """What is told in a form of its own, where nothing else is told with it."""
        if row is not None and event.kind == "strategy.asked":
            user = self._from.people.user_of(row.proposer)
            return asked_message(event.person or "", str(event.data["text"]), user)
        return await self._difference(row, event)

    async def _difference(self, row: Strategy | None, event: EventRow) -> Message | None:
        """What an edit changed, in words."""
        if row is None or event.kind != "strategy.edited":
            return None
        before, after = event.data["before"], event.data["digest"]
        try:
            old, new = await artifact_of(row, before), await artifact_of(row, after)
        except (Refused, BadArtifact):
            return None
        rules = tuple(rules_in_words(old.strategy)), tuple(rules_in_words(new.strategy))
        changed = Changed(row.name, event.person or "", before, after, *rules, (), self._from.links.strategy(row.id))
        return difference_message(changed)

    async def reply_picture(self, thread: Thread, events: Sequence[EventRow]) -> Picture | None:
        """The picture of the last of the events that has one; None where it cannot be drawn."""
        try:
            if thread.kind == ALERTS:
                return await self._alert_picture(events[-1])
            pictured = _pictured(events)
            row = await self._row(thread)
            if row is None or pictured is None:
                return None
            png = await picture_of(
                row, pictured, self._from.reviewing.gallery, self._from.reviewing.feeds, self._from.theme
            )
        except (Refused, BadArtifact):
            return None
        return Picture(f"{pictured.seq}.png", png, f"Chart of {row.name}")

    async def _alert_picture(self, event: EventRow) -> Picture | None:
        """The chart of an alert's market, where it names one that a feed has."""
        symbol = event.data.get("symbol")
        if not symbol:
            return None
        market, timeframe = market_of(str(symbol)), timeframe_named(event.data.get("timeframe") or ALERT_TIMEFRAME)
        png = await chart_of(
            market, timeframe, self._from.reviewing.gallery, self._from.reviewing.feeds, self._from.theme
        )
        return Picture(f"{event.seq}.png", png, f"Chart of {market.name}")

    def plain(self, made: Message | None, key: str) -> Message:
        """The text of a thread's message alone, and where what is left out of it is decided about."""
        links = self._from.links
        link = links.strategy(key) if key.startswith("str_") else links.inbox
        where = f"decide in the inbox{f': {link}' if link else ''}"
        if made is None:
            return message(NO_TEXT, [section(f"{NO_TEXT} \u00b7 {where}")])
        return Message(f"{made.text or NO_TEXT} \u00b7 {where}", ())


def _pictured(events: Sequence[EventRow]) -> EventRow | None:
    """The last of them that has a picture."""
    return next((event for event in reversed(events) if event.kind in PICTURED), None)
