"""``drawbridge signals``: every firing of every node of a frozen strategy over candles."""

from __future__ import annotations

import csv
import io

from execution.firings import Firings, firings, rows
from server.cli.arguments import Artifact, Candles, Json
from server.cli.output import say, show, show_json
from server.cli.strategies import open_artifact, open_candles
from server.custom.running import equipped
from server.settings import read_settings
from spec.timeframe import text_of

COLUMNS = ("time", "node", "kind", "event", "price", "value")


def signals_command(strategy: Artifact, candles: Candles, as_json: Json = False) -> None:
    """List every firing of every node, in time order: the nodes' own truth, without risk, approval or position.

    The time is the open of the node's bar. The price is the close, or the line's value for an intrabar node.

    Examples:
      drawbridge signals strategy.yaml --candles ETHBTC-5m.csv

      drawbridge signals strategy.yaml --candles ETHBTC-5m.parquet --json | jq '.[].event'

    """
    with equipped(open_artifact(strategy).strategy, allowed=read_settings().custom_nodes) as able:
        found, notes = firings(able, open_candles(candles))
    for note in notes:
        say(f"note: {note}")
    if as_json:
        show_json(rows(found))
    else:
        show(_table(found))
        say(f"{len(found)} firing{'' if len(found) == 1 else 's'}")


def _table(found: Firings) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows(found):
        writer.writerow([text_of(row["time"]), *(row[name] for name in COLUMNS[1:])])
    return text.getvalue()
