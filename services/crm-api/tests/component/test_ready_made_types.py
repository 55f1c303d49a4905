"""What a new installation starts with, and that it is like anything that users make."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemStageChanged
from crm_api.config.furnishing import furnish

TYPES = ["company", "contact", "deal", "invoice", "lead", "order", "quote"]
PIPELINES = ["deal/main", "invoice/main", "lead/main", "order/main", "quote/main"]


@pytest.fixture
async def new(started: Callable[..., Awaitable[Any]]) -> Any:
    return await started(as_new=True)


async def test_a_new_installation_gets_its_types_and_pipelines_once_however_many_processes_start(new: Any) -> None:
    [before] = await new.fetch("SELECT value FROM last_revision")
    assert list(await asyncio.gather(furnish(new.process), furnish(new.process))) == [False, False]
    listed = (await new.ann.get("/v1/config/type")).json()
    assert [record["id"] for record in listed] == TYPES
    assert {record["changed_by"] for record in listed} == {"system"}
    assert all(record["data"]["built_in"] for record in listed)
    assert [one["id"] for one in (await new.ann.get("/v1/pipelines")).json()] == PIPELINES
    await new.ann.delete("/v1/pipelines/lead/main")
    field = {"key": "lead", "kind": "link", "to": "lead"}
    deal = (await new.ann.get("/v1/config/type/deal")).json()["data"]
    kept = [one for one in deal["fields"] if one["key"] != "lead"]
    assert field["key"] in {one["key"] for one in deal["fields"]}
    changed = {**deal, "fields": kept, "card": [], "board": [], "quick": [], "columns": []}
    assert (await new.ann.put("/v1/config/type/deal", json=changed)).status_code == 200
    assert (await new.ann.delete("/v1/config/type/lead")).status_code == 204
    assert not await furnish(new.process)
    assert "lead" not in {record["id"] for record in (await new.ann.get("/v1/config/type")).json()}
    [after] = await new.fetch("SELECT value FROM last_revision")
    assert after["value"] == before["value"] + 3


@pytest.mark.req("A10", "A19")
async def test_leads_deals_quotes_invoices_orders_and_types_of_users_live_by_one_code_path(new: Any) -> None:
    complaint = {"fields": [{"key": "about", "kind": "text"}]}
    assert (await new.ann.put("/v1/config/type/complaint", json=complaint)).status_code == 200
    rules = [{"key": "tell", "do": {"create-task": {"to": {"role": "quality"}, "title": "{{ item.about }}"}}}]
    ends = [{"key": key, "kind": "success" if key == "solved" else "failure"} for key in ("solved", "void", "gone")]
    stages = [{"key": "new"}, {**ends[0], "rules": rules}, *ends[1:]]
    assert (await new.ann.put("/v1/pipelines/complaint/main", json={"stages": stages})).status_code == 200
    contact = await new.made("/v1/items", type="contact", title="Ana", fields={"phone": "912345678"})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    made: dict[str, Any] = {}
    for type_ in ("lead", "deal", "quote", "invoice", "order", "complaint"):
        made[type_] = await new.made("/v1/items", type=type_, pipeline=f"{type_}/main", links=[link])
    deal = {"role": "deal", "type": "deal", "id": made["deal"]["id"]}
    order = await new.made("/v1/items", type="order", pipeline="order/main", stage="packed", links=[deal, link])
    assert {one["role"] for one in order["links"]} == {"deal", "contact"}
    ends_of = {"invoice": "paid", "order": "completed", "complaint": "solved", "lead": "junk", "quote": "expired"}
    for type_, stage in ends_of.items():
        moved = await new.made(f"/v1/items/{made[type_]['id']}/move", stage=stage)
        assert moved["stage"] == stage

    async def look() -> list[ItemStageChanged] | None:
        found: list[ItemStageChanged] = await new.deployment.data(topics.ITEMS, ItemStageChanged)
        return found if len(found) >= 12 else None

    told = {(event.item.type, event.item.stage) for event in await eventually(look)}
    assert told >= set(ends_of.items())
    other = {"stages": [{"key": "asked"}, {"key": "won", "kind": "success"}, {"key": "won_big", "kind": "success"}]}
    assert (await new.ann.put("/v1/pipelines/deal/wholesale", json=other)).status_code == 200
    chosen = await new.made("/v1/items", type="deal", pipeline="deal/wholesale")
    assert (chosen["stage"], made["deal"]["stage"]) == ("asked", "new")


async def test_a_company_writes_its_own_types_and_pipelines_over_the_ready_made_ones(new: Any) -> None:
    fields = [{"key": "name", "kind": "string"}, {"key": "phone", "kind": "phone"}]
    put = (await new.ann.put("/v1/config/type/contact", json={"name": "Client", "fields": fields})).json()
    assert (put["data"]["name"], put["data"]["built_in"]) == ("Client", True)
    stages = [{"key": "sent", "color": "#123abc"}, {"key": "paid", "kind": "success"}]
    put = (await new.ann.put("/v1/pipelines/invoice/main", json={"stages": stages})).json()
    assert [stage["color"] for stage in put["stages"]] == ["#123abc", ""]
    wrong = await new.ann.put("/v1/pipelines/invoice/main", json={"stages": [{"key": "sent", "color": "red"}]})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "stages.0.color")
    own = (await new.ann.put("/v1/config/type/yacht", json={"built_in": True})).json()
    assert own["data"]["built_in"] is False
