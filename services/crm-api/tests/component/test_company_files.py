"""All automation of a company as one file."""

from textwrap import dedent
from typing import Any

from simulators.app import manifest

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
    assert (await put(crm, text)).json() == {"changed": [], "secrets": {}}
    changed = text.replace("1000 EUR", "2000 EUR").replace("text: Hello", "text: Welcome")
    found = (await put(crm, changed)).json()
    assert found["changed"] == ["constant/ceiling", "rule-set/deal/retail/2", "pipeline/deal/retail"]
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


SCORING = {"key": "score", "do": {"app:acme/score": {"inputs": {"client": "Ana", "amount": "{{ item.amount }}"}}}}


async def test_apps_go_with_the_rules_that_use_them_and_their_secrets_do_not(crm: Any) -> None:
    installed = (await crm.ann.put("/v1/apps/acme", json=manifest("https://acme.example/signalbox"))).json()
    retail = {"owner": "ann", "stages": [{"key": "new", "rules": [SCORING]}]}
    assert (await crm.ann.put("/v1/pipelines/deal/scored", json=retail)).status_code == 200
    text = (await crm.ann.get(PATH)).text
    assert text.index("kind: app\n") < text.index("kind: pipeline")
    assert "secret" not in text
    assert (await put(crm, text)).json() == {"changed": [], "secrets": {}}
    # Another installation has neither.
    for gone in ("/v1/pipelines/deal/scored", "/v1/apps/acme"):
        assert (await crm.ann.delete(gone)).status_code == 204
    taken = (await put(crm, text)).json()
    assert {"app/acme", "source/app-acme", "pipeline/deal/scored"} <= set(taken["changed"])
    assert taken["secrets"]["acme"] not in {"", installed["secret"]}
    again = (await crm.ann.get("/v1/apps/acme")).json()
    assert (again["manifest"], again["secrets"]) == (installed["manifest"], ["secret"])
    assert (await crm.ann.get(PATH)).text == text
    renamed = text.replace("Acme Lda", "Acme SA")
    assert (await put(crm, renamed)).json() == {"changed": ["app/acme"], "secrets": {}}


async def test_a_file_may_change_an_app_together_with_its_rules_and_not_without_them(crm: Any) -> None:
    await crm.ann.put("/v1/apps/acme", json=manifest("https://acme.example/signalbox"))
    scored = {"owner": "ann", "stages": [{"key": "new", "rules": [SCORING]}]}
    assert (await crm.ann.put("/v1/pipelines/deal/scored", json=scored)).status_code == 200
    less = "{kind: app, id: acme, data: {address: 'https://acme.example/signalbox'}}\n"
    refused = await put(crm, less)
    assert (refused.status_code, "deal/scored uses it" in refused.text) == (422, True)
    without = "---\n{kind: pipeline, id: deal/scored, data: {owner: ann, stages: [{key: new}]}}\n"
    taken = await put(crm, less + without)
    assert (taken.status_code, taken.json()["changed"][0]) == (200, "app/acme")
    wrong = "{kind: app, id: acme, data: {address: 'https://acme.example/', secrets: {secret: s}}}"
    assert (await put(crm, wrong)).json()["errors"][0]["field"] == "secrets"
