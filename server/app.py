"""The composition root: every adapter is built here, and nowhere else.

``create_app`` makes the parts and hands them to the doors; the lifespan opens the store, then starts what works beside
the doors, and takes it down in the other order.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from execution.brokers.paper import PaperTerms
from server import logs
from server.access.guards import Guard
from server.approvals import Rules
from server.broadcast import Broadcast
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
from server.doors.strategies import STRATEGY_DOORS
from server.executor import Executor
from server.expiry import expire_proposals
from server.exports import Terms
from server.feeds import feeds_of
from server.gallery import Gallery
from server.ingest.committer import Committer
from server.ingest.hooks import Hooks
from server.metrics import Metrics
from server.noticing import notice_others
from server.problems import answer
from server.repository import Repository, keep_repository
from server.settings import Settings, read_settings
from server.starting import Limits
from server.store.store import Store
from server.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

INBOX = Path(__file__).parent / "inbox"
MAX_BODY = 64 * 1024  # of what doors other than exports and webhooks take


def create_app(settings: Settings | None = None) -> Litestar:
    """The application; raises BadSettings where it has to read the settings itself and cannot."""
    settings = settings or read_settings()
    logs.configure()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    metrics = Metrics()
    store = Store(settings.database)
    repository = Repository(settings.repository)
    tasks = Tasks(metrics)
    broadcast = Broadcast(store)
    committer = Committer(store, settings.queue_limit)
    gallery = Gallery(settings.data_dir / "pictures")
    feeds = feeds_of(settings)
    paper = PaperTerms(settings.paper_cash, settings.paper_fee, settings.paper_slippage_ticks)
    executor = Executor(store, feeds, Limits(paper, settings.max_open_strategies, settings.quorum))

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await store.open()
        # What works beside the doors is started here, in this order.
        tasks.start("notice", lambda: notice_others(store))
        tasks.start("expiry", lambda: expire_proposals(store))
        await broadcast.start()
        await gallery.start()
        await committer.start()
        tasks.start("executor", executor.run)
        tasks.start("repository", lambda: keep_repository(store, repository))
        try:
            yield
        finally:
            await broadcast.stop()
            await committer.stop()
            await tasks.stop()
            await gallery.stop()
            await store.close()

    app = Litestar(
        route_handlers=[
            *HEALTH_DOORS,
            *EXPORT_DOORS,
            *STRATEGY_DOORS,
            *KILL_DOORS,
            *ALERT_DOORS,
            *EVENT_DOORS,
            *INBOX_DOORS,
            *PICTURE_DOORS,
            create_static_files_router("/static", [INBOX / "static"], include_in_schema=False),
            # Further doors are put here by their owners.
        ],
        middleware=[Guard()],
        exception_handlers={Exception: answer},
        lifespan=[lifespan],
        state=State({"store": store}),
        dependencies={
            "store": _given(store),
            "settings": _given(settings),
            "terms": _given(Terms(settings.risk_percent, settings.max_exposure, settings.approval_days)),
            "rules": _given(Rules(settings.quorum)),
            "metrics_": _given(metrics),
            "tasks": _given(tasks),
            "broadcast": _given(broadcast),
            "gallery": _given(gallery),
            "feeds": _given(feeds),
        },
        cors_config=_cors(settings),
        openapi_config=_openapi(),
        template_config=TemplateConfig(directory=INBOX / "templates", engine=JinjaTemplateEngine),
        request_max_body_size=MAX_BODY,
        logging_config=None,
    )
    describe_hooks(app)
    inner = with_hooks(app.asgi_handler, Hooks(), committer)
    app.asgi_handler = gate = Gate(inner, settings.hosts, frozenset(settings.cors_origins), metrics)
    app.state.gate = gate
    return app


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


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Drawbridge",
        version="1",
        description="What is drawn is shown back, approved, watched and traded.",
        path="/schema",
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
    )
