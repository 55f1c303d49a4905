"""Entries: planned once each, immediate ones on their way at once, whatever repeats, comes late or is unread."""

from datetime import timedelta

from automation.desk.said import Said, Unsayable
from automation.desk.testing import Table
from automation.desk.timers import over_timers, to_fire
from automation.testing import NOW, contact, deal, entry, record, rule, shop
from contracts.actions import PerformAction
from contracts.items import ItemChanged, ItemSignalled, ItemSnapshot, SignalSeen

GREET = rule("greet")
NUDGE = rule("nudge", timing={"after": "2 days"})
CLIENT = contact()


def test_an_immediate_rule_is_dispatched_with_the_entry_and_a_delayed_one_gets_a_timer(table: Table) -> None:
    table.knowledge = shop(GREET, NUDGE)
    desk = table.take(entry(deal(to=(CLIENT,)), CLIENT))
    assert table.states() == {"greet": "dispatched", "nudge": "waiting"}
    [action] = table.heard(PerformAction)
    assert [r.address for r in action.recipients] == ["+351912345678"]
    assert action.of_entry
    assert to_fire(desk) == {table.row("nudge").id: NOW + timedelta(days=2)}


def test_the_same_entry_twice_even_in_one_batch_is_planned_once(table: Table) -> None:
    table.knowledge = shop(GREET, NUDGE)
    event = entry(deal(to=(CLIENT,)), CLIENT)
    table.take(event, event)
    table.take(event)
    assert len(table.rows()) == 2
    assert len(table.heard(PerformAction)) == 1


def test_a_message_names_the_contacts_whose_data_it_holds(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    assert table.said[0].persons == (CLIENT.id,)


def test_what_follows_carries_the_cause_of_the_entry(table: Table) -> None:
    table.knowledge = shop(GREET)
    received = table.received(entry(deal()))
    table.take_received([received])
    assert table.said[0].cause == received.envelope.follow("service:rule-scheduler")


def test_an_entry_that_comes_after_a_change_counts_what_asks_for_it_from_that_change(table: Table) -> None:
    idle = rule("idle", timing={"after": "2 days", "since": "last_change"})
    table.knowledge = shop(idle, NUDGE)
    table.now = NOW + timedelta(hours=5)
    table.take(ItemChanged(item=deal(version=8), config=1))
    table.now = NOW + timedelta(hours=6)
    table.take(entry(deal(version=7)))
    assert table.row("idle").due_at == NOW + timedelta(hours=5, days=2)
    assert table.row("nudge").due_at == NOW + timedelta(days=2)


def test_an_old_version_after_a_newer_one_changes_nothing(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.take(entry(deal(version=8, amount="20.00 EUR")))
    table.take(ItemChanged(item=deal(version=7, amount="10.00 EUR"), config=1))
    assert table.copies[deal().id].item == deal(version=8, amount="20.00 EUR")


def test_a_contacts_own_event_after_its_deals_finds_the_same_version_known(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    desk = table.take(ItemChanged(item=CLIENT, config=1))
    assert table.copies[CLIENT.id].heard == CLIENT.version
    assert desk.touched == {}


def test_a_linked_record_older_than_its_copy_is_not_taken(table: Table) -> None:
    newer = contact(phone="+351999999999").model_copy(update={"version": 9})
    table.knowledge = shop(GREET)
    table.take(ItemChanged(item=newer, config=1), entry(deal(to=(CLIENT,)), CLIENT))
    assert table.heard(PerformAction)[0].recipients[0].address == "+351999999999"


def test_an_entry_is_planned_even_if_another_item_brought_its_version_first(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.take(ItemChanged(item=CLIENT, linked=(deal(),), config=1))
    table.take(entry(deal(to=(CLIENT,)), CLIENT))
    assert table.states() == {"greet": "dispatched"}


def test_a_suppressed_entry_plans_nothing_but_ends_the_stage_before(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    table.take(entry(deal()))
    table.take(entry(deal(stage="documents", activation=2, version=8), job="import-7"))
    assert table.states() == {"nudge": "cancelled"}


def test_an_entry_sent_again_late_while_the_item_is_still_there_is_planned(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.take(ItemChanged(item=deal(version=9), config=1))
    table.take(entry(deal(version=7)))
    assert table.states() == {"greet": "dispatched"}


def test_an_entry_sent_again_after_the_leave_is_written_as_cancelled_and_nothing_else(table: Table) -> None:
    table.knowledge = shop(GREET, NUDGE)
    table.take(entry(deal(stage="documents", activation=2, version=9)))
    table.take(entry(deal(version=7)))
    assert {row.reason for row in table.rows()} == {"left before it was planned"}
    assert set(table.states().values()) == {"cancelled"}
    assert table.said == []


def test_a_closed_gate_makes_an_immediate_rule_a_timer_that_no_leave_cancels(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.gate_open = False
    desk = table.take(entry(deal()))
    assert [*to_fire(desk).values()] == [NOW]
    table.take(entry(deal(stage="documents", activation=2, version=8)))
    assert table.states() == {"greet": "waiting"}
    table.gate_open = True
    table.fire()
    assert table.heard(PerformAction)[0].of_entry


def test_an_immediate_rule_that_is_paused_is_held_and_goes_later(table: Table) -> None:
    paused = record("pause", "all", {"scope": "all"}, revision=2)
    table.knowledge = shop(GREET, extra=(paused,))
    desk = table.take(entry(deal()))
    assert desk.held == {table.row("greet").id}
    table.knowledge = shop(GREET)
    table.fire()
    assert table.states() == {"greet": "dispatched"}


def test_a_rule_that_cannot_be_rendered_fails_with_words_and_the_others_go_on(table: Table) -> None:
    table.knowledge = shop(rule("bad", {"send-sms": {"text": "{{ item.colour }}"}}), GREET)
    table.take(entry(deal()))
    assert table.states() == {"bad": "failed", "greet": "dispatched"}
    assert "item.colour" in table.row("bad").reason


def small_only(said: Said) -> Said:
    if len(said.data.model_dump_json()) > 2000:
        raise Unsayable("it is too large")
    return said


def test_a_message_too_large_to_travel_fails_its_execution_alone(table: Table) -> None:
    table.pack = small_only
    table.knowledge = shop(rule("huge", {"send-sms": {"text": "x" * 2000}}), GREET)
    table.take(entry(deal()))
    assert table.states() == {"huge": "failed", "greet": "dispatched"}
    assert table.row("huge").reason == "it is too large"


def test_a_snapshot_refreshes_the_copy_and_plans_nothing(table: Table) -> None:
    table.knowledge = shop(GREET)
    table.take(ItemSnapshot(item=deal(amount="3.00 EUR"), config=1))
    assert table.rows() == []
    assert table.copies[deal().id].item is not None


def test_a_signal_of_the_present_activation_is_kept(table: Table) -> None:
    signal = SignalSeen(id=deal().id, kind="call.missed", happened_at=NOW)
    desk = table.take(ItemSignalled(item=deal(), config=1, signal=signal))
    assert desk.signals == [(deal().id, 1, signal)]


def test_what_an_unread_record_hid_is_held_until_the_item_announces_something_newer(table: Table) -> None:
    table.knowledge = shop(NUDGE)
    table.take(entry(deal()))
    table.copies[deal().id].unread = 5
    table.now = NOW + timedelta(days=3)
    assert table.fire().held == {table.row("nudge").id}
    late_repeat = table.received(ItemChanged(item=deal(version=7), config=1), offset=9)
    table.take_received([late_repeat])
    assert table.copies[deal().id].unread == 5
    earlier = table.received(ItemChanged(item=deal(version=8), config=1), offset=4)
    table.take_received([earlier])
    assert table.copies[deal().id].unread == 5
    desk = table.take_received([table.received(ItemChanged(item=deal(version=9), config=1), offset=6)])
    assert table.copies[deal().id].unread is None
    assert [*to_fire(desk)] == [table.row("nudge").id]
    assert over_timers(desk) == set()
