"""Who may see and change goods, make items from items, and merge two of them."""

import pytest
from crm_api.testing.company import Company

ROWS = {"rows": [{"name": "Oak table", "quantity": "1", "price": "10.00"}]}
CONTACTS = [{"type": "contact", "actions": ["read", "add", "change", "delete"], "whose": "own"}]


@pytest.fixture
async def sellers(company: Company) -> Company:
    """Give a company that sells goods, whose keepers of contacts have their own ones."""
    fields = [{"key": "amount", "kind": "money"}]
    body = {"fields": fields, "amount": "amount", "goods": True}
    for type_ in ("deal", "invoice"):
        assert (await company.crm.ann.put(f"/v1/config/type/{type_}", json=body)).status_code == 200
    await company.crm.ann.put("/v1/config/role/keeper", json={"grants": CONTACTS})
    await company.crm.ann.put("/v1/config/person/kim", json={"name": "Kim", "access": ["keeper"]})
    return company


async def test_goods_are_seen_and_changed_with_the_rights_to_their_item(sellers: Company) -> None:
    mine, other = await sellers.deal("sam"), await sellers.deal("olaf")
    sam, rea = await sellers.sign_in("sam"), await sellers.sign_in("rea")
    for client, item, read, put in ((sam, mine, 200, 200), (sam, other, 404, 404), (rea, mine, 200, 403)):
        path = f"/v1/items/{item}/goods"
        assert (await client.get(path)).status_code == read
        assert (await client.put(path, json=ROWS)).status_code == put


async def test_products_are_seen_by_everyone_and_changed_by_admins(sellers: Company) -> None:
    body = {"sku": "LAMP", "name": "Lamp", "price": "10.00 EUR"}
    sam, ada = await sellers.sign_in("sam"), await sellers.sign_in("ada")
    assert (await sam.post("/v1/products", json=body)).status_code == 403
    made = await ada.post("/v1/products", json=body)
    path = made.headers["Location"]
    assert (await sam.get(path)).json() == made.json()
    assert (await sam.patch(path, json={"name": "Mine"})).status_code == 403
    assert (await sam.delete(path)).status_code == 403
    assert (await sellers.showing("").get(path)).status_code == 401
    assert (await ada.delete(path)).status_code == 204


async def test_an_item_is_made_from_an_item_by_who_may_change_the_one_and_add_the_other(sellers: Company) -> None:
    deal = await sellers.deal("sam")
    to = {"to": "invoice", "pipeline": "invoice/plain"}
    for person, status in (("sam", 403), ("ivo", 404), ("rea", 403), ("mia", 201)):
        client = await sellers.sign_in(person)
        answer = await client.post(f"/v1/items/{deal}/conversions", json=to)
        assert answer.status_code == status, person
        both = await client.post(f"/v1/items/{deal}/conversions/together", json={"targets": [to]})
        assert both.status_code == status, person


async def test_a_contact_that_one_may_not_read_is_neither_found_nor_used(sellers: Company) -> None:
    person = {"type": "contact", "fields": {"phone": "912 345 678"}}
    hidden = await sellers.crm.made("/v1/items", **person)
    own = await sellers.crm.made("/v1/items", **person, responsible="kim")
    kim = await sellers.sign_in("kim")
    assert (await kim.get(f"/v1/items/{own['id']}/duplicates")).json() == {"items": [], "next": None}
    assert (await kim.get(f"/v1/items/{hidden['id']}/duplicates")).status_code == 404
    assert (await kim.post(f"/v1/items/{own['id']}/merge", json={"other": hidden["id"]})).status_code == 404
    made = await kim.post(f"/v1/items/{own['id']}/conversions", json={"to": "contact"})
    assert (made.status_code, made.json()["id"]) == (200, own["id"])


async def test_contacts_are_merged_by_who_may_change_all_that_links_to_them(sellers: Company) -> None:
    this, other = [await sellers.crm.made("/v1/items", type="contact", responsible="kim") for _ in range(2)]
    link = {"role": "contact", "type": "contact", "id": other["id"]}
    deal = await sellers.crm.deal(links=[link])
    kim, path, body = await sellers.sign_in("kim"), f"/v1/items/{this['id']}/merge", {"other": other["id"]}
    refused = await kim.post(path, json=body)
    assert refused.status_code == 403
    assert "some items that link to it are not yours" in refused.text
    await sellers.crm.ann.delete(f"/v1/items/{deal['id']}/links/contact/{other['id']}")
    assert (await kim.post(path, json=body)).status_code == 200
