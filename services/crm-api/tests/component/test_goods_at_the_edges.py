"""Rows of goods and products where they begin and end: currencies, limits, and an amount that follows or is free."""

from typing import Any

import pytest

Json = dict[str, Any]
TABLE: Json = {"name": "Oak table", "price": "1200.00", "tax": "23"}
FIELDS = [{"key": "amount", "kind": "money"}]


@pytest.fixture
async def store(crm: Any) -> Any:
    """Give a company whose deals have goods."""
    body = {"fields": FIELDS, "amount": "amount", "goods": True}
    assert (await crm.ann.put("/v1/config/type/deal", json=body)).status_code == 200
    return crm


async def put(crm: Any, item: Json, *rows: Json, **more: Any) -> Any:
    return await crm.ann.put(f"/v1/items/{item['id']}/goods", json={"rows": rows, **more})


async def amount(crm: Any, item: Json) -> tuple[str | None, int]:
    """Give an item's amount and its version."""
    now = (await crm.ann.get(f"/v1/items/{item['id']}")).json()
    return now["fields"].get("amount"), now["version"]


WRONG: list[tuple[Json, str]] = [
    ({"discount": {}}, "rows.0.discount"),
    ({"discount": {"percent": "10", "amount": "1"}}, "rows.0.discount"),
    ({"discount": {"percent": "100.1"}}, "rows.0.discount.percent"),
    ({"discount": {"percent": "-1"}}, "rows.0.discount.percent"),
    ({"tax": "100.01"}, "rows.0.tax"),
    ({"quantity": "0"}, "rows.0.quantity"),
    ({"quantity": "-1"}, "rows.0.quantity"),
    ({"price": "-1"}, "rows.0.price"),
    ({"price": "1" * 13}, "rows.0.price"),
    ({"price": "0.1234567"}, "rows.0.price"),
    ({"price": "1e3"}, "rows.0.price"),
    ({"price": " 1"}, "rows.0.price"),
    ({"name": ""}, "rows.0.name"),
    ({"unit": "x" * 31}, "rows.0.unit"),
    ({"product": "LAMP"}, "rows.0.product"),
    ({"colour": "red"}, "rows.0.colour"),
]


async def test_a_row_that_cannot_be_is_refused_by_its_part_and_leaves_the_rows_as_they_were(store: Any) -> None:
    deal = await store.deal()
    before = (await put(store, deal, TABLE)).json()
    for more, field in WRONG:
        answer = await put(store, deal, {**TABLE, **more})
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["field"], bool(error["fix"])) == (422, field, True), more
    for currency in ("eur", "EURO", "€", "AAA"):
        answer = await put(store, deal, TABLE, currency=currency)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "currency"), currency
    assert (await store.ann.get(f"/v1/items/{deal['id']}/goods")).json() == before
    assert await amount(store, deal) == ("1476.00 EUR", 2)
    # More than an amount can hold is refused, and less than half a cent is nothing.
    deal = await store.deal()
    most = {"name": "All", "quantity": "9" * 12, "price": "9" * 12}
    assert (await put(store, deal, most)).json()["total"]["gross"] == "999999999998000000000001.00"
    answer = await put(store, deal, {**most, "tax": "100"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "fields.amount")
    assert await amount(store, deal) == ("999999999998000000000001.00 EUR", 2)
    least = {"name": "Dust", "quantity": "0.000001", "price": "0.000001", "discount": {"percent": "100"}}
    assert (await put(store, deal, least)).json()["total"] == dict.fromkeys(("net", "discount", "tax", "gross"), "0.00")
    half, less = {"name": "Nail", "price": "0.005"}, {"name": "Pin", "price": "0.004999"}
    assert [row["sums"]["gross"] for row in (await put(store, deal, half, less)).json()["rows"]] == ["0.01", "0.00"]


async def test_rows_are_in_the_currency_that_is_sent_else_of_those_before_else_of_the_amount_else_ours(
    store: Any,
) -> None:
    dollars, bare = await store.deal(fields={"amount": "5 USD"}), await store.deal()
    for deal, currency in ((dollars, "USD"), (bare, "EUR")):
        empty = (await store.ann.get(f"/v1/items/{deal['id']}/goods")).json()
        assert (empty["currency"], empty["rows"], empty["total"]["gross"]) == (currency, [], "0.00")
        assert (await put(store, deal, TABLE)).json()["currency"] == currency
    assert (await put(store, bare, TABLE, currency="JPY")).json()["total"]["gross"] == "1476"
    assert (await put(store, bare, TABLE, TABLE)).json()["currency"] == "JPY"
    assert await amount(store, bare) == ("2952 JPY", 4)
    same = await put(store, bare, TABLE, TABLE, currency="EUR")
    assert (same.json()["currency"], await amount(store, bare)) == ("EUR", ("2952.00 EUR", 5))
    assert (await store.ann.put("/v1/config/type/invoice", json={"fields": FIELDS, "goods": True})).status_code == 200
    invoice = await store.made("/v1/items", type="invoice", pipeline="invoice/plain")
    for more in ({"currency": "JPY"}, {}):
        assert (await put(store, invoice, TABLE, **more)).json()["currency"] == "JPY"
    assert await amount(store, invoice) == (None, 1)


async def test_without_rows_the_amount_stays_and_is_free_and_with_rows_only_what_they_come_to_may_be_written(
    store: Any,
) -> None:
    deal = await store.deal()
    path = f"/v1/items/{deal['id']}"
    assert (await put(store, deal, TABLE)).status_code == 200
    for written, status in (
        ("1476 EUR", 200),
        ("1476.00 EUR", 200),
        ("1476.01 EUR", 422),
        ("1476.00 USD", 422),
        (None, 422),
    ):
        answer = await store.ann.patch(path, json={"fields": {"amount": written}})
        assert answer.status_code == status, written
        if status == 422:
            assert answer.json()["errors"][0]["fix"] == f"change the rows: PUT {path}/goods"
    had = await amount(store, deal)
    emptied = (await put(store, deal)).json()
    assert (emptied["rows"], emptied["currency"]) == ([], "EUR")
    assert await amount(store, deal) == had
    assert (await store.ann.patch(path, json={"fields": {"amount": None}})).status_code == 200
    lines = (await store.ann.get(f"{path}/timeline")).json()["rows"]
    assert [line["details"]["rows"] for line in lines if line["kind"] == "goods"] == [1, 0]
    assert (await put(store, deal)).status_code == 200
    again = (await store.ann.get(f"{path}/timeline")).json()["rows"]
    assert len(again) == len(lines)


async def test_a_row_says_what_it_sells_in_its_own_words_where_it_has_any(store: Any) -> None:
    lamp = await store.made("/v1/products", sku="L", name="Lamp", unit="piece", price="10 EUR", tax="6", active=False)
    deal, product = await store.deal(), {"product": lamp["id"]}
    own = {**product, "name": "Old lamp", "unit": "", "price": "0", "tax": "0", "tax_included": True, "quantity": "2"}
    rows = (await put(store, deal, product, own)).json()["rows"]
    told = [(row["name"], row["unit"], row["price"], row["tax"], row["tax_included"], row["quantity"]) for row in rows]
    assert told == [("Lamp", "piece", "10", "6", False, "1"), ("Old lamp", "", "0", "0", True, "2")]
    assert (
        await store.ann.patch(f"/v1/products/{lamp['id']}", json={"price": "99 EUR", "name": "New"})
    ).status_code == 200
    kept = (await store.ann.get(f"/v1/items/{deal['id']}/goods")).json()["rows"]
    assert kept == rows


async def test_products_are_looked_for_by_what_is_written_and_no_sign_stands_for_others(crm: Any) -> None:
    for sku, name in (("A%1", "50% oak"), ("A_2", "Oak_table"), ("a-3", "Elm")):
        await crm.made("/v1/products", sku=sku, name=name, price="1 EUR")
    for q, found in (("%", ["A%1"]), ("_", ["A_2"]), ("OAK", ["A%1", "A_2"]), ("A-", ["a-3"]), ("-3", []), ("", 3)):
        listed = (await crm.ann.get("/v1/products", params={"q": q})).json()["items"]
        assert (len(listed) if isinstance(found, int) else [one["sku"] for one in listed]) == found, q
    [elm] = (await crm.ann.get("/v1/products", params={"q": "elm"})).json()["items"]
    path = f"/v1/products/{elm['id']}"
    for nothing in ({}, {"name": None, "price": None}, {"sku": "a-3"}):
        assert (await crm.ann.patch(path, json=nothing)).json() == elm
    assert (await crm.ann.delete(path)).status_code == 204
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert (await crm.ann.request(method, path, json=body)).status_code == 404
