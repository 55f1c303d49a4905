"""Types that users define, with rules and triggers on their own fields and stages."""

from typing import Any

import pytest

from tests.integration.world import World

Json = dict[str, Any]
COMPLAINT: Json = {
    "name": {"en": "Complaint", "pt": "Reclamação"},
    "fields": [
        {"key": "about", "kind": "text", "required": True},
        {"key": "severity", "kind": "choice", "choices": ["low", "high"], "default": "low"},
        {"key": "broken", "kind": "choices", "choices": ["door", "shelf", "glass"]},
        {"key": "days", "kind": "integer", "multiple": True},
        {"key": "courier", "kind": "person"},
        {"key": "where", "kind": "address"},
        {"key": "contact", "kind": "link", "to": "contact"},
    ],
}
VISIT = "{{ item.about }} in {{ item.where.city }}: {{ item.broken }}, by {{ item.courier.name }}"
STAGES: list[Json] = [
    {
        "key": "new",
        "rules": [
            {
                "key": "weigh",
                "when": {"all": [{"field": "item.broken", "contains": "glass"}, {"field": "item.days", "in": [7, 14]}]},
                "do": {"change-item": {"fields": {"severity": "high", "days": "{{ item.days }}, 30"}}},
            },
            {
                "key": "ignore",
                "when": {"field": "item.broken", "contains": "shelf"},
                "do": {"create-task": {"to": "responsible", "title": "Wait"}},
            },
            {"key": "visit", "do": {"create-task": {"to": "item.courier", "title": VISIT}}},
        ],
    },
    {"key": "answered", "triggers": [{"key": "writes", "on": "form.submitted"}]},
    {"key": "solved", "kind": "success"},
    {"key": "void", "kind": "failure"},
]


TASK = {"create-task": {"to": "responsible", "title": "{{ item.type }} in {{ item.stage }}"}}
READY_MADE = ("lead", "quote", "invoice", "order")
ENDS: list[Json] = [
    {"key": "new", "rules": [{"key": "begins", "do": TASK}]},
    {
        "key": "asked",
        "triggers": [{"key": "asks", "on": "form.submitted", "when": {"field": "signal.wish", "equals": "a"}}],
    },
    {
        "key": "won",
        "kind": "success",
        "triggers": [{"key": "agrees", "on": "form.submitted", "when": {"field": "signal.wish", "equals": "b"}}],
        "rules": [{"key": "wins", "do": TASK}],
    },
    {"key": "lost", "kind": "failure", "rules": [{"key": "loses", "do": TASK}]},
    {"key": "void", "kind": "failure"},
]


@pytest.mark.req("A8", "A9", "A11", "A19", "H8")
@pytest.mark.parametrize("type_", READY_MADE)
async def test_ready_made_types_are_automated_like_deals_up_to_their_final_stages(world: World, type_: str) -> None:
    crm = world.installation.crm
    pipeline = f"{type_}/automated"
    await crm.publish(pipeline, {"stages": ENDS})
    told = {"name": "Rita Silva", "phone": f"+3519100088{READY_MADE.index(type_):02d}", "email": f"{type_}@example.com"}
    contact = await crm.create("contact", title="Rita Silva", fields=told)
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    item = await crm.create(type_, pipeline=pipeline, title="No. 1", links=[link], responsible="mara")
    await world.rule_is(item["id"], "begins", "succeeded")
    for wish, stage in (("a", "asked"), ("b", "won")):
        await world.installation.gateway.submit("site", world.shop.site_token, {**told, "wish": wish})
        await world.stands(item["id"], stage)
    await world.rule_is(item["id"], "wins", "succeeded")
    await crm.move(item["id"], "lost")
    await world.rule_is(item["id"], "loses", "succeeded")
    titles = {task["title"] for task in await crm.tasks(item["id"])}
    assert titles == {f"{type_} in {stage}" for stage in ("new", "won", "lost")}


@pytest.mark.req("J1", "J6", "C10", "C6", "A9")
async def test_a_type_of_users_lives_by_rules_and_triggers_on_its_own_fields(world: World) -> None:
    crm = world.installation.crm
    await crm.configure("type", "complaint", COMPLAINT)
    await crm.publish("complaint/main", {"stages": STAGES})
    told = {"name": "Rita Silva", "phone": "+351910000777", "email": "rita777@example.com"}
    contact = await crm.create("contact", title="Rita Silva", fields=told)
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    fields = {
        "about": "A broken cabinet",
        "broken": ["door", "glass"],
        "days": [7],
        "courier": "rui",
        "where": {"city": "Porto"},
    }
    complaint = await crm.create(
        "complaint", pipeline="complaint/main", title="No. 1", fields=fields, links=[link], responsible="mara"
    )
    assert complaint["fields"]["severity"] == "low"
    await world.rule_is(complaint["id"], "weigh", "succeeded")
    await world.rule_is(complaint["id"], "visit", "succeeded")
    await world.rule_is(complaint["id"], "ignore", "skipped")
    [task] = await crm.tasks(complaint["id"])
    assert (task["assignee"], task["title"]) == ("rui", "A broken cabinet in Porto: door, glass, by Rui Costa")
    changed = (await crm.item(complaint["id"]))["fields"]
    assert (changed["severity"], changed["days"]) == ("high", [7, 30])
    answer = await world.installation.gateway.submit("site", world.shop.site_token, {**told, "wish": "An answer"})
    assert answer.is_success
    await world.stands(complaint["id"], "answered")
