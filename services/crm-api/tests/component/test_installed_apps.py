"""Installed apps over HTTP: manifests that are checked, secrets that are shown once, and what rules use of them."""

from typing import Any

import pytest
from chassis.secrets import Sealer
from chassis.standard_webhooks import new_secret
from contracts.config import Source
from simulators.app import manifest

PATH = "/v1/apps/acme"
RETAIL = "/v1/pipelines/deal/retail"
ACME = manifest("https://acme.example/signalbox")
SCORE: dict[str, Any] = {"app:acme/score": {"inputs": {"client": "{{ contact.name }}", "amount": "{{ item.amount }}"}}}
NOTE = {"create-task": {"to": "responsible", "title": "{{ results.score.level }}: {{ results.score.score }}"}}


async def installed(crm: Any, **more: Any) -> dict[str, Any]:
    answer = await crm.ann.put(PATH, json={**ACME, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def published(crm: Any, *dos: Any, triggers: Any = ()) -> Any:
    """Publish rules that do this, called `score`, `b`, `c`; gives the answer."""
    rules = [{"key": key, "do": do} for key, do in zip(("score", "b", "c"), dos, strict=False)]
    stages = [{"key": "new", "rules": rules}, {"key": "scored", "triggers": list(triggers)}]
    return await crm.ann.put(RETAIL, json={"owner": "ann", "stages": stages})


async def record(crm: Any, kind: str, id_: str) -> dict[str, Any]:
    [row] = await crm.fetch("SELECT data FROM config WHERE kind = $1 AND id = $2 AND NOT deleted", kind, id_)
    return dict(row["data"])


@pytest.mark.req("G5")
async def test_an_installed_app_is_listed_and_its_secret_is_shown_once(crm: Any) -> None:
    first = await installed(crm)
    assert first["secret"].startswith("whsec_")
    assert first["manifest"]["address"] == ACME["address"]
    [listed] = (await crm.ann.get("/v1/apps?language=pt")).json()
    assert (listed["id"], listed["title"], listed["publisher"]) == ("acme", "Notas Acme", "Acme Lda")
    assert listed["actions"][0] == {
        "key": "app:acme/score",
        "title": "Avaliar um cliente",
        "help": "From 0 to 100, by what is known of their payments",
    }
    assert [one["key"] for one in listed["triggers"]] == ["scored"]
    again = await installed(crm)
    assert (again["secret"], again["revision"]) == (None, first["revision"])
    shown = (await crm.ann.get(PATH)).json()
    assert (shown["secret"], shown["secrets"], shown["events"]) == (None, ["secret"], first["events"])
    told = str((await crm.ann.get("/v1/config/app/acme")).json()) + str(shown)
    refused = await crm.ann.put("/v1/config/app/acme", json=ACME)
    assert (refused.status_code, refused.json()["errors"][0]["fix"]) == (422, "use /v1/apps")
    assert first["secret"] not in told


async def test_its_events_have_a_door_of_their_own_which_people_may_set_up(crm: Any) -> None:
    first = await installed(crm)
    source = Source.model_validate(await record(crm, "source", "app-acme"))
    assert (source.kind, source.settings) == ("app", {"app": "acme"})
    assert first["events"].endswith(f"/in/app-acme/{source.token}")
    sealer = Sealer(crm.process.settings.secret_key)
    assert sealer.open(source.secrets["secret"], "source/app-acme/secret") == first["secret"]
    told = {**source.model_dump(mode="json"), "nobody": {"do": "hold"}, "secrets": {"secret": {"set": True}}}
    assert (await crm.ann.put("/v1/config/source/app-acme", json=told)).status_code == 200
    await installed(crm, publisher="Acme SA")
    after = Source.model_validate(await record(crm, "source", "app-acme"))
    assert (after.token, after.nobody.do) == (source.token, "hold")


async def test_a_secret_is_changed_for_another_with_both_valid_meanwhile(crm: Any) -> None:
    first = await installed(crm)
    second = (await crm.ann.post(f"{PATH}/secret")).json()
    assert (second["secrets"], second["secret"] != first["secret"]) == (["old_secret", "secret"], True)
    sealer = Sealer(crm.process.settings.secret_key)
    for kind, id_ in (("app", "acme"), ("source", "app-acme")):
        sealed = (await record(crm, kind, id_))["secrets"]
        clear = {name: sealer.open(value, f"{kind}/{id_}/{name}") for name, value in sealed.items()}
        assert clear == {"secret": second["secret"], "old_secret": first["secret"]}
    assert (await crm.ann.delete(f"{PATH}/old-secret")).status_code == 204
    assert (await crm.ann.get(PATH)).json()["secrets"] == ["secret"]


UNSOUND: list[tuple[dict[str, Any], str, str]] = [
    ({"address": "ftp://acme.example"}, "address", "an address is https://host/path"),
    ({"address": "https://user@acme.example"}, "address", "without name, password"),
    ({"actions": [{"key": "Score"}]}, "actions.0.key", "pattern"),
    ({"actions": [{"key": "a"}, {"key": "a"}]}, "body", "the key 'a' is there twice"),
    ({"actions": [{"key": "a", "time_limit": 600}]}, "actions.0", "comes within 30 seconds"),
    ({"actions": [{"key": "a", "inputs": [{"key": "b", "kind": "choice"}]}]}, "actions.0.inputs.0", "`choices`"),
    ({"triggers": [{"key": "a", "payload": [{"key": "app"}]}]}, "triggers.0", "which is ours"),
    ({"colour": "red"}, "colour", "nobody knows this key"),
    ({"id": "other"}, "id", "the address says 'acme'"),
    ({"secrets": {"secret": "x"}}, "secrets", "a manifest has no secrets"),
]


async def test_a_manifest_that_cannot_hold_is_refused_by_its_place(crm: Any) -> None:
    for change, field, words in UNSOUND:
        answer = await crm.ann.put(PATH, json={**ACME, **change})
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["field"] == field
        assert words in error["problem"]


@pytest.mark.req("G3", "A14")
async def test_its_actions_are_in_the_family_of_the_market_and_its_events_among_the_others(crm: Any) -> None:
    await installed(crm)
    told = (await crm.ann.get("/v1/catalogue?type=deal&language=pt")).json()
    market = next(one for one in told["families"] if one["key"] == "market")
    score = market["actions"][0]
    assert (score["key"], score["title"]) == ("app:acme/score", "Notas Acme: Avaliar um cliente")
    assert score["results"] == ["score", "level"]
    inputs = score["parameters"]["properties"]["inputs"]
    assert inputs["required"] == ["client"]
    assert inputs["properties"]["pieces"]["x-kind"] == "integer"
    other = next(one for one in told["groups"] if one["key"] == "other")["signals"][-1]
    assert (other["key"], other["filter"]) == ("app.called", {"app": "acme", "event": "scored"})
    assert other["payload"] == ["client", "score"]


async def test_rules_call_it_and_read_its_results(crm: Any) -> None:
    await installed(crm)
    trigger = {"key": "scored", "on": "app.called", "filter": {"app": "acme", "event": "scored"}}
    answer = await published(crm, SCORE, NOTE, triggers=[trigger])
    assert answer.status_code == 200, answer.text


MISTAKES: list[tuple[Any, str, str]] = [
    ({"app:acme/scor": {}}, "do", "unknown action 'app:acme/scor'"),
    ({"app:other/score": {}}, "do", "unknown action 'app:other/score'"),
    ({"app:acme/score": {}}, "do.app:acme/score.inputs.client", "the app needs 'client'"),
    ({"app:acme/score": {"inputs": {"client": "a", "x": 1}}}, "do.app:acme/score.inputs.x", "takes no 'x'"),
    ({"app:acme/score": {"inputs": {"client": "a", "pieces": "many"}}}, "do.app:acme/score.inputs.pieces", "whole"),
    (
        {"app:acme/score": {"inputs": {"client": "a", "pieces": "{{ item.amount }}"}}},
        "do.app:acme/score.inputs.pieces",
        "item.amount is of kind money, and the app takes one of kind integer",
    ),
    (
        {"app:acme/score": {"inputs": {"client": "{{ item.colour }}"}}},
        "do.app:acme/score.inputs.client",
        "unknown field item.colour",
    ),
]


async def test_what_cannot_run_is_refused_at_the_publish(crm: Any) -> None:
    await installed(crm)
    for do, field, words in MISTAKES:
        answer = await published(crm, do)
        assert answer.status_code == 422
        assert any(e["field"].endswith(field) and words in e["problem"] for e in answer.json()["errors"]), answer.text


async def test_a_filter_and_a_result_that_no_app_has_are_refused_at_the_publish(crm: Any) -> None:
    await installed(crm)
    trigger = {"key": "scored", "on": "app.called", "filter": {"app": "acme", "event": "lost"}}
    wrong = {"create-task": {"to": "responsible", "title": "{{ results.score.colour }}"}}
    answer = await published(crm, SCORE, wrong, triggers=[trigger])
    told = " ".join(error["problem"] for error in answer.json()["errors"])
    assert "no installed app tells of 'lost'" in told
    assert "gives no result colour" in told


async def test_what_published_rules_use_can_neither_be_removed_nor_changed_under_them(crm: Any) -> None:
    await installed(crm)
    assert (await published(crm, SCORE, NOTE)).status_code == 200
    score = ACME["actions"][0]
    changes: tuple[dict[str, Any], ...] = (
        {"actions": []},
        {"actions": [{**score, "outputs": []}]},
        {"actions": [{**score, "inputs": [*score["inputs"], {"key": "vat", "required": True}]}]},
    )
    for change in changes:
        answer = await crm.ann.put(PATH, json={**ACME, **change})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "acme")
        assert "deal/retail uses it" in answer.json()["errors"][0]["problem"]
    assert (await crm.ann.delete(PATH)).status_code == 422
    assert (await published(crm)).status_code == 200
    assert (await crm.ann.delete(PATH)).status_code == 204
    assert (await crm.ann.get(PATH)).status_code == 404
    assert (await crm.ann.get("/v1/config/source/app-acme")).status_code == 404
    assert (await crm.ann.delete(PATH)).status_code == 404


async def test_a_connection_for_webhooks_has_secrets_that_can_sign(crm: Any) -> None:
    path, good = "/v1/config/connection/hooks", new_secret()
    unsigned: tuple[dict[str, Any], ...] = ({}, {"secrets": {}}, {"secrets": {"secret": "guess"}})
    for given in unsigned:
        answer = await crm.ann.put(path, json={"provider": "webhook", **given})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "secrets.secret")
        assert "guess" not in answer.text
    both = {"secret": good, "old_secret": new_secret()}
    assert (await crm.ann.put(path, json={"provider": "webhook", "secrets": both})).status_code == 200
    kept = {"secret": {"set": True}}
    assert (await crm.ann.put(path, json={"provider": "webhook", "secrets": kept})).status_code == 200
