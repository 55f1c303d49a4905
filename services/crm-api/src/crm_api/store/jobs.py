"""Jobs: how far they are, and the rows that they could not do."""

from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from chassis.database import Transaction

from crm_api.background.jobs import Job, RowProblem, State, Step

MOST_PROBLEMS = 100_000
COLUMNS = (
    "id, kind, state, params, cursor, asked_by, operator, created_at, done, total, counts, problems, reason,"
    " started_at, ended_at"
)
ADD = (
    "INSERT INTO job (id, kind, state, params, cursor, asked_by, operator, created_at, total)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
LOAD = f"SELECT {COLUMNS} FROM job WHERE id = $1"
LOCK = f"{LOAD} FOR UPDATE"
# Empty `asked_by` lists everyone's.
LISTED = (
    f"SELECT {COLUMNS} FROM job WHERE ($1 = '' OR asked_by = $1) AND ($2 = '' OR state = $2) AND id < $3"
    " ORDER BY id DESC LIMIT $4"
)
ADVANCE = (
    "UPDATE job SET state = $2, cursor = $3, done = done + $4, total = coalesce($5, total), counts = $6,"
    " problems = problems + $7, started_at = coalesce(started_at, $8),"
    " ended_at = CASE WHEN $2 = 'done' THEN $8::timestamptz END WHERE id = $1"
)
TURN = "UPDATE job SET state = $2, reason = $3, ended_at = $4 WHERE id = $1"
NOTE = (
    'INSERT INTO job_problem (job, row, "column", problem, fix)'
    " SELECT $1, r, c, p, f FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS u(r, c, p, f)"
    " WHERE (SELECT problems FROM job WHERE id = $1) < $6"
)
PROBLEMS = 'SELECT n, row, "column", problem, fix FROM job_problem WHERE job = $1 AND n > $2 ORDER BY n LIMIT $3'
FORGET_PROBLEMS = "DELETE FROM job_problem WHERE job = $1"
FORGET_SIMULATED = "DELETE FROM simulated_effect WHERE simulation = $1"
# A file stays where a document, a template, an item or a younger job names it.
FORGET_FILE = (
    "DELETE FROM file f USING job j WHERE j.id = $1 AND f.hash = j.params ->> 'file'"
    " AND NOT EXISTS (SELECT FROM document d WHERE d.file = f.hash)"
    " AND NOT EXISTS (SELECT FROM config c WHERE c.kind = 'template' AND c.data ->> 'file' = f.hash)"
    " AND NOT EXISTS (SELECT FROM config c CROSS JOIN jsonb_array_elements(c.data -> 'fields') AS e(field)"
    " JOIN field_value v ON v.type = c.id AND v.field = e.field ->> 'key'"
    " WHERE c.kind = 'type' AND NOT c.deleted AND e.field ->> 'kind' = 'file' AND v.key = f.hash)"
    " AND NOT EXISTS (SELECT FROM job o WHERE o.id <> j.id AND o.params ->> 'file' = f.hash"
    " AND (o.ended_at IS NULL OR o.ended_at > $2))"
)
# Enough to know whether there are many: a long queue is not counted to its end.
CROWDED = "SELECT count(*) >= $1 FROM (SELECT FROM outbox LIMIT $1) AS waiting"


async def add(tx: Transaction, job: Job) -> None:
    """Keep a new job."""
    asked = (job.asked_by, job.operator, job.created_at)
    await tx.execute(ADD, job.id, job.kind, job.state, job.params, job.cursor, *asked, job.total)


async def load(tx: Transaction, job: UUID, *, lock: bool = False) -> Job | None:
    """Load a job, locked where asked for."""
    row = await tx.fetchrow(LOCK if lock else LOAD, job)
    return None if row is None else read(row)


async def listed(tx: Transaction, asked_by: str, state: str, before: UUID, limit: int) -> list[Job]:
    """List jobs, the newest first, behind a place in that order; empty words mean any."""
    return [read(row) for row in await tx.fetch(LISTED, asked_by, state, before, limit)]


async def advance(tx: Transaction, job: Job, step: Step, now: datetime) -> None:
    """Keep what a chunk did, and what it could not do."""
    counts = {key: job.counts.get(key, 0) + step.counts.get(key, 0) for key in {**job.counts, **step.counts}}
    if step.problems:
        rows = [(p.row, p.column, p.problem, p.fix) for p in step.problems]
        await tx.execute(NOTE, job.id, *zip(*rows, strict=True), MOST_PROBLEMS)
    state: State = "running" if step.more else "done"
    failed = len({problem.row for problem in step.problems})
    await tx.execute(ADVANCE, job.id, state, step.cursor, step.done, step.total, counts, failed, now)


async def turn(tx: Transaction, job: UUID, state: State, reason: str, ended_at: datetime | None) -> None:
    """Let a job be in another state."""
    await tx.execute(TURN, job, state, reason, ended_at)


async def problems(tx: Transaction, job: UUID, after: int, limit: int) -> list[tuple[int, RowProblem]]:
    """List what a job could not do, each with its place in that order."""
    rows = await tx.fetch(PROBLEMS, job, after, limit)
    return [(r["n"], RowProblem(r["row"], r["column"], r["problem"], r["fix"])) for r in rows]


async def forget_words(tx: Transaction, job: UUID, ended_at: datetime) -> None:
    """Forget what a job that ended then could not do, what it simulated, and its file: they hold words of people."""
    await tx.execute(FORGET_PROBLEMS, job)
    await tx.execute(FORGET_SIMULATED, job)
    await tx.execute(FORGET_FILE, job, ended_at)


async def is_crowded(tx: Transaction, most: int) -> bool:
    """Say whether so much waits to be announced that work which is not urgent waits too."""
    return bool(await tx.fetchval(CROWDED, most))


def read(row: Record) -> Job:
    """Read a row."""
    values: dict[str, Any] = dict(row)
    return Job(**values)
