"""Drafts and versions under several hands: what is not lost, what is published once, and what a way back brings."""

import asyncio
from typing import Any

import httpx
from contracts import ids

PATH = "/v1/pipelines/deal/retail"
DRAFT = f"{PATH}/draft"
CALL = {"create-task": {"to": "responsible", "title": "Call"}}
GREET = str(ids.rule_id("deal/retail", "new", "greet"))
YAML = {"content-type": "application/yaml"}


async def ok(answer: httpx.Response) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def shape(crm: Any, path: str = PATH) -> dict[str, Any]:
    """Give what is published, or a draft of it, as something to edit."""
    read = await ok(await crm.ann.get(path))
    return {key: value for key, value in read.items() if key in {"name", "owner", "stages"}}


async def edited(crm: Any, path: str = PATH, **rule: Any) -> dict[str, Any]:
    told = await shape(crm, path)
    told["stages"][0]["rules"][0] |= rule
    return told


async def rule_ids(crm: Any, number: int) -> dict[tuple[str, str], str]:
    rules = (await ok(await crm.ann.get(f"/v1/config/rule-set/deal/retail/{number}")))["data"]
    return {(stage["stage"], rule["key"]): rule["id"] for stage in rules["stages"] for rule in stage["rules"]}


async def numbers(crm: Any, path: str = PATH) -> list[int]:
    return [one["number"] for one in (await ok(await crm.ann.get(f"{path}/versions")))["versions"]]


async def test_a_new_rule_where_a_moved_one_stood_is_a_rule_of_its_own(crm: Any) -> None:
    await ok(await crm.ann.post(f"{PATH}/stages/new/rules/greet/move", json={"stage": "paid", "key": "thank"}))
    whole = await shape(crm, DRAFT)
    whole["stages"][0]["rules"] = [{"key": "greet", "do": CALL}]
    await ok(await crm.ann.put(DRAFT, json=whole))
    changes = (await ok(await crm.ann.get(f"{DRAFT}/changes")))["differences"]
    assert [one["words"] for one in changes] == [
        "rule new/greet is new (at entry: create-task: to responsible, title Call)",
        "rule paid/thank: moved from new/greet",
    ]
    await ok(await crm.ann.post(f"{DRAFT}/publish", json={}))
    found = await rule_ids(crm, 2)
    assert found["paid", "thank"] == GREET
    assert found["new", "greet"] != GREET
    # The way back brings the rule back to its place, as the same one.
    await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={}))
    assert await rule_ids(crm, 3) == {("new", "greet"): GREET}
    [newest, *_] = (await ok(await crm.ann.get(f"{PATH}/versions")))["versions"]
    assert "rule new/greet: moved from paid/thank" in newest["words"][1]


async def test_what_several_do_to_one_draft_at_once_is_done_once_or_not_lost(crm: Any) -> None:
    draft = await ok(await crm.ann.put(DRAFT, json=await edited(crm, timing={"after": "2 days"})))
    body = {"version": draft["version"]}
    answers = await asyncio.gather(*(crm.ann.post(f"{DRAFT}/publish", json=body) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    late = next(one.json() for one in answers if one.status_code == 409)
    assert (late["current"], late["errors"][0]["field"]) == (0, "version")
    assert await numbers(crm) == [2, 1]
    # Edits without a version are all there; of those with one the first is.
    stage = f"{PATH}/stages/new/rules"
    adds = (crm.ann.post(stage, json={"key": f"call-{n}", "do": CALL}) for n in range(8))
    assert {answer.status_code for answer in await asyncio.gather(*adds)} == {201}
    draft = await ok(await crm.ann.get(DRAFT))
    keys = [rule["key"] for rule in draft["stages"][0]["rules"]]
    assert (keys[0], sorted(keys[1:])) == ("greet", [f"call-{n}" for n in range(8)])
    parts = [{"set": {"name": str(n)}, "version": draft["version"]} for n in range(4)]
    answers = await asyncio.gather(*(crm.ann.patch(f"{stage}/call-{n}", json=one) for n, one in enumerate(parts)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    won = next(one.json() for one in answers if one.status_code == 200)
    names = [rule["name"] for rule in won["stages"][0]["rules"] if rule["name"]]
    assert len(names) == 1
    assert {one.json()["current"] for one in answers if one.status_code == 409} == {won["version"]}


async def test_a_publish_of_nothing_new_makes_no_version_and_one_that_is_refused_changes_nothing(crm: Any) -> None:
    await ok(await crm.ann.put(DRAFT, json=await shape(crm)))
    assert (await ok(await crm.ann.get(f"{DRAFT}/changes")))["differences"] == []
    for _ in range(2):  # The second time there is no draft any more.
        assert (await ok(await crm.ann.post(f"{DRAFT}/publish", json={"waiting": "keep"})))["rule_set"] == 1
        assert (await crm.ann.get(DRAFT)).status_code == 404
    assert await numbers(crm) == [1]
    assert (await crm.ann.post("/v1/pipelines/deal/moon/draft/publish", json={})).status_code == 404
    item = await crm.deal(stage="documents")
    fewer = await shape(crm)
    fewer["stages"].pop(1)
    draft = await ok(await crm.ann.put(DRAFT, json=fewer))
    [before] = await crm.fetch("SELECT value FROM last_revision")
    refused = await crm.ann.post(f"{DRAFT}/publish", json={"version": draft["version"]})
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["field"]) == (422, "stages")
    assert "1 in 'documents'" in error["problem"]
    assert await ok(await crm.ann.get(DRAFT)) == draft
    assert await crm.fetch("SELECT value FROM last_revision") == [before]
    # Once nothing stands there, the same draft is published; then the way back brings the stage again.
    assert (await crm.ann.delete(f"/v1/items/{item['id']}")).status_code == 204
    await ok(await crm.ann.post(f"{DRAFT}/publish", json={"version": draft["version"]}))
    assert [one["key"] for one in (await shape(crm))["stages"]] == ["new", "paid", "lost"]
    await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={}))
    assert [one["key"] for one in (await shape(crm))["stages"]] == ["new", "documents", "paid", "lost"]


async def test_a_way_back_is_a_publish_like_any_other_also_over_warnings(crm: Any) -> None:
    first = await shape(crm)
    body = await edited(crm)
    body["stages"].insert(1, {"key": "packed"})
    await ok(await crm.ann.put(PATH, json=body))
    draft = await ok(await crm.ann.put(DRAFT, json=await edited(crm, name="Hi")))
    same = await ok(await crm.ann.post(f"{PATH}/versions/2/publish", json={"waiting": "keep"}))
    assert (same["rule_set"], await numbers(crm)) == (2, [2, 1])
    item = await crm.deal(stage="packed")
    kept = await crm.ann.post(f"{PATH}/versions/1/publish", json={})
    assert (kept.status_code, kept.json()["errors"][0]["field"]) == (422, "stages")
    await crm.made(f"/v1/items/{item['id']}/move", stage="new")
    back = await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={"waiting": "migrate"}))
    assert (back["rule_set"], await shape(crm)) == (3, first)
    rules = (await ok(await crm.ann.get("/v1/config/rule-set/deal/retail/3")))["data"]
    assert (rules["waiting"], rules["published_by"]) == ("migrate", "user:ann")
    told = await ok(await crm.ann.get(f"{PATH}/versions/3"))
    assert (told["words"], told["waiting"]) == (["stage packed is removed"], "migrate")
    # A draft from before it stays, and is not published over it unseen.
    assert (await ok(await crm.ann.get(DRAFT)))["version"] == draft["version"]
    assert (await crm.ann.post(f"{DRAFT}/publish", json={})).json()["current"] == 3
    odd = await shape(crm)
    odd["stages"][0]["triggers"] = [{"key": "asks", "on": "form.submitted"}]
    for body in (odd, first):
        await ok(await crm.ann.put(PATH, json=body))
    held = await crm.ann.post(f"{PATH}/versions/4/publish", json={})
    assert (held.status_code, held.json()["errors"][0]["field"]) == (409, "stages.0.triggers.0")
    assert await numbers(crm) == [5, 4, 3, 2, 1]
    over = await ok(await crm.ann.post(f"{PATH}/versions/4/publish", json={"override_warnings": True}))
    assert over["rule_set"] == 6


async def test_a_draft_goes_with_its_pipeline_and_is_not_published_without_its_type(crm: Any) -> None:
    await ok(await crm.ann.put(DRAFT, json=await edited(crm, name="Hi")))
    first = await shape(crm)
    assert (await crm.ann.delete(PATH)).status_code == 204
    for gone in (PATH, f"{PATH}.yaml", DRAFT, f"{DRAFT}.yaml", f"{DRAFT}/changes"):
        assert (await crm.ann.get(gone)).status_code == 404, gone
    assert (await crm.ann.post(f"{PATH}/stages/new/rules", json={"key": "x", "do": CALL})).status_code == 404
    assert await numbers(crm) == [1]
    back = await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={}))
    assert (back["rule_set"], await shape(crm), await rule_ids(crm, 2)) == (2, first, {("new", "greet"): GREET})
    # A draft may outlive its type.
    await ok(await crm.ann.put("/v1/config/type/yacht", json={"fields": [{"key": "length", "kind": "decimal"}]}))
    rule = {"key": "large", "when": {"field": "item.length", "greater": 20}, "do": CALL}
    path = "/v1/pipelines/yacht/main/draft"
    draft = await ok(await crm.ann.put(path, json={"stages": [{"key": "new", "rules": [rule]}]}))
    assert (draft["findings"], await numbers(crm, "/v1/pipelines/yacht/main")) == ([], [])
    assert (await crm.ann.delete("/v1/config/type/yacht")).status_code == 204
    assert (await ok(await crm.ann.get(path)))["stages"] == draft["stages"]
    assert (await crm.ann.get(f"{path}/changes")).status_code == 200
    refused = await crm.ann.post(f"{path}/publish", json={})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "type")
    assert (await crm.ann.delete(path)).status_code == 204


async def test_a_draft_begins_as_what_is_published_and_an_edit_changes_what_it_names_alone(crm: Any) -> None:
    text = (await crm.ann.get(f"{PATH}.yaml")).text
    assert (await crm.ann.get(f"{DRAFT}.yaml")).text == text
    assert (await crm.ann.get(DRAFT)).status_code == 404
    draft = await ok(await crm.ann.put(f"{DRAFT}.yaml", content=text, headers=YAML))
    assert (draft["saved_by"], draft["base"], draft["stages"]) == ("user:ann", 1, (await shape(crm))["stages"])
    assert (await crm.ann.get(f"{DRAFT}.yaml")).text == text
    stage = f"{PATH}/stages/new/rules"
    when = {"field": "item.amount", "greater": "1000 EUR"}
    await ok(await crm.ann.patch(f"{stage}/greet", json={"set": {"when": when, "timing": {"after": "1 day"}}}))
    none = await ok(await crm.ann.patch(f"{stage}/greet", json={"set": {"when": None, "key": "hello"}}))
    [rule] = none["stages"][0]["rules"]
    assert (rule["key"], rule["when"], rule["timing"]) == ("hello", None, {"after": "1 day"})
    await ok(await crm.ann.post(stage, json={"key": "far", "do": CALL, "position": 10_000}))
    moved = await ok(await crm.ann.post(f"{stage}/far/move", json={}))
    assert [one["key"] for one in moved["stages"][0]["rules"]] == ["hello", "far"]
    gone = await crm.ann.patch(f"{stage}/greet", json={"set": {"name": "x"}})
    assert (gone.status_code, gone.json()["detail"]) == (404, "stage 'new' has no rule 'greet'")
    copied = await crm.ann.post(f"{stage}/hello/copy", json={})
    assert (copied.status_code, copied.json()["errors"][0]["field"]) == (422, "key")
    there = await crm.ann.post(f"{stage}/hello/copy", json={"pipeline": "invoice/plain"})
    assert (there.status_code, "use one of: open, paid" in there.text) == (422, True)
    assert (await crm.ann.get("/v1/pipelines/invoice/plain/draft")).status_code == 404
