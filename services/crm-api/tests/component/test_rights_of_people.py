"""Who may see and do what with items: by type, by pipeline, and whose; in lists and for single items alike."""

from collections.abc import Sequence
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm_api.access.rights import Reach
from crm_api.store import rights as stored_rights
from crm_api.testing.company import Company

PLACES = [
    (type_, pipeline, whose)
    for type_, pipeline, whose in product(("*", "deal", "contact"), ("*", "deal/retail"), ("own", "department", "all"))
]


async def statuses(client: Any, item: str) -> tuple[int, int, int]:
    """Read an item, change it and move it; give how each was answered."""
    read = await client.get(f"/v1/items/{item}")
    changed = await client.patch(f"/v1/items/{item}", json={"fields": {"notes": "seen"}})
    moved = await client.post(f"/v1/items/{item}/move", json={"stage": "documents"})
    return read.status_code, changed.status_code, moved.status_code


async def listed(client: Any) -> set[str]:
    """Give the ids of the deals that a list shows."""
    answer = await client.get("/v1/items", params={"pipeline": "deal/retail"})
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


async def titles(client: Any, **which: str) -> list[str]:
    """Give the titles of the tasks that a list shows."""
    return [task["title"] for task in (await client.get("/v1/tasks", params=which)).json()["tasks"]]


@pytest.mark.req("J11")
async def test_people_reach_their_own_items_those_of_their_department_or_all(company: Company) -> None:
    of = {person: await company.deal(person) for person in ("sam", "olaf", None)}
    expected: dict[str, tuple[set[str | None], set[str | None]]] = {
        "rea": ({"sam", "olaf", None}, set()),
        "sam": ({"sam"}, {"sam"}),
        "hana": ({"sam"}, {"sam"}),
        "ivo": (set(), set()),
        "nils": (set(), set()),
        "mia": ({"sam", "olaf", None}, {"sam", "olaf", None}),
    }
    for person, (reads, changes) in expected.items():
        client = await company.sign_in(person)
        assert await listed(client) == {of[whose] for whose in reads}, person
        for whose, item in of.items():
            status = 200 if whose in changes else 403 if whose in reads else 404
            assert await statuses(client, item) == (200 if whose in reads else 404, status, status), (person, whose)


@pytest.mark.req("J12")
async def test_a_grant_for_one_pipeline_says_nothing_of_another(company: Company) -> None:
    stages = {"stages": [{"key": "new"}]}
    assert (await company.crm.ann.put("/v1/pipelines/deal/large", json=stages)).status_code == 200
    grants = [{"type": "deal", "pipeline": "deal/large", "actions": ["read", "add", "change"], "whose": "all"}]
    await company.crm.ann.put("/v1/config/role/large", json={"grants": grants})
    await company.crm.ann.put("/v1/config/person/lars", json={"name": "Lars", "access": ["large"]})
    lars, retail = await company.sign_in("lars"), await company.deal(None)
    made = await lars.post("/v1/items", json={"type": "deal", "pipeline": "deal/large"})
    assert made.status_code == 201
    assert (await lars.post("/v1/items", json={"type": "deal", "pipeline": "deal/retail"})).status_code == 403
    assert (await lars.get(f"/v1/items/{retail}")).status_code == 404
    assert await listed(lars) == set()
    large = await lars.get("/v1/items", params={"pipeline": "deal/large"})
    assert [item["id"] for item in large.json()["items"]] == [made.json()["id"]]


@pytest.mark.req("J11")
async def test_each_action_is_granted_by_itself_and_a_refusal_is_kept(company: Company) -> None:
    grants = [{"type": "deal", "actions": ["read", "change"], "whose": "all"}]
    await company.crm.ann.put("/v1/config/role/editor", json={"grants": grants})
    await company.crm.ann.put("/v1/config/person/edda", json={"name": "Edda", "access": ["editor"]})
    edda, item = await company.sign_in("edda"), await company.deal(None)
    assert await statuses(edda, item) == (200, 200, 200)
    refused = await edda.delete(f"/v1/items/{item}")
    assert (refused.status_code, refused.json()["title"]) == (403, "You may not do this")
    assert refused.json()["detail"] == f"you may not delete item {item}; ask an admin for a role that allows it"
    assert (await edda.post("/v1/items", json={"type": "deal", "pipeline": "deal/retail"})).status_code == 403
    acts = await company.acts(principal="user:edda", outcome="refused")
    assert [(act["operation"], act["subject"]) for act in acts] == [
        ("items.create", "/v1/items"),
        ("items.delete", f"/v1/items/{item}"),
    ]
    assert acts[1]["detail"]["why"] == f"you may not delete item {item}"


async def test_who_may_add_only_their_own_items_need_not_name_themselves(company: Company) -> None:
    sam = await company.sign_in("sam")
    made = await sam.post("/v1/items", json={"type": "deal", "pipeline": "deal/retail"})
    assert (made.status_code, made.json()["responsible"]) == (201, "sam")
    given = {"type": "deal", "pipeline": "deal/retail", "responsible": "olaf"}
    assert (await sam.post("/v1/items", json=given)).status_code == 403


async def test_a_link_to_an_item_that_one_may_not_read_is_a_link_to_nothing(company: Company) -> None:
    sam, mine, others = await company.sign_in("sam"), await company.deal("sam"), await company.deal("olaf")
    bodies: list[dict[str, Any]] = [
        {
            "type": "deal",
            "pipeline": "deal/retail",
            "links": [{"role": "related", "type": "deal", "id": id_}],
        }
        for id_ in (mine, others, str(uuid4()))
    ]
    answers = [await sam.post("/v1/items", json=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [201, 422, 422]
    hidden, missing = [answer.json()["errors"][0] for answer in answers[1:]]
    assert hidden["problem"].replace(others, "?") == missing["problem"].replace(bodies[2]["links"][0]["id"], "?")


async def test_whom_a_task_is_for_sees_it_without_the_item(company: Company) -> None:
    item = await company.deal("olaf")
    for assignee in ("sam", "olaf"):
        task = {"id": str(uuid4()), "item": item, "title": f"For {assignee}", "assignee": assignee}
        assert (await company.crm.worker.post("/v1/tasks", json=task)).status_code == 201
    sam, olaf, ivo = [await company.sign_in(person) for person in ("sam", "olaf", "ivo")]
    assert await titles(sam, item=item) == ["For sam"]
    assert await titles(olaf, item=item) == ["For sam", "For olaf"]
    assert await titles(sam) == ["For sam"]
    assert (await sam.get(f"/v1/items/{item}")).status_code == 404
    assert (await ivo.get("/v1/tasks", params={"item": item})).status_code == 404


async def test_whoever_is_inactive_or_unknown_may_nothing(company: Company) -> None:
    sam = await company.sign_in("sam")
    await company.crm.ann.put("/v1/config/person/sam", json={"name": "Sam", "access": ["seller"], "active": False})
    refused = await sam.get("/v1/items", params={"pipeline": "deal/retail"})
    assert (refused.status_code, refused.json()["detail"].partition(";")[0]) == (403, "you may not ask as user:sam")


async def test_the_predicate_in_sql_says_of_every_item_what_it_says_in_words(company: Company) -> None:
    contact = {"type": "contact", "title": "Ana"}
    for responsible in ("sam", "olaf", None):
        await company.deal(responsible)
        await company.crm.made("/v1/items", **contact, responsible=responsible)
    items = await company.crm.fetch("SELECT id, type, pipeline, responsible FROM item")
    ids = [item["id"] for item in items]
    for places in ((), *product(PLACES), *product(PLACES[::5], PLACES[::3])):
        reach = Reach(tuple(places), "sam", frozenset({"sam", "hana"}))
        assert await among(company, reach, ids) == {
            item["id"] for item in items if reach.holds(item["type"], item["pipeline"], item["responsible"])
        }, places


async def among(company: Company, reach: Reach, ids: Sequence[UUID]) -> set[UUID]:
    """Give what the database says is within a reach."""
    async with company.crm.process.database.transaction() as tx:
        return await stored_rights.among(tx, reach, ids)
