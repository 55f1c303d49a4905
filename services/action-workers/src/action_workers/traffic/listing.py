"""How accounts stand, for an operator: those that have limits, and those that were ever in trouble."""

from datetime import datetime
from typing import Annotated, Any, Literal

import asyncpg
from chassis.database import Database
from chassis.principals import Caller
from chassis.problems import Problem
from contracts.data import Part
from fastapi import APIRouter, Query

from action_workers.traffic import store
from action_workers.traffic.standing import Standing

FORBIDDEN = 403
Limit = Annotated[int, Query(ge=1, le=1000)]
EXAMPLE = """Shows how accounts at providers stand; for operators, with a token of the deployment's settings.

`after` is the last account of the part before.

    curl -H "Authorization: Bearer $TOKEN" http://worker:8000/v1/accounts
    {"accounts": [{"account": "twilio/main", "state": "closed", "until": "2026-11-22T10:00:32Z",
                   "why": "Twilio answered 503", "failures": 5, "running": 0}]}
"""


class AccountStands(Part):
    """One account: `open`; it asked us to `wait`; `closed` by failures in a row; or a `probe` finds out just now."""

    account: str
    state: Literal["open", "wait", "closed", "probe"]
    until: datetime | None = None
    why: str = ""
    failures: int = 0
    running: int = 0


class AccountsStand(Part):
    """Accounts by their names."""

    accounts: tuple[AccountStands, ...]


def router(database: Database) -> APIRouter:
    """Give the operation."""
    routes = APIRouter(tags=["accounts"])

    @routes.get("/v1/accounts", summary="How accounts stand", description=EXAMPLE)
    async def listed(caller: Caller, after: str = "", limit: Limit = 100) -> AccountsStand:
        if not caller.operator:
            raise Problem(FORBIDDEN, "For operators only", detail="Use a token of the deployment's own settings.")
        async with database.transaction() as tx:
            now = await tx.now()
            return AccountsStand(accounts=tuple(stands(row, now) for row in await store.listed(tx, after, limit)))

    return routes


def stands(row: asyncpg.Record, now: datetime) -> AccountStands:
    """Say how an account stands."""
    known = store.read(row)
    told: dict[str, Any] = {"state": "open"}
    if known.closed(now):
        until = max(at for at in (known.busy_until, known.closed_until) if at is not None)
        told = {"state": named(known, until), "until": until, "why": known.why}
    return AccountStands(account=known.account, failures=known.failures, running=row["running"], **told)


def named(known: Standing, until: datetime) -> str:
    """Say why an account is closed."""
    if until != known.closed_until:
        return "wait"
    return "probe" if known.probe else "closed"
