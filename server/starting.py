"""Starting: what is approved becomes a run, in one transaction, if it still may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct
from msgspec.structs import replace

from execution import entries as say
from execution.brokers.paper import PaperTerms
from execution.live_runner import RULES
from execution.resuming import began_of, begin, pin
from server.accounts import DEFAULT, LIVE, NO_LIMITS, Accounts, account_name, currency_of
from server.custom.running import equipped
from server.histories import keep, packed
from server.kill import NAME, OFF
from server.live import NOT_LIVE, Live, account_for, why_not_beside
from server.refused import Refused
from server.rights import NotEntitled, entitled
from server.runs import STARTED, beginnings, next_run, write_lines
from server.store.events import set_cursor
from server.store.tables import Event, Flag, Strategy
from server.strategies import change
from spec import timeframe as tf
from spec.strategy import BadStrategy

if TYPE_CHECKING:
    from execution.account import Limits as Bounds
    from execution.feeds.registry import Declaration, Registry
    from execution.journal import Line
    from server.store.store import Store, Work
    from spec.strategy import Provenance
    from spec.strategy import Strategy as Frozen


class Limits(Struct, frozen=True):
    """What runs are held to: paper's terms, how many strategies run at once, approvals needed, what is live.

    ``custom_nodes`` says whether they may hold code.
    """

    terms: PaperTerms = PaperTerms()
    max_open: int = 50
    quorum: int = 1
    live: Live = NOT_LIVE
    custom_nodes: bool = False
    accounts: Accounts = Accounts()


async def start(store: Store, feeds: Registry, limits: Limits, version: tuple[str, str]) -> str | None:
    """Begin a run of an approved (strategy, digest): its name, or None where that is not to be started any more.

    Raises NotEntitled, BadStrategy, NoFeed, FeedFailed and BadBars where it cannot run, StoreUnavailable.
    """
    identity, digest = version
    row = await Strategy.get_or_none(id=identity, digest=digest, state="approved")
    if row is None:
        return None
    purpose = "live" if row.approved_for == "live" and row.kind == "strategy" else "paper"
    artifact = await entitled(row, row.digest, limits.quorum, purpose)
    strategy, market = artifact.strategy, artifact.strategy.market
    if market is None:
        msg = "the market is unknown, so nothing can be evaluated; answer the question for the market and freeze again"
        raise BadStrategy(msg)
    account = await _account(limits.live, strategy) if purpose == "live" else UNSET
    name = LIVE + market.exchange if purpose == "live" else row.account or DEFAULT
    bounds = _allowed(limits.accounts, name)
    declared, feed = (feeds if account is UNSET else feeds.live).of(market)
    after = max(feed.now(market), seen_until(artifact.provenance, strategy.timeframe))
    history = await feed.history(market, strategy.timeframe, after)
    began = say.Began(
        strategy=identity,
        digest=row.digest,
        feed=declared.id,
        market=market.name,
        timeframe=strategy.timeframe,
        after=after,
        history=pin(history),
        terms=_terms(limits, name) if account is UNSET else PaperTerms(equity=limits.live.cash),
        limits=UNSET if bounds == NO_LIMITS or row.kind == "watch" else bounds,
        account=account,
        live=UNSET if account is UNSET else RULES,
        paper=UNSET if account is not UNSET or name == DEFAULT else name,
    )
    with equipped(strategy, allowed=limits.custom_nodes) as able:
        _, _, lines = await asyncio.to_thread(begin, began, able, history)
    return await _commit(store, row, (began, declared, await packed(history, began.history)), lines)


async def _account(live: Live, strategy: Frozen) -> str:
    """The account that trades a strategy; raises NotEntitled where there is none."""
    account, reason = await account_for(live, strategy)
    if account is None:
        msg = f"it is approved for live, and {reason}"
        raise NotEntitled(msg)
    return account


def _allowed(accounts: Accounts, name: str) -> Bounds:
    """What an account allows; raises NotEntitled where it is gone."""
    if accounts.cash_of(name) is None:
        msg = f"there is no paper account {name} any more; name it in DRAWBRIDGE_PAPER_ACCOUNTS, or approve it anew"
        raise NotEntitled(msg)
    return accounts.limits_of(name)


async def _check_beside(work: Work, began: say.Began) -> None:
    """Raise NotEntitled where a run that lives has what could not be told apart from this one's, or not added up."""
    if began.account is UNSET and began.limits is UNSET:
        return
    if isinstance(began.account, str) and (why := await why_not_beside(work, began.account, began.market)) is not None:
        raise NotEntitled(why)
    for line in await beginnings(work) if began.limits is not UNSET else ():
        other = began_of((line,))
        if account_name(other) == account_name(began):
            _check_currency(began, other)


def _check_currency(began: say.Began, other: say.Began) -> None:
    theirs, ours, name = currency_of(other.market), currency_of(began.market), account_name(began)
    if theirs != ours:
        msg = (
            f"the account {name} has limits and trades in {theirs} now ({other.strategy}): they could not be "
            f"reckoned in {ours} as well; approve it for another paper account"
        )
        raise NotEntitled(msg)


def _terms(limits: Limits, name: str) -> PaperTerms:
    """What trading on paper costs on an account; the one that needs no name has its cash in the terms themselves."""
    return limits.terms if name == DEFAULT else replace(limits.terms, equity=limits.accounts.paper[name].cash)


def seen_until(provenance: Provenance, timeframe: str) -> int:
    """The end of the bars that the trader saw or drew on: a replay must not trade them. UNIX seconds UTC, or 0."""
    anchored = tf.close_time(provenance.last_anchor, timeframe) if provenance.last_anchor is not None else 0
    known = provenance.exported_at is not None and provenance.exported_by in {"bars", "stated"}
    return max(anchored, provenance.exported_at or 0) if known else anchored


async def _commit(
    store: Store, row: Strategy, what: tuple[say.Began, Declaration, bytes | None], lines: tuple[Line, ...]
) -> str | None:
    """Write the beginning; None where the strategy changed, or the kill switch was set, meanwhile.

    What may not live beside others is refused here, where no other one can begin at the same time.
    """
    began, declared, history = what
    try:
        async with store.write() as work:
            last = await Event.all().using_db(work.connection).order_by("-seq").first()
            seq = last.seq if last else 0  # commands up to here are in the row and the switch as they stand
            if row.kind == "strategy" and await _killed(work):
                return None
            await _check_beside(work, began)
            await change(work, row, state="running")
            run = await next_run(work, row.id, row.digest)
            about = {"run": run, "digest": row.digest, "market": began.market, "timeframe": began.timeframe}
            work.record(STARTED, row.id, {**about, "after": began.after})
            work.record("feed.started", row.id, {**about, "feed": declared.id, "latency": declared.latency})
            await keep(work, began, history)
            write_lines(work, ((run, line) for line in lines))
            await set_cursor(work, run, seq)
            return run
    except Refused:
        return None


async def _killed(work: Work) -> bool:
    row = await Flag.get_or_none(name=NAME, using_db=work.connection)
    return row is not None and row.value != OFF


async def refuse(store: Store, identity: str, digest: str, reason: str) -> None:
    """An approved version that cannot run is stopped, with the reason."""
    async with store.write() as work:
        row = await Strategy.get_or_none(id=identity, digest=digest, state="approved", using_db=work.connection)
        if row is not None:
            await change(work, row, state="stopped")
            work.record("strategy.stopped", identity, {"digest": row.digest, "reason": reason})


async def refuse_for_now(store: Store, identity: str, rule: str, reason: str) -> None:
    """Say why an approved strategy waits."""
    async with store.write() as work:
        work.record("risk.refused", identity, {"rule": rule, "reason": reason})
