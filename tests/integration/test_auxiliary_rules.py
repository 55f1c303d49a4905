"""Auxiliary rules on the live system: what they fetch, pick, ask and calculate is shown and written by later rules."""

import secrets
from typing import Any

import httpx
import pytest

from tests.integration.pipelines import rule
from tests.integration.world import World

Json = dict[str, Any]
AFTER = {"after_previous": "0 minutes"}


async def publish(world: World, name: str, *rules: Json) -> str:
    stages = [{"key": "new", "rules": list(rules)}, {"key": "lost", "kind": "failure"}]
    await world.installation.crm.publish(name, {"stages": stages, "owner": "mara"})
    return name


async def text_to(world: World, phone: str) -> str:
    async def look() -> list[str]:
        return await world.sms_to(phone)

    return (await world.until(look))[0]


@pytest.mark.req("A13", "C7", "D18")
async def test_items_are_fetched_one_is_picked_and_reckoned_with_and_the_client_reads_of_it(world: World) -> None:
    crm = world.installation.crm
    others = {"field": "title", "differs": "{{ item.title }}"}
    past = {
        "type": "deal",
        "where": [{"field": "wish", "equals": "{{ item.wish }}"}, others],
        "order": "title",
        "bring": ["amount", "wish"],
    }
    pick = {"items": "results.past.items", "pick": "largest", "compare": "amount", "field": "amount"}
    text = (
        "{% for deal in results.past.items %}{{ deal.title }}, {% endfor %}"
        "of {{ results.past.count }} {{ results.best.item.title }} was best: {{ results.off.value }} off"
    )
    pipeline = await publish(
        world,
        "deal/past",
        rule("past", {"fetch-items": past}),
        rule("best", {"pick-from-list": pick}, timing=AFTER),
        rule("off", {"calculate": {"formula": "round(results.best.value * 0.1, 2)"}}, timing=AFTER),
        rule("tell", {"send-sms": {"to": "contact", "text": text}}, timing=AFTER),
    )
    wish = secrets.token_hex(4)
    for title, amount in (("Oak", "90 EUR"), ("Elm", "1000 EUR")):
        await crm.create("deal", title=title, fields={"amount": amount, "wish": wish}, responsible="mara")
    deal = await world.deal(pipeline=pipeline, wish=wish)
    assert await text_to(world, deal["phone"]) == "Elm, Oak, of 2 Elm was best: 100.00 EUR off"
    await world.rule_is(deal["id"], "tell", "succeeded")
    rules = await world.rules(deal["id"])
    assert [rules[key]["state"] for key in ("past", "best", "off")] == ["succeeded"] * 3
    assert rules["past"]["results"]["first"]["amount"] == "1000 EUR"


@pytest.mark.req("A13", "D21", "C7")
async def test_an_employee_is_asked_and_later_rules_write_the_answers_into_the_item(world: World) -> None:
    crm = world.installation.crm
    asked = [
        {"key": "oven", "label": "Which oven?", "kind": "choice", "options": ["gas", "electric"], "required": True},
        {"key": "price", "kind": "money"},
    ]
    ask = {"to": "responsible", "text": "What does {{ contact.name }} need?", "ask": asked}
    write = {"wish": "{{ results.ask.oven }}, says {{ results.ask.answered_by }}", "amount": "{{ results.ask.price }}"}
    pipeline = await publish(
        world,
        "deal/asked",
        rule("ask", {"ask-employee": ask}),
        rule("write", {"change-item": {"fields": write}}, timing=AFTER),
    )
    deal, left = [await world.deal(pipeline=pipeline) for _ in range(2)]
    for one in (deal, left):
        await world.rule_is(one["id"], "ask", "dispatched")
    key = (await crm.ask("POST", "/v1/api-keys", json={"person": "mara", "name": "hers"}))["key"]
    async with httpx.AsyncClient(base_url=crm.url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as mara:

        async def mine() -> dict[str, Json] | None:
            found = {one["item"]: one for one in (await mara.get("/v1/questions")).json()["questions"]}
            return found if found.keys() >= {deal["id"], left["id"]} else None

        questions = await world.until(mine)
        question = questions[deal["id"]]
        assert (question["text"], [one["key"] for one in question["asked"]]) == (
            "What does Rita Silva need?",
            ["oven", "price"],
        )
        # Whoever leaves the stage is asked nothing any more.
        await crm.move(left["id"], "lost")
        cancelled = await world.rule_is(left["id"], "ask", "cancelled")
        assert cancelled["reason"].startswith("left the stage: moved to lost by")
        over = f"/v1/questions/{questions[left['id']]['id']}"

        async def withdrawn() -> bool:
            return bool((await mara.get(over)).json()["state"] == "withdrawn")

        await world.until(withdrawn)
        assert (await mara.post(f"{over}/answer", json={"answers": {"oven": "gas"}})).status_code == 409
        path = f"/v1/questions/{question['id']}/answer"
        wrong = await mara.post(path, json={"answers": {"oven": "coal"}})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "answers.oven")
        answer = await mara.post(path, json={"answers": {"oven": "gas", "price": "900 EUR"}})
        assert answer.status_code == 200, answer.text
    await world.rule_is(deal["id"], "write", "succeeded")
    item = await crm.item(deal["id"])
    assert (item["fields"]["wish"], item["fields"]["amount"]) == ("gas, says Mara Lopes", "900 EUR")
    await world.rule_is(left["id"], "write", "cancelled", "blocked")
    assert [line["words"] for line in await world.lines(deal["id"], "answered")] == [
        "answered by user:mara: What does Rita Silva need?"
    ]


@pytest.mark.req("D21")
async def test_where_nobody_answers_in_time_the_rule_for_that_runs(world: World) -> None:
    ask = {"to": {"user": "mara"}, "text": "Which one?", "ask": [{"key": "one"}], "deadline": "1 second"}
    task = {"create-task": {"to": "responsible", "title": "Ask {{ contact.name }} yourself"}}
    pipeline = await publish(
        world,
        "deal/silent",
        rule("ask", {"ask-employee": ask}),
        rule("instead", task, timing={**AFTER, "on_previous": "failed"}),
    )
    deal = await world.deal(pipeline=pipeline)
    failed = await world.rule_is(deal["id"], "ask", "failed")
    assert failed["reason"].startswith("not answered until ")
    await world.rule_is(deal["id"], "instead", "succeeded")
    assert [one["title"] for one in await world.installation.crm.tasks(deal["id"])] == ["Ask Rita Silva yourself"]


@pytest.mark.req("A13", "C7")
async def test_a_web_service_is_asked_and_the_client_reads_its_answer(world: World) -> None:
    simulators = world.installation.simulators
    fetch = {
        "url": f"{simulators.inside_url}/web/prices?title={{{{ item.title | url_encode }}}}",
        "headers": {"X-Deal": "{{ item.id }}"},
        "read": {"title": "query.title", "deal": 'headers."x-deal"'},
    }
    inside = {"url": "http://127.0.0.1/latest/meta-data", "read": {"secret": "key"}}
    pipeline = await publish(
        world,
        "deal/priced",
        rule("price", {"http-fetch": fetch}),
        rule(
            "tell",
            {"send-sms": {"to": "contact", "text": "{{ results.price.title }}: {{ results.price.status }}"}},
            timing=AFTER,
        ),
        rule("inside", {"http-fetch": inside}),
        rule("never", {"send-sms": {"to": "contact", "text": "{{ results.inside.secret }}"}}, timing=AFTER),
    )
    await simulators.fail("web", "status", code=503)
    await simulators.fail("web", "cut_after")
    deal = await world.deal(pipeline=pipeline)
    assert await text_to(world, deal["phone"]) == "Pine shelf: 200"
    assert (await world.rule_is(deal["id"], "price", "succeeded"))["results"]["deal"] == deal["id"]
    refused = await world.rule_is(deal["id"], "inside", "failed")
    assert refused["reason"] == "127.0.0.1 leads inside, where rules may not ask; an operator can allow this host"
    await world.rule_is(deal["id"], "never", "blocked")
