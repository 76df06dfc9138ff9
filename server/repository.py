"""The strategy repository: each frozen version a commit, each decision an empty one, in git without a git program.

A bare repository that is written from the event log. Every commit names the event it stands for (``Event:``), and
commits follow the log's order: so the branch itself says how far it is, and a kill between the log and the commit
neither loses nor repeats one. The same log gives the same commit ids.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from dulwich.errors import NotGitRepository
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from server.store.events import event_at, read_on
from server.strategies import version_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from server.store.events import EventRow
    from server.store.store import Store

BRANCH = Ref(b"refs/heads/main")
KINDS = ("strategy.proposed", "strategy.edited", "strategy.decided")
US = b"Drawbridge <>"
FOLDER = b"strategies"
FILE = 0o100644
DIRECTORY = 0o040000
PACE = 0.1  # seconds between two looks at a growing log


Kind = TypeVar("Kind", bound=ShaFile)


class BadRepository(RuntimeError):
    """The repository was changed in a way that it cannot go on from."""


class Repository:
    """One bare git repository, of which this process is the only writer."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> None:
        """Make it if it is new, and take away locks that a killed writer left."""
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            repo = Repo(str(self.path))
        except NotGitRepository:
            repo = Repo.init_bare(str(self.path), default_branch=b"main")
        repo.close()
        for lock in self.path.rglob("*.lock"):
            lock.unlink(missing_ok=True)

    def last_event(self) -> tuple[int, str]:
        """Number of the newest event that has its commit, and the commit's message; 0 in an empty repository."""
        with Repo(str(self.path)) as repo:
            head = _head(repo)
            while head is not None:
                commit = _read(repo, head, Commit)
                number = _event_of(commit.message)
                if number is not None:
                    return number, commit.message.decode("utf-8", "replace")
                head = commit.parents[0] if commit.parents else None  # somebody else's commit: look below it
        return 0, ""

    def commit(self, event: EventRow, artifact: bytes | None) -> None:
        """Add the commit of one event: with the version's file, or empty where ``artifact`` is None."""
        durable = DiskObjectStore(str(self.path / "objects"), fsync_object_files=True)
        with Repo(str(self.path), object_store=durable) as repo:
            head = _head(repo)
            tree = _read(repo, _read(repo, head, Commit).tree, Tree) if head else Tree()
            if artifact is not None:
                tree = _with_file(repo, tree, f"{event.subject}.yaml".encode(), artifact)
            repo.object_store.add_object(tree)
            commit = _commit(event, tree, head)
            repo.object_store.add_object(commit)
            refs = repo.refs
            done = refs.set_if_equals(BRANCH, head, commit.id) if head else refs.add_if_new(BRANCH, commit.id)
            if not done:
                msg = "somebody else wrote the strategy repository meanwhile; only one server may"
                raise BadRepository(msg)


def _head(repo: Repo) -> ObjectID | None:
    head = repo.refs.read_ref(BRANCH)
    return ObjectID(head) if head else None


def _read(repo: Repo, name: ObjectID, kind: type[Kind]) -> Kind:
    found = repo[name]
    if not isinstance(found, kind):
        msg = f"{name.decode()} in the strategy repository is no {kind.__name__.lower()}"
        raise BadRepository(msg)
    return found


def _with_file(repo: Repo, root: Tree, name: bytes, content: bytes) -> Tree:
    """The root with one file of the strategies' folder added or replaced."""
    blob = Blob.from_string(content)
    folder = _read(repo, root[FOLDER][1], Tree) if FOLDER in root else Tree()
    folder.add(name, FILE, blob.id)
    root.add(FOLDER, DIRECTORY, folder.id)
    for one in (blob, folder):
        repo.object_store.add_object(one)
    return root


def _commit(event: EventRow, tree: Tree, parent: ObjectID | None) -> Commit:
    commit = Commit()
    commit.tree = tree.id
    commit.parents = [parent] if parent else []
    commit.author = f"{event.person} <>".encode() if event.person else US
    commit.committer = US
    commit.author_time = commit.commit_time = event.at // 1000
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message_of(event).encode()
    return commit


def message_of(event: EventRow) -> str:
    """The commit's message: what happened, and trailers that a program reads."""
    data = event.data
    match event.kind:
        case "strategy.decided":
            word = "Approve" if data["decision"] == "approve" else "Reject"
            title = f"{word} {event.subject} for {data['for']}"
        case "strategy.edited":
            title = f"Edit {event.subject}: version {data['version']}"
        case _:
            title = f"Propose {event.subject}: version {data['version']}"
    trailers = {
        "Strategy": event.subject,
        "Digest": data["digest"],
        "Decision": data.get("decision"),
        "For": data.get("for"),
        "Person": event.person,
        "Event": event.seq,
    }
    lines = [f"{name}: {value}" for name, value in trailers.items() if value is not None]
    return "\n".join([title, "", *lines]) + "\n"


def _event_of(message: bytes) -> int | None:
    for line in reversed(message.decode("utf-8", "replace").splitlines()):
        name, _, value = line.partition(": ")
        if name == "Event" and value.isdecimal():
            return int(value)
    return None


async def keep_repository(store: Store, repository: Repository) -> None:
    """Commit what the event log has and the repository has not, and go on as the log grows."""
    await asyncio.to_thread(repository.open)
    seq = await place_of(repository)
    while True:
        seen = store.last_seq
        while page := await read_on(store, seq, kinds=KINDS):
            for event in page:
                await _commit_event(repository, event)
                seq = event.seq
        await _growth(store, seen)


async def place_of(repository: Repository) -> int:
    """The event that the repository has come to; raises BadRepository where it was written from another log."""
    seq, message = await asyncio.to_thread(repository.last_event)
    event = await event_at(seq) if seq else None
    if seq and (event is None or event.kind not in KINDS or message_of(event) != message):
        msg = (
            f"the strategy repository {repository.path} was written from another database; give this one a folder of "
            "its own with DRAWBRIDGE_STRATEGY_REPO, or move that one away, and it is written anew"
        )
        raise BadRepository(msg)
    return seq


async def _commit_event(repository: Repository, event: EventRow) -> None:
    decided = event.kind == "strategy.decided"
    artifact = None if decided else await version_bytes(event.subject, event.data["version"])
    await asyncio.to_thread(repository.commit, event, artifact)


async def _growth(store: Store, seen: int) -> None:
    """Wait for events past ``seen``, and a little longer: a storm of webhooks is not asked about one by one."""
    async with store.changed:
        await store.changed.wait_for(lambda: store.last_seq > seen)
    await asyncio.sleep(PACE)
