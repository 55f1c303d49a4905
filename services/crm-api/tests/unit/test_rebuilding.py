"""The record as its announcements alone tell it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from contracts.items import Item, ItemEvent, ItemRulesApplied, ItemStageChanged
from contracts.rules import RuleSetRef
from crm_api.testing.rebuilt import rebuild

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
ITEM = UUID(int=7)


def told(kind: type[ItemEvent], number: int, **more: Any) -> tuple[str, dict[str, Any]]:
    item = Item(id=ITEM, type="deal", pipeline="deal/retail", stage="new", version=1, entered_at=AT, created_at=AT)
    event = kind(item=item, config=1, rule_set=RuleSetRef(pipeline="deal/retail", number=number), **more)
    return kind.TYPE, {"data": event.model_dump(mode="json", by_alias=True)}


def test_rules_that_were_applied_later_are_not_those_of_the_entry() -> None:
    entered, applied = told(ItemStageChanged, 1), told(ItemRulesApplied, 5, job=uuid4())
    for entries in ([entered, applied], [applied, entered]):
        assert rebuild(entries).items[ITEM].rule_set == 1
    assert rebuild([applied]).items == {}
