"""What commands do to the store, beside a server that may be running; and running that server.

Loaded by the commands that need it only: the libraries behind it take longer to load than `verify` takes in all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from server import (
    accounts,
    credentials,
    histories,
    kill,
    ledger,
    peaks,
    place,
    runs,
    sealing,
    standings,
    strategies,
)
from server.access import sessions, tokens
from server.cli.errors import BadInput
from server.settings import Settings, read_settings
from server.store.schema import BadDatabaseUrl
from server.store.store import Store, StoreUnavailable, Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from execution.entries import Began
    from execution.journal import Line
    from server.findings import Finding
    from server.ledger import Written
    from server.serve import Ready
    from server.standings import AccountStanding
    from spec.bars import Bars
    from spec.strategy import Artifact

T = TypeVar("T")
PLAIN = (
    BadDatabaseUrl,
    credentials.BadCredential,
    sealing.BadKey,
    place.CannotServe,
    tokens.BadName,
    tokens.UnknownToken,
)


def create_token(person: str, scope: str) -> tuple[str, str]:
    """A new token's id and secret; raises BadInput."""
    return _do(lambda work: tokens.create_token(work, person, scope), make=True)


def revoke_token(identity: str) -> None:
    """Revoke a token; raises BadInput."""
    _do(lambda work: tokens.revoke_token(work, identity))


def list_tokens() -> list[tokens.TokenRow]:
    """All tokens; raises BadInput."""
    return _do(lambda _: tokens.list_tokens())


def create_login(person: str) -> str:
    """The secret of a new login link; raises BadInput."""
    return _do(lambda work: sessions.create_login(work, person))


def set_kill(person: str, *, on: bool) -> kill.Kill:
    """Set or clear the kill switch; raises BadInput."""

    async def job(work: Work) -> kill.Kill:
        await tokens.ensure_person(work, person)
        return await (kill.set_kill if on else kill.clear_kill)(work, person)

    return _do(job)


def propose(artifact: Artifact, person: str) -> str:
    """Store a frozen strategy as a proposal of a person; its id on the server. Raises BadInput."""

    async def job(work: Work) -> str:
        await tokens.ensure_person(work, person)
        known = await strategies.with_digest(artifact.digest, work)
        if known is not None:
            msg = f"that version is {known.state} already, as {known.id}"
            raise BadInput(msg)
        days = read_settings().approval_days
        return (await strategies.store_proposal(work, strategies.BY_COMMAND, artifact, person, days)).id

    return _do(job)


def set_credential(name: str, exchange: str, secret: sealing.Secret) -> None:
    """Seal a credential and store it; raises BadInput."""

    async def job(work: Work) -> None:
        settings = read_settings()
        key = sealing.key_of(settings.key_text, settings.key_file, make=True)
        sealed = sealing.seal(key, name, exchange, secret)
        await credentials.set_credential(work, credentials.SealedCredential(name, exchange, sealed))

    _do(job, make=True)


def remove_credential(name: str) -> None:
    """Forget a credential; raises BadInput."""
    _do(lambda work: credentials.remove_credential(work, name))


def list_credentials() -> list[credentials.CredentialRow]:
    """All credentials; raises BadInput."""
    return _do(lambda _: credentials.list_credentials())


def read_ledger(account: str | None, strategy: str | None, limit: int) -> tuple[list[AccountStanding], list[Written]]:
    """How the accounts stand, or the one named, and the newest rows, the newest first; raises BadInput."""

    async def job(_: Work) -> tuple[list[AccountStanding], list[Written]]:
        standing = await standings.standings(accounts.accounts_of(read_settings()))
        known = [one.name for one in standing]
        if account is not None and account not in known:
            msg = f"there is no account {account[:40]}; there are {', '.join(known)}"
            raise BadInput(msg)
        if strategy is not None and not await strategies.names_of({strategy}):
            msg = f"there is no strategy {strategy[:40]}; the inbox and /api/strategies list them"
            raise BadInput(msg)
        wanted = [one for one in standing if account in {None, one.name}]
        return wanted, await ledger.ledger_rows(account, strategy, limit, None)

    return _do(job)


def reset_peak(account: str, person: str) -> list[peaks.Reset]:
    """Take an account's equity as its peak; raises BadInput."""

    async def job(work: Work) -> list[peaks.Reset]:
        await tokens.ensure_person(work, person)
        found = await peaks.reset_peak(work, account, person)
        if not found:
            msg = f"nothing was ever traded on an account {account[:48]}; `drawbridge ledger` lists them"
            raise BadInput(msg)
        return found

    return _do(job)


def check_credential_name(name: str) -> None:
    """Raises BadInput for a name that no credential can have."""
    with _plainly():
        credentials.check_name(name)


def read_run(run: str) -> tuple[Line, ...]:
    """Both logs of a run, none where there is no such run or no store; raises BadInput."""
    return () if not _has_store(read_settings()) else _do(lambda _: runs.lines_of(run))


def read_version(strategy: str, digest: str) -> bytes | None:
    """The artifact of a strategy's version, None where there is no store; raises BadInput."""
    return None if not _has_store(read_settings()) else _do(lambda _: strategies.version_of(strategy, digest))


def read_history(began: Began) -> Bars | None:
    """The bars before a run, None where they or the store are not there; raises BadInput and BrokenChain."""
    return None if not _has_store(read_settings()) else _do(lambda _: histories.kept(began))


def run_server(settings: Settings, person: str, ready: Ready) -> None:
    """Serve until interrupted; raises BadInput."""
    from server import serve  # noqa: PLC0415 - the server's own libraries take half a second

    with _plainly():
        serve.serve(settings, person, ready)


def examine(settings: Settings) -> list[Finding]:
    """Everything that the doctor looks at; raises BadInput."""
    from server import doctor  # noqa: PLC0415 - it knows every room of the server

    serving = place.address_of(settings.data_dir)

    async def all_of_it() -> list[Finding]:
        return [finding async for finding in doctor.examine(settings, serving)]

    with _plainly():
        return asyncio.run(all_of_it())


def _do(job: Callable[[Work], Awaitable[T]], *, make: bool = False) -> T:
    with _plainly():
        return asyncio.run(_in_store(job, make=make))


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except PLAIN as error:
        raise BadInput(str(error)) from None
    except StoreUnavailable as error:
        msg = f"the database cannot be used ({error}); is it running, and is DRAWBRIDGE_DATABASE_URL right?"
        raise BadInput(msg) from None


def where() -> str:
    """Which store the command worked on, and whether a server works on it."""
    settings = read_settings()
    at = place.address_of(settings.data_dir)
    return f"in {settings.data_dir.absolute()}, where {f'{at} serves' if at else 'no server works now'}"


def base() -> str:
    """The address of the server on this folder, or the one that the settings would give it."""
    settings = read_settings()
    return place.address_of(settings.data_dir) or place.address(settings.host, settings.port)


def _has_store(settings: Settings) -> bool:
    path = settings.database.partition("://")[2]
    return not settings.database.startswith("sqlite://") or Path(path).exists()


def _check_store(settings: Settings) -> None:
    """Raise BadInput where there is no store yet: reading and switching make none."""
    path = settings.database.partition("://")[2]
    if not _has_store(settings):
        msg = f"there is no store at {path}; go to the server's folder, or set DRAWBRIDGE_DATA_DIR as the server has it"
        raise BadInput(msg)


async def _in_store(job: Callable[[Work], Awaitable[T]], *, make: bool) -> T:
    settings = read_settings()
    place.make_folder(settings.data_dir) if make else _check_store(settings)
    store = Store(settings.database)
    await store.open()
    try:
        async with store.write() as work:
            return await job(work)
    finally:
        await store.close()
