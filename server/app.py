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
from server.backtests import Backtests
from server.broadcast import Broadcast
from server.brokers import Brokers
from server.chat import keep_telling
from server.credentials import sealed_credentials
from server.custom.box import shown_of
from server.doors.accounts import ACCOUNT_DOORS
from server.doors.alerts import ALERT_DOORS
from server.doors.events import EVENT_DOORS
from server.doors.exports import EXPORT_DOORS
from server.doors.gate import Gate
from server.doors.health import HEALTH_DOORS
from server.doors.hooks import with_hooks
from server.doors.inbox import INBOX_DOORS
from server.doors.kill import KILL_DOORS
from server.doors.pictures import PICTURE_DOORS
from server.doors.schema import openapi
from server.doors.slack import SLACK_DOORS
from server.doors.strategies import STRATEGY_DOORS
from server.executor import Executor
from server.expiry import expire_proposals
from server.exports import Terms
from server.feeds import accesses_of, close_feeds, feeds_of, tell_corrections
from server.gallery import Gallery
from server.inbox.pages import Sources
from server.ingest.committer import Committer
from server.ingest.hooks import Hooks
from server.live import Live
from server.metrics import Metrics
from server.problems import answer
from server.repository import Repository, keep_repository
from server.review import Reviewing
from server.settings import BadSettings, Settings, read_settings
from server.slack.access import access_of
from server.starting import Limits
from server.store.store import Store
from server.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from litestar.types import ControllerRouterHandler

    from execution.feeds.registry import Registry
    from server.slack.chat import SlackChat

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
    *SLACK_DOORS,
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
    reviewing: Reviewing
    feeds: Registry
    executor: Executor
    brokers: Brokers
    repository: Repository
    chat: SlackChat | None


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
    paper = paper_terms(settings)
    gallery = Gallery(settings.data_dir / "pictures")
    reviewing = Reviewing(Backtests(gallery, feeds, paper), gallery, feeds, settings.theme)
    limits = Limits(
        terms=paper,
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
        gallery=gallery,
        reviewing=reviewing,
        feeds=feeds,
        executor=Executor(store, feeds, limits, brokers),
        brokers=brokers,
        repository=Repository(settings.repository),
        chat=chat_of(settings, store, reviewing),
    )


def chat_of(settings: Settings, store: Store, reviewing: Reviewing) -> SlackChat | None:
    """The chat, where one is set up; its libraries are loaded then only."""
    access = access_of(settings)
    if access is None:
        return None
    from server.slack.workspace import workspace  # noqa: PLC0415 - see above

    return workspace(access, settings, store, (rules_of(settings), terms_of(settings)), reviewing)


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
        if (chat := parts.chat) is not None:
            parts.tasks.start("chat", chat.run)
            parts.tasks.start("telling", lambda: keep_telling(store, chat))
        await parts.committer.start()
        started.push_async_callback(parts.committer.stop)
        await parts.broadcast.start()
        started.push_async_callback(parts.broadcast.stop)
        yield


def live_of(settings: Settings) -> Live:
    """What may trade at exchanges."""
    return Live(settings.live, frozenset(settings.exchanges), settings.live_cash)


def rules_of(settings: Settings) -> Rules:
    """What an approval is held to."""
    return Rules(settings.quorum, live_of(settings), tuple(accounts_of(settings).paper))


def terms_of(settings: Settings) -> Terms:
    """What is frozen with a new strategy."""
    return Terms(settings.risk_percent, settings.max_exposure, settings.approval_days)


def given(parts: Parts) -> dict[str, Provide]:
    """What handlers may ask for, by the name of their argument."""
    settings = parts.settings
    return {
        "store": _given(parts.store),
        "settings": _given(settings),
        "terms": _given(terms_of(settings)),
        "rules": _given(rules_of(settings)),
        "chat": _given(parts.chat),
        "pages": _given(Sources(parts.feeds, parts.accounts, parts.reviewing.backtests, parts.chat)),
        "accounts": _given(parts.accounts),
        "metrics_": _given(parts.metrics),
        "tasks": _given(parts.tasks),
        "broadcast": _given(parts.broadcast),
        "gallery": _given(parts.gallery),
        "backtests": _given(parts.reviewing.backtests),
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
