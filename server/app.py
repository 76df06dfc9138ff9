"""The composition root: every adapter is built here, and nowhere else.

``build`` makes the parts, ``given`` hands them to the doors, ``alive`` opens the store and starts what works beside the
doors.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from server import logs
from server.access.guards import Guard
from server.accounts import Accounts, accounts_of, paper_terms
from server.approvals import Rules
from server.broadcast import Broadcast
from server.brokers import Brokers
from server.credentials import sealed_credentials
from server.custom.box import shown_of
from server.doors.accounts import ACCOUNT_DOORS
from server.doors.alerts import ALERT_DOORS
from server.doors.events import EVENT_DOORS
from server.doors.exports import EXPORT_DOORS
from server.doors.gate import Gate
from server.doors.health import HEALTH_DOORS
from server.doors.hook_schema import describe_hooks
from server.doors.hooks import with_hooks
from server.doors.inbox import INBOX_DOORS
from server.doors.kill import KILL_DOORS
from server.doors.pictures import PICTURE_DOORS
from server.doors.schema import openapi
from server.doors.strategies import STRATEGY_DOORS
from server.executor import Executor
from server.expiry import expire_proposals
from server.exports import Terms
from server.feeds import accesses_of, close_feeds, feeds_of, tell_corrections
from server.gallery import Gallery
from server.ingest.committer import Committer
from server.ingest.hooks import Hooks
from server.live import Live
from server.metrics import Metrics
from server.problems import answer
from server.repository import Repository, keep_repository
from server.settings import BadSettings, Settings, read_settings
from server.starting import Limits
from server.store.store import Store
from server.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from litestar.types import ControllerRouterHandler

    from execution.feeds.registry import Registry

INBOX = Path(__file__).parent / "inbox"
MAX_BODY = 64 * 1024  # of what doors other than exports and webhooks take
DOORS: list[ControllerRouterHandler] = [
    *HEALTH_DOORS,
    *EXPORT_DOORS,
    *STRATEGY_DOORS,
    *ACCOUNT_DOORS,
    *KILL_DOORS,
    *ALERT_DOORS,
    *EVENT_DOORS,
    *INBOX_DOORS,
    *PICTURE_DOORS,
]


class Parts(NamedTuple):
    """What a server is made of."""

    settings: Settings
    accounts: Accounts
    metrics: Metrics
    store: Store
    tasks: Tasks
    broadcast: Broadcast
    committer: Committer
    gallery: Gallery
    feeds: Registry
    executor: Executor
    brokers: Brokers
    repository: Repository


def create_app(settings: Settings | None = None) -> Litestar:
    """The application; raises BadSettings where it has to read the settings itself and cannot."""
    settings = settings or read_settings()
    logs.configure()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = build(settings)
    app = Litestar(
        route_handlers=[*DOORS, create_static_files_router("/static", [INBOX / "static"], include_in_schema=False)],
        middleware=[Guard()],
        exception_handlers={Exception: answer},
        lifespan=[lambda _: alive(parts)],
        state=State({"store": parts.store}),
        dependencies=given(parts),
        cors_config=_cors(settings),
        openapi_config=openapi(),
        template_config=TemplateConfig(directory=INBOX / "templates", engine=JinjaTemplateEngine),
        request_max_body_size=MAX_BODY,
        logging_config=None,
    )
    describe_hooks(app)
    gate = Gate(app.asgi_handler, settings.hosts, frozenset(settings.cors_origins), parts.metrics)
    app.asgi_handler = with_hooks(gate, Hooks(), parts.committer)
    app.state.gate = gate
    return app


def build(settings: Settings) -> Parts:
    """Every adapter, made but not started; raises BadSettings."""
    if settings.custom_nodes and (shown := shown_of(settings.private)) is not None:
        msg = f"DRAWBRIDGE_CUSTOM_NODES cannot be used: {shown}"
        raise BadSettings(msg)
    metrics = Metrics()
    store = Store(settings.database)
    feeds = feeds_of(settings)
    metrics.watch(feeds)
    committer = Committer(store, settings.queue_limit)
    metrics.waiting.set_function(lambda: committer.depth)
    metrics.last_event.set_function(lambda: store.last_seq)
    brokers = Brokers(sealed_credentials, accesses_of(settings))
    accounts = accounts_of(settings)
    limits = Limits(
        terms=paper_terms(settings),
        max_open=settings.max_open_strategies,
        quorum=settings.quorum,
        live=live_of(settings),
        custom_nodes=settings.custom_nodes,
        accounts=accounts,
    )
    return Parts(
        settings=settings,
        accounts=accounts,
        metrics=metrics,
        store=store,
        tasks=Tasks(metrics),
        broadcast=Broadcast(store),
        committer=committer,
        gallery=Gallery(settings.data_dir / "pictures"),
        feeds=feeds,
        executor=Executor(store, feeds, limits, brokers),
        brokers=brokers,
        repository=Repository(settings.repository),
    )


@asynccontextmanager
async def alive(parts: Parts) -> AsyncIterator[None]:
    """Open the store and start what works beside the doors; ends what was started, in the other order."""
    store = parts.store
    async with AsyncExitStack() as started:
        await store.open()
        started.push_async_callback(store.close)
        await parts.gallery.start()
        started.push_async_callback(parts.gallery.stop)
        started.push_async_callback(close_feeds, parts.feeds)
        started.push_async_callback(parts.tasks.stop)
        parts.tasks.start("expiry", lambda: expire_proposals(store))
        parts.tasks.start("brokers", parts.brokers.run)
        parts.tasks.start("executor", parts.executor.run)
        parts.tasks.start("corrections", lambda: tell_corrections(store, parts.feeds))
        parts.tasks.start("repository", lambda: keep_repository(store, parts.repository))
        await parts.committer.start()
        started.push_async_callback(parts.committer.stop)
        await parts.broadcast.start()
        started.push_async_callback(parts.broadcast.stop)
        yield


def live_of(settings: Settings) -> Live:
    """What may trade at exchanges."""
    return Live(settings.live, frozenset(settings.exchanges), settings.live_cash)


def given(parts: Parts) -> dict[str, Provide]:
    """What handlers may ask for, by the name of their argument."""
    settings = parts.settings
    return {
        "store": _given(parts.store),
        "settings": _given(settings),
        "terms": _given(Terms(settings.risk_percent, settings.max_exposure, settings.approval_days)),
        "rules": _given(Rules(settings.quorum, live_of(settings), tuple(parts.accounts.paper))),
        "accounts": _given(parts.accounts),
        "metrics_": _given(parts.metrics),
        "tasks": _given(parts.tasks),
        "broadcast": _given(parts.broadcast),
        "gallery": _given(parts.gallery),
        "feeds": _given(parts.feeds),
    }


def _given(part: Any) -> Provide:
    give: Callable[[], Any] = lambda: part  # noqa: E731
    return Provide(give, sync_to_thread=False)


def _cors(settings: Settings) -> CORSConfig | None:
    """An exact list of origins, never a wildcard, never credentials."""
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
        allow_credentials=False,
    )
