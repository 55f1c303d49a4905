"""By which phones and emails contacts are known: kept beside them, so that signals and imports find them again."""

from collections.abc import Sequence

from automation.knowledge import Knowledge
from chassis.database import Transaction

from crm_api.fields import identities
from crm_api.intake.contacts import CONTACT
from crm_api.record.items import Draft
from crm_api.store import items as store


async def keep_known(tx: Transaction, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
    """Keep by what contacts that changed are known; a deleted one is known by nothing."""
    contacts = [draft.item for draft in drafts if draft.item.type == CONTACT and draft.refilled]
    type_ = knowledge.types.get(CONTACT)
    known = {one.id: None if one.deleted or not type_ else identities(type_, one.fields) for one in contacts}
    await store.know(tx, known)
