"""Approvals: people decide about a digest; a quorum of them starts it. Inbox, API and chat only call this.

At a quorum of 1 the proposer may approve; above 1 the proposer does not count. A decision names the digest: where it
is no longer the proposed one, nothing happens. Paper comes first; live is a second, separate approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from server.accounts import DEFAULT
from server.clock import new_id, now_ms
from server.live import NOT_LIVE, Live, account_for, why_not_beside
from server.refused import Refused
from server.rights import NotEntitled, verified
from server.store.tables import Decision, Strategy
from server.strategies import change, strategy_row

if TYPE_CHECKING:
    from server.access.who import Who
    from server.store.store import Store, Work

Purpose = Literal["paper", "live"]
Verdict = Literal["approve", "reject"]
ON_PAPER = frozenset({"approved", "running"})  # what is paused or stopped is not begun again by an approval for live


class Outcome(Struct, frozen=True):
    """Where a strategy stands after a decision: how many approvals count, and how many are needed."""

    id: str
    digest: str
    state: str
    approvals: int
    quorum: int


class Rules(Struct, frozen=True):
    """The approval settings, and the names of the paper accounts."""

    quorum: int
    live: Live = NOT_LIVE
    accounts: tuple[str, ...] = (DEFAULT,)


async def decide(
    store: Store, rules: Rules, who: Who, wanted: tuple[str, str, Verdict, Purpose], account: str | None = None
) -> Outcome:
    """Record one person's decision on (strategy, digest, verdict, purpose); raises Refused (403, 404, 409, 422).

    ``account`` is the paper account that it is to trade on; the first approval of a version decides about it.
    What is refused is in the event log, too, with the person and the reason.
    """
    identity, digest, verdict, purpose = wanted
    try:
        async with store.write() as work:
            row = await strategy_row(identity, work)
            await _check(work, row, wanted, rules, who)
            if verdict == "approve":
                await _choose(work, row, purpose, account, rules)
            await _record(work, row, verdict, purpose, who)
            return await _count(work, row, verdict, purpose, rules)
    except Refused as refusal:
        if refusal.status != 404:  # what does not exist has no log
            data = {"digest": digest, "decision": verdict, "for": purpose, "why": refusal.detail}
            async with store.write() as work:
                work.record("access.refused", identity, data, who.person)
        raise


async def _check(work: Work, row: Strategy, wanted: tuple[str, str, Verdict, Purpose], rules: Rules, who: Who) -> None:
    _, digest, verdict, purpose = wanted
    if row.digest != digest:
        raise Refused(409, f"{digest[:12]} is not the proposed version; {row.digest[:12]} is")
    if purpose == "live":
        account, market = await _check_live(row, rules)
        if verdict == "approve" and (why := await why_not_beside(work, account, market)) is not None:
            raise Refused(409, why)
    else:
        _check_proposed(row)
    if verdict == "approve" and rules.quorum > 1 and who.person == row.proposer:
        raise Refused(403, f"{rules.quorum} approvals are needed, and the proposer's does not count")


async def _check_live(row: Strategy, rules: Rules) -> tuple[str, str]:
    """The account that may trade it, and its market."""
    if row.kind == "watch":
        raise Refused(409, "a watch places no orders; there is nothing to approve for live")
    if row.approved_for != "paper":
        raise Refused(409, "paper comes first: a strategy is approved for live after it ran on paper")
    if row.state not in ON_PAPER:
        raise Refused(409, f"the strategy is {row.state}; it goes live from a run on paper that goes on")
    if await Decision.filter(strategy=row.id, digest=row.digest, purpose="live", decision="reject").exists():
        raise Refused(409, "somebody rejected this version for live; edit it, and approve the new one")
    try:
        artifact = await verified(row, row.digest)
    except NotEntitled as error:
        raise Refused(409, str(error)) from None
    account, reason = await account_for(rules.live, artifact.strategy)
    if account is None or artifact.strategy.market is None:
        raise Refused(409, reason)
    return account, artifact.strategy.market.name


def _check_proposed(row: Strategy) -> None:
    if row.state != "proposed":
        raise Refused(409, f"the strategy is {row.state}; only a proposed one can be decided")
    if row.expires_at is not None and now_ms() >= row.expires_at:
        raise Refused(409, "the proposal has expired; edit it or send the export again")


async def _choose(work: Work, row: Strategy, purpose: Purpose, account: str | None, rules: Rules) -> None:
    """The paper account: the first approval's choice, and the same for all that follow."""
    if purpose == "live":
        if account is not None:
            raise Refused(422, "live orders go to the account of the exchange's credential; leave the account out")
        return
    if account is not None and account not in rules.accounts:
        known = ", ".join(rules.accounts)
        raise Refused(422, f"there is no paper account {account[:40]}; DRAWBRIDGE_PAPER_ACCOUNTS has {known}")
    before = Decision.filter(strategy=row.id, digest=row.digest, purpose=purpose, decision="approve")
    if not await before.using_db(work.connection).exists():
        row.account = None if account == DEFAULT else account
        await Strategy.filter(id=row.id).using_db(work.connection).update(account=row.account)
    elif account not in {None, row.account or DEFAULT}:
        raise Refused(409, f"it was approved for the account {row.account or DEFAULT}; approve it for that one")


async def _record(work: Work, row: Strategy, verdict: Verdict, purpose: Purpose, who: Who) -> None:
    mine = Decision.filter(strategy=row.id, digest=row.digest, person=who.person, purpose=purpose)
    if await mine.using_db(work.connection).exists():
        raise Refused(409, f"{who.person} has decided about this version already")
    await Decision.create(
        id=new_id("dec"),
        strategy=row.id,
        digest=row.digest,
        person=who.person,
        decision=verdict,
        purpose=purpose,
        at=now_ms(),
        using_db=work.connection,
    )
    data = {"digest": row.digest, "decision": verdict, "for": purpose}
    work.record("strategy.decided", row.id, data, who.person)


async def _count(work: Work, row: Strategy, verdict: Verdict, purpose: Purpose, rules: Rules) -> Outcome:
    """One rejection ends it (on paper it runs on, where live was asked for); the quorum's last approval starts it."""
    if verdict == "reject":
        state = "rejected" if purpose == "paper" else row.state
        await change(work, row, state=state)
        work.record("strategy.rejected", row.id, {"digest": row.digest, "for": purpose})
        return Outcome(row.id, row.digest, state, 0, rules.quorum)
    approvals = Decision.filter(strategy=row.id, digest=row.digest, purpose=purpose, decision="approve")
    count = await approvals.using_db(work.connection).count()
    if count < rules.quorum:
        await change(work, row)
        return Outcome(row.id, row.digest, row.state, count, rules.quorum)
    await change(work, row, state="approved", approved_for=purpose, expires_at=None)
    on = {"account": row.account} if row.account and purpose == "paper" else {}
    work.record("strategy.approved", row.id, {"digest": row.digest, "for": purpose, **on})
    return Outcome(row.id, row.digest, "approved", count, rules.quorum)


async def expire(store: Store) -> int:
    """Take back proposals whose time is over; how many."""
    async with store.write() as work:
        over = await Strategy.filter(state="proposed", expires_at__lte=now_ms()).using_db(work.connection)
        for row in over:
            await change(work, row, state="expired")
            work.record("strategy.expired", row.id, {"digest": row.digest})
    return len(over)
