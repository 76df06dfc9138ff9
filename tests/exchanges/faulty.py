"""What loopback exchanges with an account have in common: faults on the way of requests, and of reports."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aiohttp import web

from tests.exchanges.entrance import KEY, SECRET
from tests.exchanges.loopback import HANG, Loopback, Message
from tests.exchanges.matching import Engine, Fill, Placed, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.exchanges.chaos import Fault
    from tests.exchanges.script import Script

__all__ = ["KEY", "SECRET", "Faulty", "OrderFault", "ReportFault"]
OrderFault: TypeAlias = Literal[
    "lost",  # done, and the connection is dropped without an answer
    "late",  # done, and the answer comes after the client has given up
    "dropped",  # the connection is dropped, and nothing is done
    "500",  # nothing is done, and nobody says so
]
ReportFault: TypeAlias = Literal["twice", "swap", "gone"]


class Faulty(Loopback):
    """``order_faults`` and ``report_faults`` are those of the next requests and reports; ``seen`` counts client ids.

    Subclasses give the words: ``refusal``, and ``report``, what is sent on which topics when something happened.
    """

    def __init__(self, script: Script, faults: Mapping[int, Fault] | None = None, engine: Engine | None = None) -> None:
        super().__init__(script, faults)
        self.engine = engine or Engine(time=int(self.now * 1000))
        self.seen: Counter[str] = Counter()
        self.order_faults: list[OrderFault | None] = []
        self.report_faults: list[ReportFault | None] = []
        self.told_answers = 0
        self._kept: list[Any] = []

    def refusal(self, error: Rejection) -> web.Response:
        raise NotImplementedError

    def report(self, kind: str, order: Placed, fill: Fill | None) -> list[tuple[str, Message]]:
        raise NotImplementedError

    async def _do(self, request: web.Request, job: Callable[[], Message]) -> web.StreamResponse:
        """Do what is asked and answer, as far as the next fault lets it."""
        fault = self.order_faults.pop(0) if self.order_faults else None
        if fault == "500":
            return web.Response(status=500, text="upstream")
        if fault == "dropped":
            return self._drop(request)
        try:
            answer = job()
        except Rejection as error:
            return self.refusal(error)
        await self._tell()
        if fault == "lost":
            return self._drop(request)
        if fault == "late":
            event = asyncio.Event()
            self._hanging.add(event)
            await asyncio.wait([asyncio.ensure_future(event.wait())], timeout=HANG)
        self.told_answers += 1
        return web.json_response(answer)

    def _drop(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _tell(self) -> None:
        """Send what happened in the account to who listens."""
        events, self.engine.events = self.engine.events, []
        for kind, order, fill in events:
            fault = self.report_faults.pop(0) if self.report_faults else None
            report = self.report(kind, order, fill)
            if fault == "gone":
                continue
            if fault == "swap":
                self._kept.append(report)
                continue
            for one in [report] * (2 if fault == "twice" else 1) + self._kept:
                await self._to_user(one)
            self._kept = []

    async def _to_user(self, report: list[tuple[str, Message]]) -> None:
        for topic, message in report:
            for socket in list(self.sockets):
                if topic in socket.topics and not socket.ws.closed:
                    with suppress(ConnectionResetError):
                        await socket.ws.send_json(message)
