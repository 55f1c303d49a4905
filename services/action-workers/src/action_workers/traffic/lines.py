"""The SQL that looks at the heads of lines and takes from lines; its cost grows with neither what waits nor how long.

A line is what one rule has planned for one account. The heads are found by a loose scan of one index: from each line
it leaps to the next one, and from an account that takes nothing to the next account.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction

from action_workers import store as effects_store
from action_workers.effect import Effect
from action_workers.traffic import store
from action_workers.traffic.shares import Head, Line, Share
from action_workers.traffic.standing import Standing

FIRST = Line("", UUID(int=0))
LAST_RULE = UUID(int=2**128 - 1)

_HEAD = (
    "SELECT account, rule, not_before FROM effect WHERE kind = $1 AND state = 'planned' AND (account, rule) > ({})"
    " ORDER BY account, rule, not_before LIMIT 1"
)
_LEAP = (
    "head.account, CASE WHEN head.account = ANY($4::text[]) OR EXISTS (SELECT FROM account AS a"
    " WHERE a.account = head.account AND (a.busy_until > $5 OR a.closed_until > $5))"
    f" THEN '{LAST_RULE}'::uuid ELSE head.rule END"
)
HEADS = (
    f"WITH RECURSIVE head AS (SELECT 1 AS n, h.* FROM ({_HEAD.format('$2, $3')}) AS h"
    f" UNION ALL SELECT n + 1, h.* FROM head CROSS JOIN LATERAL ({_HEAD.format(_LEAP)}) AS h WHERE n < $6)"
    f" SELECT head.account, rule, not_before, {', '.join(f'a.{name}' for name in store.COLUMNS[1:])},"
    " a.account IS NOT NULL AS known FROM head LEFT JOIN account AS a ON a.account = head.account ORDER BY n"
)
TAKE = (
    "SELECT e.* FROM unnest($2::text[], $3::uuid[], $4::int[]) AS share (account, rule, most) CROSS JOIN LATERAL"
    f" (SELECT {effects_store.ALL} FROM effect WHERE kind = $1 AND state = 'planned' AND account = share.account"
    " AND rule = share.rule AND not_before <= $5 ORDER BY not_before LIMIT share.most FOR UPDATE SKIP LOCKED) AS e"
)

# What waits in these accounts and says nothing of why.
SILENT = (
    f"SELECT {effects_store.ALL} FROM effect WHERE kind = $1 AND state = 'planned' AND account = ANY($2::text[])"
    " AND not_before <= $3 AND reason = '' ORDER BY account, rule, not_before LIMIT $4 FOR UPDATE SKIP LOCKED"
)


async def heads(
    tx: Transaction, kind: str, behind: Line, now: datetime, *, full: Collection[str], most: int
) -> tuple[list[Head], dict[str, Standing]]:
    """Give the heads of so many lines behind one, one alone for accounts that are `full` or closed; and how all stand.

    How an account stands is not known where nothing was ever to be said of it.
    """
    rows = await tx.fetch(HEADS, kind, *behind, list(full), now, most)
    known = {row["account"]: store.read(row) for row in rows if row["known"]}
    return [Head(Line(row["account"], row["rule"]), row["not_before"]) for row in rows], known


async def take(tx: Transaction, kind: str, shares: Sequence[Share], now: datetime) -> list[Effect]:
    """Lock of each line as many as its share, the oldest first; what another holds is left to it."""
    columns = effects_store.columns([(*share.line, share.most) for share in shares])
    return [effects_store.read(row) for row in await tx.fetch(TAKE, kind, *columns, now)]


async def silent(tx: Transaction, kind: str, accounts: Collection[str], before: datetime, most: int) -> list[Effect]:
    """Lock so many of those that wait in these accounts since then and say nothing of why."""
    return [effects_store.read(row) for row in await tx.fetch(SILENT, kind, sorted(accounts), before, most)]
