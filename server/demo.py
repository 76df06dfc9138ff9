"""The demo: bundled candles replayed faster than real time, and three commands that show the whole way.

It has a folder, a store and a strategy repository of its own, whatever the settings say of the others.
"""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.access.tokens import create_token, who_has
from server.settings import BadSettings, Settings, read_settings

if TYPE_CHECKING:
    from server.store.store import Store, Work

EXAMPLES = Path(__file__).parents[1] / "examples"
EXPORT = EXAMPLES / "ethbtc-export.json"
CANDLES = EXAMPLES / "ETHBTC-5m.csv"
START = "2018-01-27T07:45:00Z"  # when the bundled export was made; signal, entry and target follow within 300 bars
SPEED = 30.0  # bars a second
SCOPES = ("export", "approve", "hook")
TOKENS = "tokens.json"
ALERT = '{"ticker": "BINANCE:ETHBTC", "action": "buy", "price": 0.105, "comment": "trend line broken"}'


class NoExamples(BadSettings):
    """The bundled files are not beside the program."""


def demo_settings(**given: Any) -> Settings:
    """The settings of the demo, its folder under the configured one; raises BadSettings and NoExamples."""
    missing = [path.name for path in (EXPORT, CANDLES) if not path.is_file()]
    if missing:
        msg = f"the demo needs {' and '.join(missing)} in {EXAMPLES}; run it from a checkout, as `make run` does"
        raise NoExamples(msg)
    own = {"data_dir": read_settings(**given).data_dir / "demo", "database_url": None, "strategy_repo": None}
    replay = {"replay": {"binance:ETH/BTC": CANDLES}, "replay_start": START, "replay_speed": SPEED, "paper_cash": 10.0}
    return read_settings(**{**given, **own, **replay, "quorum": 1})


async def demo_tokens(store: Store, folder: Path, person: str) -> dict[str, str]:
    """Secrets by scope, made once and kept beside the demo's store, readable by its owner only."""
    path = folder / TOKENS
    known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    tokens = {scope: known[scope] for scope in SCOPES if scope in known and await who_has(known[scope])}
    async with store.write() as work:
        fresh = {scope: await _secret(work, person, scope) for scope in SCOPES if scope not in tokens}
    if fresh:
        tokens |= fresh
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(tokens, file)
    return tokens


async def _secret(work: Work, person: str, scope: str) -> str:
    _, secret = await create_token(work, person, scope)
    return secret


def demo_commands(base: str, tokens: dict[str, str]) -> list[str]:
    """What to paste into another shell: post the export, approve its digest, send an alert."""
    export = shlex.quote(_short(EXPORT))
    auth = f'-H "Authorization: Bearer {tokens["approve"]}"'
    return [
        f'curl -sS -H "Authorization: Bearer {tokens["export"]}" --data-binary @{export} {base}/api/exports; echo',
        f'proposal=$(curl -sS {auth} "{base}/api/strategies?state=proposed&limit=1") && '
        f"""digest=$(echo "$proposal" | sed 's/.*"digest":"\\([0-9a-f]*\\)".*/\\1/') && """
        f"""curl -sS {auth} -d '{{"decision":"approve","for":"paper","digest":"'"$digest"'"}}' """
        f"""{base}/api/strategies/$(echo "$proposal" | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')/approvals; echo""",
        f"curl -sS --data '{ALERT}' {base}/hooks/tradingview/{tokens['hook']}; echo",
    ]


def _short(path: Path) -> str:
    """The path from here where that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)


def demo_text(base: str, tokens: dict[str, str]) -> str:
    """The three commands with a line on what each does."""
    post, approve, alert = demo_commands(base, tokens)
    return (
        f"\nThree commands for another shell, then look at {base} :\n\n"
        f"# 1  post a drawing export: it is read, drawn back, frozen and proposed\n{post}\n\n"
        f"# 2  approve its digest: it runs on paper over candles of 2018, {SPEED:g} bars a second\n{approve}\n\n"
        f"# 3  send an alert, as TradingView would\n{alert}\n"
    )
