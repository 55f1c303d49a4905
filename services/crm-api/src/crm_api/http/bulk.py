"""Executions across items: how many stand where, and what people order of many of them at once."""

from typing import Annotated, Any
from uuid import UUID

from contracts.executions import ExecutionState
from fastapi import APIRouter, Query
from fastapi import Body as Sent
from pydantic import Field, model_validator

from crm_api.background import working
from crm_api.executions import bulk
from crm_api.executions.bulk import Given, Order
from crm_api.http.addresses import CONTACT, FAILED, UNCERTAIN, WAITING
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.executions import OfExecutions, Reason
from crm_api.store import executions as store
from crm_api.store.executions import MOST_COUNTED, Which

router = APIRouter(prefix="/v1/executions", tags=["executions"])


class Count(Body):
    """How many executions are in a state; `more` where there are more than were counted."""

    count: int
    more: bool = False


class Counts(Body):
    """How many executions are in each state in which there are any, but for those that run or have succeeded."""

    states: dict[ExecutionState, Count]


class Filter(OfExecutions):
    """All executions of a filter; without a state all that the order is meant for.

    That is, for a cancel what waits or is on its way, for a retry what failed, for a confirmation what is uncertain.
    """

    state: ExecutionState | None = None

    @property
    def which(self) -> Which:
        """Give the filter as the store has it."""
        return self.in_state(self.state or "")


class ChosenExecutions(Body):
    """Which executions are meant: by their ids, or all of a filter."""

    ids: list[UUID] = Field(default=[], max_length=bulk.AT_ONCE)
    where: Filter | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "ChosenExecutions":
        """Refuse an order that names none, or names them twice."""
        if bool(self.ids) == (self.where is not None):
            raise ValueError("send either ids or where")
        return self


class Cancellations(ChosenExecutions):
    """Which to cancel, and why."""

    reason: Reason = "cancelled by a person"


class Confirmations(ChosenExecutions):
    """Whose uncertain effects are settled, and how: all of them were sent, or none was."""

    sent: bool


class Refusal(Body):
    """An execution of which it could not be ordered, and why."""

    execution: UUID
    why: str


class OrderedMany(Body):
    """What was ordered, and of which not; where a filter finds more than 500, a job orders it (`/v1/jobs/{id}`)."""

    ordered: tuple[UUID, ...] = ()
    refused: tuple[Refusal, ...] = ()
    job: UUID | None = None


def examples(state: ExecutionState, execution: str, **more: Any) -> Any:
    """Give the examples of an order: by ids, and by a filter."""
    of_contact = {"where": {"contact": CONTACT, "due_before": "2027-01-01T00:00:00Z"}, **more}
    return Sent(
        openapi_examples={
            "ids": {"summary": "These", "value": {"ids": [execution], **more}},
            "contact": {"summary": "All for a contact that it is meant for", "value": of_contact},
            "filter": {
                "summary": f"All that are {state} in a pipeline",
                "value": {"where": {"state": state, "pipeline": "deal/retail"}, **more},
            },
        }
    )


@router.get("/counts")
async def counts(which: Annotated[OfExecutions, Query()], request: ByPerson) -> Counts:
    """Count the executions by state, each up to 10,000."""
    async with request.transaction() as tx:
        found = await store.counted(tx, which.in_state(""), request.rights.reach("read"))
    return Counts(
        states={state: Count(count=min(n, MOST_COUNTED), more=n > MOST_COUNTED) for state, n in found.items()}
    )


@router.post("/cancel", status_code=202)
async def cancel_many(
    body: Annotated[Cancellations, examples("waiting", WAITING, reason="the campaign is over")], request: ByPerson
) -> OrderedMany:
    """Order to cancel what has not reached the outside world, of many executions."""
    return await order(request, body, Order(do="cancel", reason=body.reason))


@router.post("/retry", status_code=202)
async def retry_many(body: Annotated[ChosenExecutions, examples("failed", FAILED)], request: ByPerson) -> OrderedMany:
    """Order a new round of many executions, for what has not been sent."""
    return await order(request, body, Order(do="retry"))


@router.post("/confirm", status_code=202)
async def confirm_many(
    body: Annotated[Confirmations, examples("uncertain", UNCERTAIN, sent=True)], request: ByPerson
) -> OrderedMany:
    """Say what became of the uncertain effects of many executions."""
    return await order(request, body, Order(do="confirm", sent=body.sent))


async def order(request: Asked, chosen: ChosenExecutions, wanted: Order) -> OrderedMany:
    """Order it of few at once, of many by a job."""
    async with request.transaction() as tx:
        reach = request.rights.reach("change")
        await request.audit(
            tx, "executions", **wanted.model_dump(), **chosen.model_dump(mode="json", include={"where"})
        )
        giving = bulk.Giving(tx, request.process.outbox, wanted, request.cause)
        if chosen.where is None:
            return shown(await giving.of_ids(dict.fromkeys(chosen.ids), reach))
        which = chosen.where.which
        found = await bulk.few(tx, wanted, which, reach)
        if found is not None:
            return shown(await giving.of(found))
        job = await working.start(tx, bulk.KIND, bulk.as_params(wanted, which, reach), request.principal)
    return OrderedMany(job=job.id)


def shown(given: Given) -> OrderedMany:
    """Tell what was ordered."""
    refused = (Refusal(execution=id_, why=why) for id_, why in given.refused)
    return OrderedMany(ordered=given.ordered, refused=tuple(refused))
