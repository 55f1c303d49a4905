"""What a publish that migrates would do to what waits now: how many would be overdue at once, how many would end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from automation import planning
from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.config import ConfigChanged
from contracts.executions import ExecutionRow
from contracts.items import Item

from crm_api.record.items import Stored
from crm_api.rules.drafts import PipelineDraft
from crm_api.rules.publishing import Published, Terms, drawn
from crm_api.store import drafts as store
from crm_api.store import items as stored_items
from crm_api.store import timeline as stored_timeline

CHUNK = 500
# Beyond these a part says enough, and the publisher does not wait for minutes.
MOST = 5000


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Of the executions that were looked at: those that would be due before now, and those that would be cancelled.

    `all` says whether these are all that wait.
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
    known = [row for row in rows if row.item in held]
    changed = await stored_timeline.last_changes(tx, held)
    foreseeing = Foreseeing(linked, changed, after, now)
    became = [foreseeing.of(row, held[row.item].item) for row in known]
    return replace(
        seen,
        looked_at=seen.looked_at + len(rows),
        overdue=seen.overdue + sum(_overdue(one, now) for one in became),
        ending=seen.ending + sum(one.state == "cancelled" for one in became),
    )


@dataclass(frozen=True, slots=True)
class Foreseeing:
    """What is known of some items: what they link to, when they were last changed, and what would hold."""

    linked: Mapping[UUID, Stored]
    changed: Mapping[UUID, datetime]
    after: Knowledge
    now: datetime

    def of(self, row: ExecutionRow, item: Item) -> ExecutionRow:
        """Give a row as it would become."""
        links = tuple(self.linked[link.id].item for link in item.links if link.id in self.linked)
        changed_at = self.changed.get(item.id)
        return planning.succeed(row, item, links, self.after, self.now, changed_at=changed_at) or row


def _overdue(row: ExecutionRow, now: datetime) -> bool:
    return row.state == "waiting" and row.due_at is not None and row.due_at < now
