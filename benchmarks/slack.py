"""From a webhook to the call that tells Slack of it, without and with a picture.

As a program: ``python -m benchmarks.slack PORT API`` is the peer, a handler that calls Slack itself.
"""

from __future__ import annotations

import asyncio
import atexit
import http.client
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.benchmark import Aim, Amount, Benchmark
from benchmarks.processes import ROOT
from benchmarks.shapes import make_picture
from benchmarks.timing import Candidate
from benchmarks.webhooks import PROGRAM, folder, free_port, token
from tests.slack.core import APP_TOKEN, BOT_TOKEN
from tests.slack.loopback import Slack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CANDLES = ROOT / "examples" / "ETHBTC-5m.csv"
HOOK = "/hooks/tradingview/"
APART = 1.1  # seconds between two messages, a little more than the server leaves between them itself
TOLD, PICTURED = "chat.postMessage", "upload"
PLAIN = "Webhook to Slack"
DRAWN = "Webhook to Slack, with a picture"
TEXT = (
    "From the first byte of a webhook sent to the first byte of `chat.postMessage` at a loopback Slack: stored "
    "durably, read, put into the outbox, composed and sent. The peer is what one would write: a handler that stores "
    "nothing and calls Slack with slack_sdk before it answers. The floor is slack_sdk's call alone."
)
DRAWN_TEXT = (
    "The same to the bytes of the chart arriving at Slack's upload: history asked of the feed, drawn in a process of "
    "its own, and the upload's address fetched before. The peer draws with `mplfinance.plot` and uploads the same way."
)


class Heard(Slack):
    """A loopback Slack that says when which call came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: queue.Queue[tuple[str, float]] = queue.Queue()

    def _route(self, handler: Any) -> Callable[[web.Request], Any]:
        handle = super()._route(handler)

        async def heard(request: web.Request) -> web.StreamResponse:
            path = request.path
            self.came.put((PICTURED if path.startswith("/upload") else path.rpartition("/")[2], time.perf_counter()))
            return await handle(request)

        return heard


class Place:
    """A loopback Slack in a thread of its own, and the servers that tell it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.slack = Heard()
        asyncio.run_coroutine_threadsafe(self.slack.__aenter__(), self.loop).result(20)
        user = self.slack.space.user("ann")
        self.channel = self.slack.space.channel("trading", user)
        self.number = itertools.count(1)
        self.last = 0.0

    def rest(self) -> None:
        """Wait until the channel may be told again."""
        time.sleep(max(0.0, self.last + APART - time.perf_counter()))
        while not self.slack.came.empty():
            self.slack.came.get()

    def until(self, call: str) -> None:
        """Wait for a call."""
        while True:
            name, at = self.slack.came.get(timeout=30)
            if name == call:
                self.last = at
                return


class Sender:
    """Sends webhooks to one address over one connection."""

    def __init__(self, place: Place, port: int, path: str, *, pictured: bool) -> None:
        self.place, self.path, self.pictured = place, path, pictured
        self.http = http.client.HTTPConnection("127.0.0.1", port)
        atexit.register(self.http.close)

    def run(self) -> None:
        """One webhook, until Slack hears of it."""
        number = next(self.place.number)
        alert: dict[str, Any] = {"action": "buy", "id": number}
        if self.pictured:
            alert["ticker"] = "BINANCE:ETHBTC"
        threading.Thread(target=self._send, args=(json.dumps(alert),)).start()
        self.place.until(PICTURED if self.pictured else TOLD)

    def settle(self) -> None:
        """Wait until whatever the last one made was told, and the channel may be told again."""
        time.sleep(APART if self.pictured else 0.0)  # its message follows the picture
        self.place.rest()

    def _send(self, body: str) -> None:
        self.http.request("POST", self.path, body)
        self.http.getresponse().read()


def ours(place: Place, data: Path) -> tuple[int, str]:
    """A server of ours that tells this Slack: its port, and the path of a hook."""
    secret = token(data, "hook")
    port = free_port()
    settings = {
        "DATA_DIR": str(data), "SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_CHANNEL": place.channel, "SLACK_API_URL": place.slack.api, "REPLAY_SPEED": "0.01",
        "REPLAY_START": "2018-01-27",
        "REPLAY": json.dumps({"binance:ETH/BTC": str(CANDLES)}),
    }  # fmt: skip
    given = {f"DRAWBRIDGE_{name}": value for name, value in settings.items()}
    start([sys.executable, "-c", PROGRAM, "serve", "--port", str(port)], given)
    waited(port, "/health/ready")
    return port, HOOK + secret


def peer(place: Place) -> tuple[int, str, str]:
    """The peer: its port, and the paths without and with a picture."""
    port = free_port()
    start([sys.executable, "-m", "benchmarks.slack", str(port), place.slack.api, place.channel], {})
    waited(port, "/")
    return port, "/text", "/picture"


def start(line: list[str], settings: dict[str, str]) -> None:
    """A process that ends with this one."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **settings}  # noqa: TID251 - handed on
    process = subprocess.Popen(line, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.kill)


def waited(port: int, path: str) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
            asked.request("GET", path)
            if asked.getresponse().status == 200:
                return
        time.sleep(0.05)
    msg = f"nothing answers at port {port}"
    raise RuntimeError(msg)


def benchmarks(rounds: int = 15) -> list[Benchmark]:
    """Without and with a picture."""
    place = Place()
    port, hook = ours(place, folder())
    other, text, picture = peer(place)
    client = WebClient(token=BOT_TOKEN, base_url=place.slack.api)
    return [
        Benchmark(
            title=PLAIN,
            text=TEXT,
            candidates=(
                told(place, "drawbridge serve", (port, hook)),
                told(place, "handler with slack_sdk", (other, text)),
                Candidate(
                    "slack_sdk alone",
                    lambda: client.chat_postMessage(channel=place.channel, text="alert"),
                    before=place.rest,
                ),
            ),
            peer="handler with slack_sdk",
            floor="slack_sdk alone",
            rounds=rounds,
            amount=Amount(1, "webhooks"),
            aim=Aim(rate=25.0),
        ),
        Benchmark(
            title=DRAWN,
            text=DRAWN_TEXT,
            candidates=(
                told(place, "drawbridge serve", (port, hook), pictured=True),
                told(place, "handler with mplfinance.plot", (other, picture), pictured=True),
                Candidate(
                    "slack_sdk alone",
                    lambda: client.chat_postMessage(channel=place.channel, text="alert"),
                    before=place.rest,
                ),
            ),
            peer="handler with mplfinance.plot",
            floor="slack_sdk alone",
            rounds=rounds,
            amount=Amount(1, "webhooks"),
            aim=Aim(rate=1 / 0.150),
        ),
    ]


def told(place: Place, name: str, where: tuple[int, str], *, pictured: bool = False) -> Candidate:
    """A server that is sent webhooks."""
    sender = Sender(place, *where, pictured=pictured)
    return Candidate(name, sender.run, before=sender.settle)


def serve_peer(port: int, api: str, channel: str) -> None:
    """Serve the peer."""
    from benchmarks.plain_plot import frame_of, plot  # noqa: PLC0415 - the peer's own

    client = AsyncWebClient(token=BOT_TOKEN, base_url=api)
    drawn = make_picture(1)
    frame = frame_of(drawn)

    async def text(request: web.Request) -> web.Response:
        await client.chat_postMessage(channel=channel, text=(await request.text())[:1000])
        return web.Response()

    async def picture(request: web.Request) -> web.Response:
        await request.read()
        await client.files_upload_v2(channel=channel, content=plot(frame, drawn), filename="chart.png")
        await client.chat_postMessage(channel=channel, text="alert")
        return web.Response()

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/text", text), web.post("/picture", picture), web.get("/", ready)])
    web.run_app(app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    serve_peer(int(sys.argv[1]), sys.argv[2], sys.argv[3])
