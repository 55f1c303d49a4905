"""What one transaction's changes to an item come to, and which event tells of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from automation.knowledge import Knowledge
from contracts.config import Pipeline
from contracts.elements import ElementField, ElementType
from contracts.items import Item, ItemChanged, ItemDeleted, ItemSignalled, ItemStageChanged, Link, SignalSeen
from contracts.rules import RuleSetRef, Stage
from crm_api.fields import FieldError
from crm_api.record.items import Draft, Stored, persons
from crm_api.store.items import new_links

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
EARLIER = NOW - timedelta(days=3)
PIPELINE = Pipeline(
    id="deal/retail", type="deal", stages=tuple(Stage(key=key) for key in ("new", "documents", "paid")), rule_set=7
)
VIP = Pipeline(id="deal/vip", type="deal", stages=(Stage(key="new"),), rule_set=2)
TYPE = ElementType(key="deal", fields=(ElementField(key="name", kind="string", required=True),))
KNOWLEDGE = Knowledge(revision=42, types={"deal": TYPE}, pipelines={"deal/retail": PIPELINE})


def stored(**more: Any) -> Stored:
    """Give an item that stands in its first stage since three days."""
    place = {"type": "deal", "pipeline": "deal/retail", "stage": "new", "activation": 4, "version": 9}
    item = Item(id=uuid4(), entered_at=EARLIER, created_at=EARLIER, **{**place, "fields": {"name": "Oak"}, **more})
    return Stored(item, rule_set=5, suppressed="import-7")


def sealed(draft: Draft) -> Any:
    """Give the event of a draft."""
    draft.seal(KNOWLEDGE)
    return draft.event(KNOWLEDGE, [])


def test_an_untouched_item_is_not_announced() -> None:
    assert sealed(Draft.of(stored())) is None


def test_an_entry_counts_the_activation_and_takes_the_rule_set_that_holds_now() -> None:
    draft = Draft.of(stored())
    draft.place(PIPELINE, "paid", NOW, None)
    event = sealed(draft)
    assert isinstance(event, ItemStageChanged)
    assert (event.from_stage, event.item.stage) == ("new", "paid")
    assert (event.item.version, event.item.activation, event.item.entered_at) == (10, 5, NOW)
    assert (event.rule_set.number if event.rule_set else None, event.config) == (7, 42)
    assert event.suppressed is None


def test_two_moves_in_one_transaction_are_one_entry() -> None:
    draft = Draft.of(stored())
    draft.place(PIPELINE, "documents", NOW, None)
    draft.place(PIPELINE, "paid", NOW, None)
    event = sealed(draft)
    assert (event.from_stage, event.item.stage, event.item.activation, event.item.version) == ("new", "paid", 5, 10)


def test_a_move_there_and_back_is_no_entry() -> None:
    draft = Draft.of(stored())
    draft.place(PIPELINE, "documents", NOW, None)
    draft.place(PIPELINE, "new", NOW, None)
    event = sealed(draft)
    assert isinstance(event, ItemChanged)
    assert (event.item.activation, event.item.entered_at) == (4, EARLIER)
    assert (draft.rule_set, draft.suppressed) == (5, "import-7")


def test_the_same_stage_of_another_pipeline_is_an_entry_that_names_both() -> None:
    draft = Draft.of(stored())
    draft.place(VIP, "new", NOW, None)
    event = sealed(draft)
    assert isinstance(event, ItemStageChanged)
    assert (event.from_pipeline, event.from_stage) == ("deal/retail", "new")
    assert (event.item.pipeline, event.item.stage, event.item.activation) == ("deal/vip", "new", 5)
    assert event.rule_set == RuleSetRef(pipeline="deal/vip", number=2)


def test_a_restored_item_is_changed_and_enters_nothing() -> None:
    draft = Draft.of(stored(deleted=True))
    draft.restore()
    event = sealed(draft)
    assert isinstance(event, ItemChanged)
    assert (event.item.deleted, event.item.version, event.item.activation) == (False, 10, 4)
    assert event.changed["deleted"].model_dump() == {"old": True, "new": False}


def test_a_removed_link_is_told_and_the_others_are_written_anew_in_their_order() -> None:
    first, second, third = (Link(role="contact", type="contact", id=uuid4()) for _ in range(3))
    draft = Draft.of(stored(links=(first, second)))
    assert not draft.remove_link(third)
    assert not draft.unlinked
    assert draft.remove_link(first)
    assert draft.add_link(third)
    assert [row[2:5:2] for row in new_links(draft)] == [(second.id, 0), (third.id, 1)]
    assert sealed(draft).changed["links.contact"].model_dump() == {"old": str(first.id), "new": str(third.id)}


def test_a_changed_item_keeps_what_holds_for_its_activation() -> None:
    draft = Draft.of(stored())
    draft.put({"name": "Beech"}, {})
    event = sealed(draft)
    assert isinstance(event, ItemChanged)
    assert event.rule_set is not None
    assert event.suppressed is not None
    assert (event.rule_set.number, event.suppressed.job) == (5, "import-7")


def test_a_field_set_twice_is_told_from_first_to_last() -> None:
    draft = Draft.of(stored())
    draft.put({"name": "Beech"}, {})
    draft.put({"name": "Ash"}, {"title": "Table"})
    changed = sealed(draft).changed
    assert changed["name"].model_dump() == {"old": "Oak", "new": "Ash"}
    assert changed["title"].model_dump() == {"old": "", "new": "Table"}


def test_equal_values_are_no_change() -> None:
    draft = Draft.of(stored())
    assert draft.put({"name": "Oak"}, {"title": "", "responsible": None}) == {}
    assert sealed(draft) is None


def test_an_item_that_lacks_a_required_field_is_marked_incomplete_until_it_is_filled() -> None:
    draft = Draft.of(stored(fields={}))
    draft.place(PIPELINE, "paid", NOW, None)
    assert sealed(draft).item.incomplete
    draft = Draft.of(stored(fields={}, incomplete=True))
    draft.put({"name": "Oak"}, {})
    assert not sealed(draft).item.incomplete


def test_a_signal_alone_raises_no_version() -> None:
    draft = Draft.of(stored())
    draft.signal = SignalSeen(id=uuid4(), kind="invoice.paid", happened_at=NOW)
    event = sealed(draft)
    assert isinstance(event, ItemSignalled)
    assert event.item.version == 9


def test_a_signal_that_moved_is_told_in_the_event_of_the_move() -> None:
    draft = Draft.of(stored())
    draft.signal = SignalSeen(id=uuid4(), kind="invoice.paid", happened_at=NOW, moved=True)
    draft.place(PIPELINE, "paid", NOW, None)
    event = sealed(draft)
    assert isinstance(event, ItemStageChanged)
    assert event.signal == draft.signal


def test_a_deletion_is_told_whatever_else_happened() -> None:
    draft = Draft.of(stored())
    draft.place(PIPELINE, "paid", NOW, None)
    draft.delete()
    assert isinstance(sealed(draft), ItemDeleted)


def test_a_link_is_made_once_and_the_twenty_first_is_refused() -> None:
    draft = Draft.of(stored())
    links = [Link(role="guest", type="contact", id=uuid4()) for _ in range(21)]
    assert [draft.add_link(link) for link in (*links[:20], links[0])] == [True] * 20 + [False]
    with pytest.raises(FieldError, match="at most 20"):
        draft.add_link(links[20])


def test_an_item_larger_than_a_message_may_carry_is_refused() -> None:
    draft = Draft.of(stored())
    draft.put({"name": "ã" * 20_001}, {})
    with pytest.raises(FieldError, match="40000"):
        draft.seal(KNOWLEDGE)


def test_the_persons_of_a_message_are_its_contacts() -> None:
    contact = stored(type="contact", pipeline="", stage="").item
    deal = stored().item
    assert persons(deal, [contact, deal]) == (contact.id,)
    assert persons(contact, []) == (contact.id,)
