"""Stages and pipelines that are taken away: where their items go."""

from typing import Any

from chassis.testing import eventually
from contracts import topics
from contracts.items import ItemStageChanged
from contracts.rules import RuleSetRef

PATH = "/v1/pipelines/deal/retail"
GREET = [{"key": "greet", "do": {"send-sms": {"to": "contact", "text": "Hello"}}}]
FEWER: dict[str, Any] = {
    "stages": [{"key": "fresh", "rules": GREET}, {"key": "paid", "kind": "success"}, {"key": "lost", "kind": "failure"}]
}


async def stages(crm: Any) -> list[str]:
    return [stage["key"] for stage in (await crm.ann.get(PATH)).json()["stages"]]


async def entries(crm: Any, count: int) -> list[ItemStageChanged]:
    async def look() -> list[ItemStageChanged] | None:
        found: list[ItemStageChanged] = await crm.deployment.data(topics.ITEMS, ItemStageChanged)
        return found if len(found) >= count else None

    return await eventually(look)


async def test_items_of_stages_that_go_are_moved_where_the_request_says_and_meet_the_new_rules(crm: Any) -> None:
    new = [await crm.deal() for _ in range(3)]
    reading = await crm.deal(stage="documents")
    stays = await crm.deal(stage="paid")
    refused = await crm.ann.put(PATH, json=FEWER)
    error = refused.json()["errors"][0]
    assert refused.status_code == 422
    assert "1 in 'documents', 3 in 'new'" in error["problem"]
    assert "moves" in error["fix"]
    half = await crm.ann.put(PATH, json={**FEWER, "moves": {"new": "fresh"}})
    assert (half.status_code, "1 in 'documents'" in half.text) == (422, True)
    assert await stages(crm) == ["new", "documents", "paid", "lost"]
    done = await crm.ann.put(PATH, json={**FEWER, "moves": {"new": "fresh", "documents": "lost"}})
    assert done.status_code == 200, done.text
    assert await stages(crm) == ["fresh", "paid", "lost"]
    placed = {
        one["id"]: (await crm.ann.get(f"/v1/items/{one['id']}")).json()["stage"] for one in (*new, reading, stays)
    }
    assert placed == {**{one["id"]: "fresh" for one in new}, reading["id"]: "lost", stays["id"]: "paid"}
    moved = [event for event in await entries(crm, 9) if event.from_stage in {"new", "documents"}]
    assert len(moved) == 4
    assert {event.rule_set for event in moved} == {RuleSetRef(pipeline="deal/retail", number=2)}
    assert all(event.suppressed is None for event in moved)
    held = crm.process.config.revision
    again = await crm.ann.put(PATH, json=FEWER)
    assert (again.status_code, crm.process.config.revision >= held) == (200, True)


async def test_the_moves_may_be_without_automation(crm: Any) -> None:
    await crm.deal()
    body = {**FEWER, "moves": {"new": "fresh"}, "automation": "suppress", "job": "tidy"}
    assert (await crm.ann.put(PATH, json=body)).status_code == 200
    moved = [event for event in await entries(crm, 2) if event.from_stage == "new"]
    assert [event.suppressed.job for event in moved if event.suppressed] == ["tidy"]


async def test_moves_that_lead_nowhere_are_refused_and_move_nothing(crm: Any) -> None:
    await crm.deal()
    for moves, words in (
        ({"new": "nowhere"}, "there will be no stage 'nowhere'"),
        ({"never": "fresh"}, "there is no stage 'never'"),
        ({"paid": "fresh"}, "stage 'paid' stays"),
    ):
        answer = await crm.ann.put(PATH, json={**FEWER, "moves": moves})
        assert answer.status_code == 422
        assert words in answer.json()["errors"][0]["problem"]
    [row] = await crm.fetch("SELECT stage FROM item")
    assert row["stage"] == "new"


async def test_a_pipeline_goes_when_it_is_empty_and_its_numbers_are_not_used_again(crm: Any) -> None:
    item = await crm.deal()
    answer = await crm.ann.delete(PATH)
    assert (answer.status_code, "1 in 'new'" in answer.text) == (422, True)
    await crm.ann.delete(f"/v1/items/{item['id']}")
    assert (await crm.ann.delete(PATH)).status_code == 204
    assert (await crm.ann.get(PATH)).status_code == 404
    nowhere = await crm.ann.post(f"/v1/items/{item['id']}/restore")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["field"]) == (422, "pipeline")
    assert (await crm.ann.delete(PATH)).status_code == 404
    listed = (await crm.ann.get("/v1/pipelines", params={"type": "deal"})).json()
    assert listed == []
    back = (await crm.ann.put(PATH, json=FEWER)).json()
    assert back["rule_set"] == 2
    [shown] = (await crm.ann.get("/v1/pipelines", params={"type": "deal"})).json()
    assert (shown["id"], shown["key"], [stage["key"] for stage in shown["stages"]]) == (
        "deal/retail", "retail", ["fresh", "paid", "lost"],
    )  # fmt: skip
