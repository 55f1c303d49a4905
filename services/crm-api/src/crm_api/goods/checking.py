"""Holds the amount of an item to what its rows of goods come to."""

from collections.abc import Sequence

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.money import Money

from crm_api.fields import FieldError
from crm_api.record.items import Draft
from crm_api.store import goods as store


async def check_amounts(tx: Transaction, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
    """Refuse an amount that is another than the rows of goods come to; raises `FieldError`."""
    changed = {
        draft.item.id: draft for draft in drafts if draft.before and amount_of(draft, knowledge) in draft.changed
    }
    if not changed:
        return
    for item, gross in (await store.gross(tx, changed)).items():
        draft = changed[item]
        amount = amount_of(draft, knowledge)
        written = draft.item.fields.get(amount)
        if written is None or Money.read(written) != gross:
            fix = f"change the rows: PUT /v1/items/{item}/goods"
            raise FieldError(f"fields.{amount}", f"this follows the rows of goods, which come to {gross}", fix)


def amount_of(draft: Draft, knowledge: Knowledge) -> str:
    """Give the amount field that follows the goods of an item, "" where none does."""
    type_ = knowledge.types.get(draft.item.type)
    return type_.amount if type_ and type_.goods else ""
