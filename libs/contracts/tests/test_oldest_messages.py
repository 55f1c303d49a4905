"""What a message or a record of the config needs at the least, for ever: older writers say no more, and are read.

Topics keep a week, `crm.config` keeps all. Who adds a field gives it a default; one without one stops every reader.
"""

import json
from typing import Any

import pytest
from contracts.config import KINDS, ConfigChanged
from contracts.messages import BY_TYPE
from pydantic import ValidationError

A, B, C = (f"0195576e-2d80-7c3a-9a51-0d6f4b1c2e0{n}" for n in "123")
AT = "2026-03-02T09:30:00Z"
ITEM = {"id": A, "type": "deal", "version": 1, "entered_at": AT, "created_at": AT}
EVENT = {"item": ITEM, "config": 1}
COMMAND = {"execution": A, "item": B, "rule": C, "owner": "mara", "config": 1}
SIGNAL = {"id": A, "kind": "call.missed", "source": "phone", "happened_at": AT}
REPEATED = {"first": A, "kind": "call.missed", "source": "phone", "delivery": "7", "received_at": AT}
SET = {"pipeline": "deal/retail", "number": 1}
ROW = {
    "id": A,
    "version": 1,
    "item": B,
    "activation": 1,
    "rule": C,
    "rule_key": "greet",
    "rule_set": SET,
    "stage": "new",
    "action": "send-sms",
    "state": "waiting",
    "planned_at": AT,
}
MESSAGES: dict[str, dict[str, Any]] = {
    "crm.item.stage-changed.v1": EVENT,
    "crm.item.changed.v1": EVENT,
    "crm.item.deleted.v1": EVENT,
    "crm.item.signalled.v1": EVENT,
    "crm.item.snapshot.v1": EVENT,
    "crm.item.rules-applied.v1": {**EVENT, "job": B},
    "crm.command.completed.v1": {"execution": A, "item": B, "round": 1, "outcome": "done", "config": 1},
    "crm.relay.progress.v1": {"published_until": AT},
    "crm.config.changed.v1": {"kind": "pause", "id": "all", "revision": 1, "changed_at": AT},
    "signal.received.v1": SIGNAL,
    "signal.delivery-repeated.v1": REPEATED,
    "crm.command.apply-signal.v1": {"signal": SIGNAL, "config": 1},
    "crm.command.note-repeat.v1": REPEATED,
    "crm.command.move-item.v1": {**COMMAND, "stage": "paid"},
    "crm.command.change-item.v1": {**COMMAND, "fields": {}},
    "crm.command.delete-item.v1": COMMAND,
    "crm.command.create-from-item.v1": {**COMMAND, "type": "invoice"},
    "crm.command.assign-item.v1": {**COMMAND, "to": "mara"},
    "crm.command.fetch-items.v1": {**COMMAND, "type": "deal"},
    "crm.command.ask-employee.v1": {**COMMAND, "text": "How much?", "asked": [{"key": "amount"}]},
    "crm.command.post-to-feed.v1": {**COMMAND, "text": "Hello"},
    "crm.command.schedule-activity.v1": {**COMMAND, "kind": "call", "subject": "Ring Ana", "starts_at": AT},
    "crm.command.remind.v1": {**COMMAND, "text": "Ring Ana", "at": AT},
    "crm.command.withdraw.v1": {"execution": A, "round": 1, "item": B, "reason": "left"},
    "automation.command.cancel.v1": {"execution": A, "item": B, "by": "mara", "reason": "no"},
    "automation.command.retry.v1": {"execution": A, "item": B, "by": "mara"},
    "automation.executions.v1": {},
    "action.perform.v1": {
        "execution": A,
        "item": B,
        "item_type": "deal",
        "activation": 1,
        "rule": C,
        "rule_key": "greet",
        "action": "send-sms",
        "recipients": [{"whom": "contact"}],
        "due_at": AT,
        "config": 1,
    },
    "action.cancel.v1": {"execution": A, "item": B, "reason": "left"},
    "action.confirm.v1": {"effect": A, "item": B, "sent": True, "by": "mara"},
    "action.set-suppression.v1": {"way": "email", "address": "ana@example.com", "suppressed": True, "by": "mara"},
    "action.callback.v1": {"provider": "twilio", "effect": A, "reference": "SM1", "state": "sent", "at": AT},
    "action.answered.v1": {"app": "acme", "effect": A, "attempt": 1, "outcome": "done", "at": AT},
    "action.outcome.v1": {
        "effect": A,
        "execution": B,
        "item": C,
        "activation": 1,
        "round": 1,
        "effects": 1,
        "whom": "contact",
        "state": "sent",
        "version": 1,
        "at": AT,
    },
    "connection.try.v1": {"id": A, "connection": "sms", "expires_at": AT, "config": 1},
    "connection.tried.v1": {"id": A, "connection": "sms", "outcome": "works", "words": "It works.", "at": AT},
    "suppression.changed.v1": {"address": "f00d", "way": "email", "suppressed": True, "kind": "stop", "since": AT},
}
RECORDS: dict[str, dict[str, Any]] = {
    "type": {"key": "deal"},
    "pipeline": {"id": "deal/retail", "type": "deal", "stages": [{"key": "new"}]},
    "rule-set": {
        **SET,
        "published_by": "mara",
        "stages": [{"stage": "new", "rules": [{"id": A, "key": "greet", "do": {"send-sms": {}}}]}],
    },
    "calendar": {"id": "portal", "zone": "Europe/Lisbon", "weekly": {}},
    "person": {"id": "mara", "name": "Mara"},
    "department": {"id": "sales"},
    "role": {"key": "seller"},
    "rate": {"currency": "USD", "to": "EUR", "on": "2026-03-02", "rate": "0.92"},
    "constant": {"id": "vat", "value": "23"},
    "erasure": {"contact": A, "at": AT},
    "connection": {"id": "sms", "provider": "twilio"},
    "source": {"id": "site", "kind": "form", "token": "t"},
    "pause": {"scope": "all"},
    "portal": {},
    "clock": {},
    "template": {"id": "offer", "file": "f00d"},
    "resource": {"id": "van"},
    "app": {"id": "acme", "address": "https://acme.example/x"},
}
PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "row": ("automation.executions.v1", {"rows": [ROW]}),
    "effect": (
        "automation.executions.v1",
        {"rows": [{**ROW, "effects": [{"id": A, "whom": "contact", "state": "sent", "version": 1, "at": AT}]}]},
    ),
    "note": ("automation.executions.v1", {"rows": [{**ROW, "notes": [{"at": AT, "cause": "entered"}]}]}),
    "dispatch": ("automation.executions.v1", {"dispatched": [{"id": A, "version": 2, "at": AT}]}),
    "link": ("crm.item.changed.v1", {**EVENT, "linked": [{**ITEM, "links": [{"role": "r", "type": "t", "id": B}]}]}),
    "signal": ("crm.item.signalled.v1", {**EVENT, "signal": {"id": A, "kind": "call.missed", "happened_at": AT}}),
    "change": ("crm.item.changed.v1", {**EVENT, "changed": {"title": {}}}),
    "expects": ("crm.command.delete-item.v1", {**COMMAND, "expects": {"activation": 1}}),
    "trigger": (
        "crm.command.apply-signal.v1",
        {"signal": SIGNAL, "config": 1, "triggers": [{"id": A, "pipeline": "deal/retail", "stage": "paid"}]},
    ),
    "creation": (
        "crm.command.apply-signal.v1",
        {"signal": SIGNAL, "config": 1, "nobody": {"create": {"type": "deal", "pipeline": "deal/r", "stage": "new"}}},
    ),
}


@pytest.mark.parametrize("type_", sorted(MESSAGES))
def test_a_message_that_says_only_what_it_must_is_read_and_every_part_of_it_is_needed(type_: str) -> None:
    model, told = BY_TYPE[type_], MESSAGES[type_]
    assert isinstance(model.model_validate_json(json.dumps(told)), model)
    for name in told:
        with pytest.raises(ValidationError) as refused:
            model.model_validate({key: value for key, value in told.items() if key != name})
        assert [(error["loc"], error["type"]) for error in refused.value.errors()] == [((name,), "missing")]


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_a_record_of_the_config_that_says_only_what_it_must_is_read(kind: str) -> None:
    told = {**MESSAGES["crm.config.changed.v1"], "kind": kind, "data": RECORDS[kind]}
    assert isinstance(ConfigChanged.model_validate_json(json.dumps(told)).record(), KINDS[kind])


@pytest.mark.parametrize("name", sorted(PARTS))
def test_what_stands_inside_says_only_what_it_must(name: str) -> None:
    type_, told = PARTS[name]
    assert isinstance(BY_TYPE[type_].model_validate_json(json.dumps(told)), BY_TYPE[type_])


def test_there_is_one_of_each() -> None:
    assert set(MESSAGES) == set(BY_TYPE)
    assert set(RECORDS) == set(KINDS)
