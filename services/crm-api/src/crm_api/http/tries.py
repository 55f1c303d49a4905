"""Connections tried over HTTP: an admin reads within seconds whether an account works, or what is wrong with it."""

import asyncio
import math
import time
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from chassis.database import Transaction
from chassis.problems import Problem
from contracts.config import Connection
from contracts.data import JsonObject
from fastapi import APIRouter, Path, Query, Response
from fastapi import Body as Sent
from pydantic import ConfigDict, Field

from crm_api import tries
from crm_api.config.configuring import ConfigChanges
from crm_api.config.records import read_record
from crm_api.http import config, config_examples
from crm_api.http.addresses import TryId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.store import config as stored_config
from crm_api.store import tries as stored_tries
from crm_api.tries import Try

router = APIRouter(prefix="/v1/connections/{name}", tags=["connections"])
KIND = "connection"
LOOK = 0.1
LONGEST_WAIT = 20
EXAMPLE = config_examples.RECORDS[KIND][1]
Name = Annotated[str, Path(description="The id of the connection.", max_length=200, examples=["sms"])]
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="How many seconds to wait for it.", examples=[0])]


class Draft(Body):
    """A connection that is not kept yet; `{"set": true}` stands for a secret that the kept one has."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    provider: str = Field(max_length=100)
    settings: JsonObject = Field(default_factory=dict)
    secrets: JsonObject = Field(default_factory=dict)


class ShownTry(Body):
    """What a try came to: `words` are for people; `account` tells who answered.

    `asked` waits for a worker; `works`; `refused` says what to mend; `unavailable` may work later; of `untried` nothing
    harmless can be asked.
    """

    id: UUID
    connection: str
    provider: str
    draft: bool
    outcome: Literal["asked", "works", "refused", "unavailable", "untried"]
    words: str
    account: dict[str, str]
    asked_by: str
    asked_at: datetime
    answered_at: datetime | None

    @classmethod
    def of(cls, one: Try, now: datetime) -> "ShownTry":
        """Show a try as it stands."""
        told = tries.as_it_stands(one, now).model_dump(exclude={"expires_at"})
        return cls(**{**told, "outcome": told["outcome"] or "asked"})


NOT_YET: dict[str, Any] = {"model": ShownTry, "description": "Nobody has answered yet; look again."}
DRAFT = Sent(description="What to try in the place of what is kept.", openapi_examples={"draft": {"value": EXAMPLE}})


@router.post("/try", name="try", responses={202: NOT_YET})
async def begin(
    name: Name, request: ByPerson, response: Response, body: Annotated[Draft | None, DRAFT] = None, wait: Wait = 8
) -> ShownTry:
    """Try a connection, or a draft of one: its provider is asked something harmless, and nothing is sent to anybody."""
    async with request.transaction() as tx:
        request.rights.require_admin("try", f"connection {name}")
        connection, revision = await (drafted(tx, request, name, body) if body else kept(tx, name))
        one = await asked(tx, request, connection, revision, draft=body is not None)
        shown = ShownTry.of(one, await tx.now())
    if shown.outcome == "asked":
        shown = await answered(request, shown, wait)
    if shown.outcome == "asked":
        response.status_code = 202
        response.headers["Location"] = f"/v1/connections/{name}/tries/{shown.id}"
    return shown


@router.get("/tries/{try_id}", name="read")
async def read(name: Name, try_id: TryId, request: ByPerson) -> ShownTry:
    """Tell what a try came to; it is kept for a week."""
    async with request.transaction() as tx:
        request.rights.require_admin("read", f"tries of connection {name}")
        return await looked_up(tx, name, try_id)


async def kept(tx: Transaction, name: str) -> tuple[Connection, int]:
    """Give a connection that is kept, with its revision; raises a 404 problem."""
    record = await stored_config.record(tx, KIND, name)
    if record is None:
        raise config.unknown(KIND, name)
    return record.record(), record.revision


async def drafted(tx: Transaction, request: Asked, name: str, draft: Draft) -> tuple[Connection, int]:
    """Read a draft as it would be kept, with its secrets sealed."""
    changes = ConfigChanges(tx, request.cause, request.process.outbox)
    given = await config.sealed(KIND, name, draft.model_dump(), changes, request)
    read = read_record(KIND, name, given, request.knowledge)
    return Connection.model_validate(read.model_dump()), 0


async def asked(tx: Transaction, request: Asked, connection: Connection, revision: int, *, draft: bool) -> Try:
    """Begin a try; raises a 429 problem where there were too many lately."""
    by, outbox = request.principal.name, request.process.outbox
    now = await tx.now()
    before = await stored_tries.lately(tx, connection.id, by, now - tries.WINDOW)
    if early := tries.too_soon(*before, now):
        seconds = max(1, math.ceil(early.total_seconds()))
        detail = f"at most {tries.MOST} tries of a connection in a minute; try again in {seconds} seconds"
        raise Problem(429, "This connection was just tried", detail=detail, after=seconds)
    one = tries.begun(connection, draft=draft, by=by, now=now)
    await stored_tries.add(tx, one)
    if one.outcome is None:
        await outbox.publish(tx, [tries.question(one, connection, revision, outbox, request.cause)])
    await request.audit(tx, f"connection/{connection.id}", attempt=str(one.id), provider=one.provider, draft=draft)
    return one


async def answered(request: Asked, shown: ShownTry, wait: float) -> ShownTry:
    """Look until somebody has answered, as long as the caller waits, each time in a transaction of its own."""
    until = time.monotonic() + wait
    while shown.outcome == "asked" and time.monotonic() < until:
        await asyncio.sleep(LOOK)
        async with request.process.database.transaction() as tx:
            shown = await looked_up(tx, shown.connection, shown.id)
    return shown


async def looked_up(tx: Transaction, name: str, id_: UUID) -> ShownTry:
    """Give a try as it stands; raises a 404 problem."""
    one = await stored_tries.load(tx, name, id_)
    if one is None:
        raise Problem(404, "There is no such try", detail=f"no try of connection {name!r} has the id {id_}")
    return ShownTry.of(one, await tx.now())
