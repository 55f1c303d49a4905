"""Which items a signal reaches, and what tells a repeat from another signal."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from automation.facts import Facts
from automation.knowledge import Knowledge
from contracts.commands import ApplySignal, FittingTrigger
from contracts.config import Pipeline
from contracts.items import Item
from contracts.rules import Stage, Trigger
from contracts.signals import Sets, Signal
from crm_api.intake import signals
from crm_api.intake.signals import Found, Reached

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
NEWEST = Trigger(id=uuid4(), key="newest", on="visit")
ALL = Trigger(id=uuid4(), key="all", on="visit", match="all_open")
BACK = Trigger(id=uuid4(), key="back", on="visit", allow_backward=True)
OFF = Trigger(id=uuid4(), key="off", on="visit", enabled=False)
DEAL = Pipeline(
    id="deal/retail",
    type="deal",
    stages=(Stage(key="new"), Stage(key="talks"), Stage(key="won", kind="success"), Stage(key="lost", kind="failure")),
    triggers={"talks": (NEWEST, ALL, BACK, OFF)},
)
LEAD = Pipeline(id="lead/main", type="lead", stages=(Stage(key="in"),))
KNOWN = Knowledge(revision=7, pipelines={"deal/retail": DEAL, "lead/main": LEAD})


def fit(trigger: Trigger) -> FittingTrigger:
    return FittingTrigger(id=trigger.id, pipeline="deal/retail", stage="talks")


def item(stage: str = "new", *, age: int = 0, pipeline: str = "deal/retail") -> Item:
    made = AT - timedelta(days=age)
    return Item(id=uuid4(), type="deal", pipeline=pipeline, stage=stage, version=1, entered_at=made, created_at=made)


def signal(**more: Any) -> Signal:
    return Signal(**{"id": uuid4(), "kind": "visit", "source": "site", "happened_at": AT, **more})


def reached(found: Found, *triggers: Trigger) -> dict[Any, list[str]]:
    keys = {t.id: t.key for t in (NEWEST, ALL, BACK, OFF)}
    return {r.item: [keys[f.id] for f in r.triggers] for r in signals.reach(found, [fit(t) for t in triggers], KNOWN)}


def test_a_trigger_concerns_the_newest_open_item_of_its_pipeline() -> None:
    lead, newer, older = item("in", pipeline="lead/main"), item(age=1), item(age=2)
    assert reached(Found((lead, newer, older)), NEWEST) == {newer.id: ["newest"]}


def test_a_trigger_may_concern_all_open_items() -> None:
    newer, closed, older = item(), item("won", age=1), item(age=2)
    assert reached(Found((newer, closed, older)), ALL, NEWEST) == {newer.id: ["all", "newest"], older.id: ["all"]}


def test_a_closed_item_is_concerned_only_backward_and_only_where_none_is_open() -> None:
    closed, older = item("lost"), item("won", age=1)
    assert reached(Found((closed, older)), BACK) == {closed.id: ["back"]}
    opened = item(age=3)
    assert reached(Found((closed, opened)), BACK) == {opened.id: ["back"]}


def test_a_signal_that_names_an_item_reaches_it_and_those_beside_it_in_any_stage() -> None:
    named, beside = item("won"), item("lost", age=1)
    assert reached(Found((named, beside), bound=True), NEWEST) == {named.id: ["newest"], beside.id: ["newest"]}


def test_a_named_item_is_reached_also_where_no_trigger_fits() -> None:
    named = item("won")
    assert reached(Found((named,), bound=True)) == {named.id: []}


def test_where_no_trigger_fits_the_newest_open_item_is_reached() -> None:
    closed, opened = item("won"), item(age=2)
    assert reached(Found((closed, opened))) == {opened.id: []}


def test_where_only_closed_items_exist_the_newest_is_reached_with_what_did_not_move_it() -> None:
    closed, older = item("won"), item("lost", age=1)
    assert reached(Found((closed, older)), NEWEST) == {closed.id: ["newest"]}


def test_a_trigger_that_is_gone_or_switched_off_concerns_nobody() -> None:
    gone = Trigger(id=uuid4(), key="gone", on="visit")
    opened = item()
    found = signals.reach(Found((opened,)), [fit(OFF), fit(gone)], KNOWN)
    assert [r.item for r in found] == [opened.id]


def test_nobody_found_reaches_nobody() -> None:
    assert signals.reach(Found(()), [fit(NEWEST)], KNOWN) == ()


def test_an_item_whose_stage_was_removed_is_open_and_one_without_a_pipeline_is_not() -> None:
    assert signals.is_open(item("gone"), KNOWN)
    assert not signals.is_open(item("", pipeline=""), KNOWN)
    assert not signals.is_open(item("lost"), KNOWN)


def test_the_open_stages_of_all_pipelines_are_listed() -> None:
    assert signals.open_stages(KNOWN) == [("deal/retail", "new"), ("deal/retail", "talks"), ("lead/main", "in")]


def test_an_item_without_a_pipeline_is_never_moved() -> None:
    choice = signals.decide(Facts(item("", pipeline=""), (), KNOWN), Reached(uuid4(), (fit(NEWEST),)))
    assert choice.chosen is None
    assert signals.why_not(choice) == "no_trigger"


def test_why_an_item_was_not_moved_names_each_reason_once() -> None:
    choice = signals.decide(Facts(item("won"), (), KNOWN), Reached(uuid4(), (fit(NEWEST), fit(ALL))))
    assert signals.why_not(choice) == "earlier_stage"


def test_the_triggers_are_listed_again_only_where_the_config_has_changed() -> None:
    told = ApplySignal(signal=signal(), triggers=(fit(NEWEST),), config=7)
    assert signals.listed(told, KNOWN) == (fit(NEWEST),)
    older = told.model_copy(update={"config": 6})
    assert {one.id for one in signals.listed(older, KNOWN)} == {NEWEST.id, ALL.id, BACK.id}


def test_a_repeat_has_the_same_digest_whenever_it_was_received_and_however_its_source_is_set() -> None:
    first = signal(payload={"a": 1, "b": 2})
    later = {"happened_at": AT + timedelta(hours=1), "sets": Sets(stage="paid"), "payload": {"b": 2, "a": 1}}
    assert signals.digest(first) == signals.digest(first.model_copy(update=later))


def test_another_content_has_another_digest() -> None:
    first = signal(payload={"a": 1})
    assert signals.digest(first) != signals.digest(first.model_copy(update={"payload": {"a": 2}}))


def test_a_signal_that_moved_an_item_has_no_reason_why_not() -> None:
    assert signals.seen(signal(), moved=True, why_not="earlier_stage").why_not == ""
