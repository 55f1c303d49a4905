"""All automation of a company as one file."""

from textwrap import dedent
from typing import Any

YAML = {"content-type": "application/yaml"}
PATH = "/v1/company.yaml"


async def put(crm: Any, text: str) -> Any:
    return await crm.ann.put(PATH, content=text, headers=YAML)


async def test_a_company_goes_out_as_one_file_and_comes_back_as_the_same(crm: Any) -> None:
    await crm.ann.put("/v1/config/constant/ceiling", json={"value": "1000 EUR", "name": {"en": "Limit"}})
    hours = {"zone": "Europe/Lisbon", "weekly": {"0": [["09:00", "18:00"]]}, "holidays": ["2026-12-25"]}
    await crm.ann.put("/v1/config/calendar/portal", json=hours)
    text = (await crm.ann.get(PATH)).text
    assert text.index("kind: constant") < text.index("kind: pipeline")
    assert (await put(crm, text)).json() == {"changed": []}
    changed = text.replace("1000 EUR", "2000 EUR").replace("text: Hello", "text: Welcome")
    assert (await put(crm, changed)).json() == {
        "changed": ["constant/ceiling", "rule-set/deal/retail/2", "pipeline/deal/retail"]
    }
    rules = (await crm.ann.get("/v1/pipelines/deal/retail")).json()["stages"][0]["rules"]
    assert rules[0]["do"]["send-sms"]["text"] == "Welcome"


async def test_a_part_of_a_company_that_needs_another_part_of_the_file_may_stand_before_it(crm: Any) -> None:
    text = """
    kind: pipeline
    id: yacht/main
    data: {stages: [{key: new, rules: [{key: tell, do: {create-task: {title: "{{ item.length }} {{ const.unit }}"}}}]}]}
    ---
    {kind: constant, id: unit, data: {value: m}}
    ---
    {kind: type, id: yacht, data: {fields: [{key: length, kind: decimal}]}}
    """
    answer = await put(crm, dedent(text))
    assert answer.status_code == 200, answer.text
    assert answer.json()["changed"] == ["type/yacht", "constant/unit", "rule-set/yacht/main/1", "pipeline/yacht/main"]


async def test_a_file_is_taken_whole_or_not_at_all(crm: Any) -> None:
    good = "{kind: constant, id: unit, data: {value: m}}\n---\n"
    refused = {
        "pipeline": "{kind: pipeline, id: deal/other, data: {stages: [{key: new, rules: [{key: x, do: {fly: {}}}]}]}}",
        "stages": "{kind: pipeline, id: deal/fresh, data: {stages: []}}",
        "kind": "{kind: person, id: ann, data: {name: Ann}}",
        "data": "{kind: constant, id: rate}",
        "twice": "{kind: constant, id: unit, data: {value: km}}",
        "type": "{kind: pipeline, id: boat/main, data: {stages: [{key: new}]}}",
    }
    for what, document in refused.items():
        answer = await put(crm, good + document)
        assert answer.status_code == 422, (what, answer.text)
        assert answer.json()["errors"]
    assert (await crm.ann.get("/v1/config/constant/unit")).status_code == 404
