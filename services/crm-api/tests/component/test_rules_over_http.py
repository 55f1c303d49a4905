"""Rules and triggers edited one by one, and pipelines as YAML files."""

from typing import Any

import pytest
from contracts import ids
from contracts.commands import FittingTrigger
from crm_api.testing.shop import Shop, signal

PATH = "/v1/pipelines/deal/retail"
CALL = {"create-task": {"to": "responsible", "title": "Call {{ item.title }}"}}
YAML = {"content-type": "application/yaml"}


async def ok(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def keys(draft: dict[str, Any], what: str = "rules") -> dict[str, list[str]]:
    """Give the keys of rules or triggers by stage, where there are any."""
    return {stage["key"]: [one["key"] for one in stage[what]] for stage in draft["stages"] if stage[what]}


async def published_ids(crm: Any, number: int, pipeline: str = "deal/retail") -> dict[tuple[str, str], str]:
    """Give the lasting ids of published rules by stage and key."""
    rules = (await crm.ann.get(f"/v1/config/rule-set/{pipeline}/{number}")).json()["data"]
    return {(stage["stage"], rule["key"]): rule["id"] for stage in rules["stages"] for rule in stage["rules"]}


@pytest.mark.req("H6", "H7", "K3", "K4")
async def test_a_rule_is_added_changed_moved_copied_switched_off_and_deleted(crm: Any) -> None:
    stage, other = f"{PATH}/stages/new", f"{PATH}/stages/paid"
    made = await ok(await crm.ann.post(f"{stage}/rules", json={"key": "call", "do": CALL, "position": 0}))
    assert (made["base"], keys(made)) == (1, {"new": ["call", "greet"]})
    parts = {"set": {"timing": {"after": "2 days"}, "name": {"en": "Call", "pt": "Ligar"}}}
    changed = await ok(await crm.ann.patch(f"{stage}/rules/call", json=parts))
    assert changed["stages"][0]["rules"][0]["timing"] == {"after": "2 days"}
    switched = await ok(await crm.ann.patch(f"{stage}/rules/call", json={"set": {"enabled": False}}))
    assert switched["stages"][0]["rules"][0]["enabled"] is False
    lower = await ok(await crm.ann.post(f"{stage}/rules/call/move", json={"position": 1}))
    assert keys(lower)["new"] == ["greet", "call"]
    copied = await ok(await crm.ann.post(f"{stage}/rules/call/copy", json={"stage": "documents"}))
    assert keys(copied) == {"new": ["greet", "call"], "documents": ["call"]}
    dragged = await ok(await crm.ann.post(f"{stage}/rules/greet/move", json={"stage": "paid", "key": "thank"}))
    assert keys(dragged) == {"new": ["call"], "documents": ["call"], "paid": ["thank"]}
    deleted = await ok(await crm.ann.delete(f"{PATH}/stages/documents/rules/call"))
    assert keys(deleted) == {"new": ["call"], "paid": ["thank"]}
    assert keys((await crm.ann.get(PATH)).json()) == {"new": ["greet"]}
    assert (await crm.ann.delete(f"{other}/rules/ghost")).status_code == 404
    published = await ok(await crm.ann.post(f"{PATH}/draft/publish", json={}))
    assert keys(published) == {"new": ["call"], "paid": ["thank"]}
    held = await published_ids(crm, 2)
    assert held["paid", "thank"] == str(ids.rule_id("deal/retail", "new", "greet"))


async def test_a_trigger_is_edited_as_a_rule_is(crm: Any) -> None:
    paid = f"{PATH}/stages/paid/triggers"
    called = {"key": "called", "on": "call.incoming"}
    assert keys(await ok(await crm.ann.post(f"{PATH}/stages/documents/triggers", json=called)), "triggers") == {
        "documents": ["called"],
        "paid": ["invoice-paid"],
    }
    changed = await ok(await crm.ann.patch(f"{paid}/invoice-paid", json={"set": {"on": "order.paid"}}))
    assert changed["stages"][2]["triggers"][0]["on"] == "order.paid"
    moved = await ok(await crm.ann.post(f"{paid}/invoice-paid/move", json={"stage": "lost"}))
    assert keys(moved, "triggers") == {"documents": ["called"], "lost": ["invoice-paid"]}
    assert keys(await ok(await crm.ann.delete(f"{PATH}/stages/lost/triggers/invoice-paid")), "triggers") == {
        "documents": ["called"]
    }


async def test_a_rule_is_copied_to_another_pipeline_as_a_rule_of_its_own(crm: Any) -> None:
    body = {"pipeline": "invoice/plain", "stage": "open"}
    draft = await ok(await crm.ann.post(f"{PATH}/stages/new/rules/greet/copy", json=body))
    assert (draft["pipeline"], keys(draft)) == ("invoice/plain", {"open": ["greet"]})
    await ok(await crm.ann.post("/v1/pipelines/invoice/plain/draft/publish", json={}))
    copies = await published_ids(crm, 2, "invoice/plain")
    assert copies["open", "greet"] != (await published_ids(crm, 1))["new", "greet"]
    assert (await crm.ann.get(f"{PATH}/draft")).status_code == 404


async def test_an_edit_that_makes_no_sense_is_refused_with_the_place(crm: Any) -> None:
    stage = f"{PATH}/stages/new/rules"
    refused = [
        await crm.ann.post(stage, json={"key": "greet", "do": CALL}),
        await crm.ann.post(f"{PATH}/stages/limbo/rules", json={"key": "call", "do": CALL}),
        await crm.ann.patch(f"{stage}/greet", json={"set": {"colour": "red"}}),
        await crm.ann.patch(f"{stage}/greet", json={"set": {"do": {}}}),
        await crm.ann.patch(f"{stage}/greet", json={"set": {}}),
        await crm.ann.post(f"{stage}/greet/move", json={"stage": "limbo"}),
    ]
    assert [answer.status_code for answer in refused] == [422] * 6
    fields = [answer.json()["errors"][0]["field"] for answer in refused]
    assert fields == ["key", "stage", "set.colour", "set.do", "set", "stage"]
    assert (await crm.ann.get(f"{PATH}/draft")).status_code == 404


async def test_an_edit_on_an_older_draft_is_refused(crm: Any) -> None:
    stage = f"{PATH}/stages/new/rules"
    draft = await ok(await crm.ann.post(stage, json={"key": "call", "do": CALL, "version": 0}))
    late = await crm.ann.post(stage, json={"key": "ring", "do": CALL, "version": 0})
    assert (late.status_code, late.json()["current"]) == (409, draft["version"])
    assert (await crm.ann.delete(f"{stage}/call", params={"version": draft["version"]})).status_code == 200


@pytest.mark.req("A7")
async def test_a_rule_edited_from_one_card_holds_for_every_item_of_the_pipeline(crm: Any) -> None:
    one, other = await crm.deal(title="One"), await crm.deal(title="Other")
    pipeline = (await crm.ann.get(f"/v1/items/{one['id']}")).json()["pipeline"]
    await ok(await crm.ann.post(f"/v1/pipelines/{pipeline}/stages/documents/rules", json={"key": "call", "do": CALL}))
    await ok(await crm.ann.post(f"/v1/pipelines/{pipeline}/draft/publish", json={}))
    for item in (one, other, await crm.deal(title="New")):
        await ok(await crm.ann.post(f"/v1/items/{item['id']}/move", json={"stage": "documents"}))
    rows = await crm.fetch("SELECT DISTINCT rule_set FROM item WHERE stage = 'documents'")
    assert [row["rule_set"] for row in rows] == [2]
    assert list(await published_ids(crm, 2)) == [("new", "greet"), ("documents", "call")]


@pytest.mark.req("A17")
async def test_a_pipeline_goes_out_as_yaml_and_comes_back_as_the_same(crm: Any) -> None:
    names = {"en": "Call", "pt": "Ligar", "it": "Chiama", "ru": "Позвонить"}
    await ok(await crm.ann.post(f"{PATH}/stages/paid/rules", json={"key": "call", "name": names, "do": CALL}))
    published = await ok(await crm.ann.post(f"{PATH}/draft/publish", json={}))
    export = await crm.ann.get(f"{PATH}.yaml")
    assert export.headers["content-type"].startswith("application/yaml")
    assert "on: invoice.paid" in export.text
    assert "Позвонить" in export.text
    assert await ok(await crm.ann.put(f"{PATH}.yaml", content=export.text, headers=YAML)) == published
    copied = export.text.replace("pipeline: deal/retail", "pipeline: deal/copy")
    copy = await ok(await crm.ann.put("/v1/pipelines/deal/copy.yaml", content=copied, headers=YAML))
    assert copy["stages"] == published["stages"]
    draft = await ok(
        await crm.ann.put(f"{PATH}/draft.yaml", content=export.text.replace("Call {{", "Ring {{"), headers=YAML)
    )
    assert draft["stages"][2]["rules"][0]["do"]["create-task"]["title"] == "Ring {{ item.title }}"
    assert "Ring {{" in (await crm.ann.get(f"{PATH}/draft.yaml")).text


async def test_yaml_that_is_wrong_is_refused_as_json_is(crm: Any) -> None:
    document = (await crm.ann.get(f"{PATH}.yaml")).text
    bad = document.replace("send-sms:", "send-pigeon:")
    unknown = await crm.ann.put(f"{PATH}.yaml", content=bad, headers=YAML)
    assert unknown.json()["errors"][0]["field"] == "stages.0.rules.0.do"
    shape = await crm.ann.put(f"{PATH}.yaml", content="stages: []\ncolour: red", headers=YAML)
    assert {error["field"] for error in shape.json()["errors"]} == {"stages", "colour"}
    form = await crm.ann.put(f"{PATH}.yaml", content="stages: *all", headers=YAML)
    assert (form.status_code, form.json()["errors"][0]["field"]) == (422, "body")
    large = await crm.ann.put(f"{PATH}.yaml", content="x" * 800_000, headers=YAML)
    assert large.status_code in {413, 422}
    assert (await crm.ann.get("/v1/pipelines/deal/ghost.yaml")).status_code == 404


@pytest.mark.req("A14", "H11", "K10")
async def test_the_catalogue_says_what_rules_can_be_made_of_in_the_language_that_is_asked_for(crm: Any) -> None:
    told = await ok(await crm.ann.get("/v1/catalogue", params={"type": "deal", "language": "it"}))
    assert [family["title"] for family in told["families"]][:3] == [
        "Per il dipendente",
        "Comunicazione con il cliente",
        "Pubblicità",
    ]
    assert [group["title"] for group in told["groups"]] == [
        "Modifiche nel CRM",
        "Comunicazione con il cliente",
        "Altro",
    ]
    assert {"item.amount", "contact.phone"} <= {one["path"] for one in told["placeholders"]}
    await crm.ann.put("/v1/config/portal/portal", json={"language": "ru"})
    assert (await ok(await crm.ann.get("/v1/catalogue", params={"type": "deal"})))["language"] == "ru"
    await crm.ann.put("/v1/config/person/ann", json={"name": "Ann", "language": "pt"})
    mine = [(await ok(await client.get("/v1/catalogue?type=deal")))["language"] for client in (crm.ann, crm.rui)]
    assert mine == ["pt", "ru"]
    unknown = await crm.ann.get("/v1/catalogue", params={"type": "yacht"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "type")


TYPES = ("lead", "deal", "quote", "invoice", "yacht")


@pytest.mark.req("H8", "H6", "H7")
async def test_triggers_are_made_copied_and_deleted_for_every_type_and_move_its_items(started: Any) -> None:
    crm = await started("consume")
    for type_ in TYPES:
        await crm.ann.put(f"/v1/config/type/{type_}", json={"fields": []})
        pipeline = f"/v1/pipelines/{type_}/tried"
        await ok(await crm.ann.put(pipeline, json={"stages": [{"key": "new"}, {"key": "seen"}, {"key": "gone"}]}))
        made = {"key": "opened", "on": "document.opened"}
        await ok(await crm.ann.post(f"{pipeline}/stages/seen/triggers", json=made))
        await ok(await crm.ann.post(f"{pipeline}/stages/seen/triggers/opened/copy", json={"stage": "gone"}))
        await ok(await crm.ann.delete(f"{pipeline}/stages/gone/triggers/opened"))
        published = await ok(await crm.ann.post(f"{pipeline}/draft/publish", json={}))
        assert keys(published, "triggers") == {"seen": ["opened"]}
        item = await crm.made("/v1/items", type=type_, pipeline=f"{type_}/tried")
        shop = Shop(crm, published["revision"])
        fitting = FittingTrigger(
            id=ids.trigger_id(f"{type_}/tried", "seen", "opened"), pipeline=f"{type_}/tried", stage="seen"
        )
        await shop.apply(signal("document.opened", binding=item["id"]), fitting)
        assert (await shop.item(item["id"]))["stage"] == "seen"
