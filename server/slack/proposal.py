"""The root message of a strategy's thread: what was proposed, where it stands, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.slack.buttons import CODED, TOO_LONG, buttons_of
from server.slack.figures import notes_of, table_of
from server.slack.message import (
    MOST_UNITS,
    Message,
    actions,
    context,
    header,
    image,
    linked,
    listed,
    message,
    rest_of,
    section,
    units,
    whole,
)
from server.slack.papers import account_line
from server.slack.text import counted, joined, quiet, shown
from server.words.events import when
from spec.timeframe import text_of

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

    from server.backtests import Backtest
    from server.slack.root import Root

FEW = 3  # of what was left out
SIGNS = {
    "proposed": ":large_yellow_circle:",
    "approved": ":large_blue_circle:",
    "running": ":large_green_circle:",
    "paused": ":double_vertical_bar:",
    "stopped": ":black_large_square:",
    "rejected": ":red_circle:",
    "expired": ":black_large_square:",
}


def root_message(root: Root) -> Message:
    """The root message as things stand; the rules get all the room that the rest leaves.

    Where that is too little for them, nobody has read them here, and it is decided about in the inbox.
    """
    above: list[Block] = [header(root.name), section(state_line(root)), *_code(root), *_picture(root)]
    below = [*_judged(root), context(small_print(root))]
    rules = [quiet(rule) for rule in root.review.rules]
    buttons = actions(f"root {root.id}", buttons_of(root))
    told = whole(rules, MOST_UNITS - units([*above, *below, *buttons]))
    if told is None:
        buttons = actions(f"root {root.id}", buttons_of(root, readable=False))
        above.append(section(f":warning: *{TOO_LONG} {linked('in the inbox', root.link)}*"))
        told = listed(rules, MOST_UNITS - units([*above, *below, *buttons]), root.link)
    title = f"{standing(root)}: {shown(root.name, 200)}"
    return message(title, [*above, *map(section, told), *below, *buttons])


def _code(root: Root) -> list[Block]:
    """That there is code, which is read and decided about in the inbox."""
    if not root.review.code:
        return []
    return [section(f":warning: *{CODED} {linked('in the inbox', root.link)}* ({people(root.review.code)})")]


def _judged(root: Root) -> list[Block]:
    """What the decision is about beside the rules: risk, figures, and what was left out."""
    review = root.review
    blocks: list[Block] = []
    if review.risk is not None:
        blocks += [section(risk_line(root)), section(table_of(review.backtest))]
        blocks += [context(notes)] if (notes := notes_of(review.backtest)) else []
    return [*blocks, section(left_out(root))] if review.left_out else blocks


def _picture(root: Root) -> list[Block]:
    if root.image is not None:
        return [image(root.image, f"Chart of {root.name}")]
    return [context(f"No picture: {shown(root.review.unpictured, 600)}")] if root.review.unpictured else []


def standing(root: Root) -> str:
    """Where it stands, in a few words."""
    live = root.approved_for == "live"
    match root.state:
        case "proposed":
            return "Waiting for a decision"
        case "approved":
            return f"Approved for {root.approved_for or 'paper'}; it starts as soon as it may"
        case "running" if root.kind == "watch":
            return "Watching: a picture when it fires, no orders"
        case "running":
            return "Running live, with real money" if live else "Running on paper"
        case _:
            return root.state.capitalize()


def state_line(root: Root) -> str:
    """Where it stands, who decided, and what is still missing."""
    first = f"{SIGNS.get(root.state, '')} *{standing(root)}*".strip()
    by = f"by {shown(root.ended_by, 100)}" if root.ended_by else ""
    said = joined(
        " ".join(filter(None, (first, by))), shown(root.reason, 400), _approvals(root), shown(root.result, 200)
    )
    killed = "\n:octagonal_sign: *The kill switch is set: nothing enters the market until it is cleared.*"
    return said + (killed if root.killed else "")


def _approvals(root: Root) -> str:
    if root.kind == "watch":
        return ""
    if root.state == "proposed":
        return progress(root.approvals, root.quorum)
    paper = f"approved by {people(root.approvals)}" if root.approvals else ""
    if root.approved_for == "live":
        return joined(paper, f"for live by {people(root.live_approvals)}" if root.live_approvals else "")
    return joined(paper, f"for live: {progress(root.live_approvals, root.quorum)}" if root.live_approvals else "")


def progress(approvals: tuple[str, ...], quorum: int) -> str:
    """How many approvals there are, of how many, and whose."""
    named = f" ({people(approvals)})" if approvals else ""
    return f"{len(approvals)} of {counted(quorum, 'approval')}{named}"


def people(names: tuple[str, ...]) -> str:
    """Names, the first few of them."""
    few = ", ".join(shown(name, 40) for name in names[:6])
    return few if len(names) <= 6 else f"{few} and {len(names) - 6} more"


def risk_line(root: Root) -> str:
    """What a trade may lose, on which account, and what the next one would be."""
    risk, tested = root.review.risk, root.review.backtest
    if risk is None:
        return ""
    said = f"*Risk* {risk.percent:g} % of the equity, at most {risk.max_exposure:g} x the equity"
    expected = expected_line(tested) if root.state == "proposed" else ""
    return "\n".join(filter(None, [said, account_line(root.papers), expected]))


def expected_line(tested: Backtest) -> str:
    """The next entry as it stood at the end of the candles; nothing where it is not known."""
    expected = tested.expected
    if expected is None:
        return ""
    lost = abs(expected.entry - expected.stop) * expected.size
    return (
        f"Next entry, as of {text_of(tested.until)}: at {expected.entry:.6g}, stop at {expected.stop:.6g}, "
        f"size {expected.size:.6g}: it would lose {lost:.6g} of the {tested.cash:,.10g} on paper"
    )


def left_out(root: Root) -> str:
    """What was left out: how many, the first few, and where the rest is."""
    left = root.review.left_out
    lines = [f"\u2022 {shown(one.tool, 60)} {shown(one.drawing, 60)}: {shown(one.reason, 300)}" for one in left[:FEW]]
    rest = rest_of(len(left) - FEW, root.link)
    return "\n".join([f"*{len(left):,} left out of the export*", *lines, *filter(None, [rest])])


def small_print(root: Root) -> str:
    """What identifies the version, and what else is to be known."""
    what = joined(root.kind, shown(root.symbol, 120), shown(root.timeframe, 12))
    proposed = f"proposed by {shown(root.proposer, 80)}"
    expires = f"expires {when(root.expires_at)}" if root.state == "proposed" and root.expires_at else ""
    asked = len(root.review.questions)
    still = f"{counted(asked, 'question')} about other drawings of the export" if asked else ""
    notes = [shown(note, 300) for note in root.review.approximate]
    page = linked("in the inbox", root.link) if root.link else ""
    return "\n".join([f"Digest `{root.review.digest}`", joined(what, proposed, expires, still, page, *notes)])
