"""Names of values: what each root gives, what is empty, and the plain data that templates get."""

import json
from typing import Any

import pytest
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.paths import ANY_ITEM, UNKNOWN
from automation.testing import CONTACT, contact, deal, facts, invoice, rule, shop
from contracts.items import SignalSeen


def known() -> Facts:
    """Give facts with something under every root."""
    item = deal(to=(contact(), invoice(pay_before="2026-04-10")), amount="900 EUR", note="")
    signal = SignalSeen(id=item.id, kind="form.submitted", happened_at=item.created_at, payload={"form": {"id": 3}})
    results = {"contract": {"url": "https://shop.example/d/1"}}
    return facts(
        item, contact(), invoice(pay_before="2026-04-10"), signal=signal, results=results, variables={"n": 2},
        rule=rule("greet"),
    )  # fmt: skip


VALUES = [
    ("item.title", "Sofa"),
    ("item.amount", "900 EUR"),
    ("item.stage", "new"),
    ("item.note", EMPTY),
    ("item.unknown", EMPTY),
    ("contact.id", str(CONTACT)),
    ("contact.name", "Maria"),
    ("contact.email", "maria@example.org"),
    ("invoice.pay_before", "2026-04-10"),
    ("company.name", EMPTY),
    ("responsible.name", "Ann"),
    ("supervisor.email", "rui@shop.example"),
    ("responsible.role", EMPTY),
    ("results.contract.url", "https://shop.example/d/1"),
    ("results.quote.url", EMPTY),
    ("signal.kind", "form.submitted"),
    ("signal.form.id", 3),
    ("var.n", 2),
    ("const.n", EMPTY),
    ("rule.key", "greet"),
    ("portal.currency", "EUR"),
]


@pytest.mark.parametrize(("path", "value"), VALUES)
def test_paths_lead_to_values(path: str, value: Any) -> None:
    assert known().get(path) == value


@pytest.mark.parametrize(
    "path", ["item", "", "item.", ".title", "item title", "item.a.b.c", "contact.x.y.z", "responsible.name.x", "1.2"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(DocumentError, match="names no value"):
        known().get(path)


def test_own_name_of_a_contact_goes_before_its_title() -> None:
    named = facts(deal(to=(contact(name="Maria Silva"),)), contact(name="Maria Silva"))
    assert named.get("contact.name") == "Maria Silva"


def test_linked_item_that_did_not_come_along_is_empty() -> None:
    assert facts(deal(to=(contact(),))).get("contact.email") is EMPTY


def test_before_an_item_is_found_only_the_signal_is_known() -> None:
    nobody = Facts(ANY_ITEM, (), shop())
    assert nobody.get("item.title") is UNKNOWN
    assert nobody.get("contact.email") is UNKNOWN
    assert nobody.get("signal.form") is EMPTY


def test_context_is_plain_data_without_what_is_empty() -> None:
    context = known().as_context()
    assert json.loads(json.dumps(context)) == context
    assert "note" not in context["item"]
    assert context["contact"]["name"] == "Maria"
    assert context["results"]["contract"] == {"url": "https://shop.example/d/1"}


def test_kinds_come_from_the_element_types() -> None:
    kinds = {
        path: known().kind(path) for path in ("item.amount", "invoice.pay_before", "item.title", "item.x", "var.n")
    }
    assert kinds == {
        "item.amount": "money",
        "invoice.pay_before": "date",
        "item.title": "string",
        "item.x": None,
        "var.n": None,
    }
