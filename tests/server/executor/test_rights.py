"""Rights are checked again at every start: the artifact's bytes, the approvals, the people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from execution.journal import verify
from server.access.tokens import create_token, revoke_token
from server.executor import Limits
from server.runs import last_run, lines_of
from server.store.tables import Cursor, Decision, Entry, Strategy, Version
from spec.artifact import write
from tests.server.executor.executing import (
    TERMS,
    approved,
    executing,
    frozen,
    opened,
    trading,
    until,
)
from tests.server.executor.questions import (
    is_in,
    more_bars,
    reason,
)

if TYPE_CHECKING:
    from tortoise.models import Model


def test_an_artifact_that_was_changed_is_refused_with_the_reason(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            artifact = frozen(trading())
            identity = await approved(store, artifact)
            await tamper(identity)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith("its artifact is not the one that was approved: the digest does")
            assert await Entry.all().count() == 0

    asyncio.run(scenario())


async def tamper(identity: str) -> None:
    version = await Version.get(strategy=identity)
    changed = bytes(version.artifact).replace(b"0.095", b"0.096", 1)
    assert changed != bytes(version.artifact)
    await Version.filter(id=version.id).update(artifact=changed)


def test_rights_are_checked_again_when_a_run_goes_on_after_a_restart(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            await tamper(identity)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith("its artifact is not the one that was approved")
            assert await Cursor.filter(name__startswith="run_").count() == 0
            verify(await lines_of(str(await last_run(identity))))

    asyncio.run(scenario())


def test_an_approval_counts_no_more_once_every_token_of_the_person_is_revoked(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            async with store.write() as work:
                token, _ = await create_token(work, "ann", "approve")
            identity = await approved(store, frozen(trading()))
            async with store.write() as work:
                await revoke_token(work, token)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert await reason(identity) == "1 approvals are needed and 0 count; let others approve it"

    asyncio.run(scenario())


def test_the_proposers_approval_does_not_count_where_the_quorum_was_raised_meanwhile(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, limits=Limits(TERMS, quorum=2)):
                await until(lambda: is_in(identity, "stopped"))
            assert await reason(identity) == "2 approvals are needed and 0 count; let others approve it"

    asyncio.run(scenario())


WITHOUT_RIGHTS: dict[str, tuple[type[Model], dict[str, str] | None, str]] = {
    "its version is gone": (Version, None, "there is no version "),
    "its version has other bytes under the same digest": (Version, {"artifact": "other"}, "its artifact has another"),
    "nobody approved it": (Decision, None, "1 approvals are needed and 0 count"),
    "somebody rejected it": (Decision, {"decision": "reject"}, "somebody rejected this version"),
    "it was approved for live": (Strategy, {"approved_for": "live"}, "1 approvals are needed and 0 count"),
    "the word for what it is approved for is gone": (Strategy, {"approved_for": ""}, "it is not approved"),
}


@pytest.mark.parametrize("case", WITHOUT_RIGHTS)
def test_without_the_right_it_does_not_start(sqlite: str, case: str) -> None:
    table, values, beginning = WITHOUT_RIGHTS[case]

    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            if values is None:
                await table.all().delete()
            else:
                changed = {"artifact": write(frozen(trading(0.1)))} if "artifact" in values else values
                await table.all().update(**changed)
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith(beginning)
            assert await Entry.all().count() == 0

    asyncio.run(scenario())
