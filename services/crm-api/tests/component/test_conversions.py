"""Conversions: a lead becomes contact, company and deal at once; goods come along; nobody is made twice."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

PERSON = [{"key": "name", "kind": "string"}, {"key": "phone", "kind": "phone"}, {"key": "email", "kind": "email"}]
SIZE = {"key": "size", "kind": "choice", "choices": ["S", "M", "XXL"]}
TYPES: dict[str, dict[str, Any]] = {
    "lead": {"fields": [*PERSON, {"key": "code", "kind": "string", "unique": True}, SIZE]},
    "company": {"fields": PERSON},
    "deal": {
        "fields": [{"key": "amount", "kind": "money"}, {"key": "size", "kind": "choice", "choices": ["S", "M"]}],
        "amount": "amount",
        "goods": True,
    },
    "invoice": {"fields": [{"key": "total", "kind": "money", "required": True}], "amount": "total", "goods": True},
}
RUI = {"name": "Rui", "phone": "912 345 678", "email": "rui@example.com", "code": "L-1"}
PHONES = {"Rui": "912 345 678", "Ana": "913 456 789"}
ANA = {"name": "Ana", "phone": "+351913456789"}
BOTH = [{"to": "deal", "pipeline": "deal/retail"}, {"to": "contact"}]


@pytest.fixture
async def office(crm: Any) -> Any:
    """Give a company with leads, and goods on deals and invoices."""
    for key, body in TYPES.items():
        answer = await crm.ann.put(f"/v1/config/type/{key}", json=body)
        assert answer.status_code == 200, answer.text
    stages = [{"key": "new"}, {"key": "done", "kind": "success"}]
    assert (await crm.ann.put("/v1/pipelines/lead/main", json={"stages": stages})).status_code == 200
    return crm


async def lead(crm: Any, **fields: Any) -> Any:
    """Make a lead."""
    return await crm.made("/v1/items", type="lead", pipeline="lead/main", title="Rui wants a table", fields=fields)


async def together(crm: Any, source: Any, *targets: dict[str, Any]) -> list[Any]:
    """Make several items of one."""
    answer = await crm.made(f"/v1/items/{source['id']}/conversions/together", targets=targets)
    return [(one["item"], one["made"]) for one in answer["items"]]


def links(item: Any) -> set[tuple[str, str]]:
    """Give where an item leads to."""
    return {(link["role"], link["id"]) for link in item["links"]}


async def read(crm: Any, item: Any) -> Any:
    """Give an item as it is now."""
    return (await crm.ann.get(f"/v1/items/{item['id']}")).json()


async def test_a_lead_becomes_a_contact_a_company_and_a_deal_that_know_one_another(office: Any) -> None:
    source = await lead(office, **RUI, size="M")
    deal_to = {"to": "deal", "pipeline": "deal/retail", "stage": "documents", "title": "Oak table"}
    company_to = {"to": "company", "mapping": {"name": "title"}}
    made = await together(office, source, deal_to, {"to": "contact"}, company_to)
    assert [is_made for _, is_made in made] == [True, True, True]
    deal, contact, company = (item for item, _ in made)
    assert (deal["pipeline"], deal["stage"], deal["title"]) == ("deal/retail", "documents", "Oak table")
    assert contact["fields"] == {"name": "Rui", "phone": "+351912345678", "email": "rui@example.com"}
    assert company["fields"] == {"name": "Rui wants a table"}
    ids = {"lead": source, "deal": deal, "contact": contact, "company": company}
    for own, item in ids.items():
        assert links(await read(office, item)) == {(role, one["id"]) for role, one in ids.items() if role != own}
    assert (deal["version"], contact["version"], company["version"]) == (1, 1, 1)


async def test_who_is_known_by_phone_or_email_is_not_made_twice(office: Any) -> None:
    known = await office.made("/v1/items", type="contact", title="Rui", fields={"phone": "+351 912 345 678"})
    source = await lead(office, **RUI)
    (deal, _), (contact, is_made) = await together(office, source, *BOTH)
    assert (contact["id"], contact["version"], is_made) == (known["id"], 1, False)
    assert ("contact", known["id"]) in links(deal) & links(await read(office, source))
    again = await office.ann.post(f"/v1/items/{source['id']}/conversions", json={"to": "contact"})
    assert (again.status_code, again.json()["id"]) == (200, known["id"])


async def test_two_leads_of_one_new_phone_converted_at_once_make_one_contact(office: Any) -> None:
    leads = [await lead(office, name="Rui", phone="912 345 678") for _ in range(4)]
    made = await asyncio.gather(*(together(office, one, *BOTH) for one in leads))
    assert len({contact["id"] for _, (contact, _) in made}) == 1
    assert sorted(is_made for _, (_, is_made) in made) == [False, False, False, True]


async def test_a_contact_that_the_lead_has_already_stands_for_one_without_phone_and_email(office: Any) -> None:
    source = await lead(office, name="Rui")
    [(contact, is_made)] = await together(office, source, {"to": "contact"})
    assert is_made
    [(again, is_made)] = await together(office, source, {"to": "contact"})
    assert (again["id"], is_made) == (contact["id"], False)


async def test_nothing_links_to_itself_though_a_contact_is_to_be_made_of_a_contact_or_one_twice(office: Any) -> None:
    rui = await office.made("/v1/items", type="contact", title="Rui", fields={"phone": "+351 912 345 678"})
    again = await office.ann.post(f"/v1/items/{rui['id']}/conversions", json={"to": "contact"})
    assert (again.status_code, again.json()["id"], again.json()["version"]) == (200, rui["id"], 1)
    (deal, _), (himself, is_made) = await together(office, rui, *BOTH)
    assert (himself["id"], is_made) == (rui["id"], False)
    assert links(deal) == {("contact", rui["id"])}
    assert links(await read(office, rui)) == {("deal", deal["id"])}
    source = await lead(office, name="Ana")
    (ana, _), (twice, _) = await together(office, source, {"to": "contact"}, {"to": "contact"})
    assert (ana["id"], links(ana)) == (twice["id"], {("lead", source["id"])})


async def test_two_people_of_one_lead_are_two_contacts(office: Any) -> None:
    source = await lead(office, name="Rui and Ana")
    people = [{"to": "contact", "fields": {"name": name, "phone": phone}} for name, phone in PHONES.items()]
    (rui, _), (ana, _) = await together(office, source, *people)
    assert [one["fields"] for one in (rui, ana)] == [{"name": "Rui", "phone": "+351912345678"}, ANA]
    assert (links(rui), links(ana)) == tuple({("lead", source["id"]), ("contact", other["id"])} for other in (ana, rui))


async def test_all_are_made_or_none(office: Any) -> None:
    source = await lead(office, **RUI)
    path = f"/v1/items/{source['id']}/conversions/together"
    for wrong, field in (
        ({"to": "invoice", "pipeline": "invoice/plain"}, "targets.1.fields.total"),
        ({"to": "deal", "pipeline": "lead/main"}, "pipeline"),
        ({"to": "yacht"}, "type"),
        ({"to": "company", "mapping": {"name": "colour"}}, "mapping.name"),
    ):
        answer = await office.ann.post(path, json={"targets": [{"to": "contact"}, wrong]})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not await office.fetch("SELECT FROM item WHERE type <> 'lead'")
    assert (await read(office, source))["version"] == 1
    gone = await office.ann.post(f"/v1/items/{uuid4()}/conversions/together", json={"targets": [{"to": "contact"}]})
    assert gone.status_code == 404


async def test_what_is_alike_but_does_not_fit_is_left_out_and_told(office: Any) -> None:
    source = await lead(office, **RUI, size="XXL")
    [(deal, _)] = await together(office, source, BOTH[0])
    assert "size" not in deal["fields"]
    lines = await office.fetch("SELECT kind, body FROM timeline WHERE item = $1", UUID(deal["id"]))
    assert [line["body"]["field"] for line in lines if line["kind"] == "unread"] == ["fields.size"]


async def test_a_unique_value_stays_with_its_holder(office: Any) -> None:
    source = await lead(office, **RUI)
    [(copy, is_made)] = await together(office, source, {"to": "lead", "pipeline": "lead/main"})
    assert is_made
    assert "code" not in copy["fields"]
    assert copy["fields"]["name"] == "Rui"


async def test_goods_come_along_and_the_invoice_is_over_what_they_come_to(office: Any) -> None:
    deal = await office.deal(title="Oak table")
    rows = [{"name": "Oak table", "quantity": "2", "price": "10.00", "tax": "23"}]
    answer = await office.ann.put(f"/v1/items/{deal['id']}/goods", json={"rows": rows, "currency": "USD"})
    assert answer.status_code == 200, answer.text
    body = {"to": "invoice", "pipeline": "invoice/plain"}
    invoice = await office.made(f"/v1/items/{deal['id']}/conversions", **body)
    assert (invoice["fields"], invoice["version"]) == ({"total": "24.60 USD"}, 1)
    goods = [(await office.ann.get(f"/v1/items/{one['id']}/goods")).json() for one in (deal, invoice)]
    assert goods[0] == goods[1]
    await office.ann.put(f"/v1/items/{invoice['id']}/goods", json={"rows": []})
    assert (await office.ann.get(f"/v1/items/{deal['id']}/goods")).json() == goods[0]
