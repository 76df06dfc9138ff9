"""App Home: what runs and what it made, the feeds, parked alerts and the kill switch, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from slack_sdk.models.blocks import DividerBlock
from slack_sdk.models.views import View

from server.slack.actions import CLEAR, KILL, PAGE, REPLAY
from server.slack.message import MOST_UNITS, actions, button, confirm, context, header, linked, section, units
from server.slack.proposal import SIGNS
from server.slack.text import counted, joined, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

PAGE_OF = 20  # strategies
FEEDS = 8
PARKED = 8
FEED_LINES = 4
VIEW_BLOCKS = 100


class Standing(Struct, frozen=True):
    """A strategy or watch: ``pnl`` of its closed trades in quote currency, None for a watch."""

    id: str
    name: str
    kind: str
    state: str
    approved_for: str | None = None
    market: str = ""
    pnl: float | None = None
    trades: int = 0
    link: str = ""


class FeedLine(Struct, frozen=True):
    """A feed and the lines of bars that are followed, in words (server.inbox.pages.health_in_words)."""

    id: str
    last: str
    lines: tuple[str, ...] = ()


class Parked(Struct, frozen=True):
    """An alert that nobody could use, and why."""

    id: str
    at: str
    reason: str
    text: str


class Home(Struct, frozen=True):
    """Everything on the page; ``page`` counts from 0, ``administers`` may use the kill switch."""

    strategies: tuple[Standing, ...]
    feeds: tuple[FeedLine, ...] = ()
    parked: tuple[Parked, ...] = ()
    killed: bool = False
    administers: bool = False
    page: int = 0
    link: str = ""


def home_view(home: Home) -> dict[str, Any]:
    """The view for views.publish."""
    last = max(0, (len(home.strategies) - 1) // PAGE_OF)
    page = min(max(0, home.page), last)
    shown_ = home.strategies[page * PAGE_OF : (page + 1) * PAGE_OF]
    blocks: list[Block] = [*_top(home), header("Strategies and watches"), *map(_standing, shown_)]
    if not shown_:
        blocks.append(section("Nothing runs. What you approve starts here."))
    blocks += _turning(page, last)
    rest = [*_feeds(home), *_parked(home), context(linked("Open the inbox", home.link))]
    return View(type="home", blocks=_bounded(blocks, rest)).to_dict()


def closed_view(reason: str) -> dict[str, Any]:
    """The view of somebody who is not of the team."""
    return View(type="home", blocks=[section(f":no_entry: {shown(reason, 1_000)}")]).to_dict()


def _bounded(first: list[Block], rest: list[Block]) -> list[Block]:
    """What fits a view; strategies and the kill switch come before feeds and alerts."""
    kept, left = first, 2 * MOST_UNITS - units(first)
    for block in rest:
        left -= units([block])
        if len(kept) < VIEW_BLOCKS and left >= 0:
            kept.append(block)
    return kept


def _top(home: Home) -> list[Block]:
    said = (
        ":octagonal_sign: *The kill switch is set: nothing enters the market until it is cleared.*"
        if home.killed
        else "The kill switch is not set."
    )
    return [section(said, _switch(home.killed) if home.administers else None), DividerBlock()]


def _switch(killed: bool) -> Any:  # noqa: FBT001 - which of two
    if killed:
        dialog = confirm("Clear the kill switch?", "Strategies may enter the market again.", "Clear it")
        return button("Clear the kill switch", CLEAR, "clear", "primary", dialog)
    dialog = confirm("Set the kill switch?", "At once: nothing enters the market until it is cleared.", "Set it")
    return button("Kill switch", KILL, "kill", "danger", dialog)


def _standing(one: Standing) -> Block:
    return section(standing_line(one))


def standing_line(one: Standing) -> str:
    """A strategy in two lines."""
    how = f"{one.state} {'live' if one.approved_for == 'live' else 'on paper'}" if one.state == "running" else one.state
    made = joined(f"*{one.pnl or 0:+.6g}*", counted(one.trades, "trade")) if one.trades else "no trade yet"
    result = "" if one.pnl is None else made
    state = f"{SIGNS.get(one.state, '')} {how if one.kind == 'strategy' else f'{one.kind}, {one.state}'}"
    name = linked(shown(one.name, 120), one.link)
    return f"*{name}*\n{joined(state, shown(one.market, 80), result, f'`{shown(one.id, 40)}`')}"


def _turning(page: int, last: int) -> list[Block]:
    """Both ways; no two buttons of a row may share an action."""
    newer = [button("Newer", f"{PAGE}.newer", str(page - 1))] if page > 0 else []
    older = [button("Older", f"{PAGE}.older", str(page + 1))] if page < last else []
    row = actions("pages", [*newer, *older])
    return [*row, context(f"Page {page + 1} of {last + 1}")] if row else []


def _feeds(home: Home) -> list[Block]:
    lines = [_feed(one) for one in home.feeds[:FEEDS]] or ["No feed is set up, so nothing is evaluated."]
    more = _more(home.feeds, FEEDS)
    return [header("Feeds"), *map(section, lines), *more]


def _feed(one: FeedLine) -> str:
    more = len(one.lines) - FEED_LINES
    said = [shown(line, 300) for line in one.lines[:FEED_LINES]] + ([f"\u2026 and {more} more"] if more > 0 else [])
    return "\n".join([joined(f"*{shown(one.id, 80)}*", shown(one.last, 200)), *said])


def _parked(home: Home) -> list[Block]:
    if not home.parked:
        return []
    blocks: list[Block] = [header("Parked alerts")]
    for one in home.parked[:PARKED]:
        said = f"*{shown(one.reason, 300)}*\n{shown(one.text, 300)}\n{shown(one.at, 40)}"
        blocks.append(section(said, button("Replay", REPLAY, one.id)))
    return [*blocks, *_more(home.parked, PARKED)]


def _more(all_: Sequence[object], few: int) -> list[Block]:
    return [context(f"\u2026 and {len(all_) - few:,} more in the inbox")] if len(all_) > few else []
