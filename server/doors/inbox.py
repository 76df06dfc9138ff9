"""The inbox's doors: pages for people, with a session; every form carries the session's CSRF token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template
from markupsafe import Markup, escape

from server.access.guards import requires, who_asks
from server.access.sessions import COOKIE, SESSION_MS, end_session, is_fresh, use_login
from server.approvals import decide
from server.doors.given import ThePages, TheRules, TheStore, TheTerms
from server.exports import MAX_BYTES, answer, receive_export
from server.inbox.pages import inbox, one_page
from server.kill import clear_kill, set_kill
from server.problems import Problem
from server.problems import answer as told
from server.refused import Refused
from server.strategies import move, strategy_row
from server.words.events import WORDS

if TYPE_CHECKING:
    from server.access.who import Who

SEE_OTHER: Literal[303] = 303
FORM_BYTES = 64 * 1024  # what a form has around a file

KINDS = " ".join(WORDS)  # of the events that change a page


def _page(request: Request[Any, Any, Any], name: str, **values: Any) -> Template:
    who: Who | None = request.scope["state"].get("who")
    token = who.csrf if who and who.csrf else ""
    field = Markup('<input type="hidden" name="csrf_token" value="{}">').format(escape(token))
    return Template(name, context={"csrf": lambda: field, "kinds": KINDS, **values})


def _in_words(request: Request[Any, Any, Any], error: Exception) -> Template:
    """An error as a page: people are not shown problem documents."""
    answer_ = told(request, error)
    problem: Problem = answer_.content
    page = _page(request, "problem.html", problem=problem)
    page.status_code = problem.status
    page.headers = answer_.headers
    return page


@get("/", include_in_schema=False)
async def front(request: Request[Any, Any, Any], pages: ThePages, part: FromQuery[str] = "") -> Template:
    """The inbox; without a session the way to sign in."""
    who: Who | None = request.scope["state"].get("who")
    if who is None or not who.session:
        page = _page(request, "login.html", secret="", message="")
        page.status_code = 401
        return page
    return _page(request, "main.html" if part == "main" else "inbox.html", page=await inbox(pages))


@get("/login/{secret:str}", include_in_schema=False)
async def login_page(request: Request[Any, Any, Any], secret: FromPath[str]) -> Template:
    """A page with a button: a chat that opens links ahead of people must not use the link up."""
    return _page(request, "login.html", secret=secret, message="")


@post("/login", include_in_schema=False)
async def login(request: Request[Any, Any, Any], store: TheStore) -> Response[Any]:
    """Trade a one-time link for a session."""
    secret = str((await request.form()).get("secret", ""))
    session = None
    if await is_fresh(secret):  # whoever has none takes nobody's turn at writing
        async with store.write() as work:
            session = await use_login(work, secret)
    if session is None:
        page = _page(request, "login.html", secret="", message="This link was used or is too old; print a new one.")
        page.status_code = 403
        return page
    answer_ = Redirect("/", status_code=SEE_OTHER)
    answer_.set_cookie(
        COOKIE, session.cookie, max_age=SESSION_MS // 1000, httponly=True, samesite="strict", path="/",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer_


@post("/logout", guards=[requires("view")], include_in_schema=False)
async def logout(request: Request[Any, Any, Any], store: TheStore) -> Redirect:
    """End the session."""
    async with store.write() as work:
        await end_session(work, who_asks(request))
    back = Redirect("/", status_code=SEE_OTHER)
    back.delete_cookie(COOKIE, path="/")
    return back


@get("/strategies/{identity:str}", guards=[requires("view")], include_in_schema=False)
async def strategy_page(
    request: Request[Any, Any, Any], identity: FromPath[str], pages: ThePages, part: FromQuery[str] = ""
) -> Template:
    """One strategy with its rules and what happened."""
    page = await one_page(await strategy_row(identity), pages)
    return _page(request, "one.html" if part == "main" else "strategy.html", page=page)


def _back(path: str = "/") -> Redirect:
    return Redirect(path, status_code=SEE_OTHER)


@post("/inbox/strategies/{identity:str}/decide", guards=[requires("approve")], include_in_schema=False)
async def decide_form(
    request: Request[Any, Any, Any], identity: FromPath[str], store: TheStore, rules: TheRules
) -> Redirect:
    """Approve or reject the digest that the page showed."""
    form = await request.form()
    verdict = form.get("decision")
    if verdict not in {"approve", "reject"}:
        raise Refused(400, "say approve or reject")
    account = str(form.get("account") or "") or None
    await decide(store, rules, who_asks(request), (identity, str(form.get("digest", "")), verdict, "paper"), account)
    return _back(f"/#{identity}")


@post("/inbox/strategies/{identity:str}/move", guards=[requires("approve")], include_in_schema=False)
async def move_form(request: Request[Any, Any, Any], identity: FromPath[str], store: TheStore) -> Redirect:
    """Pause, resume or stop."""
    word = str((await request.form()).get("word", ""))
    if word not in {"pause", "resume", "stop"}:
        raise Refused(400, "say pause, resume or stop")
    async with store.write() as work:
        await move(work, identity, word, who_asks(request).person)
    return _back(f"/#{identity}")


@post(
    "/inbox/exports",
    guards=[requires("export")],
    include_in_schema=False,
    request_max_body_size=MAX_BYTES + FORM_BYTES,
)
async def export_form(request: Request[Any, Any, Any], store: TheStore, terms: TheTerms) -> Redirect:
    """Read an export that was dropped on the page."""
    file = (await request.form()).get("file")
    raw = await file.read() if isinstance(file, UploadFile) else str(file or "").encode()
    await receive_export(store, raw, who_asks(request).person, terms)
    return _back()


@post(
    "/inbox/exports/{identity:str}/answers",
    guards=[requires("export")],
    include_in_schema=False,
    request_max_body_size=MAX_BYTES,
)
async def answers_form(
    request: Request[Any, Any, Any], identity: FromPath[str], store: TheStore, terms: TheTerms
) -> Redirect:
    """Answer an export's questions; a value of one's own counts where one was written."""
    form = await request.form()
    answers: dict[str, str] = {}
    for name, value in form.multi_items():
        if name.startswith("q.") and str(value).strip():
            answers[name.removeprefix("q.").removesuffix(".free")] = str(value).strip()
    await answer(store, identity, answers, who_asks(request).person, terms)
    return _back()


@post("/inbox/kill", guards=[requires("admin")], include_in_schema=False)
async def kill_form(request: Request[Any, Any, Any], store: TheStore) -> Redirect:
    """Set the kill switch."""
    async with store.write() as work:
        await set_kill(work, who_asks(request).person)
    return _back()


@post("/inbox/resume", guards=[requires("admin")], include_in_schema=False)
async def resume_form(request: Request[Any, Any, Any], store: TheStore) -> Redirect:
    """Clear the kill switch."""
    async with store.write() as work:
        await clear_kill(work, who_asks(request).person)
    return _back()


PAGES = [
    front, login_page, login, logout, strategy_page, decide_form, move_form, export_form, answers_form, kill_form,
    resume_form,
]  # fmt: skip
INBOX_DOORS = [Router("/", route_handlers=PAGES, exception_handlers={Exception: _in_words})]
