"""Rights are checked again at every start: the artifact's bytes, the approvals, the people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from execution.journal import verify
from server.access.sessions import create_login, use_login
from server.access.tokens import create_token, revoke_token
from server.access.who import Who
from server.approvals import Rules, decide
from server.editing import Edit, edit
from server.executor import Limits
from server.rights import NotEntitled, entitled
from server.runs import last_run, lines_of
from server.store.tables import Cursor, Decision, Entry, Session, Strategy, Version
from server.strategies import move
from spec.artifact import write
from tests.server.executor.executing import (
    TERMS,
    approved,
    executing,
    frozen,
    opened,
    proposed,
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


def test_a_run_goes_on_by_the_approvals_of_its_own_version_whatever_was_edited_since(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            artifact = frozen(trading(), proposer="ann")
            identity = await proposed(store, artifact, "ann")
            for person in ("bob", "cat"):
                who = Who(person, frozenset({"approve"}))
                await decide(store, Rules(2), who, (identity, artifact.digest, "approve", "paper"))
            row = await Strategy.get(id=identity)
            assert (await entitled(row, artifact.digest, 2)).digest == artifact.digest
            async with store.write() as work:
                await move(work, identity, "stop", "ann")
            edited = await edit(store, identity, Edit(artifact.digest, risk_percent=0.5), "bob", 7.0)
            row = await Strategy.get(id=identity)
            assert (row.proposer, row.approved_for) == ("bob", None)
            assert (await entitled(row, artifact.digest, 2)).digest == artifact.digest
            with pytest.raises(NotEntitled, match="it is not approved"):
                await entitled(row, edited.digest, 2)

    asyncio.run(scenario())


def test_a_session_that_ran_out_is_no_right(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            artifact = frozen(trading())
            identity = await approved(store, artifact)
            async with store.write() as work:
                token, _ = await create_token(work, "ann", "approve")
                login = await use_login(work, await create_login(work, "ann"))
                await revoke_token(work, token)
            assert login is not None
            row = await Strategy.get(id=identity)
            assert (await entitled(row, artifact.digest, 1)).digest == artifact.digest
            await Session.all().update(expires_at=1)
            with pytest.raises(NotEntitled, match="0 count"):
                await entitled(row, artifact.digest, 1)

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
