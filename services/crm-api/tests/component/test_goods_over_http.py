"""Products, rates and rows of goods over HTTP, and the amount that follows them."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemChanged, ItemEvent

AMOUNT = {"key": "amount", "kind": "money"}
TABLE = {"name": "Oak table", "quantity": "1", "price": "1200.00", "tax": "23"}
CHAIRS = {"name": "Chair", "quantity": "4", "price": "99.90", "discount": {"percent": "10"}, "tax": "23"}


@pytest.fixture
async def store(crm: Any) -> Any:
    """Give a company whose deals and invoices have goods."""
    for type_ in ("deal", "invoice"):
        body = {"fields": [AMOUNT, {"key": "notes", "kind": "text"}], "amount": "amount", "goods": True}
        answer = await crm.ann.put(f"/v1/config/type/{type_}", json=body)
        assert answer.status_code == 200, answer.text
    return crm


async def put(crm: Any, item: dict[str, Any], *rows: dict[str, Any], **more: Any) -> Any:
    """Put rows on an item."""
    return await crm.ann.put(f"/v1/items/{item['id']}/goods", json={"rows": rows, **more})


async def test_the_amount_follows_the_rows_in_one_event_and_the_timeline_tells_of_them(store: Any) -> None:
    deal = await store.deal(fields={"amount": "5.00 EUR"})
    answer = await put(store, deal, TABLE, CHAIRS, version=1)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["total"] == {"net": "1559.64", "discount": "39.96", "tax": "358.72", "gross": "1918.36"}
    assert [row["sums"]["gross"] for row in told["rows"]] == ["1476.00", "442.36"]
    assert (await store.ann.get(f"/v1/items/{deal['id']}/goods")).json() == told
    item = (await store.ann.get(f"/v1/items/{deal['id']}")).json()
    assert (item["fields"]["amount"], item["version"]) == ("1918.36 EUR", 2)
    event = await last_event(store, deal, version=2)
    assert isinstance(event, ItemChanged)
    assert event.changed["amount"].model_dump() == {"old": "5.00 EUR", "new": "1918.36 EUR"}
    lines = await store.fetch("SELECT kind, body FROM timeline WHERE item = $1", UUID(deal["id"]))
    [line] = [line["body"] for line in lines if line["kind"] == "goods"]
    assert (line["rows"], line["gross"], line["goods"]) == (2, "1918.36 EUR", ["1 Oak table", "4 Chair"])


async def last_event(crm: Any, item: dict[str, Any], version: int) -> Any:
    """Give the event that brought an item to a version."""

    async def look() -> Any:
        found = await crm.deployment.data(topics.ITEMS, ItemEvent)
        return next((e for e in found if str(e.item.id) == item["id"] and e.item.version == version), None)

    return await eventually(look)


async def test_the_same_rows_again_change_nothing(store: Any) -> None:
    deal = await store.deal()
    for _ in range(2):
        assert (await put(store, deal, TABLE)).status_code == 200
    lines = await store.fetch("SELECT FROM timeline WHERE item = $1 AND kind = 'goods'", UUID(deal["id"]))
    assert len(lines) == 1


async def test_an_amount_that_contradicts_the_rows_is_refused_until_they_are_gone(store: Any) -> None:
    deal = await store.deal()
    await put(store, deal, TABLE)
    patch = {"fields": {"amount": "1.00 EUR"}}
    refused = await store.ann.patch(f"/v1/items/{deal['id']}", json=patch)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "fields.amount"
    assert "come to 1476.00 EUR" in refused.json()["detail"]
    notes = await store.ann.patch(f"/v1/items/{deal['id']}", json={"fields": {"notes": "soon"}})
    assert notes.status_code == 200
    assert (await put(store, deal)).json()["rows"] == []
    assert (await store.ann.patch(f"/v1/items/{deal['id']}", json=patch)).status_code == 200


async def test_a_row_of_a_product_takes_name_tax_and_price_by_the_days_rate(store: Any) -> None:
    body = {"sku": "LAMP", "name": "Lamp", "unit": "piece", "price": "100.00 USD", "tax": "6"}
    lamp = await store.made("/v1/products", **body)
    deal = await store.deal()
    row = {"product": lamp["id"], "quantity": "2"}
    without = await put(store, deal, row)
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "rows.0.price")
    answer = await store.ann.put("/v1/config/rate/USD/2020-01-01", json={"rate": "0.91115"})
    assert answer.json()["data"] == {"currency": "USD", "to": "EUR", "on": "2020-01-01", "rate": "0.91115"}
    told = (await put(store, deal, row)).json()
    assert (told["currency"], told["rows"][0]["price"], told["rows"][0]["name"]) == ("EUR", "91.12", "Lamp")
    assert told["total"]["gross"] == "193.17"
    dollars = (await put(store, deal, row, currency="USD")).json()
    assert dollars["total"]["gross"] == "212.00"
    assert (await store.ann.get(f"/v1/items/{deal['id']}")).json()["fields"]["amount"] == "212.00 USD"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"rows": [{**TABLE, "price": 12.5}]}, "rows.0.price"),
    ({"rows": [{**TABLE, "quantity": 1}]}, "rows.0.quantity"),
    ({"rows": [{**TABLE, "discount": {"amount": "1200.01"}}]}, "rows.0.discount"),
    ({"rows": [{"quantity": "1"}]}, "rows.0.name"),
    ({"rows": [TABLE, {"product": str(uuid4())}]}, "rows.1.product"),
    ({"rows": [TABLE], "currency": "ABC"}, "currency"),
    ({"rows": [TABLE] * 501}, "rows"),
]


async def test_rows_that_make_no_sense_are_refused_by_their_place(store: Any) -> None:
    deal = await store.deal()
    for body, field in WRONG:
        answer = await store.ann.put(f"/v1/items/{deal['id']}/goods", json=body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["field"] == field
    contact = await store.made("/v1/items", type="contact", title="Rui")
    answer = await put(store, contact, TABLE)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "rows")
    stale = await put(store, deal, TABLE, version=7)
    assert stale.status_code == 409


async def test_five_hundred_rows_fit_though_an_item_may_have_40_kilobytes(store: Any) -> None:
    deal = await store.deal()
    rows = [{"name": f"{n} " + "x" * 200, "quantity": "1", "price": "0.01"} for n in range(500)]
    told = (await put(store, deal, *rows)).json()
    assert (len(told["rows"]), told["total"]["gross"]) == (500, "5.00")


RATES: list[tuple[str, dict[str, Any], str]] = [
    ("USD/2026-11-22", {"rate": 0.9}, "rate"),
    ("USD/2026-11-22", {"rate": "0"}, "rate"),
    ("USD/2026-11-22", {}, "rate"),
    ("USD/2026-11-22", {"rate": "1", "to": "USD"}, "to"),
    ("USD/2026-11-22", {"rate": "1", "to": "XYZ"}, "to"),
    ("USD/2026-11-22", {"rate": "1", "currency": "GBP"}, "currency"),
    ("ABC/2026-11-22", {"rate": "1"}, "currency"),
    ("USD/20261122", {"rate": "1"}, "id"),
    ("USD", {"rate": "1"}, "id"),
]


async def test_a_rate_names_two_currencies_a_day_and_an_exact_number(crm: Any) -> None:
    for id_, body, field in RATES:
        answer = await crm.ann.put(f"/v1/config/rate/{id_}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), (id_, body)
    portal = await crm.ann.put("/v1/config/portal/portal", json={"currency": "EURO"})
    assert (portal.status_code, portal.json()["errors"][0]["field"]) == (422, "currency")


async def test_products_are_searched_by_name_and_number_page_by_page(crm: Any) -> None:
    for sku, name in (("T-1", "oak table"), ("T-2", "Pine Table"), ("C-1", "chair"), ("T-3", "Oak table")):
        await crm.made("/v1/products", sku=sku, name=name, price="10 EUR")
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await crm.ann.get("/v1/products", params={"q": "TABLE", "limit": 2, "after": after})).json()
        found, after = found + [one["sku"] for one in page["items"]], page["next"]
    assert sorted(found[:2]) == ["T-1", "T-3"]
    assert found[2:] == ["T-2"]
    by_number = (await crm.ann.get("/v1/products", params={"q": "c-"})).json()
    assert [one["sku"] for one in by_number["items"]] == ["C-1"]
    assert (await crm.ann.get("/v1/products", params={"after": "nowhere"})).status_code == 422


async def test_a_product_is_changed_retired_and_deleted_only_if_it_was_never_sold(store: Any) -> None:
    lamp = await store.made("/v1/products", sku="LAMP", name="Lamp", price="10 EUR")
    other = await store.made("/v1/products", sku="OTHER", name="Other", price="10 EUR")
    path = f"/v1/products/{lamp['id']}"
    assert (await store.ann.post("/v1/products", json={**other, "id": None})).status_code == 422
    same = await store.ann.post("/v1/products", json={"sku": "LAMP", "name": "Again", "price": "1 EUR"})
    assert (same.status_code, same.json()["errors"][0]["field"]) == (422, "sku")
    assert (await store.ann.patch(path, json={"sku": "OTHER"})).status_code == 422
    assert (await store.ann.patch(path, json={"price": 5})).status_code == 422
    changed = await store.ann.patch(path, json={"price": "12.50 EUR", "active": False})
    assert (changed.json()["price"], changed.json()["active"], changed.json()["name"]) == ("12.50 EUR", False, "Lamp")
    assert (await store.ann.get(path)).json() == changed.json()
    active = (await store.ann.get("/v1/products", params={"active": True})).json()
    assert [one["sku"] for one in active["items"]] == ["OTHER"]
    deal = await store.deal()
    await put(store, deal, {"product": lamp["id"]})
    assert (await store.ann.delete(path)).status_code == 409
    await put(store, deal)
    assert (await store.ann.delete(path)).status_code == 204
    assert (await store.ann.get(path)).status_code == 404
