"""How far each change that touches many is with the items that wait."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from automation.grounds import Ground
from chassis.database import Transaction

from rule_scheduler.store.copies import PAST
from rule_scheduler.store.noticing import ALL_ENDED, NOTICED

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)
ITEM = "item"
KNOWN = "SELECT kind, id, fingerprint FROM sweep WHERE kind <> 'item'"
CHANGES = (
    "SELECT kind, id, revision, deleted, changed_by FROM config"
    " WHERE (kind, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
)
# A walk that is on its way goes on to the end, and then from the first item to where it was when the change came: so
# changes that follow one another closely do not keep the last items waiting for ever.
NOTE = (
    "INSERT INTO sweep AS s (kind, id, revision, fingerprint, words, noticed, began_at)"
    f" SELECT k, i, r, f, w, {NOTICED}, $6"
    " FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) AS u(k, i, r, f, w) ORDER BY k, i"
    " ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, fingerprint = excluded.fingerprint,"
    " words = excluded.words, noticed = excluded.noticed, began_at = excluded.began_at, ended = false,"
    " computed = 0, moved = 0, until = 'ffffffff-ffff-ffff-ffff-ffffffffffff',"
    " again = CASE WHEN s.ended THEN NULL ELSE s.after END,"
    " after = CASE WHEN s.ended THEN '00000000-0000-0000-0000-000000000000' ELSE s.after END"
    " WHERE s.kind = 'item' OR (s.revision <= excluded.revision AND s.fingerprint <> excluded.fingerprint)"
)
# A transaction that began before the change was there may yet plan by what held before: it is waited for.
OPEN = (
    "SELECT kind, id, words, after, until, again, computed, moved, began_at FROM sweep WHERE NOT ended"
    f" AND {ALL_ENDED} LIMIT 1 FOR UPDATE SKIP LOCKED"
)
# Rows that come from elsewhere were computed before some change.
ANEW = (
    f"UPDATE sweep SET ended = false, computed = 0, moved = 0, noticed = {NOTICED},"
    " after = '00000000-0000-0000-0000-000000000000', until = 'ffffffff-ffff-ffff-ffff-ffffffffffff', again = NULL"
)
WAITING = (
    "WITH looked_at AS MATERIALIZED (SELECT item, doc::json ->> 'rule' AS rule FROM execution"
    " WHERE pending AND state IN ('waiting', 'waiting_for_signal') AND item > $1 AND item <= $2 ORDER BY item LIMIT $3)"
    " SELECT item, count(*) AS rows, bool_or(rule = ANY($4::text[])) AND ($5 = '' OR EXISTS (SELECT FROM item_copy"
    " WHERE id = item AND doc::json ->> 'responsible' = $5)) AS rests FROM looked_at GROUP BY item ORDER BY item"
)
LINKED = (
    "SELECT from_id AS item, 1 AS rows, EXISTS (SELECT FROM execution WHERE item = from_id"
    " AND pending AND state IN ('waiting', 'waiting_for_date', 'waiting_for_signal'))"
    f" OR EXISTS (SELECT FROM execution WHERE item = from_id AND {PAST}) AS rests FROM item_link"
    " WHERE from_id > $1 AND from_id <= $2 AND to_id = $4 ORDER BY from_id LIMIT $3"
)
ADVANCE = (
    "UPDATE sweep SET after = $3, until = $4, again = $5, ended = $6, computed = $7, moved = $8"
    " WHERE kind = $1 AND id = $2"
)
FORGET = "DELETE FROM sweep WHERE kind = $1 AND id = $2"
ERASE = "UPDATE sweep SET words = 'a contact changed' WHERE kind = 'item' AND id = ANY($1::text[])"


@dataclass(frozen=True, slots=True)
class Sweep:
    """One change, and how far it is; `computed` items were computed afresh, and `moved` of their rows are others."""

    kind: str
    id: str
    words: str
    after: UUID
    until: UUID
    again: UUID | None
    computed: int
    moved: int
    began_at: datetime

    def over(self) -> "Sweep | None":
        """Give it at the end of its stretch, where another one follows."""
        if self.again is None:
            return None
        return replace(self, after=FIRST, until=self.again, again=None)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The items to compute afresh of those that were looked at; `last` is None where there are no more."""

    items: list[UUID]
    last: UUID | None


async def changed(tx: Transaction, grounds: Mapping[Ground, str]) -> set[Ground]:
    """Give the records of which moments read something else now than when they were noted."""
    rows = await tx.fetch(KNOWN)
    known = {Ground(row["kind"], row["id"]): row["fingerprint"] for row in rows}
    return {one for one in {*known, *grounds} if known.get(one, "") != grounds.get(one, "")}


async def note(tx: Transaction, changed: Collection[Ground], grounds: Mapping[Ground, str]) -> None:
    """Note changed records: what rests on them is computed afresh, and is told who changed them."""
    asked = [one.kind for one in changed], [one.id for one in changed]
    rows = await tx.fetch(CHANGES, *asked) if changed else []
    found = [(row["kind"], row["id"], row["revision"], row["deleted"], row["changed_by"]) for row in rows]
    noted = [(kind, id_, number, grounds.get(Ground(kind, id_), "")) for kind, id_, number, _, _ in found]
    words = [_words(*one) for one in found]
    if noted:
        await tx.execute(NOTE, *zip(*noted, strict=True), words, await tx.now())


async def note_items(tx: Transaction, items: Mapping[UUID, str]) -> None:
    """Note items that changed and to which many link, with the words for each."""
    ids = sorted(map(str, items))
    if ids:
        words = [items[UUID(one)] for one in ids]
        await tx.execute(NOTE, [ITEM] * len(ids), ids, [0] * len(ids), [""] * len(ids), words, await tx.now())


async def open_(tx: Transaction) -> Sweep | None:
    """Give a change that is not done and that nobody else works on, locked."""
    row = await tx.fetchrow(OPEN)
    return None if row is None else Sweep(**row)


async def waiting(tx: Transaction, of: Sweep, rules: Collection[UUID], limit: int) -> Chunk:
    """Look at the next executions that wait, and give the items of those whose rules are these."""
    responsible = of.id if of.kind == "person" else ""
    rows = await tx.fetch(WAITING, of.after, of.until, limit, [str(rule) for rule in rules], responsible)
    full = sum(row["rows"] for row in rows) == limit
    items = [row["item"] for row in rows if row["rests"]]
    if not full:
        return Chunk(items, None)
    # Not all of the last one may have been seen.
    last = rows[-1]["item"]
    return Chunk([*items, *({last} - set(items))], last)


async def linked(tx: Transaction, of: Sweep, limit: int) -> Chunk:
    """Look at the next items that link to the one that changed, and give those of which a moment may move."""
    rows = await tx.fetch(LINKED, of.after, of.until, limit, UUID(of.id))
    items = [row["item"] for row in rows if row["rests"]]
    return Chunk(items, rows[-1]["item"] if len(rows) == limit else None)


async def advance(tx: Transaction, ahead: Sweep, *, ended: bool) -> None:
    """Keep how far it is; of an item nothing is kept when it is done."""
    if ended and ahead.kind == ITEM:
        await tx.execute(FORGET, ahead.kind, ahead.id)
        return
    place = ahead.after, ahead.until, ahead.again, ended
    await tx.execute(ADVANCE, ahead.kind, ahead.id, *place, ahead.computed, ahead.moved)


async def begin_anew(tx: Transaction) -> None:
    """Let every change be worked through once more."""
    await tx.execute(ANEW)


async def erase(tx: Transaction, items: Collection[UUID]) -> None:
    """Forget what these items are called."""
    await tx.execute(ERASE, [str(item) for item in items])


def _words(kind: str, id_: str, revision: int, deleted: bool, by: str) -> str:  # noqa: FBT001 - a row's columns
    who = f" by {by}" if by else ""
    name = kind if kind == id_ else f"{kind} {id_}"
    return f"{name}, revision {revision}, {'removed' if deleted else 'changed'}{who}"
