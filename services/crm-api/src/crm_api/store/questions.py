"""Questions to employees."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database import Transaction
from contracts.data import JsonObject

from crm_api.questions import Kept, QuestionState

COLUMNS = (
    "id, execution, round, item, activation, text, people, role, department, asked, deadline, asked_at, state,"
    " answered_at, answered_by, answers"
)
ADD = (
    "INSERT INTO question (id, execution, round, item, activation, text, people, role, department, asked, deadline,"
    " asked_at, state, answers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open', '{}')"
    " ON CONFLICT (id) DO NOTHING RETURNING id"
)
LOAD = f"SELECT {COLUMNS} FROM question WHERE id = $1"
LOCK_OPEN = (
    f"SELECT {COLUMNS} FROM question WHERE id = ANY($1::uuid[]) AND state = 'open' ORDER BY id FOR UPDATE SKIP LOCKED"
)
STILL_OPEN = "SELECT id FROM question WHERE id = ANY($1::uuid[]) AND state = 'open'"
CLOSE = "UPDATE question SET state = $2, answered_at = $3, answered_by = $4, answers = $5 WHERE id = $1"
PART = f"SELECT {COLUMNS} FROM question WHERE (asked_at, id) > ($3, $4)"
MINE = "(people @> ARRAY[$1] OR role = nullif($2, '') OR department = nullif($6, ''))"
OWN = f"{PART} AND state = 'open' AND {MINE} ORDER BY asked_at, id LIMIT $5"
OF_ITEM = f"{PART} AND item = $7 AND ($8 OR {MINE}) ORDER BY asked_at, id LIMIT $5"
OF_ITEMS = "SELECT id, text, answers FROM question WHERE item = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
REWRITE = (
    "UPDATE question AS q SET text = u.t, answers = u.a"
    " FROM unnest($1::uuid[], $2::text[], $3::jsonb[]) AS u(i, t, a) WHERE q.id = u.i"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who looks: a person with their role and department; `everything` for whoever may see all."""

    person: str
    role: str
    department: str = ""
    everything: bool = False


async def add(tx: Transaction, one: Kept) -> bool:
    """Add an open question; gives False for an id that is there already."""
    asked = [field.model_dump(mode="json") for field in one.asked]
    whose = (one.id, one.execution, one.round, one.item, one.activation)
    told = (one.text, list(one.people), one.role, one.department, asked, one.deadline, one.asked_at)
    return await tx.fetchval(ADD, *whose, *told) is not None


async def load(tx: Transaction, id_: UUID, *, lock: bool = False) -> Kept | None:
    """Load a question, and lock it where it is to be changed."""
    row = await tx.fetchrow(f"{LOAD} FOR UPDATE" if lock else LOAD, id_)
    return None if row is None else Kept.model_validate(dict(row))


async def lock_open(tx: Transaction, ids: Collection[UUID]) -> list[Kept]:
    """Lock those of these questions that are open; what another holds is left to it."""
    return [Kept.model_validate(dict(row)) for row in await tx.fetch(LOCK_OPEN, list(ids))]


async def still_open(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """Give those of these questions that are open, as far as this transaction sees."""
    return {row["id"] for row in await tx.fetch(STILL_OPEN, list(ids))}


async def close(
    tx: Transaction,
    question: Kept,
    state: QuestionState,
    at: datetime,
    *,
    by: str | None = None,
    answers: JsonObject | None = None,
) -> Kept:
    """Close a locked question, and give it as it is then."""
    await tx.execute(CLOSE, question.id, state, at, by, answers or {})
    told: JsonObject = {"state": state, "answered_at": at, "answered_by": by, "answers": answers or {}}
    return question.model_copy(update=told)


async def own(tx: Transaction, whose: Asked, after: tuple[datetime, UUID], limit: int) -> list[Kept]:
    """Give a part of somebody's open questions, oldest first, behind a place in that order."""
    rows = await tx.fetch(OWN, whose.person, whose.role, *after, limit, whose.department)
    return [Kept.model_validate(dict(row)) for row in rows]


async def of_item(tx: Transaction, item: UUID, whose: Asked, after: tuple[datetime, UUID], limit: int) -> list[Kept]:
    """Give a part of an item's questions, whether they are open or over: one's own, or all."""
    of_whom = (whose.person, whose.role, *after, limit, whose.department)
    rows = await tx.fetch(OF_ITEM, *of_whom, item, whose.everything)
    return [Kept.model_validate(dict(row)) for row in rows]


async def of_items(tx: Transaction, items: Collection[UUID]) -> list[dict[str, Any]]:
    """Lock the texts and answers of items' questions."""
    return [dict(row) for row in await tx.fetch(OF_ITEMS, list(items))]


async def rewrite(tx: Transaction, texts: Sequence[tuple[UUID, str, JsonObject]]) -> None:
    """Write other texts and answers of questions."""
    if texts:
        await tx.execute(REWRITE, *zip(*texts, strict=True))
