"""The peer: FastAPI and SQLAlchemy, each request a transaction of its own. Runs in .venv-bench, on granian, one worker.

One connection to the file, since SQLite has one writer: with more of them, they only wait for each other's locks.
"""

# What it imports is in .venv-bench only.
# mypy: ignore-errors

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FILE = os.environ["PEER_FILE"]  # noqa: TID251 - no program of ours, and granian takes no arguments for it
engine = create_async_engine(f"sqlite+aiosqlite:///{FILE}", pool_size=1, max_overflow=0, pool_timeout=60)


class Base(DeclarativeBase):
    """The tables."""


class Alert(Base):
    __tablename__ = "alert"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes]


class Event(Base):
    __tablename__ = "event"
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]


@event.listens_for(engine.sync_engine, "connect")
def durable(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/hooks/tradingview/{token}")
async def receive(request: Request, token: str) -> dict[str, str]:  # noqa: ARG001
    body = await request.body()
    async with engine.begin() as connection:
        await connection.execute(insert(Alert), {"body": body})
        await connection.execute(insert(Event), {"kind": "alert.received"})
    return {"status": "accepted"}
