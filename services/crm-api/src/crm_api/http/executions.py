"""What became of rules, and what people order of them: cancel, try again, confirm."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from chassis.database import Transaction
from chassis.outbox import About
from chassis.problems import Problem
from contracts.data import Data
from contracts.executions import ExecutionRow, ExecutionState
from fastapi import APIRouter, Query
from fastapi import Body as Sent
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.access.rights import Forbidden
from crm_api.executions import orders
from crm_api.http.addresses import UNCERTAIN, EffectId, FailedId, WaitingId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.texts import KeptText
from crm_api.http.timeline import cursor, follows
from crm_api.store import rights as stored_rights
from crm_api.store import timeline as store
from crm_api.store.executions import Which, listed

router = APIRouter(prefix="/v1", tags=["executions"])

Reason = Annotated[KeptText, Field(max_length=1000)]


class OfExecutions(Body):
    """Of which executions: of a pipeline, a rule set of it (its number), in a stage, of a rule (its lasting id or key).

    Further of an item, of the items that link to a contact, due after or before a moment; what is left out means any.
    """

    pipeline: str = Field("", max_length=200, examples=["deal/retail"])
    rule_set: int | None = Field(None, ge=0, le=2**31)
    stage: str = Field("", max_length=200, examples=["new"])
    rule: UUID | None = None
    rule_key: str = Field("", max_length=200)
    item: UUID | None = None
    contact: UUID | None = None
    due_after: AwareDatetime | None = None
    due_before: AwareDatetime | None = None

    def in_state(self, state: ExecutionState | Literal[""]) -> Which:
        """Give the filter as the store has it."""
        asked = {name: getattr(self, name) for name in OfExecutions.model_fields}
        moments = {name: one.isoformat() for name, one in asked.items() if isinstance(one, datetime)}
        texts = {name: "" if one is None else str(one) for name, one in asked.items()}
        return Which(state=state, **{**texts, **moments})


class Listing(OfExecutions):
    """Which executions to list: `after` is the `next` of the part before."""

    state: ExecutionState = Field(examples=["failed"])
    after: str = ""
    limit: int = Field(100, ge=1, le=1000)


class ExecutionsPage(Body):
    """A part of the executions in a state, oldest first; `next` is what to send as `after` for the following part."""

    executions: list[ExecutionRow]
    next: str | None


class Cancellation(Body):
    """Why it is cancelled."""

    reason: Reason = "cancelled by a person"


class Confirmation(Body):
    """What became of an uncertain effect of an execution, as a person found out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"execution": UNCERTAIN, "sent": True}]})

    execution: UUID
    sent: bool


class Ordered(Body):
    """The order is on its way; the timeline will tell what came of it."""

    execution: UUID
    ordered: str


CALLED = {"called": {"summary": "It is not needed any more", "value": {"reason": "the client has called us"}}}
Why = Annotated[Cancellation | None, Sent(openapi_examples=CALLED)]


@router.get("/executions")
async def listing(which: Annotated[Listing, Query()], request: ByPerson) -> ExecutionsPage:
    """List the executions in a state, such as those that failed or are uncertain."""
    async with request.transaction() as tx:
        reach = request.rights.reach("read")
        rows = await listed(tx, which.in_state(which.state), reach, cursor(which.after), which.limit)
    executions = [ExecutionRow.model_validate(row["body"]) for row in rows]
    return ExecutionsPage(executions=executions, next=follows(rows, "at", which.limit))


@router.post("/executions/{execution_id}/cancel", status_code=202)
async def cancel(execution_id: WaitingId, request: ByPerson, body: Why = None) -> Ordered:
    """Order to cancel what has not reached the outside world."""
    reason = (body or Cancellation()).reason
    async with request.transaction() as tx:
        row = await found(request, tx, execution_id)
        with possible():
            told = orders.cancel(row, request.principal.name, reason)
        return await order(request, tx, row, told)


@router.post("/executions/{execution_id}/retry", status_code=202)
async def retry(execution_id: FailedId, request: ByPerson) -> Ordered:
    """Order a new round, for what has not been sent."""
    async with request.transaction() as tx:
        row = await found(request, tx, execution_id)
        with possible():
            told = orders.retry(row, request.principal.name)
        return await order(request, tx, row, told)


@router.post("/effects/{effect_id}/confirm", status_code=202)
async def confirm(effect_id: EffectId, body: Confirmation, request: ByPerson) -> Ordered:
    """Say what became of an uncertain effect."""
    async with request.transaction() as tx:
        row = await found(request, tx, body.execution)
        with possible():
            told = orders.confirm(row, effect_id, request.principal.name, sent=body.sent)
            return await order(request, tx, row, told)


@contextmanager
def possible() -> Iterator[None]:
    """Answer what cannot be ordered now with a 409 problem."""
    try:
        yield
    except orders.NotPossible as error:
        raise Problem(409, "This cannot be ordered now", detail=str(error)) from None


async def found(request: Asked, tx: Transaction, execution_id: UUID) -> ExecutionRow:
    """Give the row of an execution of an item that the caller may change; raises a 404 problem, or `Forbidden`."""
    row, rights = await store.execution(tx, execution_id), request.rights
    if row is not None:
        permitted = await stored_rights.permitted(tx, [row.item], rights.reach("read"), rights.reach("change"))
        if permitted.get(row.item) is False:
            raise Forbidden("change", f"item {row.item}")
    if row is None or row.item not in permitted:
        raise Problem(404, "There is no such execution", detail=f"nothing is known of execution {execution_id}")
    return row


async def order(request: Asked, tx: Transaction, row: ExecutionRow, told: Data) -> Ordered:
    """Send an order to whom it concerns."""
    outbox = request.process.outbox
    about = About(at=await tx.now(), cause=request.cause)
    await outbox.publish(tx, [outbox.message(orders.road(told, row), row.item, told, about)])
    return Ordered(execution=row.id, ordered=told.TYPE)
