"""The strategy repository: a commit for each version and each decision, none lost and none twice."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from dulwich.objects import Blob, Commit, Tree
from dulwich.repo import Repo

from server.repository import BRANCH, KINDS, BadRepository, Repository, keep_repository, message_of
from server.store.store import Store
from server.strategies import version_bytes
from spec.artifact import read
from tests.server.doors.test_approvals import decide
from tests.server.doors.test_strategies import edit
from tests.server.house import House, opened

if TYPE_CHECKING:
    from pathlib import Path

    from server.store.events import EventRow

pytestmark = pytest.mark.anyio


def commits(path: Path) -> list[Commit]:
    """Every commit of the branch, the oldest first."""
    with Repo(str(path)) as repo:
        head: Any = repo.refs.read_ref(BRANCH)
        found: list[Any] = [entry.commit for entry in repo.get_walker([head])] if head else []
    return found[::-1]


def files(path: Path, commit: Commit) -> dict[str, bytes]:
    """The files of the strategies' folder in a commit."""
    with Repo(str(path)) as repo:
        root: Any = repo[commit.tree]
        folder: Any = repo[root[b"strategies"][1]]
        assert isinstance(root, Tree)
        blobs: list[tuple[bytes, Any]] = [(item.path, repo[item.sha]) for item in folder.items()]
    assert all(isinstance(blob, Blob) for _, blob in blobs)
    return {name.decode(): blob.data for name, blob in blobs}


async def written(house: House, path: Path | None = None) -> list[Commit]:
    """The commits, once there is one for each event that wants one."""
    wanted = len(await house.events(*KINDS))
    found: list[Commit] = []
    for _ in range(1000):
        found = await asyncio.to_thread(commits, path or house.data / "strategies")
        if len(found) >= wanted:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(found)} commits for {wanted} events")


async def history(house: House) -> dict[str, Any]:
    """A strategy proposed by ann, rejected by bob, edited and approved by cat."""
    one = await house.proposed("ann")
    await decide(house, one, "bob", decision="reject")
    _, made = await edit(house, one, "cat", risk_percent=0.5)
    await decide(house, one, "cat", digest=made["digest"])
    return {**one, "edited": made["digest"]}


async def test_each_version_and_each_decision_is_a_commit_with_trailers(house: House) -> None:
    one = await history(house)
    mine = [each for each in await written(house) if one["id"].encode() in each.message]
    assert [each.message.decode().splitlines()[0] for each in mine] == [
        f"Propose {one['id']}: version 1",
        f"Reject {one['id']} for paper",
        f"Edit {one['id']}: version 2",
        f"Approve {one['id']} for paper",
    ]
    trailers = dict(line.split(": ", 1) for line in mine[-1].message.decode().splitlines()[2:])
    number = trailers.pop("Event")
    assert trailers == {
        "Strategy": one["id"],
        "Digest": one["edited"],
        "Decision": "approve",
        "For": "paper",
        "Person": "cat",
    }
    assert int(number) == (await house.events("strategy.decided"))[-1].seq
    assert [each.author for each in mine] == [b"ann <>", b"bob <>", b"cat <>", b"cat <>"]


async def test_a_version_is_the_artifact_byte_for_byte_and_a_decision_changes_no_file(house: House) -> None:
    one = await history(house)
    path = house.data / "strategies"
    every = await written(house)
    last = files(path, every[-1])
    assert last[f"{one['id']}.yaml"] == await version_bytes(one["id"], 2)
    assert read(last[f"{one['id']}.yaml"]).digest == one["edited"]
    for before, after in pairwise(every):
        assert (before.tree == after.tree) == (b"Decision: " in after.message)


async def test_what_a_killed_writer_left_out_is_added_and_nothing_is_repeated(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        await history(house)
        every = [each.id for each in await written(house)]
        events = await house.events(*KINDS)
        artifacts = [await artifact_of(event) for event in events]
    for done in range(len(events) + 1):
        killed = Repository(tmp_path / f"killed-after-{done}")
        killed.open()
        for event, artifact in zip(events[:done], artifacts, strict=False):
            killed.commit(event, artifact)
        for place in (
            "refs/heads/main.lock",
            "HEAD.lock",
            f"objects/{every[-1].decode()[:2]}/{every[-1].decode()[2:]}.lock",
        ):
            lock = killed.path / place  # as a kill between lock and rename leaves it
            lock.parent.mkdir(exist_ok=True)
            lock.touch()
        async with opened(tmp_path, strategy_repo=killed.path) as house:
            await written(house, killed.path)
        assert [each.id for each in commits(killed.path)] == every


async def artifact_of(event: EventRow) -> bytes | None:
    return None if event.kind == "strategy.decided" else await version_bytes(event.subject, event.data["version"])


async def test_a_repository_goes_on_above_somebody_elses_commit(house: House) -> None:
    await house.proposed()
    path = house.data / "strategies"
    before = await written(house)
    with Repo(str(path)) as repo:
        foreign: Any = before[-1].copy()
        foreign.message, foreign.parents = b"A note of our own\n", [before[-1].id]
        repo.object_store.add_object(foreign)
        repo.refs[BRANCH] = foreign.id
    assert Repository(path).last_event()[0] == (await house.events(*KINDS))[-1].seq
    await house.proposed()
    after = commits(path)
    for _ in range(100):
        if len(after) == 5:
            break
        await asyncio.sleep(0.02)
        after = commits(path)
    assert [each.id for each in after[:3]] == [before[0].id, before[1].id, foreign.id]
    assert len(after) == 5


async def test_a_repository_of_another_database_is_left_alone_and_said_so(house: House, tmp_path: Path) -> None:
    await house.proposed()
    path = house.data / "strategies"
    before = [each.id for each in await written(house)]
    await house.store.close()
    other = Store(f"sqlite://{tmp_path / 'other.db'}")
    await other.open()
    async with other.write() as work:
        for number in range(100):
            work.record("kill.set", f"s{number}", {})
    with pytest.raises(BadRepository, match="was written from another database"):
        await keep_repository(other, Repository(path))
    await other.close()
    assert [each.id for each in commits(path)] == before


async def test_a_message_is_one_line_and_its_trailers(house: House) -> None:
    await house.proposed("ann")
    event = (await house.events("strategy.proposed"))[0]
    title, blank, *rest = message_of(event).splitlines()
    assert (title, blank) == (f"Propose {event.subject}: version 1", "")
    assert rest == [
        f"Strategy: {event.subject}",
        f"Digest: {event.data['digest']}",
        "Person: ann",
        f"Event: {event.seq}",
    ]
