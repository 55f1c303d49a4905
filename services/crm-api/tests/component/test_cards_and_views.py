"""What a type shows: cards, forms, boards and lists, and what each person chooses to see."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from automation.testing import named
from contracts.executions import ExecutionRow
from contracts.rules import RuleSetRef
from crm_api.store import cards
from crm_api.store import timeline as stored_timeline

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
TYPE: dict[str, Any] = {
    "fields": [
        {"key": "code", "kind": "string", "required": True},
        {"key": "amount", "kind": "money"},
        {"key": "due", "kind": "date", "required": True},
        {"key": "client", "kind": "link", "to": "contact"},
    ],
    "card": [
        {"key": "top", "name": {"en": "Order"}, "fields": ["code", "title", "stage"]},
        {"key": "money", "fields": ["amount", "due", "client"]},
    ],
    "board": ["title", "amount"],
    "quick": ["title", "code"],
    "columns": ["code", "title", "created_at"],
}


@pytest.fixture
async def parcels(crm: Any) -> Any:
    assert (await crm.ann.put("/v1/config/type/parcel", json=TYPE)).status_code == 200
    stages = {"stages": [{"key": "new"}, {"key": "done", "kind": "success"}]}
    assert (await crm.ann.put("/v1/pipelines/parcel/main", json=stages)).status_code == 200
    return crm


def row(item: str, key: str, state: str) -> ExecutionRow:
    return ExecutionRow.model_validate(
        {
            "id": named(key),
            "version": 1,
            "item": item,
            "activation": 1,
            "rule": named(f"rule {key}"),
            "rule_key": key,
            "rule_set": RuleSetRef(pipeline="parcel/main", number=1),
            "stage": "new",
            "action": "send-sms",
            "state": state,
            "planned_at": AT,
        }
    )


@pytest.mark.req("J4", "A16")
async def test_a_card_has_the_sections_of_its_type_and_a_green_check_for_what_has_run(parcels: Any) -> None:
    item = await parcels.made(
        "/v1/items", type="parcel", pipeline="parcel/main", fields={"code": "A", "due": "2026-05-01"}
    )
    async with parcels.process.database.transaction() as tx:
        told = [row(item["id"], key, state) for key, state in (("greet", "succeeded"), ("nudge", "waiting"))]
        await stored_timeline.keep(tx, sorted(told, key=lambda one: one.id))
    card = (await parcels.ann.get("/v1/types/parcel/card", params={"item": item["id"]})).json()
    shown = [(section["key"], [field["key"] for field in section["fields"]]) for section in card["sections"]]
    assert shown == [("top", ["code", "title", "stage"]), ("money", ["amount", "due", "client"])]
    assert card["item"]["fields"]["code"] == "A"
    assert {mark["rule"]: mark["done"] for mark in card["rules"]} == {"greet": True, "nudge": False}
    changed = {**TYPE, "card": [{"key": "one", "fields": ["due", "code"]}]}
    await parcels.ann.put("/v1/config/type/parcel", json=changed)
    [section] = (await parcels.ann.get("/v1/types/parcel/card")).json()["sections"]
    assert [field["key"] for field in section["fields"]] == ["due", "code"]
    wrong = await parcels.ann.get("/v1/types/deal/card", params={"item": item["id"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "item")
    assert (await parcels.ann.get("/v1/types/yacht/card")).status_code == 404
    assert (await parcels.ann.get("/v1/types/parcel/card", params={"item": str(UUID(int=1))})).status_code == 404


async def test_a_card_says_where_it_does_not_mark_all_rules(parcels: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    item = await parcels.made(
        "/v1/items", type="parcel", pipeline="parcel/main", fields={"code": "A", "due": "2026-05-01"}
    )
    async with parcels.process.database.transaction() as tx:
        told = [row(item["id"], key, "succeeded") for key in ("greet", "call", "nudge")]
        await stored_timeline.keep(tx, sorted(told, key=lambda one: one.id))
    for most, shown in ((2, (2, True)), (3, (3, False))):
        monkeypatch.setattr(cards, "MOST_RULES", most)
        card = (await parcels.ann.get("/v1/types/parcel/card", params={"item": item["id"]})).json()
        assert (len(card["rules"]), card["more_rules"]) == shown


@pytest.mark.req("J8")
async def test_the_quick_form_demands_what_it_asks_now_and_leaves_the_rest_for_later(parcels: Any) -> None:
    form = (await parcels.ann.get("/v1/types/parcel/form")).json()
    assert [(field["key"], field["required"]) for field in form["now"]] == [("title", False), ("code", True)]
    assert [field["key"] for field in form["later"]] == ["due"]
    quick = {"type": "parcel", "pipeline": "parcel/main", "form": "quick"}
    empty = await parcels.ann.post("/v1/items", json=quick)
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "fields.code")
    made = await parcels.made("/v1/items", **quick, fields={"code": "A"})
    assert made["incomplete"] is True
    full = await parcels.ann.post("/v1/items", json={**quick, "form": "full", "fields": {"code": "A"}})
    assert (full.status_code, full.json()["errors"][0]["field"]) == (422, "fields.due")
    later = await parcels.ann.patch(f"/v1/items/{made['id']}", json={"fields": {"due": "2026-05-01"}})
    assert later.json()["incomplete"] is False


@pytest.mark.req("J7", "J9")
async def test_each_person_chooses_what_their_board_and_their_list_show(parcels: Any) -> None:
    async def seen(client: Any, name: str) -> tuple[list[str], bool]:
        view = (await client.get(f"/v1/types/parcel/views/{name}")).json()
        return view["fields"], view["own"]

    board, columns = "/v1/types/parcel/views/board", "/v1/types/parcel/views/list"
    assert await seen(parcels.ann, "board") == (["title", "amount"], False)
    assert await seen(parcels.ann, "list") == (["code", "title", "created_at"], False)
    chosen = await parcels.ann.put(board, json={"fields": ["due", "title", "responsible"]})
    assert chosen.json() == {"type": "parcel", "name": "board", "fields": ["due", "title", "responsible"], "own": True}
    await parcels.rui.put(columns, json={"fields": ["created_at", "code"]})
    assert await seen(parcels.ann, "board") == (["due", "title", "responsible"], True)
    assert await seen(parcels.rui, "board") == (["title", "amount"], False)
    assert await seen(parcels.rui, "list") == (["created_at", "code"], True)
    assert await seen(parcels.ann, "list") == (["code", "title", "created_at"], False)
    refusals = [(["colour"], "fields.0"), (["due", "due"], "fields.1"), ([], "fields")]
    for fields, place in refusals:
        answer = await parcels.ann.put(board, json={"fields": fields})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, place)
    fewer = [field for field in TYPE["fields"] if field["key"] != "due"]
    card = {**TYPE, "fields": fewer, "card": []}
    assert (await parcels.ann.put("/v1/config/type/parcel", json=card)).status_code == 200
    assert await seen(parcels.ann, "board") == (["title", "responsible"], True)
    assert (await parcels.ann.delete(board)).status_code == 204
    assert await seen(parcels.ann, "board") == (["title", "amount"], False)
    assert (await parcels.ann.get("/v1/types/parcel/views/moon")).status_code == 422
