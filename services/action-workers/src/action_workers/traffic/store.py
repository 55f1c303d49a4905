"""All SQL of accounts; nothing here commits."""

from collections.abc import Collection, Iterable
from dataclasses import astuple, fields
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from chassis.database import Transaction

from action_workers.traffic.standing import Standing

TYPES = {
    "account": "text",
    "line_empty_at": "timestamptz",
    "busy_until": "timestamptz",
    "closed_until": "timestamptz",
    "failures": "int",
    "closings": "int",
    "probe": "uuid",
    "why": "text",
}
PROBED_AGAIN = timedelta(seconds=1)
COLUMNS = tuple(field.name for field in fields(Standing))
ALL = ", ".join(COLUMNS)
MAKE = "INSERT INTO account (account) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
KNOWN = f"SELECT {ALL} FROM account WHERE account = ANY($1::text[])"
LOCK = f"{KNOWN} ORDER BY account FOR UPDATE"
LOCK_FREE = f"{LOCK} SKIP LOCKED"
RUNNING = (
    "SELECT account, count(*) AS n FROM effect WHERE account = ANY($1::text[]) AND state = 'claimed' GROUP BY account"
)
KEEP = (
    f"UPDATE account AS a SET {', '.join(f'{name} = u.{name}' for name in COLUMNS[1:])}"
    f" FROM unnest({', '.join(f'${n}::{t}[]' for n, t in enumerate(TYPES.values(), start=1))})"
    f" AS u({', '.join(TYPES)}) WHERE a.account = u.account"
)
# Of nearly all of them there is nothing to say: then no row is written.
UP = (
    "UPDATE account SET failures = 0, closings = 0, probe = NULL, closed_until = NULL, why = ''"
    " WHERE account = ANY($1::text[]) AND (failures > 0 OR closings > 0)"
)
# A probe that found out nothing: the next one goes soon.
FOUND_OUT_NOTHING = "UPDATE account SET probe = NULL, closed_until = $2 WHERE probe = ANY($1::uuid[])"
LISTED = (
    f"SELECT {ALL}, (SELECT count(*) FROM effect WHERE account = a.account AND state = 'claimed') AS running"
    " FROM account AS a WHERE account > $1 ORDER BY account LIMIT $2"
)


async def lock(tx: Transaction, accounts: Collection[str]) -> dict[str, Standing]:
    """Lock accounts, made where they are not there yet."""
    names = sorted(accounts)
    await tx.execute(MAKE, names)
    return _by_name(await tx.fetch(LOCK, names))


async def lock_free(tx: Transaction, accounts: Collection[str], known: Collection[str]) -> dict[str, Standing]:
    """Lock those of these accounts that nobody else holds; those not `known` yet are made."""
    if new := sorted(set(accounts) - set(known)):
        await tx.execute(MAKE, new)
    return _by_name(await tx.fetch(LOCK_FREE, sorted(accounts)))


async def running(tx: Transaction, accounts: Collection[str]) -> dict[str, int]:
    """Count what is on its way in each account, asked once it is locked."""
    return {row["account"]: row["n"] for row in await tx.fetch(RUNNING, sorted(accounts))}


async def listed(tx: Transaction, after: str, limit: int) -> list[asyncpg.Record]:
    """Give accounts in the order of their names, each with how many effects are on their way."""
    return await tx.fetch(LISTED, after, limit)


async def is_closed(tx: Transaction, account: str, now: datetime) -> bool:
    """Say whether nothing may go by an account."""
    return any(read(row).closed(now) for row in await tx.fetch(KNOWN, [account]))


def keep(tx: Transaction, standings: Iterable[Standing]) -> None:
    """Write accounts that this transaction has locked, at its end."""
    if rows := [astuple(standing) for standing in standings]:
        tx.at_the_end(KEEP, *map(list, zip(*rows, strict=True)))


def up(tx: Transaction, accounts: Collection[str]) -> None:
    """Note that accounts answer, at the end of the transaction."""
    if accounts:
        tx.at_the_end(UP, sorted(accounts))


def found_out_nothing(tx: Transaction, effects: Collection[UUID], now: datetime) -> None:
    """Let the next probe go, where one of these effects was one, at the end of the transaction."""
    if effects:
        tx.at_the_end(FOUND_OUT_NOTHING, list(effects), now + PROBED_AGAIN)


def read(row: asyncpg.Record) -> Standing:
    """Read a row."""
    return Standing(**{name: row[name] for name in COLUMNS})


def _by_name(rows: Iterable[asyncpg.Record]) -> dict[str, Standing]:
    return {row["account"]: read(row) for row in rows}
