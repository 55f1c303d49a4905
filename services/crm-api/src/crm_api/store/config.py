"""The config, and the row under whose lock its changes are numbered."""

from chassis.database import Transaction
from contracts.config import ConfigChanged

LOCK = "SELECT value FROM last_revision FOR UPDATE"
NUMBER = "UPDATE last_revision SET value = $1"
COLUMNS = "kind, id, revision, deleted, data, changed_by, changed_at"
RECORD = f"SELECT {COLUMNS} FROM config WHERE kind = $1 AND id = $2 AND NOT deleted"
EVER = "SELECT EXISTS (SELECT FROM config WHERE kind = $1)"
OF_KIND = f"SELECT {COLUMNS} FROM config WHERE kind = $1 AND NOT deleted ORDER BY id"
PEOPLE_BY_EMAIL = (
    "SELECT id FROM config WHERE kind = 'person' AND NOT deleted AND lower(data ->> 'email') = lower($1)"
    " AND data -> 'active' IS DISTINCT FROM 'false'::jsonb ORDER BY id LIMIT 2"
)
STANDING = (
    "SELECT stage, count(*) FROM item WHERE pipeline = $1 AND NOT deleted AND NOT stage = ANY($2::text[])"
    " GROUP BY stage ORDER BY stage"
)


async def lock(tx: Transaction) -> int:
    """Take the lock of config changes, and give the last number."""
    return int(await tx.fetchval(LOCK))


async def number(tx: Transaction, revision: int) -> None:
    """Keep the last number."""
    await tx.execute(NUMBER, revision)


async def record(tx: Transaction, kind: str, id_: str) -> ConfigChanged | None:
    """Give a record that is not deleted."""
    row = await tx.fetchrow(RECORD, kind, id_)
    return None if row is None else ConfigChanged.model_validate(dict(row))


async def of_kind(tx: Transaction, kind: str) -> list[ConfigChanged]:
    """Give the records of a kind that are not deleted, by id."""
    return [ConfigChanged.model_validate(dict(row)) for row in await tx.fetch(OF_KIND, kind)]


async def ever(tx: Transaction, kind: str) -> bool:
    """Say whether there ever was a record of a kind, deleted ones too."""
    return bool(await tx.fetchval(EVER, kind))


async def standing_elsewhere(tx: Transaction, pipeline: str, stages: list[str]) -> dict[str, int]:
    """Count the items of a pipeline that stand in other stages than these."""
    return {row["stage"]: row["count"] for row in await tx.fetch(STANDING, pipeline, stages)}


async def people_by_email(tx: Transaction, email: str) -> list[str]:
    """Give the ids of active people with an email, two at most."""
    return [row["id"] for row in await tx.fetch(PEOPLE_BY_EMAIL, email)]
