"""What was decided on one version is not done to another: told with the current one, also of many at once."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

Json = dict[str, Any]
GOODS = {"fields": [{"key": "amount", "kind": "money"}, {"key": "notes", "kind": "text"}], "goods": True}


@pytest.fixture
async def store(crm: Any) -> Any:
    """Give a company whose deals have goods."""
    assert (await crm.ann.put("/v1/config/type/deal", json={**GOODS, "amount": "amount"})).status_code == 200
    return crm


async def linked(crm: Any) -> tuple[str, str]:
    """Give a deal in its second version, and the contact that it is linked to."""
    contact = await crm.made("/v1/items", type="contact", title="Ana")
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    deal = await crm.deal(title="Oak", links=[link])
    assert (await crm.ann.patch(f"/v1/items/{deal['id']}", json={"fields": {"notes": "seen"}})).json()["version"] == 2
    return deal["id"], contact["id"]


def changes(deal: str, contact: str, version: int) -> list[tuple[str, str, Json | None]]:
    """Give all that can be done with a deal at a version."""
    path, at = f"/v1/items/{deal}", {"version": version}
    return [
        ("PATCH", path, {"fields": {"notes": "other"}, **at}),
        ("POST", f"{path}/move", {"stage": "paid", **at}),
        ("POST", f"{path}/assign", {"to": "ann", **at}),
        ("POST", f"{path}/links", {"role": "guest", "type": "contact", "id": contact, **at}),
        ("DELETE", f"{path}/links/contact/{contact}?version={version}", None),
        ("PUT", f"{path}/goods", {"rows": [{"name": "Oak", "price": "1.00"}], **at}),
        ("DELETE", f"{path}?version={version}", None),
    ]


async def test_every_change_of_an_item_that_was_decided_on_another_version_is_refused_with_the_current_one(
    store: Any,
) -> None:
    deal, contact = await linked(store)
    current = (await store.ann.get(f"/v1/items/{deal}")).json()
    for version in (1, 3):
        for method, path, body in changes(deal, contact, version):
            answer = await store.ann.request(method, path, json=body)
            assert (answer.status_code, answer.json()["current"]) == (409, current), path
            [error] = answer.json()["errors"]
            assert (error["field"], f"it has version 2, not {version}" in error["problem"]) == ("version", True), path
    assert (await store.ann.get(f"/v1/items/{deal}")).json() == current
    for n in range(len(changes(deal, contact, 2))):
        fresh, of = await linked(store)
        method, path, body = changes(fresh, of, 2)[n]
        assert (await store.ann.request(method, path, json=body)).is_success, path
        [row] = await store.fetch("SELECT version FROM item WHERE id = $1::text::uuid", fresh)
        assert row["version"] == 3, path


async def test_what_many_do_to_one_item_at_once_is_done_once(crm: Any) -> None:
    path = f"/v1/items/{(await crm.deal())['id']}"
    answers = await asyncio.gather(*(crm.ann.delete(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 410, 410, 410]
    stale = await crm.ann.post(f"{path}/restore", params={"version": 1})
    assert (stale.status_code, stale.json()["current"]["deleted"]) == (409, True)
    answers = await asyncio.gather(*(crm.ann.post(f"{path}/restore") for _ in range(4)))
    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(200, 3)] * 4
    deal, contacts = await crm.deal(), [await crm.made("/v1/items", type="contact", title=f"{n}") for n in range(2)]
    path = f"/v1/items/{deal['id']}/links"
    bodies = [{"role": "contact", "type": "contact", "id": one["id"]} for one in contacts for _ in range(4)]
    answers = await asyncio.gather(*(crm.ann.post(path, json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    item = (await crm.ann.get(f"/v1/items/{deal['id']}")).json()
    assert (item["version"], {link["id"] for link in item["links"]}) == (3, {one["id"] for one in contacts})
    assert len(item["links"]) == 2


async def test_of_many_changes_decided_on_one_version_one_is_made(crm: Any) -> None:
    deal = await crm.deal()
    task = {"id": str(uuid4()), "item": deal["id"], "title": "Call", "assignee": "ann"}
    assert (await crm.worker.post("/v1/tasks", json=task)).status_code == 201
    call = {"item": deal["id"], "kind": "call", "subject": "Call", "starts_at": "2030-03-05T10:00:00Z"}
    activity = await crm.made("/v1/activities", **call)
    edits: list[tuple[str, Callable[[int], Json]]] = [
        (f"/v1/items/{deal['id']}", lambda n: {"fields": {"notes": f"{n}"}}),
        (f"/v1/tasks/{task['id']}", lambda n: {"title": f"Call {n}"}),
        (f"/v1/activities/{activity['id']}", lambda n: {"subject": f"Call {n}"}),
    ]
    for path, change in edits:
        bodies = [{**change(n), "version": 1} for n in range(8)]
        answers = await asyncio.gather(*(crm.ann.patch(path, json=body) for body in bodies))
        assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7], path
        [made] = [answer.json() for answer in answers if answer.status_code == 200]
        assert made["version"] == 2
        assert (await crm.ann.get(path)).json() == made
        told = [answer.json()["current"] for answer in answers if answer.status_code == 409]
        assert all(made.items() >= current.items() for current in told), path


async def test_a_number_of_a_product_is_never_held_by_two_whoever_asks_at_once(crm: Any) -> None:
    made = await asyncio.gather(
        *(crm.ann.post("/v1/products", json={"sku": "A", "name": f"A {n}", "price": "1 EUR"}) for n in range(6))
    )
    assert sorted(answer.status_code for answer in made) == [201, *[422] * 5]
    for turn in range(4):
        products = [await crm.made("/v1/products", sku=f"{turn}-{n}", name="B", price="1 EUR") for n in range(6)]
        asked = (crm.ann.patch(f"/v1/products/{one['id']}", json={"sku": f"of {turn}"}) for one in products)
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [200, *[422] * 5]
        assert {answer.json()["errors"][0]["field"] for answer in answers if answer.status_code == 422} == {"sku"}
    [row] = await crm.fetch("SELECT count(*) AS n FROM product WHERE sku LIKE 'of %'")
    assert row["n"] == 4
