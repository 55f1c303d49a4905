"""Pipelines while they are edited: drafts, what a publish changes in words, versions, and the way back."""

from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import pytest
from contracts import ids
from contracts.executions import ExecutionRow
from contracts.rules import RuleSetRef
from crm_api.testing.timelines import told

PATH = "/v1/pipelines/deal/retail"
DRAFT = f"{PATH}/draft"
CALL = {"create-task": {"to": "responsible", "title": "Call"}}


async def document(crm: Any) -> dict[str, Any]:
    """Give what is published, as something to edit."""
    read = (await crm.ann.get(PATH)).json()
    return {key: value for key, value in read.items() if key not in {"rule_set", "revision"}}


async def edited(crm: Any, **rule: Any) -> dict[str, Any]:
    """Give what is published, with other parts of its one rule."""
    told = await document(crm)
    told["stages"][0]["rules"][0] |= rule
    return told


async def ok(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def test_a_draft_changes_nothing_until_it_is_published(crm: Any) -> None:
    before = (await crm.ann.get(PATH)).json()
    draft = await ok(await crm.ann.put(DRAFT, json=await edited(crm, timing={"after": "2 days"})))
    assert (draft["base"], draft["saved_by"], draft["findings"]) == (1, "user:ann", [])
    assert (await crm.ann.get(PATH)).json() == before
    assert (await crm.ann.get(DRAFT)).json() == draft
    published = await ok(await crm.ann.post(f"{DRAFT}/publish", json={"waiting": "keep", "version": draft["version"]}))
    assert published["rule_set"] == 2
    assert published["stages"][0]["rules"][0]["timing"] == {"after": "2 days"}
    assert (await crm.ann.get(DRAFT)).status_code == 404


async def test_two_people_at_one_draft_do_not_overwrite_each_other(crm: Any) -> None:
    body = await edited(crm, timing={"after": "2 days"})
    first = await ok(await crm.ann.put(DRAFT, json={**body, "version": 0}))
    late = await crm.ann.put(DRAFT, json={**body, "version": 0})
    assert (late.status_code, late.json()["current"]) == (409, first["version"])
    assert (await crm.ann.put(DRAFT, json={**body, "version": first["version"]})).status_code == 200
    again = await crm.ann.post(f"{DRAFT}/publish", json={"version": first["version"]})
    assert again.status_code == 409
    assert (await crm.ann.delete(DRAFT)).status_code == 204
    assert (await crm.ann.delete(DRAFT)).status_code == 404
    anew = await ok(await crm.ann.put(DRAFT, json={**body, "version": 0}))
    assert anew["version"] > first["version"]


async def test_what_was_published_meanwhile_is_not_lost_by_publishing_an_older_draft(crm: Any) -> None:
    await ok(await crm.ann.put(DRAFT, json=await edited(crm, timing={"after": "2 days"})))
    await ok(await crm.ann.put(PATH, json=await edited(crm, name="Hello")))
    refused = await crm.ann.post(f"{DRAFT}/publish", json={})
    assert (refused.status_code, refused.json()["current"]) == (409, 2)
    changes = (await crm.ann.get(f"{DRAFT}/changes")).json()
    assert changes["differences"][0]["words"] == (
        "rule new/greet: name: Hello → nothing; timing: at entry → 2 days after entry"
    )
    await ok(await crm.ann.put(DRAFT, json=await edited(crm, timing={"after": "2 days"})))
    assert (await crm.ann.post(f"{DRAFT}/publish", json={})).status_code == 200


async def test_a_draft_may_have_mistakes_and_is_not_published_with_them(crm: Any) -> None:
    body = await edited(crm, do={"send-pigeon": {}})
    body["stages"][1]["rules"] = [{"key": "back", "do": {"move-item": {"stage": "new"}}}]
    body["stages"][0]["rules"].append({"key": "on", "do": {"move-item": {"stage": "documents"}}})
    draft = await ok(await crm.ann.put(DRAFT, json=body))
    found = [(one["path"], one["severity"]) for one in draft["findings"]]
    assert found == [
        ("stages.0.rules.0.do", "error"),
        ("stages.0.rules.1.do.move-item.stage", "warning"),
        ("stages.1.rules.0.do.move-item.stage", "warning"),
    ]
    assert all(one["message"] and one["fix"] for one in draft["findings"])
    refused = await crm.ann.post(f"{DRAFT}/publish", json={"override_warnings": True})
    assert [error["field"] for error in refused.json()["errors"]] == ["stages.0.rules.0.do"]


async def test_publishing_over_warnings_is_kept_with_who_did_it(crm: Any) -> None:
    body = await document(crm)
    body["stages"][0]["triggers"] = [{"key": "asks", "on": "form.submitted"}]
    await ok(await crm.ann.put(DRAFT, json=body))
    held = await crm.ann.post(f"{DRAFT}/publish", json={})
    assert (held.status_code, held.json()["errors"][0]["field"]) == (409, "stages.0.triggers.0")
    await ok(await crm.ann.post(f"{DRAFT}/publish", json={"override_warnings": True}))
    [newest, _] = (await crm.ann.get(f"{PATH}/versions")).json()["versions"]
    assert newest["published_by"] == "user:ann"
    assert newest["overridden"][0]["message"] == "no stage comes before new, so no item can be moved to it"
    assert newest["words"] == ["trigger new/asks is new"]


async def test_what_a_publish_changes_is_said_in_words(crm: Any) -> None:
    large = {"field": "item.amount", "greater": "1000 EUR"}
    call = {"key": "call", "timing": {"after": "1 day"}, "when": large, "do": CALL}
    await ok(await crm.ann.put(PATH, json={**await document(crm), "owner": "ann"}))
    body = await edited(crm, when=large, enabled=False)
    body["stages"][0]["rules"].insert(0, call)
    body["stages"].insert(2, {"key": "packed", "name": "Packed"})
    body["stages"][3]["triggers"] = []
    await ok(await crm.ann.put(DRAFT, json=body))
    changes = (await crm.ann.get(f"{DRAFT}/changes")).json()
    assert [one["words"] for one in changes["differences"]] == [
        "stage packed is new",
        (
            "rule new/call is new (1 day after entry, if item.amount is greater than 1000 EUR: "
            "create-task: to responsible, title Call)"
        ),
        "rule new/greet: condition: always → item.amount is greater than 1000 EUR; enabled: yes → no",
        "trigger paid/invoice-paid is removed",
    ]


def row(rule: str, number: int, state: Any, item: str = "") -> ExecutionRow:
    """Make the row of an execution that waits."""
    return ExecutionRow(
        id=uuid4(),
        version=1,
        item=UUID(item) if item else uuid4(),
        activation=1,
        rule=ids.rule_id("deal/retail", "new", rule),
        rule_key=rule,
        rule_set=RuleSetRef(pipeline="deal/retail", number=number),
        stage="new",
        action="send-sms",
        state=state,
        planned_at="2026-03-02T10:00:00Z",
    )


async def test_how_many_executions_wait_is_counted_by_rule_and_version(crm: Any) -> None:
    states = ["waiting", "waiting", "waiting_for_date", "succeeded", "cancelled"]
    await told(crm, *(row("greet", 1, state) for state in states), row("gone", 2, "waiting_for_previous"))
    await ok(await crm.ann.put(DRAFT, json=await edited(crm, timing={"after": "2 days"})))
    waiting = (await crm.ann.get(f"{DRAFT}/changes")).json()["waiting"]
    assert [(one["key"], one["number"], one["state"], one["count"]) for one in waiting] == [
        ("gone", 2, "waiting_for_previous", 1),
        ("greet", 1, "waiting", 2),
        ("greet", 1, "waiting_for_date", 1),
    ]


async def test_an_earlier_version_is_published_again_in_one_step_under_a_new_number(crm: Any) -> None:
    first = await document(crm)
    other = deepcopy(first)
    other["stages"][0]["rules"] = [{"key": "call", "do": CALL}]
    other["stages"][2]["triggers"] = []
    await ok(await crm.ann.put(PATH, json=other))
    back = await ok(await crm.ann.post(f"{PATH}/versions/1/publish", json={}))
    assert back["rule_set"] == 3
    assert await document(crm) == first
    rules = (await crm.ann.get("/v1/config/rule-set/deal/retail/3")).json()["data"]
    assert rules["stages"][0]["rules"][0]["id"] == str(ids.rule_id("deal/retail", "new", "greet"))
    listed = (await crm.ann.get(f"{PATH}/versions", params={"limit": 2})).json()
    assert ([one["number"] for one in listed["versions"]], listed["next"]) == ([3, 2], 2)
    older = (await crm.ann.get(f"{PATH}/versions", params={"before": listed["next"]})).json()
    assert [one["number"] for one in older["versions"]] == [1]
    assert (await crm.ann.get(f"{PATH}/versions/2")).json()["document"]["stages"][0]["rules"][0]["key"] == "call"
    assert (await crm.ann.post(f"{PATH}/versions/9/publish", json={})).status_code == 404


async def test_the_choice_for_what_waits_is_kept_with_the_version(crm: Any) -> None:
    await ok(await crm.ann.put(DRAFT, json=await edited(crm, timing={"after": "2 days"})))
    await ok(await crm.ann.post(f"{DRAFT}/publish", json={"waiting": "cancel"}))
    assert (await crm.ann.get("/v1/config/rule-set/deal/retail/2")).json()["data"]["waiting"] == "cancel"
    assert (await crm.ann.get(f"{PATH}/versions/2")).json()["waiting"] == "cancel"


@pytest.mark.parametrize("path", ["draft", "draft/changes", "versions/1", "versions/0"])
async def test_what_is_not_there_is_told(crm: Any, path: str) -> None:
    assert (await crm.ann.get(f"/v1/pipelines/deal/other/{path}")).status_code in {404, 422}


async def test_a_draft_needs_a_type_and_the_right_address(crm: Any) -> None:
    yacht = await crm.ann.put("/v1/pipelines/yacht/main/draft", json={"stages": [{"key": "new"}]})
    assert (yacht.status_code, yacht.json()["errors"][0]["field"]) == (422, "type")
    other = await crm.ann.put(DRAFT, json={**await document(crm), "pipeline": "deal/other"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "pipeline")
    fresh = await ok(await crm.ann.put("/v1/pipelines/deal/fresh/draft", json={"stages": [{"key": "new"}]}))
    assert fresh["base"] == 0
    assert (await crm.ann.post("/v1/pipelines/deal/fresh/draft/publish", json={})).json()["rule_set"] == 1
