"""Rules applied to what stands in their stage already: tried out with counts, then begun as a job."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi import Body as Sent
from pydantic import Field

from crm_api.access.rights import Forbidden
from crm_api.background import working
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.pipelines import PipelineId, may
from crm_api.http.rules import StageKey
from crm_api.lists.filters import WrittenCondition
from crm_api.lists.reading import MOST_CONDITIONS
from crm_api.rules import applying, trying
from crm_api.rules.applying import Application
from crm_api.rules.drafts import PipelineUnknown

router = APIRouter(prefix="/v1/pipelines/{type_}/{key}/stages/{stage}/apply", tags=["rules"])
EXAMPLES: Any = Sent(
    openapi_examples={
        "all": {"summary": "All rules, times from the entry", "value": {}},
        "some": {
            "summary": "To some of the items, from now, two a second",
            "value": {"all": [{"field": "title", "contains": "oak"}], "counts_from": "now", "per_second": 2},
        },
    }
)


class RulesToApply(Body):
    """Which rules (by key; none: all) are applied to which items of the stage: all that fulfil the conditions.

    Times count from the entry into the stage, or from now. `per_second` spaces the items evenly. An item that has an
    execution of a rule in its present activation gets no second one, however often this is asked for.
    """

    rules: list[str] = Field(default=[], max_length=100)
    all: list[WrittenCondition] = Field(default=[], max_length=MOST_CONDITIONS)
    counts_from: Literal["entry", "now"] = "entry"
    per_second: float | None = Field(None, gt=0, le=1000)


class TriedOut(Body):
    """What would become of `items` of the stage: executions by outcome, together and by rule; `all` or only a part.

    `at_once` would run at once, `waiting` until a moment, the last at `last_due_at`; `already` are there already; the
    others are states of executions. Nothing is kept.
    """

    items: int
    all: bool
    outcomes: dict[str, int]
    by_rule: dict[str, dict[str, int]]
    last_due_at: datetime | None


class Begun(Body):
    """The job that applies the rules; it can be cancelled and resumed (`/v1/jobs/{id}`)."""

    job: UUID


@router.post("/preview")
async def preview(
    id_: PipelineId, stage: StageKey, body: Annotated[RulesToApply, EXAMPLES], request: ByPerson
) -> TriedOut:
    """Count what applying rules to the items of a stage would do now; looks at 2,000 items at most."""
    async with request.transaction() as tx:
        asked = application(request, id_, stage, body)
        tried = await trying.try_out(tx, request.knowledge, asked, request.rights.reach("change"))
    return TriedOut(
        items=tried.items,
        all=tried.all,
        outcomes=dict(tried.outcomes),
        by_rule={rule: dict(counts) for rule, counts in tried.by_rule.items()},
        last_due_at=tried.last_due_at,
    )


@router.post("", status_code=202)
async def apply(id_: PipelineId, stage: StageKey, body: Annotated[RulesToApply, EXAMPLES], request: ByPerson) -> Begun:
    """Apply rules to the items that stand in a stage, as a job."""
    async with request.transaction() as tx:
        asked = application(request, id_, stage, body)
        await applying.Standing(asked, request.knowledge, request.rights.reach("change")).part(tx, None, 1)
        params = asked.model_dump(mode="json", by_alias=True)
        job = await working.start(tx, applying.KIND, params, request.principal)
        await request.audit(tx, f"pipeline/{id_}", stage=stage, job=str(job.id), counts_from=body.counts_from)
    return Begun(job=job.id)


def application(request: Asked, id_: str, stage: str, body: RulesToApply) -> Application:
    """Read what is asked for; raises `Forbidden`, `PipelineUnknown`, or `FieldError` for what is not there."""
    may(request, id_, "change")
    if not request.rights.reach("change").touches(id_.partition("/")[0], id_):
        raise Forbidden("change items of", id_)
    if id_ not in request.knowledge.pipelines:
        raise PipelineUnknown(f"no pipeline has the id {id_}")
    return Application(
        pipeline=id_,
        stage=stage,
        rules=applying.rules_by_key(request.knowledge, id_, stage, body.rules),
        conditions=tuple(body.all),
        counts_from=body.counts_from,
        per_second=body.per_second,
    )
