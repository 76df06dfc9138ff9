"""What the slash command answers, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.slack.figures import notes_of, table_of
from server.slack.home import Parked, Standing, standing_line
from server.slack.message import MOST_UNITS, SECTION, Message, context, image, linked, listed, message, section
from server.slack.proposal import expected_line, risk_line, small_print, state_line
from server.slack.text import counted, shown, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from server.slack.root import Root

COMMAND = "/drawbridge"
HELP = (
    ("list", "strategies and watches, where each stands, what it made"),
    ("status ID", "one of them: rules, state, approvals"),
    ("chart MARKET TIMEFRAME", "a chart, such as `chart binance ETH/BTC 5m`"),
    ("backtest ID", "its backtest in the three parts of hindsight"),
    ("pause ID, resume ID, stop ID", "what runs; a stop is for good"),
    ("kill", "at once: nothing enters the market until `kill off` clears it"),
    ("alerts", "alerts that nobody could use, and why"),
    ("help", "this"),
)
ENOUGH = MOST_UNITS - 2_000


def help_message(unknown: str = "") -> Message:
    """Every word of the command, for whoever asked, or said another."""
    lines = [f"`{COMMAND} {words}`\n{meaning}" for words, meaning in HELP]
    blocks: list[Block] = [section(f"*{shown(unknown, 40)}* is none of the words.")] if unknown else []
    blocks += [section("*What you can say*"), *map(section, lines)]
    blocks.append(
        context(
            "ID is an id or a name, or how one begins; whatever pauses, resumes or stops wants a whole one. "
            "The same words work where the bot is mentioned. An uploaded drawing export is read at once."
        )
    )
    return message("What you can say", blocks)


def list_message(strategies: Sequence[Standing], link: str = "") -> Message:
    """Strategies and watches, as many as there is room for; the rest is counted."""
    if not strategies:
        return message("Nothing runs.", [section("Nothing runs. What you approve starts here.")])
    title = counted(len(strategies), "strategy or watch", "strategies and watches")
    return _lines(title, [standing_line(one) for one in strategies], link)


def status_message(root: Root) -> Message:
    """One strategy without its picture."""
    rules = listed([shown(rule, 300) for rule in root.review.rules], ENOUGH // 2, root.link)
    title = shown(root.name, 200)
    blocks: list[Block] = [section(f"*{title}*"), section(state_line(root)), *map(section, rules)]
    blocks += [section(risk)] if (risk := risk_line(root)) else []
    return message(title, [*blocks, context(small_print(root))])


def backtest_message(root: Root) -> Message:
    """The figures of one strategy, and its next entry."""
    tested = root.review.backtest
    blocks: list[Block] = [section(f"*{shown(root.name, 200)}*"), section(table_of(tested))]
    blocks += [section(expected)] if (expected := expected_line(tested)) else []
    blocks += [context(notes)] if (notes := notes_of(tested)) else []
    return message(f"Backtest of {shown(root.name, 200)}", blocks)


def chart_message(market: str, timeframe: str, file: str) -> Message:
    """A picture that was asked for."""
    title = f"{market} {timeframe}"
    return message(shown(title, 200), [image(file, f"Chart of {title}"), context(shown(title, 200))])


def alerts_message(parked: Sequence[Parked], link: str = "") -> Message:
    """Parked alerts, as many as there is room for; the rest is counted."""
    if not parked:
        return message("No alert is parked.", [section("No alert is parked.")])
    lines = [f"*{shown(one.reason, 300)}*\n{shown(one.text, 400)}\n{shown(one.at, 40)}" for one in parked]
    return _lines(counted(len(parked), "parked alert"), lines, link)


def refusal_message(reason: str) -> Message:
    """Why nothing happened, for the one who asked."""
    return message("Nothing happened", [section(f":no_entry: {shown(reason, 1_000)}")])


def _lines(title: str, lines: Sequence[str], link: str) -> Message:
    few, used = 0, 0
    while few < len(lines) and used + size(lines[few]) + 2 <= ENOUGH:
        used += size(lines[few]) + 2
        few += 1
    more = len(lines) - few
    small = [context(f"\u2026 and {more:,} more: {linked('in the inbox', link)}")] if more > 0 else []
    return message(title, [section(f"*{title}*"), *_sections(lines[:few]), *small])


def _sections(lines: Sequence[str]) -> list[Block]:
    """Lines in as few sections as they fit."""
    texts = [""]
    for line in lines:
        if texts[-1] and size(texts[-1]) + size(line) + 2 > SECTION:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n\n{line}" if texts[-1] else line
    return [section(text) for text in texts]
