"""Many items moved or given away at once: each once, all of them or none, and only by who may."""

from typing import Any
from uuid import uuid4

from crm_api.testing.company import Company

Json = dict[str, Any]
# What is done with many, and how an item to which it was done looks.
DONE: list[tuple[str, Json, Json]] = [
    ("moves", {"stage": "documents"}, {"stage": "documents"}),
    ("assignments", {"to": "hana"}, {"responsible": "hana"}),
]


async def items(company: Company, *ids: str) -> list[Json]:
    return [(await company.crm.ann.get(f"/v1/items/{id_}")).json() for id_ in ids]


async def test_an_item_that_is_named_twice_is_changed_and_given_once_in_its_place(company: Company) -> None:
    for path, body, shown in DONE:
        one, other = [await company.deal("sam") for _ in range(2)]
        answer = await company.crm.ann.post(f"/v1/items/{path}", json={**body, "items": [other, one, other]})
        assert [item["id"] for item in answer.json()] == [other, one]
        assert answer.json() == await items(company, other, one)
        for item in answer.json():
            assert (item["version"], shown.items() <= item.items()) == (2, True)
        again = (await company.crm.ann.post(f"/v1/items/{path}", json={**body, "items": [one]})).json()
        assert [item["version"] for item in again] == [2]
    # The entries of many name the job for which no rule runs.
    deals = [await company.deal("sam") for _ in range(2)]
    body = {"items": deals, "stage": "documents", "automation": "suppress", "job": "tidy"}
    assert (await company.crm.ann.post("/v1/items/moves", json=body)).status_code == 200
    rows = await company.crm.fetch("SELECT suppressed FROM item WHERE id = ANY($1::text[]::uuid[])", deals)
    assert [row["suppressed"] for row in rows] == ["tidy", "tidy"]
    plain = {"items": deals, "stage": "paid", "job": "not suppressed"}
    assert (await company.crm.ann.post("/v1/items/moves", json=plain)).status_code == 200
    rows = await company.crm.fetch("SELECT suppressed FROM item WHERE id = ANY($1::text[]::uuid[])", deals)
    assert [row["suppressed"] for row in rows] == [None, None]


async def test_where_one_cannot_be_changed_none_is(company: Company) -> None:
    contact = (await company.crm.made("/v1/items", type="contact"))["id"]
    gone = await company.deal("sam")
    assert (await company.crm.ann.delete(f"/v1/items/{gone}")).status_code == 204
    deals = [await company.deal("sam") for _ in range(2)]
    before = await items(company, *deals)
    for path, body, _ in DONE:
        for bad, status in ((gone, 410), (str(uuid4()), 404)):
            answer = await company.crm.ann.post(f"/v1/items/{path}", json={**body, "items": [deals[0], bad, deals[1]]})
            assert (answer.status_code, bad in answer.json()["detail"]) == (status, True), path
    for more in ({"stage": "documents"}, {"pipeline": "deal/retail", "stage": "documents"}):
        answer = await company.crm.ann.post("/v1/items/moves", json={**more, "items": [*deals, contact]})
        assert answer.status_code == 422, answer.text
    answer = await company.crm.ann.post("/v1/items/moves", json={"stage": "nowhere", "items": deals})
    assert answer.json()["errors"][0]["fix"] == "use one of: documents, lost, new, paid"
    assert await items(company, *deals) == before


async def test_who_may_not_change_one_of_them_changes_none_and_hears_no_more_than_they_may_see(
    company: Company,
) -> None:
    for path, body, shown in DONE:
        sams, olafs = await company.deal("sam"), await company.deal("olaf")
        before = await items(company, sams, olafs)
        for person, ids, status in (
            ("sam", [sams, olafs], 404),
            ("olaf", [sams, olafs], 404),
            ("rea", [sams], 403),
            ("nils", [sams], 404),
        ):
            client = await company.sign_in(person)
            answer = await client.post(f"/v1/items/{path}", json={**body, "items": ids})
            assert answer.status_code == status, (path, person)
        assert await items(company, sams, olafs) == before
        mia = await company.sign_in("mia")
        done = (await mia.post(f"/v1/items/{path}", json={**body, "items": [sams, olafs]})).json()
        assert [shown.items() <= item.items() for item in done] == [True, True]
    acts = {act["operation"]: act["detail"] for act in await company.acts(principal="user:mia", outcome="done")}
    assert acts["items.move_many"].items() >= {"items": 2, "stage": "documents", "pipeline": ""}.items()
    assert acts["items.assign_many"].items() >= {"items": 2, "to": "hana"}.items()
