"""The outbox: which thread has yet to be told what. Rows are only added, and marked once Slack has confirmed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from tortoise.expressions import F

from server.clock import new_id, now_ms
from server.slack.stamps import Place
from server.store.tables import SlackMessage, SlackThread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server.store.store import Store, Work

NOTICE = "notice"
MOST_TOLD = 80  # events in one message; as many lines as fit one, mostly
OFF = 3_600  # seconds by which Slack's clock may differ from ours, at most
FIELDS = ("key", "kind", "channel", "parent", "ts", "picture", "pictured", "shown", "due", "opened")


class Thread(Struct, frozen=True):
    """A thread as it stands; see ``tables.SlackThread``."""

    key: str
    kind: str
    channel: str
    parent: str | None = None
    ts: str | None = None
    picture: str | None = None
    pictured: str | None = None
    shown: int = 0
    due: int = 0
    opened: int = 0

    @property
    def rooted(self) -> bool:
        """Whether it has a root; notices stand in the channel itself."""
        return self.kind != NOTICE

    @property
    def place(self) -> Place:
        """Where its replies go."""
        return Place(self.channel, self.parent or self.ts)

    @property
    def place_of_root(self) -> Place:
        """Where its root goes."""
        return Place(self.channel, self.parent)


async def open_thread(work: Work, thread: Thread) -> None:
    """Note a thread, unless it is noted already."""
    row = SlackThread(**{name: getattr(thread, name) for name in FIELDS} | {"opened": now_ms()})
    await SlackThread.bulk_create([row], ignore_conflicts=True, using_db=work.connection)


async def put(work: Work, told: Iterable[tuple[str, int]]) -> None:
    """Note what (thread, event) has to be told; noted already, it stays as it is."""
    rows = [SlackMessage(id=new_id("msg"), thread=key, seq=seq) for key, seq in told]
    if rows:
        await SlackMessage.bulk_create(rows, ignore_conflicts=True, using_db=work.connection)


async def make_due(work: Work, due: dict[str, int]) -> None:
    """Note up to which event each thread's root has something new to show."""
    for key, seq in due.items():
        await SlackThread.filter(key=key, due__lt=seq).using_db(work.connection).update(due=seq)


async def thread_of(key: str) -> Thread | None:
    """A thread; None where there is none."""
    row = await SlackThread.get_or_none(key=key)
    return Thread(**{name: getattr(row, name) for name in FIELDS}) if row else None


async def unfinished() -> list[str]:
    """The keys of threads that have something to send, those that wait longest first."""
    waiting = await SlackMessage.filter(ts=None, refused=None).order_by("seq").values_list("thread", flat=True)
    unsent = await SlackThread.filter(ts=None).exclude(kind=NOTICE).values_list("key", flat=True)
    return list(dict.fromkeys([*map(str, waiting), *map(str, unsent)]))


async def behind() -> list[str]:
    """The keys of threads whose root has something new to show."""
    roots = SlackThread.exclude(ts=None).filter(due__gt=F("shown"))
    return [str(key) for key in await roots.values_list("key", flat=True)]


async def waiting(key: str) -> list[int]:
    """The numbers of the next events that a thread is to be told, in order."""
    rows = await SlackMessage.filter(thread=key, ts=None, refused=None).order_by("seq").limit(MOST_TOLD)
    return [row.seq for row in rows]


async def searched_from(thread: Thread) -> str:
    """The ts after which whatever was sent to a thread without our knowing has to stand."""
    opened = f"{max(0, thread.opened // 1000 - OFF)}.000000"
    told = SlackMessage.filter(thread=thread.key).exclude(ts=None).order_by("-seq").limit(1)
    rows = await told.values_list("ts", flat=True)
    return max(opened, str(rows[0])) if rows else opened


async def depth() -> int:
    """How many events wait to be told."""
    return await SlackMessage.filter(ts=None, refused=None).count()


async def oldest() -> int | None:
    """The number of the first event that waits to be told."""
    rows = await SlackMessage.filter(ts=None, refused=None).order_by("seq").limit(1).values_list("seq", flat=True)
    return int(str(rows[0])) if rows else None


async def confirm(store: Store, key: str, told: Sequence[int], ts: str, unpictured: str = "") -> None:
    """These events were told in that message; ``unpictured`` is why it has no picture, which the log keeps."""
    async with store.write() as work:
        rows = SlackMessage.filter(thread=key, seq__in=list(told)).using_db(work.connection)
        await rows.update(ts=ts)
        _record_unpictured(work, key, told, unpictured)


async def confirm_between(store: Store, key: str, ends: tuple[int, int], ts: str) -> None:
    """What a thread was to be told between these events, both included, was told in that message."""
    async with store.write() as work:
        rows = SlackMessage.filter(thread=key, seq__gte=ends[0], seq__lte=ends[1], ts=None, refused=None)
        await rows.using_db(work.connection).update(ts=ts)


async def refuse(store: Store, key: str, told: Sequence[int], why: str) -> None:
    """Slack takes these in no form: they are not tried again, and the log says why."""
    async with store.write() as work:
        rows = SlackMessage.filter(thread=key, seq__in=list(told)).using_db(work.connection)
        await rows.update(refused=why)
        work.record("chat.refused", key, {"events": list(told), "reason": why})


async def confirm_root(store: Store, thread: Thread, unpictured: str = "") -> None:
    """The root of a thread stands, and what it shows; ``unpictured`` as in ``confirm``."""
    async with store.write() as work:
        rows = SlackThread.filter(key=thread.key).using_db(work.connection)
        await rows.update(ts=thread.ts, picture=thread.picture, pictured=thread.pictured, shown=thread.shown)
        _record_unpictured(work, thread.key, (), unpictured)


def _record_unpictured(work: Work, key: str, told: Sequence[int], why: str) -> None:
    if why:
        work.record("chat.unpictured", key, {"events": list(told), "reason": why})


async def uproot(store: Store, key: str) -> None:
    """Somebody deleted the root of a thread: it needs another."""
    async with store.write() as work:
        await SlackThread.filter(key=key).using_db(work.connection).update(ts=None)
