"""Very many items of one type at once, with all that is kept beside them, as if each had been made by a person."""

import asyncio
from collections.abc import Sequence

import asyncpg

MANY = 1_000_000
TYPE = {
    "fields": [{"key": "amount", "kind": "money"}, {"key": "size", "kind": "choice", "choices": ["S", "M", "L"]}],
    "amount": "amount",
}
# Of a thousand items one stands in `lost`, ten in `won`, the others in `open` and `talks`.
STAGES = [{"key": "open"}, {"key": "talks"}, {"key": "won", "kind": "success"}, {"key": "lost", "kind": "failure"}]
ITEMS = (
    "INSERT INTO item (id, type, pipeline, stage, version, activation, entered_at, created_at, title, responsible,"
    " fields, incomplete, deleted, rule_set)"
    " SELECT ('018f0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'house', 'house/sale',"
    " CASE WHEN n % 1000 = 0 THEN 'lost' WHEN n % 100 = 1 THEN 'won' WHEN n % 2 = 0 THEN 'open' ELSE 'talks' END,"
    " 1, 1, at, at, 'House ' || n, 'p' || n % 50,"
    " jsonb_build_object('amount', n * 7919::bigint % 99991 + 1 || ' EUR', 'size', (ARRAY['S', 'M', 'L'])[1 + n % 3]),"
    " false, false, 1"
    " FROM generate_series(1, {many}) AS n, LATERAL (SELECT '2026-01-01T00:00:00Z'::timestamptz"
    " + n * interval '1 second') AS t(at)"
)
AMOUNT = "split_part(fields ->> 'amount', ' ', 1)"
KEYS = {
    "title": "lower(title)",
    "responsible": "responsible",
    "created_at": """to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US')""",
    "amount": f"'EUR2' || 499 + length({AMOUNT}) || rtrim({AMOUNT}, '0')",
    "size": "fields ->> 'size'",
}
EACH = ", ".join(f"('{field}', {key})" for field, key in KEYS.items())
TOGETHER = ", ".join(f"'{field}', jsonb_build_array({key})" for field, key in KEYS.items())
VALUES = f"SELECT type, f, k, id FROM item, LATERAL (VALUES {EACH}) AS own(f, k)"
WORDS = "array_to_tsvector(string_to_array(lower(title), ' '))"
LINE = "id, id, created_at, 'created', 0, jsonb_build_object('stage', stage)"
BESIDE = (
    f"INSERT INTO field_value (type, field, key, item) {VALUES}",
    f"INSERT INTO item_index SELECT id, type, jsonb_build_object({TOGETHER}), {WORDS} FROM item",
    f"INSERT INTO timeline (id, item, at, kind, version, body) SELECT {LINE} FROM item",
    "SELECT recount('house', 'amount')",
)
TABLES = ("field_value", "item_index", "timeline", "item", "total")
INDEXES = (
    "SELECT conrelid::regclass::text AS of, conname AS name, pg_get_constraintdef(oid) AS made, true AS constraint"
    " FROM pg_constraint WHERE conrelid::regclass::text = ANY($1) AND contype = 'p'"
    " UNION ALL SELECT tablename, indexname, indexdef, false FROM pg_indexes"
    " WHERE tablename = ANY($2) AND indexname NOT LIKE '%_pkey'"
)


async def fill(url: str, many: int = MANY) -> None:
    """Make so many items of the type `house`, in the pipeline `house/sale`; the indexes are made behind the rows."""
    connection = await connected(url)
    dropped = await connection.fetch(INDEXES, TABLES[:3], TABLES[:4])
    for row in dropped:
        drop = f"ALTER TABLE {row['of']} DROP CONSTRAINT" if row["constraint"] else "DROP INDEX"
        await connection.execute(f"{drop} {row['name']}")
    for table in TABLES[:3]:
        await connection.execute(f"ALTER TABLE {table} SET UNLOGGED")
    await connection.execute(ITEMS.format(many=many))
    await together(url, BESIDE)
    add = "ALTER TABLE {of} ADD CONSTRAINT {name} {made}"
    await together(url, [add.format(**row) if row["constraint"] else row["made"] for row in dropped])
    await together(url, [f"VACUUM ANALYZE {table}" for table in TABLES])
    await connection.close()


async def together(url: str, statements: Sequence[str]) -> None:
    """Run statements two at a time."""
    turns = asyncio.Semaphore(2)

    async def one(statement: str) -> None:
        async with turns:
            connection = await connected(url)
            await connection.execute(statement)
            await connection.close()

    await asyncio.gather(*(one(statement) for statement in statements))


async def connected(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open a connection for large work."""
    settings = {"jit": "off", "maintenance_work_mem": "512MB", "work_mem": "128MB"}
    return await asyncpg.connect(url, server_settings=settings)
