"""Jobs over HTTP: how far they are, what they could not do, and stopping them."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from chassis.database import Transaction
from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from crm_api.background import working
from crm_api.background.jobs import Job, State
from crm_api.http.addresses import JobId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.spreadsheets.defusing import defused
from crm_api.store import jobs as store

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
NEWEST = UUID(int=2**128 - 1)
PART = 1000
TABLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table, as it is written.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


class ShownJob(Body):
    """A job: how many of its rows are `done`, of how many (null: not known yet), with `counts` by what became of them.

    `problems` counts the rows that could not be done; `reason` says why a job failed.
    """

    id: UUID
    kind: str
    state: State
    params: JsonObject
    done: int
    total: int | None
    counts: dict[str, int]
    problems: int
    reason: str
    asked_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "ShownJob":
        """Show a job."""
        told = asdict(job)
        return cls(**{key: told[key] for key in cls.model_fields})


class Which(Body):
    """Which jobs to list, the newest first: empty `state` means any; `before` is the `next` of the part before."""

    state: Literal["", "queued", "running", "done", "failed", "cancelled"] = Field("", examples=["running"])
    before: UUID = NEWEST
    limit: int = Field(100, ge=1, le=1000)


class JobsPage(Body):
    """A part of a list; `next` is what to send as `before` for the following part."""

    jobs: list[ShownJob]
    next: UUID | None


@router.get("")
async def listing(which: Annotated[Which, Query()], request: ByPerson) -> JobsPage:
    """List your jobs; an admin's list has everyone's."""
    async with request.transaction() as tx:
        of = "" if request.rights.admin else request.principal.name
        found = await store.listed(tx, of, which.state, which.before, which.limit)
    return JobsPage(jobs=[ShownJob.of(job) for job in found], next=found[-1].id if len(found) == which.limit else None)


@router.get("/{job_id}")
async def read(job_id: JobId, request: ByPerson) -> ShownJob:
    """Give a job as it stands now."""
    async with request.transaction() as tx:
        return ShownJob.of(await visible(tx, request, job_id))


@router.post("/{job_id}/cancel")
async def cancel(job_id: JobId, request: ByPerson) -> ShownJob:
    """Cancel a job after the rows that are in hand; what is done stays done, and it can be resumed."""
    async with request.transaction() as tx:
        await visible(tx, request, job_id)
        return ShownJob.of(found(await working.cancel(tx, job_id), job_id))


@router.post("/{job_id}/resume")
async def resume(job_id: JobId, request: ByPerson) -> ShownJob:
    """Let a cancelled or failed job go on where it ended."""
    async with request.transaction() as tx:
        await visible(tx, request, job_id)
        return ShownJob.of(found(await working.resume(tx, job_id), job_id))


@router.get("/{job_id}/problems.csv", response_class=StreamingResponse, responses=TABLE)
async def problems(job_id: JobId, request: ByPerson) -> StreamingResponse:
    """Give what could not be done, as CSV: row, column, problem, fix; kept for 7 days after the job."""
    async with request.transaction() as tx:
        await visible(tx, request, job_id)
    name = f'attachment; filename="problems-{job_id}.csv"'
    return StreamingResponse(lines(request, job_id), media_type="text/csv", headers={"Content-Disposition": name})


async def lines(request: Asked, job: UUID) -> AsyncIterator[str]:
    """Give the CSV in parts, each read in a short transaction of its own."""
    yield "row,column,problem,fix\r\n"
    after = 0
    while True:
        async with request.transaction() as tx:
            part = await store.problems(tx, job, after, PART)
        if not part:
            return
        after = part[-1][0]
        written = io.StringIO()
        told = ((p.row, defused(p.column), defused(p.problem), defused(p.fix)) for _, p in part)
        csv.writer(written).writerows(told)
        yield written.getvalue()


async def visible(tx: Transaction, request: Asked, job_id: UUID) -> Job:
    """Give a job that the caller may see: their own, or an admin anyone's; raises a 404 problem."""
    job = await store.load(tx, job_id)
    mine = job is not None and (request.rights.admin or job.asked_by == request.principal.name)
    return found(job if mine else None, job_id)


def found(job: Job | None, job_id: UUID) -> Job:
    """Give a job that there is; raises a 404 problem."""
    if job is None:
        raise Problem(404, "There is no such job", detail=f"no job has the id {job_id}")
    return job
