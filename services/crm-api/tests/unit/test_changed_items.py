"""An item while one transaction changes it: what is numbered, what its one event tells, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from automation.testing import CONTACT, NOW, PIPELINE, contact, deal, invoice, named, record, shop
from contracts.items import (
    Change,
    Item,
    ItemChanged,
    ItemDeleted,
    ItemEvent,
    ItemSignalled,
    ItemStageChanged,
    Link,
    SignalSeen,
)
from crm_api.fields import FieldError
from crm_api.record.items import LARGEST_ITEM, MOST_LINKS, Draft, Stored, persons
from hypothesis import given, settings
from hypothesis import strategies as st

KNOWN = shop()
RETAIL = KNOWN.pipelines[PIPELINE]
NEWER = RETAIL.model_copy(update={"rule_set": 9})
LATER = NOW + timedelta(hours=1)
SEEN = SignalSeen(id=named("s"), kind="visit", happened_at=NOW)


def draft(item: Item | None = None, suppressed: str | None = None) -> Draft:
    return Draft.of(Stored(item or deal(), 1, suppressed))


def told(one: Draft) -> ItemEvent | None:
    one.seal(KNOWN)
    return one.event(KNOWN, ())


def entered(one: Draft) -> ItemStageChanged:
    event = told(one)
    assert isinstance(event, ItemStageChanged)
    return event


def link(n: int, role: str = "contact") -> Link:
    return Link(role=role, type="contact", id=named(str(n)))


def test_a_new_item_is_of_version_one_and_enters_its_first_stage_from_nowhere() -> None:
    one = Draft(None, deal(version=0, activation=0, stage="", pipeline=""), 0, None)
    one.place(NEWER, "documents", LATER, "job-1")
    event = entered(one)
    assert (event.item.version, event.item.activation, event.item.entered_at) == (1, 1, LATER)
    assert (event.item.stage, event.from_stage, event.from_pipeline) == ("documents", None, None)
    assert (event.rule_set and event.rule_set.number, event.suppressed and event.suppressed.job) == (9, "job-1")


def test_however_often_a_transaction_moves_an_item_it_entered_once_from_where_it_stood() -> None:
    one = draft(deal(activation=3), suppressed="job-1")
    for stage in ("documents", "lost", "paid"):
        one.place(NEWER, stage, LATER, None)
    event = entered(one)
    assert (event.from_stage, event.item.stage, event.item.activation, event.item.version) == ("new", "paid", 4, 8)
    assert event.from_pipeline is None
    assert (event.rule_set and event.rule_set.number, event.suppressed) == (9, None)


def test_an_item_that_is_back_where_it_stood_never_left() -> None:
    one = draft(deal(activation=3), suppressed="job-1")
    for stage in ("documents", "new"):
        one.place(NEWER, stage, LATER, "job-2")
    event = told(one)
    assert isinstance(event, ItemChanged)
    assert (event.item.activation, event.item.entered_at, event.changed) == (3, NOW, {})
    assert (event.rule_set and event.rule_set.number, event.suppressed and event.suppressed.job) == (1, "job-1")


def test_the_same_stage_of_another_pipeline_is_another_place() -> None:
    one = draft()
    one.place(RETAIL.model_copy(update={"id": "deal/vip"}), "new", LATER, None)
    event = entered(one)
    assert (event.from_stage, event.from_pipeline, event.item.activation) == ("new", PIPELINE, 2)
    assert event.rule_set
    assert event.rule_set.pipeline == "deal/vip"


@pytest.mark.parametrize(
    ("values", "attributes", "changed", "fields"),
    [
        ({"amount": "5 EUR"}, {"title": "Sofa", "responsible": "ann"}, {}, {"amount": "5 EUR"}),
        ({"pieces": None}, {}, {}, {"amount": "5 EUR"}),
        ({"amount": None}, {}, {"amount": ("5 EUR", None)}, {}),
        ({"pieces": 0}, {}, {"pieces": (None, 0)}, {"amount": "5 EUR", "pieces": 0}),
        ({}, {"responsible": None}, {"responsible": ("ann", None)}, {"amount": "5 EUR"}),
    ],
)
def test_only_what_differs_is_changed_and_none_empties_a_field(
    values: dict[str, Any], attributes: dict[str, Any], changed: dict[str, Any], fields: dict[str, Any]
) -> None:
    one = draft(deal(amount="5 EUR"))
    assert {key: (each.old, each.new) for key, each in one.put(values, attributes).items()} == changed
    assert (one.item.fields, one.altered, one.refilled) == (fields, bool(changed), bool(changed))
    assert (told(one) is None) == (not changed)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([None, "1 EUR", "2 EUR", "3 EUR"]), min_size=1, max_size=6))
def test_of_many_changes_of_a_field_the_first_value_and_the_last_are_told_and_none_that_came_back(
    amounts: list[str | None],
) -> None:
    one = draft(deal(amount="1 EUR"))
    for amount in amounts:
        one.put({"amount": amount}, {})
    assert one.item.fields.get("amount") == amounts[-1]
    back = amounts[-1] == "1 EUR"
    assert one.changed == ({} if back else {"amount": Change(old="1 EUR", new=amounts[-1])})


def test_an_item_is_linked_once_under_a_role_and_to_so_many() -> None:
    one = draft()
    assert [one.add_link(link(n)) for n in range(MOST_LINKS)] == [True] * MOST_LINKS
    assert not one.add_link(link(0))
    with pytest.raises(FieldError, match=f"at most {MOST_LINKS} links"):
        one.add_link(link(0, "payer"))
    assert one.remove_link(link(3))
    assert not one.remove_link(link(3))
    assert one.add_link(link(0, "payer"))
    assert len(one.item.links) == MOST_LINKS


def test_a_link_that_is_replaced_is_told_as_one_change_and_what_was_linked_is_known_to_be_gone() -> None:
    one = draft(deal(to=(contact(),)))
    one.remove_link(one.item.links[0])
    one.add_link(link(1))
    assert one.changed == {"links.contact": Change(old=str(CONTACT), new=str(named("1")))}
    assert one.unlinked
    more = draft(deal(to=(contact(),)))
    more.add_link(link(1))
    assert not more.unlinked


def test_a_signal_alone_numbers_nothing_and_nothing_at_all_is_told_to_nobody() -> None:
    one = draft()
    assert told(one) is None
    one.signal = SEEN
    event = told(one)
    assert isinstance(event, ItemSignalled)
    assert (event.signal, event.item.version) == (SEEN, 7)


def test_a_deletion_is_told_as_one_also_behind_a_move_and_its_return_as_a_change() -> None:
    one = draft()
    one.place(RETAIL, "paid", LATER, None)
    one.delete()
    assert isinstance(told(one), ItemDeleted)
    back = draft(deal(deleted=True))
    back.restore()
    event = told(back)
    assert isinstance(event, ItemChanged)
    assert event.changed == {"deleted": Change(old=True, new=False)}
    assert back.refilled


def test_a_jobs_change_names_the_job_and_any_other_the_one_of_the_entry() -> None:
    jobs: list[str | None] = []
    for hushed in (None, "job-2"):
        one = draft(suppressed="job-1")
        one.hushed = hushed
        one.put({"amount": "5 EUR"}, {})
        event = told(one)
        jobs.append(event.suppressed.job if event and event.suppressed else None)
    assert jobs == ["job-1", "job-2"]


@pytest.mark.parametrize("text", ["x" * LARGEST_ITEM, "ü" * (LARGEST_ITEM // 2)])
def test_what_makes_an_item_too_large_is_refused_in_bytes_and_one_that_is_can_still_be_moved(text: str) -> None:
    one = draft()
    one.put({"delivery_by": text}, {})
    with pytest.raises(FieldError, match=f"it may have {LARGEST_ITEM}"):
        one.seal(KNOWN)
    large = draft(deal(delivery_by=text))
    large.place(RETAIL, "paid", LATER, None)
    assert entered(large).item.stage == "paid"


def test_an_item_is_incomplete_until_what_is_required_is_filled_or_linked() -> None:
    fields = [{"key": "amount", "kind": "money", "required": True}]
    fields += [{"key": "contact", "kind": "link", "to": "contact", "required": True}]
    strict = shop(extra=(record("type", "deal", {"key": "deal", "fields": fields}),))
    one = draft()
    found = []
    for step in (lambda: one.put({}, {"title": "Chair"}), lambda: one.add_link(link(1)), lambda: one.put(PAID, {})):
        step()
        one.seal(strict)
        found.append(one.item.incomplete)
    assert found == [True, True, False]


PAID = {"amount": "5 EUR"}


def test_a_move_keeps_all_values_of_an_item_as_they_were() -> None:
    one = draft(deal(amount="5 EUR"))
    one.place(RETAIL, "paid", LATER, None)
    assert (one.altered, one.refilled) == (True, False)
    one.delete()
    assert one.refilled


def test_a_message_tells_of_the_contacts_in_it_and_of_no_other_item() -> None:
    assert persons(deal(), (contact(), invoice())) == (CONTACT,)
    assert persons(contact(), ()) == (CONTACT,)
