"""Rules that are applied, on request, to an item that stands in their stage already."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from automation.desk.testing import Table
from automation.testing import NOW, REF, contact, deal, entry, moved, named, rule, rules, shop
from contracts.actions import PerformAction
from contracts.ids import effect_id
from contracts.items import Item, ItemChanged, ItemRulesApplied
from contracts.outcomes import EffectOutcome

GREET = rule("greet")
THANKS = rule("thanks", timing={"after_previous": "1 hour"})
NUDGE = rule("nudge", timing={"after": "2 days", "zone": "UTC"})
CLIENT = contact()
ITEM = deal(to=(CLIENT,))
DAY = timedelta(days=1)


@pytest.fixture
def table() -> Table:
    """Give a table where the item entered when its stage had one rule, a day ago."""
    table = Table()
    table.knowledge = shop(GREET)
    table.take(entry(ITEM, CLIENT))
    table.knowledge = table.knowledge.with_([rules(GREET, THANKS, NUDGE, number=2)])
    table.now = NOW + DAY
    return table


def applied(item: Item = ITEM, **more: Any) -> ItemRulesApplied:
    ref = REF.model_copy(update={"number": 2})
    return ItemRulesApplied(item=item, linked=(CLIENT,), config=1, rule_set=ref, job=named("job"), **more)


def sent(table: Table, at: datetime) -> EffectOutcome:
    row = table.row("greet")
    effect = effect_id(row.id, "contact")
    return EffectOutcome(
        effect=effect,
        execution=row.id,
        item=row.item,
        activation=1,
        round=1,
        effects=1,
        whom="c",
        state="sent",
        version=2,
        at=at,
    )


def test_rules_that_the_activation_has_not_met_count_from_its_entry_and_a_repeat_makes_nothing(table: Table) -> None:
    table.take(applied())
    nudge = table.row("nudge")
    assert (nudge.state, nudge.due_at, nudge.rule_set.number) == ("waiting", NOW + 2 * DAY, 2)
    assert nudge.notes[0].cause == "applied by user:ann: 2 days after entry"
    assert table.row("greet").rule_set.number == 1
    before = table.rows()
    table.take(applied(), applied(rules=(NUDGE.id,)))
    assert table.rows() == before
    assert len(table.heard(PerformAction)) == 1


def test_only_the_rules_that_are_meant_are_planned(table: Table) -> None:
    table.take(applied(rules=(NUDGE.id,)))
    assert set(table.states()) == {"greet", "nudge"}


def test_what_counts_from_now_does_so_too_when_it_is_computed_again(table: Table) -> None:
    own = rule("own", timing={"after": "2 days", "zone": "responsible"})
    table.knowledge = table.knowledge.with_([rules(own, number=2)])
    table.take(applied(counts_from=table.now))
    assert table.row("own").due_at == NOW + 3 * DAY
    longer = own.model_copy(update={"timing": {"after": "4 days"}})
    table.knowledge = table.knowledge.with_([rules(longer, number=2)])
    newer = ITEM.model_copy(update={"version": 8, "responsible": "rui"})
    table.take(ItemChanged(item=newer, linked=(CLIENT,), config=1, changed={"responsible": {}}))
    assert table.row("own").due_at == NOW + 5 * DAY


def test_an_immediate_rule_is_sent_at_once_also_where_an_import_suppressed_the_entry() -> None:
    table = Table()
    table.knowledge = shop(GREET, NUDGE)
    table.take(entry(ITEM, CLIENT, job="import"))
    assert table.rows() == []
    table.take(applied().model_copy(update={"rule_set": REF}))
    assert table.states() == {"greet": "dispatched", "nudge": "waiting"}
    assert [action.of_entry for action in table.heard(PerformAction)] == [True]


def test_where_nothing_may_fire_now_it_is_sent_when_it_may() -> None:
    table = Table()
    table.gate_open = False
    table.knowledge = shop(GREET)
    table.take(applied().model_copy(update={"rule_set": REF}))
    assert table.states() == {"greet": "waiting"}
    table.gate_open = True
    table.fire()
    assert table.states() == {"greet": "dispatched"}


@pytest.mark.parametrize("first", [True, False])
def test_a_rule_after_one_that_the_entry_had_follows_that_one(table: Table, *, first: bool) -> None:
    ended = table.now = NOW + timedelta(hours=2)
    for message in (sent(table, ended), applied()) if first else (applied(), sent(table, ended)):
        table.take(message)
    thanks = table.row("thanks")
    assert (thanks.state, thanks.due_at) == ("waiting", ended + timedelta(hours=1))


def test_an_activation_that_is_over_and_an_item_that_is_gone_get_nothing(table: Table) -> None:
    later = moved(ITEM)
    table.take(entry(later, CLIENT))
    before = table.rows()
    table.take(applied())
    assert table.rows() == before
    table.take(applied(later.model_copy(update={"version": later.version + 1, "deleted": True})))
    assert {row.rule_key for row in table.rows()} == {"greet"}


def test_an_item_that_was_not_heard_of_in_its_newest_version_is_brought_up_first(table: Table) -> None:
    table.take(applied())
    there = moved(ITEM, "new")
    table.take(applied(there))
    assert table.row("nudge").state == "cancelled"
    assert table.row("nudge", activation=2).state == "waiting"
    assert table.row("greet", activation=2).state == "dispatched"


def test_what_waits_for_a_rule_that_is_left_out_and_never_ran_is_blocked_until_that_one_is_applied() -> None:
    table = Table()
    table.knowledge = shop(GREET, THANKS, rule("more", timing={"after_previous": "0 minutes"}))
    table.take(entry(ITEM, CLIENT, job="import"))
    chain = [one.id for one in table.knowledge.rules(REF, "new")[1:]]
    table.take(applied(rules=tuple(chain)).model_copy(update={"rule_set": REF}))
    assert table.states() == {"thanks": "blocked", "more": "blocked"}
    assert table.row("thanks").reason == (
        "the rule before it, greet, is blocked (it has not run here, and was not asked for);"
        " this one runs when it has succeeded"
    )
    table.take(applied(rules=(GREET.id,)).model_copy(update={"rule_set": REF}))
    table.take(sent(table, NOW))
    assert (table.row("thanks").state, table.row("thanks").due_at) == ("waiting", NOW + timedelta(hours=1))
