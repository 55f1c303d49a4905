"""What actions inside the CRM name must be there when a rule set is saved."""

from typing import Any

import pytest
from automation.checking import Finding, check_rule_set
from automation.testing import PIPELINE, pipeline, record, rule, rules, shop
from contracts.rules import Rule

VIP = record("pipeline", "deal/vip", {"id": "deal/vip", "type": "deal", "stages": [{"key": "open"}], "rule_set": 1})
BILLS = {"id": "invoice/plain", "type": "invoice", "stages": [{"key": "draft"}], "rule_set": 1}
SALES = record("department", "sales", {"id": "sales"})
SET = rule("set", {"set-variable": {"name": "x", "value": "1"}})


def findings(*published: Rule) -> tuple[Finding, ...]:
    """Check a rule set of a shop with two pipelines of deals and one of invoices."""
    knowledge = shop(extra=(VIP, record("pipeline", "invoice/plain", BILLS), SALES))
    return check_rule_set(rules(*published).record(), pipeline().record(), knowledge)


FINE: list[dict[str, Any]] = [
    {"move-item": {"pipeline": "deal/vip"}},
    {"move-item": {"pipeline": "deal/vip", "stage": "open"}},
    {"move-item": {"pipeline": PIPELINE, "stage": "paid"}},
    {"copy-item": {"pipeline": "deal/vip", "title": "{{ item.title }}, once more", "fields": {"amount": "1 EUR"}}},
    {"create-from-source": {"type": "contact", "mapping": {"phone": "delivery_by"}}},
    {
        "create-from-source": {
            "type": "invoice",
            "pipeline": "invoice/plain",
            "mapping": {"pay_before": "payment_due", "title": "title"},
        }
    },
    {"repeat-sale": {"pipeline": "deal/vip", "stage": "open", "mapping": {"amount": "amount"}}},
    {"assign": {"to": "supervisor"}},
    {"assign": {"to": {"user": "rui"}}},
    {"assign": {"to": "round-robin", "among": {"department": "sales"}}},
    {"assign": {"to": "least-busy", "among": {"people": ["ann", "rui"]}}},
    {"notify": {"to": {"department": "sales"}, "text": "x", "sender": {"user": "ann"}}},
    {"calculate": {"formula": "item.pieces * var.x", "variable": "y"}},
    {"change-item": {"fields": {"pieces": "{{ var.x }}"}}},
]


@pytest.mark.parametrize("do", FINE)
def test_what_is_there_can_be_named(do: dict[str, Any]) -> None:
    assert findings(SET, rule("it", do)) == ()


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"move-item": {}}, "do.move-item", "does not say where"),
    ({"move-item": {"pipeline": "invoice/plain"}}, "do.move-item.pipeline", "unknown pipeline 'invoice/plain'"),
    ({"move-item": {"pipeline": "deal/vip", "stage": "paid"}}, "do.move-item.stage", "unknown stage 'paid'"),
    ({"move-item": {"stage": "open"}}, "do.move-item.stage", "unknown stage 'open'"),
    ({"copy-item": {"pipeline": "deal/moon"}}, "do.copy-item.pipeline", "unknown pipeline"),
    ({"create-from-source": {"type": "ship"}}, "do.create-from-source.type", "unknown type 'ship'"),
    ({"create-from-source": {"type": "invoice"}}, "do.create-from-source.pipeline", "unknown pipeline ''"),
    (
        {"create-from-source": {"type": "contact", "fields": {"amount": "1"}}},
        "do.create-from-source.fields",
        "contact has no field 'amount'",
    ),
    (
        {"create-from-source": {"type": "contact", "mapping": {"phone": "fax"}}},
        "do.create-from-source.mapping.phone",
        "unknown field 'fax'",
    ),
    ({"repeat-sale": {"pipeline": "deal/vip", "stage": "new"}}, "do.repeat-sale.stage", "unknown stage 'new'"),
    ({"assign": {"to": "contact"}}, "do.assign.to", "names nobody"),
    ({"assign": {"to": {"role": "warehouse"}}}, "do.assign.to", "names nobody"),
    ({"assign": {"to": {"user": "zoe"}}}, "do.assign.to", "unknown user 'zoe'"),
    ({"assign": {"to": "round-robin"}}, "do.assign.among", "among whom"),
    ({"assign": {"to": "least-busy", "among": {"role": "pilots"}}}, "do.assign.among.role", "nobody has the role"),
    ({"send-sms": {"text": "x", "to": "round-robin"}}, "do.send-sms.to", "names nobody"),
    ({"notify": {"text": "x", "sender": {"user": "zoe"}}}, "do.notify.sender", "unknown user 'zoe'"),
    ({"notify": {"text": "x", "to": {"department": "moon"}}}, "do.notify.to", "unknown department 'moon'"),
    ({"create-task": {"title": "x", "to": {"department": "moon"}}}, "do.create-task.to", "unknown department 'moon'"),
    ({"create-task": {"title": "x", "to": {"team": "sales"}}}, "do.create-task.to", "names nobody"),
    ({"set-variable": {"name": "a b", "value": "1"}}, "do.set-variable.name", "pattern"),
    ({"calculate": {"formula": "item.colour_of_money"}}, "do.calculate.formula", "unknown field"),
    ({"calculate": {"formula": "var.y + 1"}}, "do.calculate.formula", "no rule of this stage sets a variable 'y'"),
    ({"calculate": {"formula": "import os"}}, "do.calculate.formula", "is no formula"),
]


@pytest.mark.parametrize(("do", "path", "words"), WRONG)
def test_what_is_not_there_is_found_at_its_place(do: dict[str, Any], path: str, words: str) -> None:
    (finding,) = findings(SET, rule("it", do))
    assert (finding.path, words in finding.message) == (f"stages.0.rules.1.{path}", True), finding
