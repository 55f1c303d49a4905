"""Keys of programs; never their secrets."""

from collections.abc import Iterable

from chassis.database import Transaction

from crm_api.access.api_keys import ApiKey

COLUMNS = "id, person, name, scope, created_by, created_at, expires_at, revoked_at, last_used_at"
ADD = f"INSERT INTO api_key ({COLUMNS}, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
VALID = (
    f"SELECT {COLUMNS}, digest, last_used_at IS NULL OR last_used_at < signalbox_now() - interval '1 minute' AS unnoted"
    " FROM api_key WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > signalbox_now())"
)
LOAD = f"SELECT {COLUMNS} FROM api_key WHERE id = $1"
LISTED = f"SELECT {COLUMNS} FROM api_key WHERE ($1 = '' OR person = $1) AND ($2 = '' OR id > $2) ORDER BY id LIMIT $3"
REVOKE = f"UPDATE api_key SET revoked_at = coalesce(revoked_at, signalbox_now()) WHERE id = $1 RETURNING {COLUMNS}"
USED = (
    "UPDATE api_key SET last_used_at = signalbox_now() WHERE id = ANY($1::text[])"
    " AND (last_used_at IS NULL OR last_used_at < signalbox_now() - interval '1 minute')"
)


async def add(tx: Transaction, key: ApiKey, digest: bytes) -> None:
    """Keep a key."""
    scope = None if key.scope is None else key.scope.model_dump(mode="json")
    row = (key.id, key.person, key.name, scope, key.created_by, key.created_at, key.expires_at)
    await tx.execute(ADD, *row, key.revoked_at, key.last_used_at, digest)


async def valid(tx: Transaction, id_: str) -> tuple[ApiKey, bytes, bool] | None:
    """Give a key that is valid now, its digest, and whether its use is to be noted; None where there is none."""
    row = await tx.fetchrow(VALID, id_)
    if row is None:
        return None
    values = dict(row)
    digest, unnoted = values.pop("digest"), values.pop("unnoted")
    return ApiKey.model_validate(values), digest, unnoted


async def load(tx: Transaction, id_: str) -> ApiKey | None:
    """Load a key, valid or not."""
    row = await tx.fetchrow(LOAD, id_)
    return None if row is None else ApiKey.model_validate(dict(row))


async def listed(tx: Transaction, person: str, after: str, limit: int) -> list[ApiKey]:
    """List the keys of a person, or of everyone, by id."""
    return [ApiKey.model_validate(dict(row)) for row in await tx.fetch(LISTED, person, after, limit)]


async def revoke(tx: Transaction, id_: str) -> None:
    """Let a key be valid no more; it stays known."""
    await tx.execute(REVOKE, id_)


async def used(tx: Transaction, ids: Iterable[str]) -> None:
    """Note that keys were used, each at most once a minute."""
    await tx.execute(USED, sorted(ids))
