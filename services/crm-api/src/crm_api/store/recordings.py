"""What the journal has of a window, for simulations of it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from chassis.database import Transaction
from contracts.commands import ApplySignal
from contracts.config import ConfigChanged
from contracts.executions import ExecutionRows
from contracts.items import ItemChanged, ItemStageChanged

from crm_api.simulation.history import EVENTS, Entry, Recording

HAPPENED_KINDS = [*EVENTS, ApplySignal.TYPE]
# The kind is written out, so that the index of these alone is walked.
CONFIG = f"SELECT at, kind, body::text AS body FROM journal WHERE kind = '{ConfigChanged.TYPE}' AND at < $1 ORDER BY at"
WITHIN = "FROM journal WHERE at >= $1 AND at < $2 AND kind = ANY($3::text[])"
HAPPENED = f"SELECT at, kind, body::text AS body {WITHIN} ORDER BY at"
KEYS = f"SELECT DISTINCT key {WITHIN}"
COUNT = f"SELECT count(*) FROM (SELECT {WITHIN} LIMIT $4) AS n"
OF_PIPELINE = "SELECT id::text AS key FROM item WHERE pipeline = $1 AND created_at < $2 AND NOT deleted LIMIT $3"
LAST = (
    "SELECT e.at, e.kind, e.body::text AS body FROM unnest($1::text[]) AS k(key) CROSS JOIN LATERAL"
    " (SELECT at, kind, body FROM journal j WHERE j.key = k.key AND j.at < $2 AND j.kind = ANY($3::text[])"
    " ORDER BY j.at DESC, (j.body -> 'data' -> 'item' ->> 'version')::bigint DESC LIMIT 1) AS e"
)
ROWS = (
    "SELECT body::text AS body FROM timeline WHERE kind = 'rule' AND item = ANY($1::uuid[])"
    " AND (body ->> 'planned_at')::timestamptz < $2 ORDER BY id"
)
WAITING = (
    "SELECT body FROM (SELECT DISTINCT ON (body -> 'data' ->> 'id') body ->> 'data' AS body,"
    " body -> 'data' ->> 'state' AS state FROM journal WHERE key = ANY($1::text[]) AND at < $2"
    f" AND kind = '{ExecutionRows.TYPE}' ORDER BY body -> 'data' ->> 'id', (body -> 'data' ->> 'version')::int DESC)"
    " AS last WHERE state IN ('waiting', 'waiting_for_date', 'waiting_for_previous', 'waiting_for_signal')"
)


async def counted(tx: Transaction, begin: datetime, end: datetime, most: int) -> int:
    """Count what happened in a window, to one beyond a number."""
    return int(await tx.fetchval(COUNT, begin, end, HAPPENED_KINDS, most + 1))


async def keys(tx: Transaction, pipeline: str, begin: datetime, end: datetime, most: int) -> set[str]:
    """Give the items of a window: those to which something happened, and those of the pipeline; one beyond a number."""
    rows = await tx.fetch(KEYS, begin, end, list(EVENTS))
    rows += await tx.fetch(OF_PIPELINE, pipeline, end, most + 1)
    return {row["key"] for row in rows}


async def read(tx: Transaction, concerned: Collection[str], begin: datetime, end: datetime) -> Recording:
    """Give what the journal has of a window, and of these items as they stood before it."""
    before = await _before(tx, concerned, begin, list(EVENTS))
    linked = links_of(before) - set(concerned)
    before += await _before(tx, linked, begin, list(EVENTS))
    items = [UUID(key) for key in concerned]
    return Recording(
        begin,
        end,
        config=[Entry(**dict(row)) for row in await tx.fetch(CONFIG, end)],
        before=before,
        entered=await _before(tx, concerned, begin, [ItemStageChanged.TYPE]),
        changed=await _before(tx, concerned, begin, [ItemChanged.TYPE]),
        happened=[Entry(**dict(row)) for row in await tx.fetch(HAPPENED, begin, end, HAPPENED_KINDS)],
        waiting=[row["body"] for row in await tx.fetch(WAITING, list(concerned), begin)],
        rows=[row["body"] for row in await tx.fetch(ROWS, items, end)],
    )


async def _before(tx: Transaction, keys: Iterable[str], begin: datetime, kinds: Sequence[str]) -> list[Entry]:
    return [Entry(**dict(row)) for row in await tx.fetch(LAST, sorted(keys), begin, kinds)]


def links_of(entries: Iterable[Entry]) -> set[str]:
    """Give the ids of what items link to."""
    items = (msgspec.json.decode(entry.body)["data"]["item"] for entry in entries)
    return {link["id"] for item in items for link in item["links"]}
