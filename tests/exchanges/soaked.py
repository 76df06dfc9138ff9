"""What a storm of kills came to, kept in docs/soak.md: a row a seed, in place of the last one of that seed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from execution import entries as say
from execution.brokers.exchange.tracking import GIVEN_UP
from server.clock import now

if TYPE_CHECKING:
    from execution.journal import Line
    from tests.exchanges.faulty import Faulty

PAGE = Path(__file__).parents[2] / "docs" / "soak.md"
MARK = "\n## A run that trades"
HEAD = f"""{MARK}

Written by `make soak` (`pytest -m soak tests/exchanges/test_kills.py`): a run on a loopback exchange whose processes
are killed with SIGKILL at seeded moments, 20 times a seed, while orders and their answers are lost, late and repeated.
A row is written only if the exchange saw no id twice and nothing rests that the log does not know (lost and sent twice
are counted by the exchange), every fill is in the log, and the ledger's cash is the account's.

| seed | strategy | kills | orders | fills | lost | sent twice | ledger equal | day |
| --: | --- | --: | --: | --: | --: | --: | --- | --- |
"""


def record(seed: int, name: str, exchange: Faulty, lines: tuple[Line, ...]) -> None:
    """Keep one storm's figures; they were checked before."""
    said = (say.read(line.text) for line in lines)
    logged = {entry.trade for entry in said if isinstance(entry, say.Filled) and not entry.trade.endswith(GIVEN_UP)}
    lost = len(exchange.engine.fills) - len(logged)
    twice = sum(count > 1 for count in exchange.seen.values())
    day = datetime.fromtimestamp(now(), UTC).date()
    sent, fills = exchange.seen.total(), len(exchange.engine.fills)
    row = f"| {seed} | {name} | 20 | {sent:,} | {fills:,} | {lost} | {twice} | yes | {day} |"
    old, _, section = PAGE.read_text(encoding="utf-8").partition(MARK)
    kept = {int(line.split("|")[1]): line for line in section.splitlines() if line.startswith("| 1")}
    kept[seed] = row
    PAGE.write_text(old + HEAD + "\n".join(kept[one] for one in sorted(kept)) + "\n", encoding="utf-8")
