"""The kill switch: while it is set nothing enters the market. It is a row of the store and survives a restart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from server.clock import now_ms
from server.store.tables import Flag

if TYPE_CHECKING:
    from server.store.store import Work

NAME = "kill"
OFF = "null"


class Kill(Struct, frozen=True):
    """Whether the switch is set, by whom, and since when (UNIX milliseconds)."""

    set: bool
    person: str | None = None
    at: int | None = None


async def kill_switch() -> Kill:
    """How the switch stands."""
    row = await Flag.get_or_none(name=NAME)
    value = json.loads(row.value) if row else None
    return Kill(True, value["person"], value["at"]) if value else Kill(set=False)  # noqa: FBT003


async def set_kill(work: Work, person: str) -> Kill:
    """Set the switch; set already, it stays as it is."""
    row = await Flag.get_or_none(name=NAME, using_db=work.connection)
    if row and row.value != OFF:
        return Kill(True, **json.loads(row.value))  # noqa: FBT003
    value = {"person": person, "at": now_ms()}
    await Flag.update_or_create({"value": json.dumps(value)}, name=NAME, using_db=work.connection)
    work.record("kill.set", NAME, {}, person)
    return Kill(True, person, value["at"])  # type: ignore[arg-type]  # noqa: FBT003


async def clear_kill(work: Work, person: str) -> Kill:
    """Let strategies enter the market again."""
    row = await Flag.get_or_none(name=NAME, using_db=work.connection)
    if row and row.value != OFF:
        await Flag.filter(name=NAME).using_db(work.connection).update(value=OFF)
        work.record("kill.cleared", NAME, {}, person)
    return Kill(set=False)
