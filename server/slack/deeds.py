"""Deeds: what people do in Slack, done by the server's own domain. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from interpreters.draft import Question
from server import approvals, exports
from server.clock import LONGEST_ID
from server.editing import edit
from server.ingest.replay import replay
from server.kill import clear_kill, set_kill
from server.refused import Refused
from server.slack.buttons import CODED
from server.slack.edits import Editable, Editing, read_edit
from server.slack.papers import Choosing, papers_of
from server.slack.questions import Asking, chosen, key_of, same_kind
from server.slack.remembered import remembered
from server.store.tables import Decision, Export
from server.strategies import artifact_of, move, strategy_row
from server.words.nodes import leaf_in_words
from spec.equipped import custom_nodes
from spec.signals import SrProximity, TrendlineCross

if TYPE_CHECKING:
    from server.access.who import Who
    from server.accounts import Accounts
    from server.approvals import Outcome, Rules, Verdict
    from server.editing import Edit
    from server.exports import Terms
    from server.slack.actions import Pressed
    from server.slack.edits import Values
    from server.slack.sources import Links
    from server.store.store import Store
    from server.store.tables import Strategy
    from spec.signals import Tolerance

MOST_ASKED = 1_000  # letters


@dataclass(frozen=True)
class Deeds:
    """The domain, as a chat calls it; every method raises Refused and StoreUnavailable."""

    store: Store
    rules: Rules
    terms: Terms
    links: Links
    accounts: Accounts

    async def decide(self, who: Who, pressed: Pressed, verdict: Verdict) -> Outcome:
        """Approve or reject the version that stood over the button, for the account that it named.

        Code is approved where its source is shown.
        """
        if verdict == "approve":
            await self._check_code(who, pressed)
        wanted = (pressed.strategy, pressed.digest, verdict, pressed.purpose)
        return await approvals.decide(self.store, self.rules, who, wanted, pressed.account)

    async def choosing(self, pressed: Pressed) -> Choosing:
        """The accounts that an approval of this version may name."""
        row = await _current(pressed)
        approved = Decision.filter(strategy=row.id, digest=row.digest, purpose="paper", decision="approve")
        papers = papers_of(self.accounts, row, approved=await approved.exists())
        if not papers:
            raise Refused(409, f"the strategy is {row.state}; only a proposed one can be decided")
        return Choosing(pressed, row.name, papers, self.rules.quorum)

    async def _check_code(self, who: Who, pressed: Pressed) -> None:
        """Raises Refused (409) where the version holds code; an outdated one is refused by the domain."""
        row = await strategy_row(pressed.strategy)
        if row.digest != pressed.digest or not custom_nodes((await artifact_of(row)).strategy.nodes):
            return
        link = self.links.strategy(row.id)
        why = f"{CODED} in the inbox{f': {link}' if link else ''}"
        data = {"digest": row.digest, "decision": "approve", "for": pressed.purpose, "why": why}
        async with self.store.write() as work:
            work.record("access.refused", row.id, data, who.person)
        raise Refused(409, why)

    async def move(self, who: Who, identity: str, word: str, digest: str | None = None) -> None:
        """Pause, resume or stop; only the version of this digest, where one is named."""
        async with self.store.write() as work:
            row = await strategy_row(identity, work)
            if digest is not None and row.digest != digest:
                raise Refused(409, f"{digest[:12]} is not the current version any more; {row.digest[:12]} is")
            await move(work, identity, word, who.person)

    async def kill(self, who: Who) -> None:
        """Set the kill switch."""
        async with self.store.write() as work:
            await set_kill(work, who.person)

    async def clear(self, who: Who) -> None:
        """Clear the kill switch."""
        async with self.store.write() as work:
            await clear_kill(work, who.person)

    async def replay(self, who: Who, alert: str) -> None:
        """Read a stored alert again."""
        await replay(self.store, alert, who.person)

    async def ask(self, who: Who, pressed: Pressed, text: str) -> None:
        """Ask about a proposal, in its thread."""
        if not text.strip():
            raise Refused(422, "write what you want to know")
        await strategy_row(pressed.strategy)
        async with self.store.write() as work:
            data = {"digest": pressed.digest, "text": text.strip()[:MOST_ASKED]}
            work.record("strategy.asked", pressed.strategy, data, who.person)

    async def editing(self, pressed: Pressed, person: str = "") -> Editing:
        """A version as the window shows it to a person; raises BadArtifact."""
        row = await _current(pressed)
        frozen = (await artifact_of(row)).strategy
        nodes = tuple(
            Editable(name, leaf_in_words(name, node), node.trigger, _tolerance(node))
            for name, node in frozen.nodes.items()
            if isinstance(node, TrendlineCross | SrProximity)
        )
        traded = frozen.kind == "strategy"
        return Editing(
            strategy=row.id,
            digest=row.digest,
            name=row.name,
            risk_percent=frozen.risk.percent if traded else None,
            max_exposure=frozen.risk.max_exposure if traded else None,
            stop=frozen.stop,
            nodes=nodes,
            last_risk=(await remembered(person)).risk_percent if traded and person else None,
        )

    async def edit(self, who: Who, pressed: Pressed, wanted: Edit) -> None:
        """Make and propose an edited version; raises BadEdit."""
        await edit(self.store, pressed.strategy, wanted, who.person, self.terms.approval_days)

    async def wanted(self, metadata: str, values: Values, pressed: Pressed) -> Edit:
        """What a submitted window asks for; raises BadEdit, BadValue and BadArtifact."""
        return read_edit(metadata, values, await self.editing(pressed))

    async def asking(self, identity: str) -> Asking:
        """The open questions of an export."""
        row = await Export.get_or_none(id=identity) if len(identity) <= LONGEST_ID else None
        if row is None:
            raise Refused(404, "there is no such export any more")
        return Asking(identity, msgspec.json.decode(row.questions, type=tuple[Question, ...]))

    async def question(self, key: str, prefix: str = "") -> tuple[Asking, Question]:
        """The open question that a menu or a window belongs to, by ``PREFIX EXPORT QUESTION``, or the hash of that."""
        identity, _, asked = key.removeprefix(prefix).partition(" ")
        for export in [identity] if asked else await _open_exports():
            asking = await self.asking(export)
            for one in asking.questions:
                if asked == one.id or key == key_of(f"{prefix}{export} {one.id}", 0):
                    return asking, one
        raise Refused(409, "this question was answered already, or is asked no more")

    async def answer(self, who: Who, key: str, value: str, *, all_: bool = False) -> None:
        """Choose an answer, for all questions of its kind if wanted; raises BadDraft."""
        asking, question = await self.question(key, "all " if all_ else "one ")
        choice = chosen(question, value)
        if choice is None:
            raise Refused(409, "this answer is not offered any more; look at the questions again")
        asked = same_kind(asking.questions, question) if all_ else [question]
        await self._answer(who, asking, dict.fromkeys((one.id for one in asked), choice))

    async def answer_freely(self, who: Who, key: str, text: str) -> None:
        """Answer with a value of one's own; raises BadDraft."""
        asking, question = await self.question(key)
        await self._answer(who, asking, {question.id: text.strip()})

    async def _answer(self, who: Who, asking: Asking, answers: dict[str, str]) -> None:
        await exports.answer(self.store, asking.export, answers, who.person, self.terms)

    async def receive(self, who: Who, raw: bytes, origin: dict[str, str]) -> str:
        """Read an export that came by chat: its id; raises ExportUnreadable."""
        return (await exports.receive_export(self.store, raw, who.person, self.terms, origin)).id


def _tolerance(node: TrendlineCross | SrProximity) -> Tolerance | None:
    """The tolerance, where there is one to edit."""
    return node.tolerance if isinstance(node, SrProximity) and node.event == "near" else None


async def _current(pressed: Pressed) -> Strategy:
    """The strategy, if the version under the button is still its own; raises Refused."""
    row = await strategy_row(pressed.strategy)
    if row.digest != pressed.digest:
        raise Refused(409, f"{pressed.digest[:12]} is not the current version any more; {row.digest[:12]} is")
    return row


async def _open_exports() -> list[str]:
    rows = await Export.exclude(questions="[]").order_by("-received_at").limit(100).values_list("id", flat=True)
    return [str(row) for row in rows]
