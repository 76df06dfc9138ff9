"""``/api/accounts``: how the accounts stand, and their ledgers."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from server.access.guards import requires
from server.doors.given import TheAccounts, problems
from server.standings import AccountStanding, LedgerPage, ledger_page, standings

MOST = 2**62  # a number every database takes


class AccountList(Struct, frozen=True):
    """Every account that is set up or was ever traded on."""

    accounts: list[AccountStanding]


@get(
    "/api/accounts",
    guards=[requires("view")],
    responses=problems(),
    summary="List accounts",
    operation_id="listAccounts",
)
async def list_accounts(accounts: TheAccounts) -> AccountList:
    """Equity, profit and open positions of every account, after the last bar that each of its runs heard."""
    return AccountList(await standings(accounts))


@get(
    "/api/accounts/{name:str}",
    guards=[requires("view")],
    responses=problems(404),
    summary="Read an account's ledger",
    operation_id="readAccount",
)
async def read_account(
    accounts: TheAccounts,
    name: FromPath[str],
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
    cursor: Annotated[int | None, QueryParameter(ge=1, le=MOST)] = None,
) -> LedgerPage:
    """How an account stands, and its ledger's rows, the newest first."""
    return await ledger_page(accounts, name, limit, cursor)


ACCOUNT_DOORS = [list_accounts, read_account]
