"""Ids follow from what they name; the topics table is whole; money is exact."""

from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from contracts import ids, topics
from contracts.config import KINDS, ConfigChanged
from contracts.messages import TYPES
from contracts.money import Money
from contracts.tries import TRIED_BY, TryConnection

ITEM = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e01")


def test_the_same_input_gives_the_same_execution_for_ever() -> None:
    rule = ids.rule_id("deal/retail", "new", "greet")
    assert str(rule) == "f742e6c0-8393-5052-9d0f-2c0b50d4222f"
    assert str(ids.execution_id(rule, ITEM, 1)) == "7a2caf37-c58d-54a6-9e88-8509fddbd57d"
    assert ids.execution_id(rule, ITEM, 1) != ids.execution_id(rule, ITEM, 2)
    assert ids.execution_id(rule, ITEM, 1) != ids.execution_id(rule, ITEM, 1, "2026")
    assert ids.effect_id(rule, "contact:a") != ids.effect_id(rule, "contact:b")


def test_parts_of_an_id_do_not_run_together() -> None:
    assert ids.derived("x", "ab", "c") != ids.derived("x", "a", "bc")


def test_each_message_travels_on_topics_of_the_table() -> None:
    assert {topic for place in TYPES.values() for topic in place} == set(topics.TOPICS)


def test_groups_are_service_and_role() -> None:
    assert "rule-scheduler.consume" in topics.groups()
    assert all(len(group.split(".")) == 2 for group in topics.groups())
    assert topics.dead_letters("crm-api.consume") == "crm-api.consume.dead"


def test_each_action_kind_has_its_topic_and_its_group() -> None:
    for kind in topics.ACTION_KINDS:
        assert topics.ACTIONS[kind].name == f"actions.{kind}"
        assert topics.ACTIONS[kind].readers == (f"action-workers.{kind}",)


def test_a_config_record_is_read_as_the_model_of_its_kind() -> None:
    change = ConfigChanged.model_validate(
        {"kind": "pause", "id": "all", "revision": 1, "data": {"scope": "all"}, "changed_at": "2026-03-02T00:00:00Z"}
    )
    assert change.record() == KINDS["pause"](scope="all")
    with pytest.raises(KeyError):
        change.model_copy(update={"kind": "weather"}).record()


@pytest.mark.parametrize("written", ["1200 EUR", "-3.50 USD", "0.00000001 BTC"])
def test_money_is_read_exactly_and_written_back(written: str) -> None:
    assert str(Money.read(written)) == written


def test_money_keeps_its_places() -> None:
    assert Money.read("1200.10 EUR").amount == Decimal("1200.10")


@pytest.mark.parametrize("written", ["1200", "EUR 12", "12,5 EUR", "1e3 EUR", "12 eur", "NaN EUR"])
def test_what_is_not_money_is_refused_with_the_form(written: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        Money.read(written)


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (ids.effect_id(ITEM, "contact:a"), f"effect\x1f{ITEM}\x1fcontact:a"),
        (ids.signal_id("stripe", "evt_1"), "signal\x1fstripe\x1fevt_1"),
        (ids.inside_signal_id(ITEM, "field.changed"), f"inside-signal\x1f{ITEM}\x1ffield.changed"),
        (ids.trigger_id("deal/retail", "paid", "invoice-paid"), "trigger\x1fdeal/retail\x1fpaid\x1finvoice-paid"),
        (ids.execution_id(ITEM, ITEM, 2, "2026"), f"execution\x1f{ITEM}\x1f{ITEM}\x1f2\x1f2026"),
    ],
)
def test_what_is_in_databases_is_found_again_by_its_id(made: UUID, named: str) -> None:
    assert made == uuid5(ids.ROOT, named)


def test_a_reader_who_needs_order_of_an_item_finds_all_that_tells_of_it_on_one_partition() -> None:
    readers = [topic for topic in topics.TOPICS if "rule-scheduler.consume" in topic.readers]
    assert {topic.name for topic in readers} == {"crm.items", "automation.commands", "actions.outcomes"}
    assert not any(topic.single for topic in readers)


def test_what_is_compacted_stands_on_one_partition_so_that_its_numbers_come_in_order() -> None:
    compacted = [topic for topic in topics.TOPICS if topic.retention is None]
    assert {topic.name for topic in compacted} == {"crm.config", "actions.suppressions"}
    assert all(topic.single for topic in compacted)


def test_each_provider_is_tried_by_workers_that_there_are() -> None:
    assert set(TRIED_BY.values()) <= set(topics.ACTION_KINDS)
    assert {topic.name for topic in TYPES[TryConnection]} == {f"actions.{kind}" for kind in TRIED_BY.values()}
