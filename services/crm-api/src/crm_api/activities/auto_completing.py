"""Activities that are done with the stage: as soon as their item enters another one, in the same transaction."""

from collections.abc import Sequence

from automation.knowledge import Knowledge
from chassis.database import Transaction

from crm_api.record.items import Draft
from crm_api.store import activities as store

WHY = "its item entered another stage"


async def keep_completed(tx: Transaction, _: Knowledge, drafts: Sequence[Draft]) -> None:
    """Complete what belonged to the stages that items left; their reminders find them done."""
    moved = [draft.item.id for draft in drafts if draft.before is not None and draft.entered]
    if moved:
        store.auto_complete(tx, moved, WHY)
