"""What a change of an item is to triggers."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from automation.inside_signals import inside_signals
from automation.knowledge import Knowledge
from contracts import ids
from contracts.config import Pipeline
from contracts.envelope import Cause, Envelope
from contracts.items import Change, Item, ItemChanged, ItemStageChanged, Suppression
from contracts.rules import Stage
from contracts.signals import Signal

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ITEM = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e09")
EVENT = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e10")
STAGES = (Stage(key="sent"), Stage(key="paid", kind="success"), Stage(key="void", kind="failure"))
PIPELINES = {f"{t}/main": Pipeline(id=f"{t}/main", type=t, stages=STAGES) for t in ("invoice", "order", "deal")}
KNOWLEDGE = Knowledge(pipelines=PIPELINES)
ENVELOPE = Envelope(EVENT, "", "/crm-api", str(ITEM), AT, Cause(EVENT, EVENT))


def item(type_: str = "invoice", stage: str = "paid") -> Item:
    return Item(id=ITEM, type=type_, pipeline=f"{type_}/main", stage=stage, version=2, entered_at=AT, created_at=AT)


def entered(stage: str = "paid", type_: str = "invoice", **more: Any) -> tuple[Signal, ...]:
    whole: dict[str, Any] = {"item": item(type_, stage), "config": 1, "from_stage": "sent"} | more
    return inside_signals(ItemStageChanged(**whole), ENVELOPE, KNOWLEDGE)


def changed(**changes: Change) -> tuple[Signal, ...]:
    return inside_signals(ItemChanged(item=item(), config=1, changed=changes), ENVELOPE, KNOWLEDGE)


@pytest.mark.parametrize("type_", ["invoice", "order"])
def test_paid_is_the_entry_of_an_invoice_or_order_into_a_success_stage(type_: str) -> None:
    (signal,) = entered(type_=type_)
    assert signal.kind == f"{type_}.paid"
    assert signal.binding == ITEM
    assert signal.id == ids.inside_signal_id(EVENT, f"{type_}.paid")
    assert signal.payload == {"item": str(ITEM), "type": type_, "pipeline": f"{type_}/main", "stage": "paid"}


def test_an_invoice_that_is_made_paid_is_paid_too() -> None:
    assert [s.kind for s in entered(from_stage=None)] == ["invoice.paid"]


@pytest.mark.parametrize(
    ("stage", "type_"), [("void", "invoice"), ("sent", "invoice"), ("paid", "deal"), ("?", "order")]
)
def test_other_entries_are_no_payment(stage: str, type_: str) -> None:
    assert entered(stage, type_) == ()


def test_an_edit_of_a_paid_invoice_pays_it_no_second_time() -> None:
    assert [s.kind for s in changed(amount=Change(old="1", new="2"))] == ["field.changed"]


def test_a_changed_field_is_told_with_both_values() -> None:
    (signal,) = changed(amount=Change(old="1", new="2"), due=Change(new="2026-03-20"))
    assert signal.payload["field"] == ["amount", "due"]
    assert signal.payload["changed"]["amount"] == {"old": "1", "new": "2"}


def test_another_responsible_is_a_signal_of_its_own() -> None:
    signals = changed(responsible=Change(old="ann", new="mara"), amount=Change(new="2"))
    assert [s.kind for s in signals] == ["field.changed", "responsible.changed"]
    assert (signals[1].payload["old"], signals[1].payload["new"]) == ("ann", "mara")


def test_the_first_values_of_a_new_item_are_no_change() -> None:
    assert entered("sent", from_stage=None, changed={"amount": Change(new="2")}) == ()


def test_a_new_item_of_a_type_without_stages_is_no_change_either() -> None:
    contact = item("contact").model_copy(update={"pipeline": "", "stage": "", "version": 1})
    event = ItemChanged(item=contact, config=1, changed={"phone": Change(new="+351911")})
    assert inside_signals(event, ENVELOPE, KNOWLEDGE) == ()


def test_what_changes_with_a_move_is_a_change() -> None:
    assert [s.kind for s in entered("sent", changed={"amount": Change(new="2")})] == ["field.changed"]


def test_a_suppressed_entry_is_no_signal() -> None:
    assert entered(suppressed=Suppression(job="import-1")) == ()


def test_the_same_event_gives_the_same_signals_however_often_it_comes() -> None:
    assert entered() == entered()


def test_a_change_in_a_suppressed_activation_is_a_signal_unless_the_same_job_made_it() -> None:
    told = {"item": item(), "config": 1, "changed": {"amount": Change(new="1 EUR")}}
    by_hand = ItemChanged(**told, suppressed=Suppression(job="import-7"))
    assert [signal.kind for signal in inside_signals(by_hand, ENVELOPE, KNOWLEDGE)] == ["field.changed"]
    by_the_job = ItemChanged(**told, suppressed=Suppression(job=str(EVENT)))
    assert inside_signals(by_the_job, ENVELOPE, KNOWLEDGE) == ()
