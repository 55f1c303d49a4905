"""Simulations, and the effects that they found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from chassis.database import Transaction
from contracts.data import JsonObject

from crm_api.access.rights import Reach
from crm_api.simulation.running import Rules
from crm_api.store.rights import allowed

ADD = (
    "INSERT INTO simulation (id, pipeline, rules, begins_at, ends_at, asked_by, asked_at, trial)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
LOAD = (
    "SELECT id, pipeline, rules, begins_at, ends_at, asked_by, asked_at, trial, summary FROM simulation WHERE id = $1"
)
END = "UPDATE simulation SET summary = $2 WHERE id = $1"
# Whether a process still lives is no matter of the rehearsal's clock, which jumps.
REAL_TIME = "SELECT clock_timestamp()"
# On a busy machine a new process takes longer to read all that happened than a transaction may stand still otherwise.
STAND_STILL = "SELECT set_config('idle_in_transaction_session_timeout', '2min', true)"
FORGET = "DELETE FROM simulated_effect WHERE simulation = $1"
ERASE = "DELETE FROM simulated_effect WHERE item = ANY($1::uuid[])"
# Who was erased since it began may be in what it found.
ERASED = (
    "DELETE FROM simulated_effect e USING config c WHERE e.simulation = $1 AND c.kind = 'erasure'"
    " AND (c.data ->> 'at')::timestamptz >= (SELECT asked_at FROM simulation WHERE id = $1)"
    " AND (c.data ->> 'contact' = e.item::text OR c.data -> 'items' ? e.item::text)"
)
KEEP = (
    "INSERT INTO simulated_effect (simulation, n, item, differs, body)"
    " SELECT $1, n, i, string_to_array(d, ','), b"
    " FROM unnest($2::int[], $3::uuid[], $4::text[], $5::jsonb[]) AS u(n, i, d, b)"
)
# An item that only the simulation made has no row that would say who may read it.
EFFECTS = (
    "SELECT e.n, e.body FROM simulated_effect e LEFT JOIN item i ON i.id = e.item"
    " WHERE e.simulation = $1 AND e.n > $2 AND ($3 = '' OR $3 = ANY(e.differs) OR ($3 = 'alike' AND e.differs = '{}'))"
    f" AND (i.id IS NULL OR {allowed(5)}) ORDER BY e.n LIMIT $4"
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulation that somebody asked for; `summary` is there at its end.

    `trial` holds the `records` of the rules that are tried, and the `operators` whose rules may do all.
    """

    id: UUID
    pipeline: str
    rules: Rules
    begins_at: datetime
    ends_at: datetime
    asked_by: str
    asked_at: datetime
    trial: JsonObject
    summary: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One effect that a simulation found, with its place among all; `body` is JSON text."""

    n: int
    item: UUID
    differs: Sequence[str]
    body: str


async def add(tx: Transaction, s: Simulation) -> None:
    """Keep a new simulation."""
    await tx.execute(ADD, s.id, s.pipeline, s.rules, s.begins_at, s.ends_at, s.asked_by, s.asked_at, s.trial)


async def load(tx: Transaction, id_: UUID) -> Simulation | None:
    """Give a simulation."""
    row = await tx.fetchrow(LOAD, id_)
    values: dict[str, Any] = dict(row) if row else {}
    return Simulation(**values) if values else None


async def keep(tx: Transaction, simulation: UUID, found: Sequence[Found]) -> None:
    """Keep effects that a simulation found."""
    if found:
        columns = zip(*((f.n, f.item, ",".join(f.differs), msgspec.Raw(f.body.encode())) for f in found), strict=True)
        await tx.execute(KEEP, simulation, *columns)
        await tx.execute(ERASED, simulation)


async def end(tx: Transaction, simulation: UUID, summary: JsonObject) -> None:
    """Keep what a simulation came to."""
    await tx.execute(END, simulation, summary)


async def stand_still(tx: Transaction) -> None:
    """Let a transaction wait for a process to which much is handed over."""
    await tx.execute(STAND_STILL)


async def real_time(tx: Transaction) -> datetime:
    """Give the real time of this moment."""
    now: datetime = await tx.fetchval(REAL_TIME)
    return now


async def forget(tx: Transaction, simulation: UUID) -> None:
    """Forget the effects that a simulation found."""
    await tx.execute(FORGET, simulation)


async def erase(tx: Transaction, items: Collection[UUID]) -> None:
    """Forget all that simulations found of these items."""
    await tx.execute(ERASE, list(items))


async def effects(
    tx: Transaction, simulation: UUID, reach: Reach, *, differs: str, after: int, limit: int
) -> list[tuple[int, JsonObject]]:
    """Give a part of the effects with a difference, or of all, that are about items within a reach."""
    rows = await tx.fetch(EFFECTS, simulation, after, differs, limit, *reach.values)
    return [(row["n"], row["body"]) for row in rows]
