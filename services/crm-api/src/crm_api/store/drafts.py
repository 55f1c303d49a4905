"""The drafts of pipelines, and how many executions wait on what is published."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from contracts.executions import ExecutionRow

from crm_api.rules.drafts import PipelineDraft
from crm_api.rules.pipelines import WrittenPipeline

COLUMNS = "version, base, document, ids, saved_by, saved_at"
READ = f"SELECT {COLUMNS} FROM pipeline_draft WHERE pipeline = $1"
NEXT = "SELECT nextval('draft_version')"
SAVE = (
    f"INSERT INTO pipeline_draft (pipeline, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (pipeline) DO UPDATE SET version = excluded.version, base = excluded.base,"
    " document = excluded.document, ids = excluded.ids, saved_by = excluded.saved_by, saved_at = excluded.saved_at"
)
DELETE = "DELETE FROM pipeline_draft WHERE pipeline = $1 RETURNING pipeline"
WAITING = (
    "SELECT (body ->> 'rule')::uuid AS rule, min(body ->> 'rule_key') AS key, min(body ->> 'stage') AS stage,"
    " (body -> 'rule_set' ->> 'number')::int AS number, body ->> 'state' AS state, count(*) AS count FROM timeline"
    " WHERE kind = 'rule' AND body -> 'rule_set' ->> 'pipeline' = $1 AND body ->> 'state' IN"
    " ('waiting', 'waiting_for_date', 'waiting_for_previous', 'waiting_for_signal')"
    " GROUP BY body ->> 'rule', 4, 5 ORDER BY 3, 2, 4, 5"
)
WAITING_ROWS = (
    "SELECT body FROM timeline WHERE kind = 'rule' AND body -> 'rule_set' ->> 'pipeline' = $1 AND body ->> 'state' IN"
    " ('waiting', 'waiting_for_date', 'waiting_for_previous', 'waiting_for_signal') AND id > $2 ORDER BY id LIMIT $3"
)
NONE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Waiters:
    """How many executions of a rule wait in one state, each on the rule set of this number."""

    rule: UUID
    key: str
    stage: str
    number: int
    state: str
    count: int


async def read(tx: Transaction, pipeline: str) -> PipelineDraft | None:
    """Give the draft of a pipeline."""
    row = await tx.fetchrow(READ, pipeline)
    if row is None:
        return None
    ids = {(stage, key): UUID(id_) for stage, key, id_ in row["ids"]}
    document = WrittenPipeline.model_validate(row["document"])
    return PipelineDraft(pipeline, row["version"], row["base"], document, ids, row["saved_by"], row["saved_at"])


async def next_version(tx: Transaction) -> int:
    """Give a number that no draft had before."""
    return int(await tx.fetchval(NEXT))


async def save(tx: Transaction, draft: PipelineDraft) -> None:
    """Keep a draft in place of what was kept; ids as [stage, key, id], for JSON has no pairs as keys."""
    ids = [[stage, key, str(id_)] for (stage, key), id_ in draft.ids.items()]
    document = draft.document.model_dump(mode="json")
    saved = (draft.version, draft.base, document, ids, draft.saved_by, draft.saved_at)
    await tx.execute(SAVE, draft.pipeline, *saved)


async def delete(tx: Transaction, pipeline: str) -> bool:
    """Throw a draft away; False where there is none."""
    return await tx.fetchval(DELETE, pipeline) is not None


async def waiting(tx: Transaction, pipeline: str) -> list[Waiters]:
    """Count what waits of a pipeline's rules, by rule, rule set and state."""
    return [Waiters(**row) for row in await tx.fetch(WAITING, pipeline)]


async def waiting_rows(tx: Transaction, pipeline: str, after: UUID | None, limit: int) -> list[ExecutionRow]:
    """Give a part of what waits of a pipeline's rules, in the order of the ids."""
    rows = await tx.fetch(WAITING_ROWS, pipeline, after or NONE, limit)
    return [ExecutionRow.model_validate(row["body"]) for row in rows]
