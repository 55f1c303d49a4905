"""All SQL of the ledger; nothing here commits."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from chassis.database import Transaction
from contracts.actions import Recipient
from contracts.envelope import Cause

from action_workers.answers import Answer, Sent
from action_workers.effect import Effect

TYPES = {
    "id": "uuid",
    "execution": "uuid",
    "kind": "text",
    "action": "text",
    "item": "uuid",
    "activation": "int",
    "round": "int",
    "effects": "int",
    "recipient": "jsonb",
    "connection": "text",
    "params": "jsonb",
    "asked_at": "timestamptz",
    "not_before": "timestamptz",
    "expires_at": "timestamptz",
    "at_least_once": "boolean",
    "repeatable": "boolean",
    "last_attempt": "int",
    "cause": "jsonb",
    "at": "timestamptz",
    "state": "text",
    "version": "int",
    "attempts": "int",
    "claimed_until": "timestamptz",
    "withdrawn": "text",
    "doubled": "boolean",
    "reason": "text",
    "reference": "text",
    "results": "jsonb",
    "account": "text",
    "rule": "uuid",
    "persons": "text",
}
# What a claim, an answer or a report may change.
MOVING = (
    "at",
    "state",
    "version",
    "attempts",
    "claimed_until",
    "not_before",
    "last_attempt",
    "doubled",
    "reason",
    "reference",
    "results",
    "account",
)
COLUMNS = tuple(f.name for f in fields(Effect))
ALL = ", ".join(COLUMNS)
GIVEN = ", ".join(f"${n}::{t}[]" for n, t in enumerate(TYPES.values(), start=1))
# PostgreSQL has no arrays of arrays of different lengths, so each row's persons come as one text.
PERSONS = "string_to_array(u.persons, ',')::uuid[]"
REPLACED = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "persons") if name != "id")
SAVE = (
    f"INSERT INTO effect ({ALL}, persons) SELECT {ALL}, {PERSONS} FROM unnest({GIVEN}) AS u({', '.join(TYPES)})"
    f" ON CONFLICT (id) DO UPDATE SET {REPLACED} WHERE effect.version < excluded.version"
)
MOVE = (
    f"UPDATE effect SET {', '.join(f'{name} = u.{name}' for name in MOVING)}"
    f" FROM unnest($1::uuid[], {', '.join(f'${n}::{TYPES[name]}[]' for n, name in enumerate(MOVING, start=2))})"
    f" AS u(id, {', '.join(MOVING)}) WHERE effect.id = u.id"
)
CONCERNED = f"SELECT {ALL} FROM effect WHERE execution = ANY($1::uuid[]) OR id = ANY($2::uuid[]) ORDER BY id FOR UPDATE"
LOCKED = f"SELECT {ALL} FROM effect WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
STALE = (
    f"SELECT {ALL} FROM effect WHERE id = ANY($1::uuid[]) AND state IN ('claimed', 'awaited') AND claimed_until <= $2"
    " ORDER BY id FOR UPDATE SKIP LOCKED"
)
HELD = "SELECT id FROM effect WHERE id = ANY($1::uuid[]) AND state IN ('claimed', 'awaited')"
BEGIN_ATTEMPTS = (
    "INSERT INTO attempt (effect, number, started_at)"
    " SELECT e, n, $3 FROM unnest($1::uuid[], $2::int[]) AS u(e, n) ON CONFLICT DO NOTHING"
)
END_ATTEMPTS = (
    "UPDATE attempt AS a SET ended_at = $5, outcome = u.outcome, detail = u.detail"
    " FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS u(effect, number, outcome, detail)"
    " WHERE a.effect = u.effect AND a.number = u.number"
)

OF_PERSON = "(persons @> ARRAY[$1::uuid] OR item = ANY($2::uuid[]))"
# Whom it was for stays as the rule named them.
ERASE = (
    "UPDATE effect SET params = '{}', results = '{}', reference = '',"
    " reason = CASE WHEN reason = '' THEN '' ELSE 'erased' END,"
    ' recipient = recipient || \'{"name": "", "address": "", "missing": "the person was erased"}\''
    f" WHERE {OF_PERSON}"
)
ERASE_ATTEMPTS = (
    "UPDATE attempt SET detail = '' WHERE detail <> '' AND effect = ANY(ARRAY(SELECT id FROM effect"
    f" WHERE {OF_PERSON}))"
)
UNSENT = (
    f"SELECT {ALL} FROM effect WHERE {OF_PERSON} AND state IN ('planned', 'buffered', 'claimed') ORDER BY id FOR UPDATE"
)


async def save(tx: Transaction, effects: Sequence[Effect]) -> None:
    """Write rows whole, each only over a lower version, at the end of the transaction."""
    if effects:
        tx.at_the_end(SAVE, *columns([(*_written(e), ",".join(map(str, e.persons))) for e in effects]))


async def move(tx: Transaction, effects: Sequence[Effect]) -> None:
    """Write what moves of rows that this transaction has locked, at its end."""
    if effects:
        tx.at_the_end(MOVE, *columns([(e.id, *(getattr(e, name) for name in MOVING)) for e in effects]))


async def lock_concerned(tx: Transaction, executions: Collection[UUID], effects: Collection[UUID]) -> list[Effect]:
    """Lock all rows of executions, and these rows, in the order of their ids."""
    return [read(row) for row in await tx.fetch(CONCERNED, list(executions), list(effects))]


async def lock(tx: Transaction, effects: Collection[UUID]) -> list[Effect]:
    """Lock these rows, in the order of their ids."""
    return [read(row) for row in await tx.fetch(LOCKED, list(effects))]


async def lock_stale(tx: Transaction, effects: Collection[UUID], now: datetime) -> list[Effect]:
    """Lock those of these rows whose claim is over; what another holds is left to it."""
    return [read(row) for row in await tx.fetch(STALE, list(effects), now)]


async def held_claims(tx: Transaction, effects: Collection[UUID]) -> set[UUID]:
    """Give those of these rows that are claimed, as far as this transaction sees."""
    return {row["id"] for row in await tx.fetch(HELD, list(effects))}


async def begin_attempts(tx: Transaction, effects: Sequence[Effect], now: datetime) -> None:
    """Note that an attempt of each begins."""
    if effects:
        tx.at_the_end(BEGIN_ATTEMPTS, [e.id for e in effects], [e.attempts for e in effects], now)


async def end_attempts(tx: Transaction, ends: Sequence[tuple[Effect, Answer]], now: datetime) -> None:
    """Note what attempts came to, at the end of the transaction."""
    told = [
        (
            effect.id,
            effect.attempts,
            type(answer).__name__.lower(),
            answer.reference if isinstance(answer, Sent) else answer.reason,
        )
        for effect, answer in ends
    ]
    tx.at_the_end(END_ATTEMPTS, *columns(told), now)


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def _written(effect: Effect) -> list[Any]:
    values = {name: getattr(effect, name) for name in COLUMNS}
    values["recipient"] = effect.recipient.model_dump(mode="json")
    return list(values.values())


def read(row: asyncpg.Record) -> Effect:
    """Read a row."""
    values = dict(row)
    values["recipient"] = Recipient.model_validate(values["recipient"])
    cause = values["cause"]
    ids = {name: UUID(cause[name]) for name in ("correlation", "causation")}
    values["cause"] = Cause(**{**cause, **ids})
    return Effect(**values)


async def erase(tx: Transaction, contact: UUID, items: Collection[UUID]) -> None:
    """Forget what effects hold of a person, and of what was made for these items."""
    await tx.execute(ERASE_ATTEMPTS, contact, list(items))
    await tx.execute(ERASE, contact, list(items))


async def lock_unsent(tx: Transaction, contact: UUID, items: Collection[UUID]) -> list[Effect]:
    """Lock the rows of a person, and of these items, that may yet be sent, in the order of their ids."""
    return [read(row) for row in await tx.fetch(UNSENT, contact, list(items))]
