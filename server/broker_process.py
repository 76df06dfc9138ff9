"""The process that trades: started by the server beside itself, the only one that opens credentials.

It speaks with the server over its standard input and output, and ends when they close. What else is printed goes to
standard error. It does not outlive the server: the next one asks how every order stands, and an older process that was
still amending one would make the answer untrue.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

from execution.brokers.exchange.serving import Serving
from execution.brokers.exchange.wire import frame
from execution.clock import Clock
from server import logs
from server.sealing import key_of, unseal
from server.settings import read_settings

if TYPE_CHECKING:
    from execution.brokers.exchange.wire import Connect, FromProcess
    from server.settings import Settings


PR_SET_PDEATHSIG = 1  # of linux/prctl.h


def main() -> None:
    """Trade until the pipe closes; raises BadSettings."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # typed at the terminal for the server, which closes the pipe
    logs.configure()
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asyncio.run(_serve(read_settings(), pipe))


def end_with_parent() -> None:
    """Be killed with the server, at once; where the system cannot do that, the closed pipe ends it a little later."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


async def _serve(settings: Settings, pipe: int) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(pipe, "wb"))

    def say(message: FromProcess) -> None:
        transport.write(frame(message))

    def opened(connect: Connect) -> dict[str, str]:
        key = key_of(settings.key_text, settings.key_file)
        secret = unseal(key, connect.account, connect.exchange, connect.sealed)
        password = {} if secret.password is None else {"password": secret.password}
        return {"apiKey": secret.key, "secret": secret.secret, **password}

    await Serving(opened, Clock(), say).serve(reader)


if __name__ == "__main__":
    main()
