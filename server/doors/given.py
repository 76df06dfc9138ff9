"""What handlers are given, and how their answers are documented."""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import SkipValidation

from execution.feeds.registry import Registry
from server.accounts import Accounts
from server.approvals import Rules
from server.backtests import Backtests
from server.broadcast import Broadcast
from server.chat import HttpChat
from server.exports import Terms
from server.gallery import Gallery
from server.inbox.pages import Sources
from server.metrics import Metrics
from server.problems import MEDIA_TYPE, TITLES, Problem
from server.settings import Settings
from server.store.store import Store
from server.tasks import Tasks

TheStore = NamedDependency[SkipValidation[Store]]
TheAccounts = NamedDependency[SkipValidation[Accounts]]
TheSettings = NamedDependency[SkipValidation[Settings]]
TheBroadcast = NamedDependency[SkipValidation[Broadcast]]
TheGallery = NamedDependency[SkipValidation[Gallery]]
TheBacktests = NamedDependency[SkipValidation[Backtests]]
TheFeeds = NamedDependency[SkipValidation[Registry]]
TheTerms = NamedDependency[SkipValidation[Terms]]
TheRules = NamedDependency[SkipValidation[Rules]]
TheTasks = NamedDependency[SkipValidation[Tasks]]
ThePages = NamedDependency[SkipValidation[Sources]]
TheChat = NamedDependency[SkipValidation[HttpChat | None]]
TheMetrics = NamedDependency[SkipValidation[Metrics]]

ALWAYS = (400, 405, 421, 500, 503)  # what any door may answer
GUARDED = (401, 403)
OPEN: list[dict[str, list[str]]] = [{}]  # in /schema: no token is wanted


def problems(*statuses: int, guarded: bool = True) -> dict[int, ResponseSpec]:
    """The problem documents a handler may answer with, for /schema."""
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=TITLES[status], media_type=MEDIA_TYPE)
        for status in sorted({*ALWAYS, *statuses, *(GUARDED if guarded else ())})
    }
