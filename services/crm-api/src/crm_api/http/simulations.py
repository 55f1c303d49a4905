"""Simulations over HTTP: a draft over what really happened, and how its effects differ from the real ones."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from automation.simulation.differences import Difference
from chassis.database import Transaction
from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, ConfigDict, Field

from crm_api.access.rights import Forbidden
from crm_api.background import working
from crm_api.background.jobs import State
from crm_api.fields import FieldError
from crm_api.http.addresses import SimulationId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.pipelines import may
from crm_api.rules.drafts import PipelineUnknown
from crm_api.rules.publishing import Published
from crm_api.simulation import simulating
from crm_api.simulation.running import Rules
from crm_api.store import drafts as stored_drafts
from crm_api.store import jobs as stored_jobs
from crm_api.store import simulations as store
from crm_api.store.simulations import Simulation

router = APIRouter(prefix="/v1/simulations", tags=["simulations"])
Differs = Literal["", "alike"] | Difference


class Simulate(Body):
    """Which rules to try over which days: the draft's, the published ones, or those that held at each moment."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "pipeline": "deal/retail",
                    "rules": "draft",
                    "from": "2026-03-01T00:00:00Z",
                    "to": "2026-03-31T00:00:00Z",
                }
            ]
        },
    )

    pipeline: str = Field(description="As `deal/retail`.")
    rules: Rules = "draft"
    begin: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")


class ShownSimulation(Body):
    """A simulation: how far it is, and at its end what it came to.

    `differences` counts effects, `by_rule` executions by what they came to; `notes` say what could not be as it was.
    """

    id: UUID
    state: State
    reason: str
    pipeline: str
    rules: Rules
    begin: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    asked_by: str
    asked_at: datetime
    effects: int | None = None
    executions: int | None = None
    differences: dict[str, int] = Field(default_factory=dict)
    by_rule: dict[str, dict[str, int]] = Field(default_factory=dict)
    notes: list[JsonObject] = Field(default_factory=list)
    more_notes: int = 0


class EffectsPage(Body):
    """A part of the effects, in order of time; `next` is what to send as `after` for the following part."""

    effects: list[JsonObject]
    next: int | None


class WhichEffects(Body):
    """Which effects: those with one difference, those that are alike, or all."""

    differs: Differs = Field("", examples=["only_simulated"])
    after: int = Field(0, ge=0, lt=2**31)
    limit: int = Field(100, ge=1, le=1000)


@router.post("", status_code=202)
async def begin(body: Simulate, request: ByPerson, response: Response) -> ShownSimulation:
    """Begin to simulate rules over recorded days; nothing of it leaves the system, and no item changes."""
    if request.principal.scope is not None:
        raise Forbidden("simulate with a limited key", fix="sign in as yourself")
    async with request.transaction() as tx:
        may(request, body.pipeline, "read")
        simulating.check_window(body.begin, body.end, await tx.now())
        trial = {"records": await tried(tx, request, body), "operators": sorted(request.process.settings.tokens)}
        job = await working.start(tx, simulating.KIND, body.model_dump(mode="json"), request.principal)
        asked = (body.pipeline, body.rules, body.begin, body.end, job.asked_by, job.created_at)
        simulation = Simulation(job.id, *asked, trial)
        await store.add(tx, simulation)
    response.headers["Location"] = f"/v1/simulations/{job.id}"
    return shown(simulation, job.state, "")


@router.get("/{simulation}")
async def read(simulation: SimulationId, request: ByPerson) -> ShownSimulation:
    """Say how far a simulation is, and what it came to."""
    async with request.transaction() as tx:
        found = await readable(tx, request, simulation)
        job = await stored_jobs.load(tx, simulation)
    return shown(found, job.state if job else "done", job.reason if job else "")


@router.get("/{simulation}/effects")
async def effects(simulation: SimulationId, which: Annotated[WhichEffects, Query()], request: ByPerson) -> EffectsPage:
    """List the effects that would have happened, and those that really did, of items that you may read."""
    async with request.transaction() as tx:
        found = await readable(tx, request, simulation)
        reach = request.rights.reach("read")
        told = await store.effects(tx, found.id, reach, **which.model_dump())
    return EffectsPage(effects=[body for _, body in told], next=told[-1][0] if len(told) == which.limit else None)


async def tried(tx: Transaction, request: Asked, body: Simulate) -> list[JsonObject]:
    """Give the records of the rules to try; none where the rules are to be as they were."""
    draft = await stored_drafts.read(tx, body.pipeline) if body.rules == "draft" else None
    if body.rules == "draft" and draft is None:
        raise PipelineUnknown(f"{body.pipeline} has no draft")
    if body.rules == "as_they_were":
        if not Published.of(request.knowledge, body.pipeline).number:
            told = f"nothing was ever published of {body.pipeline}"
            raise FieldError("pipeline", told, "send the id of a pipeline, like deal/retail")
        return []
    records = simulating.tried(request.knowledge, body.pipeline, draft, body.begin)
    return [record.model_dump(mode="json") for record in records]


async def readable(tx: Transaction, request: Asked, id_: UUID) -> Simulation:
    """Give a simulation to whoever may read the rules of its pipeline; raises a 404 problem."""
    found = await store.load(tx, id_)
    if found is None:
        raise Problem(404, "There is no such simulation", detail=f"no simulation has the id {id_}")
    may(request, found.pipeline, "read")
    return found


def shown(simulation: Simulation, state: State, reason: str) -> ShownSimulation:
    """Show a simulation."""
    summary: dict[str, Any] = dict(simulation.summary or {})
    by_rule = summary.pop("rules", {})
    return ShownSimulation(
        id=simulation.id,
        state=state,
        reason=reason,
        pipeline=simulation.pipeline,
        rules=simulation.rules,
        begin=simulation.begins_at,
        end=simulation.ends_at,
        asked_by=simulation.asked_by,
        asked_at=simulation.asked_at,
        by_rule=by_rule,
        **summary,
    )
