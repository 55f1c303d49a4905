"""What a publish that migrates would do to what waits now: how many would be overdue at once, how many would end.

The same code decides it as when the publish has come; nothing is kept, and nothing of it is sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from automation.desk.copies import Copy
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.succeeding import bring_up
from automation.knowledge import Knowledge
from automation.settling import follows
from automation.succession import Migrates, fate
from chassis.database import Transaction
from contracts.config import ConfigChanged
from contracts.envelope import Cause
from contracts.executions import PENDING, ExecutionRow
from contracts.items import Item

from crm_api.record.items import Stored
from crm_api.rules.drafts import PipelineDraft
from crm_api.rules.publishing import Published, Terms, drawn
from crm_api.store import drafts as store
from crm_api.store import items as stored_items
from crm_api.store import timeline as stored_timeline
from crm_api.store.timeline import Occurrence

CHUNK = 500
# Beyond these a part says enough, and the publisher does not wait for minutes.
MOST = 5000
NOBODY = Cause(UUID(int=0), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Of the executions that were looked at: those that would be due before now, and those that would end unrun.

    A rule ends where the new set lacks it, where its moment is over and it says to skip then, and where it would wait
    for a rule that never ran. `all` says whether these are all that wait.
    """

    looked_at: int = 0
    overdue: int = 0
    ending: int = 0
    all: bool = True


async def foresee(tx: Transaction, knowledge: Knowledge, draft: PipelineDraft) -> Foreseen:
    """Look at what waits of a draft's pipeline as if the draft were published, and all of it migrated."""
    after = migrated(knowledge, draft, now := await tx.now())
    seen = Foreseen()
    rows: Sequence[ExecutionRow] = ()
    while seen.looked_at < MOST:
        rows = await store.waiting_rows(tx, draft.pipeline, rows[-1].id if rows else None, CHUNK)
        seen = await _add(tx, seen, rows, after, now)
        if len(rows) < CHUNK:
            return seen
    return replace(seen, all=False)


def migrated(knowledge: Knowledge, draft: PipelineDraft, now: datetime) -> Knowledge:
    """Give what would be known after the publish."""
    terms = Terms("migrate", ids=draft.ids)
    _, rule_set = drawn(Published.of(knowledge, draft.pipeline), draft.pipeline, draft.document, terms, draft.saved_by)
    id_ = f"{draft.pipeline}/{rule_set.number}"
    data = rule_set.model_dump(mode="json")
    change = ConfigChanged(kind="rule-set", id=id_, revision=knowledge.revision, data=data, changed_at=now)
    return knowledge.with_([change])


async def _add(
    tx: Transaction, seen: Foreseen, rows: Sequence[ExecutionRow], after: Knowledge, now: datetime
) -> Foreseen:
    held = await stored_items.load(tx, {row.item for row in rows})
    linked = await stored_items.load(tx, {link.id for one in held.values() for link in one.item.links})
    known = [row for row in of_known_rules(rows, after) if row.item in held]
    changed = await stored_timeline.last_changes(tx, held)
    beside = await stored_timeline.of_occurrences(tx, waiting_for_others(known, after))
    foreseeing = Foreseeing({**linked, **held}, changed, after, now)
    overdue, ending = foreseeing.counts(known, of_known_rules(beside, after))
    return replace(
        seen, looked_at=seen.looked_at + len(rows), overdue=seen.overdue + overdue, ending=seen.ending + ending
    )


def of_known_rules(rows: Iterable[ExecutionRow], after: Knowledge) -> list[ExecutionRow]:
    """Give the rows whose rule sets are there."""
    return [row for row in rows if after.rule(row.rule_set, row.rule) is not None]


def waiting_for_others(rows: Iterable[ExecutionRow], after: Knowledge) -> set[Occurrence]:
    """Name the occurrences whose other rules say what becomes of these executions."""
    found: set[Occurrence] = set()
    for row in rows:
        change = fate(row.rule_set, row.rule, row.stage, after)
        if isinstance(change, Migrates) and follows(change.rule, after):
            found.add((row.item, row.activation, row.occurrence))
    return found


@dataclass(frozen=True, slots=True)
class Foreseeing:
    """What is known of items and of what they link to, when they were last changed, and what would hold."""

    items: Mapping[UUID, Stored]
    changed: Mapping[UUID, datetime]
    after: Knowledge
    now: datetime

    def counts(self, rows: Sequence[ExecutionRow], beside: Iterable[ExecutionRow]) -> tuple[int, int]:
        """Count of these rows those that would be overdue and those that would end, with what there is beside them."""
        desk = self._desk({row.id: Execution(row, NOBODY) for row in (*beside, *rows)})
        for item in dict.fromkeys(row.item for row in rows):
            bring_up(desk, item)
        became = [desk.executions[row.id].row for row in rows]
        return sum(_overdue(one, self.now) for one in became), sum(_ends(desk, one) for one in became)

    def _desk(self, executions: dict[UUID, Execution]) -> Desk:
        copies = {id_: self._copy(one.item) for id_, one in self.items.items()}
        return Desk(knowledge=self.after, now=self.now, gate_open=False, copies=copies, executions=executions)

    def _copy(self, item: Item) -> Copy:
        return Copy(item.id, item.version, item.version, item=item, changed_at=self.changed.get(item.id))


def _overdue(row: ExecutionRow, now: datetime) -> bool:
    return row.state == "waiting" and row.due_at is not None and row.due_at < now


def _ends(desk: Desk, row: ExecutionRow) -> bool:
    """Say whether nothing comes of it any more; another occurrence may have taken its place."""
    others = (one.row for one in desk.of(row.item, row.activation))
    return row.state not in PENDING and not any(one.rule == row.rule and one.state in PENDING for one in others)
