"""Fills the generated parts of the documentation from the code's own tables: ``make docs``.

A part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``. tests/docs fails while one is stale.
"""

from __future__ import annotations

import configparser
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from docs import doors
from execution import lifecycle, order_kernel
from interpreters.alerts import names, read_alert
from interpreters.alerts.identity import DOUBTFUL, ONCE
from interpreters.unread import OTHER, REASONS
from interpreters.wording.grammar import AMBIGUOUS, GRAMMAR
from server.cli.app import program
from server.settings import Settings
from tests.interpreters.alert_bodies import BODIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parent.parent
PART = re.compile(r"(?P<head><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<foot><!-- end -->)", re.DOTALL)


def layers() -> str:
    """The import layers, from .importlinter."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    rows = contracts["importlinter:contract:layers"]["layers"].split("\n")
    ranks = [[name.strip() for name in row.split("|")] for row in rows if row.strip()]
    arrows = [f"    {upper} --> {lower}" for above, below in pairwise(ranks) for upper in above for lower in below]
    return _mermaid("flowchart TD", arrows)


def _mermaid(kind: str, lines: Iterable[str]) -> str:
    return "```mermaid\n" + "\n".join([kind, *lines]) + "\n```\n"


def _states(rows: Iterable[tuple[str, str, str, str]], start: str) -> str:
    """A state diagram of the rows that change the state, and a table of the odd ones with their reasons."""
    rows = list(rows)
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, event, after, _ in rows:
        if state != after:
            arrows.setdefault((state, after), []).append(event)
    lines = [f"    [*] --> {start}"]
    lines += [f"    {state} --> {after}: {', '.join(events)}" for (state, after), events in arrows.items()]
    table = _table(
        ("in", "when", "then", "because"),
        [(f"`{state}`", event, f"`{after}`", reason) for state, event, after, reason in rows if reason],
    )
    return _mermaid("stateDiagram-v2", lines) + "\n" + table


def strategy_states() -> str:
    """The life of a strategy."""
    rows = [(str(a), str(event), str(b), reason) for a, event, b, reason in lifecycle.ROWS]
    return _states(rows, lifecycle.State.IDLE)


def order_states() -> str:
    """The life of an order."""
    rows = [(str(a), str(event), str(b), reason) for a, event, b, reason in order_kernel.ROWS]
    return _states(rows, order_kernel.State.PENDING)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(head), "|".join("---" for _ in head)]
    lines += [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" if "---" not in line else f"|{line}|" for line in lines) + "\n"


def settings() -> str:
    """Every setting with its default."""
    fields = Settings.model_fields.items()
    return _table(
        ("environment", "in drawbridge.toml", "default", "what it does"),
        [(f"`DRAWBRIDGE_{name.upper()}`", f"`{name}`", f"`{f.default}`", f.description or "") for name, f in fields],
    )


def words() -> str:
    """The grammar of words."""
    return _table(
        ("words", "what they say", "example"),
        [(", ".join(f"`{form}`" for form in word.forms), word.meaning, f"`{word.example}`") for word in GRAMMAR],
    )


def doubtful_words() -> str:
    """Turns of speech that ask instead of trading."""
    reasons: dict[str, list[str]] = {}
    for phrase, reason in AMBIGUOUS.items():
        reasons.setdefault(reason, []).append(f"`{phrase}`")
    return _table(("a text with", "asks, because it"), [(", ".join(some), why) for why, some in reasons.items()])


def left_out() -> str:
    """Tools that are left out, by reason."""
    rows = [(reason, ", ".join(f"`{tool}`" for tool in tools)) for reason, tools in REASONS.items()]
    return _table(("reason in the report", "tools"), [*rows, (OTHER, "every other tool")])


def commands() -> str:
    """The help of every command."""
    texts = []
    for name, command in leaves("", typer.main.get_command(program())):
        options = [
            (", ".join(f"`{opt}`" for opt in option.opts), getattr(option, "help", "") or "")
            for option in command.params
        ]
        table = _table(("option", "what it does"), options)
        texts.append(f"### drawbridge {name}\n\n{_dedented(command.help or '')}\n\n{table}")
    return "\n".join(texts)


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands that do something, with the groups they stand in."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
    for key, one in sorted((inner or {}).items()):
        yield from leaves(f"{name} {key}".strip(), one)


def _dedented(text: str) -> str:
    """Help text as Markdown: indented example lines become one block of code."""
    words, _, examples = text.partition("Example")
    code = "\n".join(line.strip() for line in examples.splitlines()[1:] if line.strip())
    return f"{words.strip()}\n\n```\n{code}\n```" if code else words.strip()


def alert_bodies() -> str:
    """Every shape of a webhook's body, with what is said of it."""
    return _table(
        ("body", "for example", "is", "with the reason"),
        [(body.shape, _on_one_line(body.raw), body.status, read_alert(body.raw).reason) for body in BODIES],
    )


def _on_one_line(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").replace("\r\n", " ␍␊ ").replace("\n", " ⏎ ").strip()
    return f"`{text}`" if text else "(nothing)"


def alert_names() -> str:
    """What the fields of an alert are known by."""
    actions: dict[str, list[str]] = {}
    for word, action in names.ACTIONS.items():
        actions.setdefault(action, []).append(word)
    known = {
        "symbol": names.TICKERS,
        "its exchange": names.EXCHANGES,
        "price": names.PRICES,
        "action": names.ACTION_NAMES,
        "time of firing": names.FIRED,
        "time of the bar": names.BAR,
        "time of either": names.EITHER_TIME,
        "id, alone": ONCE,
        "id, with the body": DOUBTFUL,
        **{f"action {action}": words for action, words in actions.items()},
    }
    return _table(
        ("meaning", "names or words"),
        [(meaning, ", ".join(f"`{one}`" for one in ones)) for meaning, ones in known.items()],
    )


GENERATORS: dict[str, Callable[[], str]] = {
    "layers": layers,
    "strategy-states": strategy_states,
    "order-states": order_states,
    "settings": settings,
    "words": words,
    "doubtful-words": doubtful_words,
    "left-out": left_out,
    "commands": commands,
    "doors": lambda: _table(*doors.doors()),
    "scopes": lambda: _table(*doors.scopes()),
    "answers": lambda: _table(*doors.answers()),
    "moves": lambda: _table(*doors.moves()),
    "alert-bodies": alert_bodies,
    "alert-names": alert_names,
}


def fresh(text: str) -> str:
    """A document with its generated parts made anew; raises KeyError for a part nobody generates."""
    return PART.sub(lambda part: part["head"] + GENERATORS[part["name"]]() + part["foot"], text)


def documents() -> list[Path]:
    """The documents that hold generated parts."""
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    return sorted(path for path in files if PART.search(path.read_text(encoding="utf-8")))


def main() -> int:
    """Write every document anew; say which changed."""
    for path in documents():
        text = path.read_text(encoding="utf-8")
        if (made := fresh(text)) != text:
            path.write_text(made, encoding="utf-8")
            print(f"made anew: {path.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
