"""Tasks as people work on them: who may do what, what is told of their status, and which are late."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.executions import ExecutionRow
from contracts.rules import RuleSetRef
from contracts.signals import Signal
from crm_api.store import timeline as stored_timeline
from crm_api.testing.company import Company

Json = dict[str, Any]


async def task(company: Company, item: str, **more: Any) -> Json:
    body = {"id": str(uuid4()), "item": item, "title": "Prepare the table", **more}
    answer = await company.crm.worker.post("/v1/tasks", json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def patched(client: Any, task: Json, **body: Any) -> tuple[int, Json]:
    answer = await client.patch(f"/v1/tasks/{task['id']}", json=body)
    return answer.status_code, answer.json()


async def become(company: Company, person: str, **more: Any) -> None:
    """Change a record of a person."""
    known = (await company.crm.ann.get(f"/v1/config/person/{person}")).json()["data"]
    record = {key: value for key, value in {**known, **more}.items() if key != "id"}
    assert (await company.crm.ann.put(f"/v1/config/person/{person}", json=record)).status_code == 200


async def signals(company: Company, count: int) -> list[Signal]:
    async def look() -> list[Signal] | None:
        told = [one async for one in found()]
        return told if len(told) >= count else None

    async def found() -> Any:
        for one in await company.crm.deployment.data(topics.SIGNALS, Signal):
            if one.kind == "task.changed":
                yield one

    return await eventually(look)


@pytest.fixture
async def deal(company: Company) -> str:
    return await company.deal("sam")


@pytest.mark.parametrize("whose", [{"assignee": "nils"}, {"role": "packer"}, {"department": "online"}])
async def test_whoever_a_task_is_for_does_it_without_seeing_the_item(company: Company, deal: str, whose: Json) -> None:
    await become(company, "nils", role="packer", department="online")
    nils, ivo = await company.sign_in("nils"), await company.sign_in("ivo")
    made = await task(company, deal, **whose)
    assert [one["id"] for one in (await nils.get("/v1/tasks")).json()["tasks"]] == [made["id"]]
    assert (await nils.get(f"/v1/tasks/{made['id']}")).json()["title"] == "Prepare the table"
    assert (await nils.get(f"/v1/items/{deal}")).status_code == 404
    steps = [{"text": "Saw", "done": True}, {"text": "Pack"}]
    status, doing = await patched(nils, made, status="in_progress", checklist=steps)
    assert (status, doing["status"], [one["done"] for one in doing["checklist"]]) == (200, "in_progress", [True, False])
    status, done = await patched(nils, made, status="done", result="They stand in the hall")
    assert (status, done["version"], done["changed_by"]) == (200, 3, "user:nils")
    # The words are the assignee's, the rest is not.
    assert (await patched(nils, made, title="Another"))[0] == 403
    assert (await patched(ivo, made, status="open"))[0] == 404
    rows = (await company.crm.ann.get(f"/v1/items/{deal}/timeline")).json()["rows"]
    assert [row["words"] for row in rows if row["kind"] == "task"] == [
        "task in progress by user:nils: Prepare the table",
        "task done by user:nils: Prepare the table (They stand in the hall)",
    ]


async def test_who_may_change_the_item_changes_all_of_a_task_and_gives_it_to_somebody_else(
    company: Company, deal: str
) -> None:
    sam, rea = await company.sign_in("sam"), await company.sign_in("rea")
    made = await task(company, deal, role="packer")
    status, moved = await patched(sam, made, assignee="olaf", title="Call", deadline="2026-11-30T17:00:00Z")
    assert (status, moved["assignee"], moved["role"], moved["title"]) == (200, "olaf", None, "Call")
    assert (await patched(rea, made, status="done"))[0] == 403
    assert (await patched(await company.sign_in("sam", scope={"actions": ["read"]}), made, status="done"))[0] == 403
    for body, field in (
        ({"assignee": "nobody"}, "assignee"),
        ({"assignee": ""}, "assignee"),
        ({"role": ""}, "role"),
        ({"department": ""}, "department"),
        ({"department": "moon"}, "department"),
        ({"status": "asleep"}, "status"),
        ({"status": None}, "status"),
        ({"checklist": [{"text": ""}]}, "checklist.0.text"),
        ({"colour": "red"}, "colour"),
        ({"title": ""}, "title"),
        ({"deadline": "2026-11-30T17:00:00"}, "deadline"),
        ({"deadline": "9999-12-31T23:59:59-12:00"}, "deadline"),
    ):
        status, told = await patched(sam, made, **body)
        assert (status, told["errors"][0]["field"]) == (422, field)
    status, told = await patched(sam, made, title="Late", version=1)
    assert (status, told["current"]["version"]) == (409, 2)


async def test_another_status_is_told_to_triggers_once_with_the_rule_that_made_the_task(
    company: Company, deal: str
) -> None:
    crm, execution = company.crm, uuid4()
    async with crm.process.database.transaction() as tx:
        row = ExecutionRow(
            id=execution, version=1, item=UUID(deal), activation=1, rule=uuid4(), rule_key="prepare", stage="new",
            rule_set=RuleSetRef(pipeline="deal/retail", number=1), action="create-task", state="succeeded",
            planned_at=datetime.now(UTC),
        )  # fmt: skip
        await stored_timeline.keep(tx, [row])
    made = await task(company, deal, assignee="sam", execution=str(execution))
    by_hand = await task(company, deal, assignee="sam")
    sam = await company.sign_in("sam")
    await patched(sam, made, title="Of another name")
    await patched(sam, made, status="done")
    await patched(sam, made, status="done")
    await patched(sam, by_hand, status="cancelled")
    first, second = await signals(company, 2)
    assert (str(first.binding), first.source, second.payload["rule"]) == (deal, "crm-api", "")
    told = {"task": made["id"], "rule": "prepare", "status": "done", "old": "open", "new": "done", "assignee": "sam"}
    assert told.items() <= first.payload.items()
    assert {"type": "deal", "pipeline": "deal/retail", "stage": "new"}.items() <= first.payload.items()
    assert "Prepare" not in first.model_dump_json()


async def test_what_is_late_says_so_until_it_is_done(company: Company, deal: str) -> None:
    sam, past = await company.sign_in("sam"), (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    made = await task(company, deal, assignee="sam", deadline=past)
    future = await task(company, deal, assignee="sam", deadline=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    listed = {one["id"]: one for one in (await sam.get("/v1/tasks", params={"item": deal})).json()["tasks"]}
    assert [listed[one["id"]]["late"] for one in (made, future)] == [True, False]
    assert listed[made["id"]]["link"] == f"/v1/items/{deal}"
    await patched(sam, made, status="in_progress")
    [of_sam] = [
        one
        for one in (await company.crm.ann.get("/v1/reports/employees")).json()["employees"]
        if one["person"] == "sam"
    ]
    assert (of_sam["tasks"], of_sam["late"]) == (2, 1)
    _, done = await patched(sam, made, status="done")
    assert not done["late"]
    for status, ids in (("open", [future["id"]]), ("done", [made["id"]]), ("cancelled", [])):
        part = (await sam.get("/v1/tasks", params={"status": status})).json()["tasks"]
        assert [one["id"] for one in part] == ids


async def test_a_task_is_made_for_somebody_and_not_for_an_empty_name(company: Company, deal: str) -> None:
    for whose in ("assignee", "role", "department"):
        body = {"id": str(uuid4()), "item": deal, "title": "Call", whose: ""}
        answer = await company.crm.worker.post("/v1/tasks", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, whose)


async def test_a_task_of_a_deleted_item_stands_still_and_is_nobodys_to_do_until_the_item_is_back(
    company: Company, deal: str
) -> None:
    sam, nils = await company.sign_in("sam"), await company.sign_in("nils")
    made, done = [await task(company, deal, assignee="nils") for _ in range(2)]
    assert (await patched(nils, done, status="done"))[0] == 200
    assert (await sam.delete(f"/v1/items/{deal}")).status_code == 204
    for client in (sam, nils):
        assert (await patched(client, made, status="done"))[0] == 410
        assert (await client.get(f"/v1/tasks/{made['id']}")).json()["status"] == "open"
    assert (await patched(await company.sign_in("rea"), made, status="done"))[0] == 403
    assert (await patched(await company.sign_in("ivo"), made, status="done"))[0] == 404

    async def listed() -> list[str]:
        return [one["id"] for one in (await nils.get("/v1/tasks")).json()["tasks"]]

    async def counted() -> int:
        employees = (await company.crm.ann.get("/v1/reports/employees")).json()["employees"]
        return int(next(one["tasks"] for one in employees if one["person"] == "nils"))

    assert (await listed(), await counted()) == ([done["id"]], 0)
    assert (await sam.post(f"/v1/items/{deal}/restore")).status_code == 200
    assert (await listed(), await counted()) == ([made["id"], done["id"]], 1)
    assert (await patched(nils, made, status="done"))[0] == 200
