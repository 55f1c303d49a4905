"""Constants: values that rules name, checked when rules are published, kept while rules name them."""

from typing import Any

import pytest

PATH = "/v1/config/constant"
PIPELINE = "/v1/pipelines/deal/retail"


def naming(constant: str) -> dict[str, Any]:
    """Give a pipeline whose one rule names a constant in its condition and in its text."""
    rule = {
        "key": "large",
        "when": {"field": "item.amount", "greater": {"field": f"const.{constant}"}},
        "do": {"create-task": {"to": "responsible", "title": f"More than {{{{ const.{constant} }}}}"}},
    }
    stages = [{"key": "new", "rules": [rule]}, {"key": "documents"}, {"key": "paid", "kind": "success"}]
    return {"stages": [*stages, {"key": "lost", "kind": "failure"}]}


@pytest.mark.parametrize("value", ["1000 EUR", 7, True, "1.5"])
async def test_a_constant_is_kept_as_it_was_put(crm: Any, value: Any) -> None:
    name = {"en": "The limit", "pt": "O limite"}
    answer = await crm.ann.put(f"{PATH}/ceiling", json={"value": value, "name": name})
    assert answer.status_code == 200, answer.text
    read = (await crm.ann.get(f"{PATH}/ceiling")).json()["data"]
    assert read == {"id": "ceiling", "name": name, "value": value}


async def test_what_no_rule_could_name_or_read_is_refused(crm: Any) -> None:
    refused = [
        await crm.ann.put(f"{PATH}/the limit", json={"value": 1}),
        await crm.ann.put(f"{PATH}/limit", json={"value": 1}),
        await crm.ann.put(f"{PATH}/ceiling", json={"value": ["a", "b"]}),
        await crm.ann.put(f"{PATH}/ceiling", json={}),
        await crm.ann.put(f"{PATH}/ceiling", json={"value": "x" * 2000}),
    ]
    assert [answer.status_code for answer in refused] == [422] * 5
    fields = [answer.json()["errors"][0]["field"].split(".")[0] for answer in refused]
    assert fields == ["id", "id", "value", "value", "value"]


async def test_rules_name_constants_that_there_are_and_those_cannot_go(crm: Any) -> None:
    missing = await crm.ann.put(PIPELINE, json=naming("ceiling"))
    assert {error["problem"] for error in missing.json()["errors"]} == {"there is no constant 'ceiling'"}
    await crm.ann.put(f"{PATH}/ceiling", json={"value": "1000 EUR"})
    await crm.ann.put(f"{PATH}/unused", json={"value": 1})
    assert (await crm.ann.put(PIPELINE, json=naming("ceiling"))).status_code == 200
    kept = await crm.ann.delete(f"{PATH}/ceiling")
    assert kept.json()["errors"][0]["problem"] == "const.ceiling is used in deal/retail"
    assert (await crm.ann.delete(f"{PATH}/unused")).status_code == 204
