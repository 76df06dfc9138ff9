"""The brokers: keeps the process that trades, from the first credential to the last, and a line to it for each run.

The process is begun again when it dies; then every run is told that what it asked may be lost.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from execution.brokers.exchange import wire
from execution.brokers.exchange.terms import Terms
from execution.feeds.exchange.access import Access
from execution.messages import Lost
from execution.ports import BrokerFailed
from server.clock import Stopwatch
from server.logs import logger
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable, Mapping

    from execution.messages import Following, FromBroker, Request
    from server.credentials import SealedCredential

PROGRAM = (sys.executable, "-m", "server.broker_process")
LOOK = 1.0  # seconds; a credential may have been set or removed
PAUSES = (0.25, 15.0)  # the first and the longest wait before the process is begun again
STEADY = 60.0  # seconds of life after which a death is a new one
FAREWELL = 3.0  # seconds that the process may take to end


class Line:
    """The broker of one run (ports.Broker)."""

    def __init__(self, brokers: Brokers, key: str, account: str, symbol: str) -> None:
        self.key = key
        self.account = account
        self.begun = False
        self._symbol = symbol
        self._brokers = brokers
        self._told: asyncio.Queue[FromBroker | BrokerFailed] = asyncio.Queue()

    async def follow(self, following: Following) -> None:
        """Begin, or begin anew; where the process does not know the account yet, it is told to when it does."""
        self.begun = True
        if self.account in self._brokers.known:
            self._brokers.say(wire.Follow(self.key, self.account, self._symbol, following))

    async def send(self, requests: tuple[Request, ...]) -> None:
        """Ask for something; where there is no process, the run is told that it was lost when there is one again."""
        self._brokers.say(wire.Ask(self.key, requests))

    async def get(self) -> FromBroker:
        """The next that is told; raises BrokerFailed."""
        told = await self._told.get()
        if isinstance(told, BrokerFailed):
            raise told
        return told

    def tell(self, told: FromBroker | BrokerFailed) -> None:
        """Hand something over."""
        self._told.put_nowait(told)


class Brokers:
    """The process, and the lines to it.

    ``credentials`` gives those that are stored, ``accesses`` say how their exchanges are reached.
    """

    def __init__(
        self,
        credentials: Callable[[], Awaitable[list[SealedCredential]]],
        accesses: Mapping[str, Access],
        terms: Terms = Terms(),  # noqa: B008 (frozen)
    ) -> None:
        self._credentials = credentials
        self._accesses = accesses
        self._terms = terms
        self._lines: dict[str, Line] = {}
        self._process: Process | None = None
        self.known: dict[str, wire.Connect] = {}  # to the process

    @property
    def process(self) -> int | None:
        """The number of the process, while there is one."""
        return self._process.pid if self._process else None

    def line(self, key: str, account: str, symbol: str) -> Line:
        """A line for a run of this key."""
        line = self._lines[key] = Line(self, key, account, symbol)
        return line

    def leave(self, line: Line) -> None:
        """The run of a line is over."""
        if self._lines.get(line.key) is line:
            del self._lines[line.key]
            self.say(wire.Leave(line.key))

    def say(self, message: wire.ToProcess) -> None:
        """Send something to the process, if there is one."""
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(wire.frame(message))

    async def run(self) -> None:
        """Keep the process while there are credentials, until cancelled."""
        deaths = 0
        while True:
            wanted = await self._wanted()
            self._dismiss(wanted)
            if not wanted:
                await asyncio.sleep(LOOK)
                continue
            life = Stopwatch()
            await self._live(wanted)
            deaths = 1 if life.seconds() > STEADY else deaths + 1
            await asyncio.sleep(min(PAUSES[1], PAUSES[0] * 2.0 ** min(deaths - 1, 30)))

    async def _wanted(self) -> dict[str, wire.Connect]:
        """The accounts as they are stored."""
        found = await self._credentials()
        nowhere = Access()
        return {
            one.name: wire.Connect(
                one.name, one.exchange, one.sealed, self._accesses.get(one.exchange, nowhere), self._terms
            )
            for one in found
        }

    async def _live(self, wanted: dict[str, wire.Connect]) -> None:
        """One life of the process; it ends by itself, or because a credential was removed."""
        pipe = asyncio.subprocess.PIPE
        process = self._process = await asyncio.create_subprocess_exec(*PROGRAM, stdin=pipe, stdout=pipe)
        watching = asyncio.create_task(self._watch(wanted))
        try:
            await asyncio.wait(
                {watching, asyncio.create_task(self._hear(process))}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            watching.cancel()
            self._process, self.known = None, {}
            await _farewell(process)
        logger().warning("the broker's process has ended", code=process.returncode)

    async def _watch(self, wanted: dict[str, wire.Connect]) -> None:
        """Tell the process of credentials; return once one is gone."""
        while self.known.keys() <= wanted.keys():
            for name, connect in wanted.items():
                if self.known.get(name) != connect:
                    self._introduce(connect)
            await asyncio.sleep(LOOK)
            with suppress(StoreUnavailable):  # what is known stays so until it can be asked again
                wanted = await self._wanted()

    def _dismiss(self, wanted: dict[str, wire.Connect]) -> None:
        """End the runs whose account has no credential any more."""
        for line in self._lines.values():
            if line.account not in wanted:
                line.tell(BrokerFailed(f"there is no credential {line.account} any more; set it, and start it anew"))

    def _introduce(self, connect: wire.Connect) -> None:
        """Make an account known; its runs begin anew."""
        self.known[connect.account] = connect
        self.say(connect)
        for line in self._lines.values():
            if line.begun and line.account == connect.account:
                line.tell(Lost())

    async def _hear(self, process: Process) -> None:
        """Hand over what the process says, until it says nothing more."""
        if process.stdout is None:
            return
        with suppress(asyncio.IncompleteReadError, wire.BadFrame):
            while True:
                self._pass_on(await wire.receive(process.stdout, wire.FROM_PROCESS))

    def _pass_on(self, message: wire.FromProcess) -> None:
        line = self._lines.get(message.key)
        if line is None:
            return
        match message:
            case wire.Said(reports=reports):
                line.tell(reports)
            case wire.Stood(standing=standing):
                line.tell(standing)
            case wire.Failed(reason=reason):
                line.tell(BrokerFailed(reason))


async def _farewell(process: Process) -> None:
    """Close the pipe, and end what does not end by it."""
    if process.stdin:
        process.stdin.close()
    try:
        async with asyncio.timeout(FAREWELL):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
