"""Copies of items: what is news of them, what makes up for a record that could not be read, and whom they concern."""

import pytest
from automation.desk.copies import Copy, concerned
from automation.desk.testing import Table
from automation.testing import CONTACT, DEAL, INVOICE, contact, deal, entry, invoice, named, rule, shop
from contracts.items import ItemChanged

CLIENT, BILL = contact(), invoice()


@pytest.mark.parametrize(
    ("offset", "version", "snapshot", "readable"),
    [
        (4, 9, False, False),
        (5, 9, False, False),
        (6, 9, False, True),
        (6, 8, False, False),
        (5, 8, True, False),
        (6, 8, True, True),
        (6, 7, True, False),
    ],
)
def test_an_unread_record_is_made_up_for_by_a_later_one_that_is_newer_or_a_snapshot_as_new(
    offset: int, version: int, *, snapshot: bool, readable: bool
) -> None:
    copy = Copy(DEAL, version=8, heard=8, unread=5)
    event = ItemChanged(item=deal(version=version), config=1)
    assert copy.readable_again(event, offset, snapshot=snapshot) is readable


def test_the_very_first_record_may_be_the_one_that_could_not_be_read() -> None:
    event = ItemChanged(item=deal(), config=1)
    assert Copy(DEAL, unread=0).readable_again(event, 1, snapshot=False)
    assert not Copy(DEAL).readable_again(event, 1, snapshot=False)


def test_of_a_stub_nothing_stands_anywhere_and_of_what_is_deleted_neither() -> None:
    stub = Copy(DEAL)
    assert (stub.activation, stub.gone, stub.links, stub.still_in(1)) == (0, False, frozenset(), False)
    gone = Copy(DEAL, item=deal(deleted=True, to=(BILL,)))
    assert (gone.activation, gone.gone, gone.links, gone.still_in(1)) == (1, True, frozenset({INVOICE}), False)
    assert Copy(DEAL, item=deal()).still_in(1)


def test_events_concern_their_items_all_that_they_carry_and_all_that_these_link_to() -> None:
    other = contact().model_copy(update={"id": named("other")})
    events = [entry(deal(to=(BILL,)), CLIENT), ItemChanged(item=other, config=1)]
    assert concerned(events) == {DEAL, INVOICE, CONTACT, named("other")}
    assert concerned([]) == set()


def test_only_a_version_that_is_newer_and_of_what_was_known_before_is_a_reason_to_compute_again(table: Table) -> None:
    assert table.take(entry(deal(to=(CLIENT,)), CLIENT)).touched == {}
    newer = contact(birthday="1990-07-14").model_copy(update={"version": 9})
    change = ItemChanged(item=deal(to=(newer,), version=8), linked=(newer,), config=1, changed={"pieces": {}})
    assert table.take(change).touched == {DEAL: "deal: pieces changed by user:ann", CONTACT: "contact Maria changed"}
    assert table.take(change).touched == {}


def test_links_are_written_anew_only_where_they_differ(table: Table) -> None:
    events = (
        entry(deal(to=(CLIENT,)), CLIENT),
        ItemChanged(item=deal(version=8, to=(CLIENT,), pieces=2), linked=(CLIENT,), config=1),
        ItemChanged(item=deal(version=9, to=(CLIENT, BILL)), linked=(CLIENT, BILL), config=1),
        ItemChanged(item=deal(version=10), config=1),
    )
    assert [list(table.take(event).relinked) for event in events] == [[DEAL], [], [DEAL], [DEAL]]


def test_what_is_said_names_the_contacts_among_the_links_and_a_contact_by_itself(table: Table) -> None:
    table.knowledge = shop(rule("greet"))
    table.take(entry(deal(to=(BILL, CLIENT)), BILL, CLIENT))
    assert table.said[0].persons == (CONTACT,)
    desk = table.desk()
    assert (desk.persons(CONTACT), desk.persons(INVOICE), desk.persons(named("nobody"))) == ({CONTACT}, set(), set())
