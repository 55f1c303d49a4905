"""Publishing pipelines over HTTP."""

from copy import deepcopy
from typing import Any

from chassis.testing import eventually
from contracts import ids, topics
from contracts.config import ConfigChanged
from contracts.items import ItemStageChanged
from contracts.rules import RuleSetRef

PATH = "/v1/pipelines/deal/retail"
DOCUMENT: dict[str, Any] = {
    "pipeline": "deal/retail",
    "name": {"en": "Retail"},
    "owner": "ann",
    "stages": [
        {
            "key": "new",
            "name": {"en": "New request", "pt": "Novo pedido"},
            "kind": "open",
            "triggers": [],
            "rules": [
                {"key": "greet", "do": {"send-sms": {"to": "contact", "text": "Hello {{ contact.name }}"}}},
                {
                    "key": "nudge",
                    "timing": {"after": "2 days"},
                    "when": {"all": [{"field": "item.amount", "greater": "1000 EUR"}]},
                    "do": {"send-email": {"to": "contact", "subject": "{{ item.title }}", "text": "…"}},
                },
            ],
        },
        {"key": "documents"},
        {"key": "paid", "kind": "success", "triggers": [{"key": "invoice-paid", "on": "invoice.paid"}]},
        {"key": "lost", "kind": "failure"},
    ],
}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """Give the document with one place changed."""
    document = deepcopy(DOCUMENT)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return document


async def revision(crm: Any) -> int:
    """Give the number of the last config change."""
    [row] = await crm.fetch("SELECT value FROM last_revision")
    return int(row["value"])


async def test_publishing_makes_the_next_rule_set_and_the_old_one_stays(crm: Any) -> None:
    published = (await crm.ann.put(PATH, json=DOCUMENT)).json()
    assert published["rule_set"] == 2

    async def look() -> list[ConfigChanged] | None:
        found: list[ConfigChanged] = await crm.deployment.data(topics.CONFIG, ConfigChanged)
        return found if found and found[-1].revision == published["revision"] else None

    rules, pipeline = (await eventually(look))[-2:]
    assert (rules.kind, rules.id, pipeline.kind, pipeline.id) == (
        "rule-set",
        "deal/retail/2",
        "pipeline",
        "deal/retail",
    )
    assert pipeline.record().rule_set == 2
    assert [rule.key for rule in rules.record().of("new")] == ["greet", "nudge"]
    assert rules.record().published_by == "user:ann"
    assert rules.record().of("new")[0].id == ids.rule_id("deal/retail", "new", "greet")
    assert pipeline.record().triggers["paid"][0].id == ids.trigger_id("deal/retail", "paid", "invoice-paid")
    first = (await crm.ann.get("/v1/config/rule-set/deal/retail/1")).json()
    assert [rule["key"] for rule in first["data"]["stages"][0]["rules"]] == ["greet"]


async def test_what_was_put_is_read_back_in_the_same_shape_and_can_be_put_again(crm: Any) -> None:
    put = (await crm.ann.put(PATH, json=DOCUMENT)).json()
    read = (await crm.ann.get(PATH)).json()
    assert read == put
    assert read["stages"][0]["rules"][1]["timing"] == {"after": "2 days"}
    last = await revision(crm)
    shape = {key: value for key, value in read.items() if key not in {"rule_set", "revision"}}
    again = (await crm.ann.put(PATH, json=shape)).json()
    assert (again["rule_set"], await revision(crm)) == (2, last)


async def test_equal_content_publishes_nothing_new(crm: Any) -> None:
    first = (await crm.ann.put(PATH, json=DOCUMENT)).json()
    last = await revision(crm)
    assert (await crm.ann.put(PATH, json=DOCUMENT)).json() == first
    assert await revision(crm) == last


async def test_triggers_alone_make_a_version_too_and_the_rules_keep_their_ids(crm: Any) -> None:
    first = (await crm.ann.put(PATH, json=DOCUMENT)).json()
    triggers = [{"key": "invoice-paid", "on": "invoice.paid", "allow_backward": True}]
    again = (await crm.ann.put(PATH, json=changed("stages", 2, "triggers", to=triggers))).json()
    assert again["rule_set"] == first["rule_set"] + 1
    old, new = [(await crm.ann.get(f"/v1/config/rule-set/deal/retail/{n}")).json()["data"] for n in (2, 3)]
    assert old["stages"] == new["stages"]


async def test_an_item_keeps_the_rule_set_of_its_entry_until_the_next_one(crm: Any) -> None:
    item = await crm.deal()
    await crm.ann.put(PATH, json=DOCUMENT)
    await crm.ann.patch(f"/v1/items/{item['id']}", json={"fields": {"title": "Chair"}})
    [row] = await crm.fetch("SELECT rule_set FROM item")
    assert row["rule_set"] == 1
    await crm.made(f"/v1/items/{item['id']}/move", stage="documents")
    [row] = await crm.fetch("SELECT rule_set FROM item")
    assert row["rule_set"] == 2


REFUSED: list[tuple[dict[str, Any], str]] = [
    (changed("stages", to=[]), "stages"),
    (changed("colour", to="red"), "colour"),
    (changed("pipeline", to="deal/other"), "pipeline"),
    (changed("stages", 1, "key", to="new"), "stages.1.key"),
    (changed("stages", 1, "key", to="Not A Key"), "stages.1.key"),
    (changed("stages", 0, "rules", 1, "key", to="greet"), "stages.0.rules.1.key"),
    (changed("stages", 0, "rules", 0, "do", to={"send-pigeon": {}}), "stages.0.rules.0.do"),
    (changed("stages", 0, "rules", 0, "do", to={}), "stages.0.rules.0.do"),
    (changed("stages", 0, "rules", 1, "timing", to={"after": "soon"}), "stages.0.rules.1.timing"),
    (changed("stages", 0, "rules", 1, "timing", to={"sometimes": "1 day"}), "stages.0.rules.1.timing"),
    (changed("stages", 0, "rules", 0, "timing", to={"after_previous": "1 day"}), "stages.0.rules.0.timing"),
    (changed("stages", 0, "rules", 1, "when", to={"field": "item.colour", "equals": "x"}), "stages.0.rules.1.when"),
    (changed("stages", 2, "triggers", 0, "on", to="moon.full"), "stages.2.triggers.0.on"),
]


async def test_a_pipeline_that_cannot_run_is_refused_with_every_place_and_remedy(crm: Any) -> None:
    last = await revision(crm)
    for document, field in REFUSED:
        answer = await crm.ann.put(PATH, json=document)
        assert answer.status_code == 422, (field, answer.text)
        error = answer.json()["errors"][0]
        assert error["field"].startswith(field), answer.text
        assert error["problem"]
    assert await revision(crm) == last
    document = changed("stages", 0, "rules", 0, "do", to={"send-pigeon": {}})
    document["stages"][2]["triggers"][0]["on"] = "moon.full"
    assert len((await crm.ann.put(PATH, json=document)).json()["errors"]) == 2


async def test_a_stage_where_items_stand_cannot_go(crm: Any) -> None:
    await crm.deal(stage="documents")
    stages = [stage for stage in DOCUMENT["stages"] if stage["key"] != "documents"]
    answer = await crm.ann.put(PATH, json=changed("stages", to=stages))
    assert answer.status_code == 422
    assert "1 in 'documents'" in answer.json()["detail"]


async def test_a_new_deal_goes_to_the_pipeline_that_is_chosen_and_lives_by_its_stages(crm: Any) -> None:
    rules = [{"key": "visit", "do": {"create-task": {"to": "responsible", "title": "Visit"}}}]
    stages = [
        {"key": "asked", "rules": rules},
        {"key": "won", "kind": "success", "triggers": [{"key": "p", "on": "order.paid"}]},
    ]
    await crm.ann.put("/v1/pipelines/deal/wholesale", json={"stages": stages})
    item = await crm.made("/v1/items", type="deal", pipeline="deal/wholesale")
    assert item["stage"] == "asked"
    answer = await crm.ann.post(f"/v1/items/{item['id']}/move", json={"stage": "documents"})
    assert answer.status_code == 422
    other = await crm.deal()
    assert other["stage"] == "new"

    async def look() -> list[ItemStageChanged] | None:
        found: list[ItemStageChanged] = await crm.deployment.data(topics.ITEMS, ItemStageChanged)
        return found if len(found) == 2 else None

    told = {str(event.item.id): event.rule_set for event in await eventually(look)}
    assert told[item["id"]] == RuleSetRef(pipeline="deal/wholesale", number=1)
    assert told[other["id"]] == RuleSetRef(pipeline="deal/retail", number=1)


async def test_rules_are_data_that_is_listed_edited_and_copied_to_another_pipeline(crm: Any) -> None:
    edited = changed("stages", 0, "rules", 0, "do", to={"send-sms": {"to": "contact", "text": "Welcome"}})
    await crm.ann.put(PATH, json=DOCUMENT)
    await crm.ann.put(PATH, json=edited)
    listed = (await crm.ann.get("/v1/config/rule-set")).json()
    assert [record["id"] for record in listed] == ["deal/retail/1", "deal/retail/2", "deal/retail/3", "invoice/plain/1"]
    read = (await crm.ann.get(PATH)).json()
    copy = {"name": "Copy", "stages": read["stages"]}
    copied = (await crm.ann.put("/v1/pipelines/deal/copy", json=copy)).json()
    assert copied["stages"] == read["stages"]
    assert copied["stages"][0]["rules"][0]["do"]["send-sms"]["text"] == "Welcome"


async def test_a_pipeline_needs_its_type(crm: Any) -> None:
    answer = await crm.ann.put("/v1/pipelines/yacht/main", json={"stages": [{"key": "new"}]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "type")
    assert (await crm.ann.get("/v1/pipelines/yacht/main")).status_code == 404
