"""What rules do inside the CRM: items from items, other pipelines, who is responsible, variables and maths."""

from typing import Any

import pytest

from tests.integration.pipelines import rule, stage
from tests.integration.world import World

Json = dict[str, Any]
CALL = {"create-task": {"to": "responsible", "title": "Call {{ contact.name }}"}}
AFTER = {"after_previous": "0 minutes"}


async def publish(world: World, name: str, *stages: Json) -> str:
    await world.installation.crm.publish(name, {"stages": list(stages), "owner": "mara"})
    return name


@pytest.fixture(scope="module", autouse=True)
async def company(world: World) -> None:
    """Let there be a department of two, and pipelines of what follows from deals."""
    crm = world.installation.crm
    await crm.configure("department", "sales", {})
    for id_ in ("tania", "ugo"):
        await crm.configure("person", id_, {"name": id_.title(), "department": "sales"})
    place = {"key": "place", "kind": "string", "required": True}
    await crm.configure("type", "waybill", {"fields": [{"key": "amount", "kind": "money"}, place]})
    for type_ in ("quote", "invoice", "order", "waybill"):
        await publish(world, f"{type_}/papers", stage("open"), stage("paid", kind="success"))


async def made_by(world: World, item: str, key: str) -> Json:
    """Give the item that a rule made, as its row tells."""
    row = await world.rule_is(item, key, "succeeded")
    return await world.installation.crm.item(row["results"]["id"])


def linked(item: Json, role: str) -> list[str]:
    return [link["id"] for link in item["links"] if link["role"] == role]


@pytest.mark.req("D6")
async def test_a_lead_becomes_a_contact_a_company_and_a_deal_in_the_pipeline_that_is_chosen(world: World) -> None:
    crm = world.installation.crm
    deals = await publish(world, "deal/leads", stage("new"), stage("warm", rule("call", CALL)))
    to = {"name": "{{ item.title }} Lda"}
    leads = await publish(
        world,
        "lead/good",
        stage("new"),
        stage(
            "good",
            rule("person", {"create-from-source": {"type": "contact", "mapping": {"name": "name", "phone": "phone"}}}),
            rule("firm", {"create-from-source": {"type": "company", "fields": to}}, timing=AFTER),
            rule(
                "deal",
                {
                    "create-from-source": {
                        "type": "deal",
                        "pipeline": deals,
                        "stage": "warm",
                        "title": "From {{ item.title }}",
                    }
                },
                timing=AFTER,
            ),
            kind="success",
        ),
    )
    told = {"name": "Vera Lima", "phone": "+351 912 000 111", "amount": "700.00 EUR"}
    lead = await crm.create("lead", pipeline=leads, title="Oak", fields=told, responsible="mara")
    await crm.move(lead["id"], "good")
    deal, person, firm = [await made_by(world, lead["id"], key) for key in ("deal", "person", "firm")]
    assert (deal["pipeline"], deal["stage"], deal["title"]) == (deals, "warm", "From Oak")
    assert (deal["fields"]["amount"], deal["responsible"]) == ("700.00 EUR", "mara")
    assert (person["fields"]["phone"], firm["fields"]["name"]) == ("+351912000111", "Oak Lda")
    assert linked(deal, "lead") == linked(person, "lead") == linked(firm, "lead") == [lead["id"]]
    assert linked(deal, "contact") == [person["id"]]
    now = await crm.item(lead["id"])
    assert [linked(now, role) for role in ("deal", "contact", "company")] == [
        [deal["id"]],
        [person["id"]],
        [firm["id"]],
    ]
    await world.rule_is(deal["id"], "call", "succeeded")
    assert [task["title"] for task in await crm.tasks(deal["id"])] == ["Call Vera Lima"]


@pytest.mark.req("D7", "C7")
async def test_a_deal_becomes_a_quote_an_invoice_and_an_order_and_later_rules_read_which(world: World) -> None:
    crm = world.installation.crm
    types = ("quote", "invoice", "order", "waybill")
    make = {type_: {"create-from-source": {"type": type_, "pipeline": f"{type_}/papers"}} for type_ in types}
    note = {"change-item": {"fields": {"wish": "{{ results.invoice.title }} {{ results.quote.id }}"}}}
    pipeline = await publish(
        world,
        "deal/papers",
        stage(
            "new",
            *(rule(type_, do) for type_, do in make.items()),
            rule("note", note, timing=AFTER),
        ),
    )
    deal = await world.deal(pipeline=pipeline, amount="90.00 EUR")
    made = quote, invoice, _, waybill = [await made_by(world, deal["id"], type_) for type_ in types]
    assert [one["fields"] for one in made] == [{"amount": "90.00 EUR"}] * len(types)
    # A required field binds people and the API; what a rule makes goes on, and is marked.
    assert [one["type"] for one in made if one["incomplete"]] == [waybill["type"]]
    assert linked(invoice, "deal") == [deal["id"]]
    assert linked(invoice, "contact") == [deal["contact"]]
    await world.rule_is(deal["id"], "note", "succeeded")
    assert (await crm.item(deal["id"]))["fields"]["wish"] == f"Pine shelf {quote['id']}"


@pytest.mark.req("D17")
async def test_a_while_after_a_success_a_new_sale_begins_and_leads_back_to_the_old_one(world: World) -> None:
    again = {
        "repeat-sale": {
            "pipeline": "deal/again",
            "title": "{{ item.title }}, once more",
            "mapping": {"amount": "amount"},
        }
    }
    await publish(world, "deal/again", stage("new", rule("call", CALL)))
    pipeline = await publish(
        world,
        "deal/once",
        stage("new"),
        stage("won", rule("again", again, timing={"after": "1 second"}), kind="success"),
    )
    deal = await world.deal(pipeline=pipeline, amount="50.00 EUR", wish="oak")
    await world.installation.crm.move(deal["id"], "won")
    repeat = await made_by(world, deal["id"], "again")
    assert (repeat["pipeline"], repeat["title"], repeat["fields"]) == (
        "deal/again",
        "Pine shelf, once more",
        {"amount": "50.00 EUR"},
    )
    assert linked(repeat, "repeat_of") == [deal["id"]]
    assert linked(repeat, "contact") == [deal["contact"]]
    assert linked(await world.installation.crm.item(deal["id"]), "repeat") == [repeat["id"]]
    await world.rule_is(repeat["id"], "call", "succeeded")


@pytest.mark.req("J13")
async def test_reaching_a_stage_moves_the_item_into_another_pipeline_or_copies_it(world: World) -> None:
    crm = world.installation.crm
    await publish(world, "deal/delivery", stage("pack", rule("call", CALL)), stage("gone", kind="success"))
    await publish(world, "deal/review", stage("look"), stage("done", kind="success"))
    stale = rule("stale", CALL, timing={"after": "1 day"})
    pipeline = await publish(
        world,
        "deal/tunnel",
        stage("new"),
        stage(
            "sold",
            rule("copy", {"copy-item": {"pipeline": "deal/review", "fields": {"wish": "copied"}}}),
            stale,
            rule("over", {"move-item": {"pipeline": "deal/delivery"}}, timing={"after": "1 second"}),
            kind="success",
        ),
    )
    deal = await world.deal(pipeline=pipeline, amount="10 EUR", wish="oak")
    await crm.move(deal["id"], "sold")
    await world.rule_is(deal["id"], "call", "succeeded")
    item = await crm.item(deal["id"])
    assert (item["pipeline"], item["stage"], item["activation"]) == ("deal/delivery", "pack", 3)
    cancelled = await world.rule_is(deal["id"], "stale", "cancelled")
    assert "left the stage" in cancelled["reason"]
    [line] = [line for line in await world.lines(deal["id"], "moved") if "deal/delivery" in line["words"]]
    assert line["words"].startswith("moved from sold of deal/tunnel to pack of deal/delivery")
    [copy_id] = linked(item, "copy")
    copy = await crm.item(copy_id)
    assert (copy["pipeline"], copy["stage"], copy["fields"]) == (
        "deal/review",
        "look",
        {"amount": "10 EUR", "wish": "copied"},
    )
    assert linked(copy, "copy_of") == [deal["id"]]


@pytest.mark.req("J13")
async def test_a_person_moves_an_item_into_another_pipeline_and_its_rules_run(world: World) -> None:
    await publish(world, "deal/other", stage("begin", rule("call", CALL)))
    pipeline = await publish(world, "deal/one", stage("new", rule("later", CALL, timing={"after": "1 day"})))
    deal = await world.deal(pipeline=pipeline)
    await world.rule_is(deal["id"], "later", "waiting")
    await world.installation.crm.ask("POST", f"/v1/items/{deal['id']}/move", json={"pipeline": "deal/other"})
    await world.rule_is(deal["id"], "call", "succeeded")
    await world.rule_is(deal["id"], "later", "cancelled")


@pytest.mark.req("D2")
async def test_rules_hand_items_over_in_turn_to_the_least_busy_or_to_the_supervisor(world: World) -> None:
    crm = world.installation.crm
    among = {"department": "sales"}
    pipeline = await publish(
        world,
        "deal/hands",
        stage("new", rule("turn", {"assign": {"to": "round-robin", "among": among}})),
        stage("busy", rule("least", {"assign": {"to": "least-busy", "among": among}})),
        stage("boss", rule("boss", {"assign": {"to": "supervisor"}})),
        stage("done", kind="success"),
    )
    deals = []
    for _ in range(3):
        deal = await world.deal(pipeline=pipeline)
        deals.append((deal["id"], (await world.rule_is(deal["id"], "turn", "succeeded"))["results"]["id"]))
    assert [person for _, person in deals] == ["tania", "ugo", "tania"]
    assert (await crm.item(deals[0][0]))["responsible"] == "tania"
    await crm.move(deals[0][0], "done")
    await crm.move(deals[2][0], "busy")
    assert (await world.rule_is(deals[2][0], "least", "succeeded"))["results"]["id"] == "tania"
    await crm.change(deals[1][0], responsible="rui")
    await crm.move(deals[1][0], "boss")
    await world.rule_is(deals[1][0], "boss", "succeeded")
    assert (await crm.item(deals[1][0]))["responsible"] == "mara"


@pytest.mark.req("C8", "D18", "C7")
async def test_constants_variables_and_maths_carry_from_rule_to_rule(world: World) -> None:
    crm = world.installation.crm
    await crm.configure("constant", "bonus", {"value": "0.05"})
    large = {"all": [{"field": "var.discount", "greater": "100 EUR"}]}
    pipeline = await publish(
        world,
        "deal/maths",
        stage(
            "new",
            rule("share", {"set-variable": {"name": "share", "value": "0.10"}}),
            rule("more", {"calculate": {"formula": "var.share + const.bonus", "variable": "share"}}),
            rule("discount", {"calculate": {"formula": "round(item.amount * var.share, 2)", "variable": "discount"}}),
            rule("net", {"calculate": {"formula": "item.amount - var.discount"}}),
            rule("due", {"calculate": {"formula": "item.payment_due + '1 month'"}}),
            rule(
                "write",
                {"change-item": {"fields": {"amount": "{{ results.net.value }}", "wish": "{{ var.discount }} off"}}},
                timing={"after": "1 second"},
            ),
            rule("tell", CALL, when=large),
            rule("small", CALL, when={"not": large}),
        ),
    )
    deal = await world.deal(pipeline=pipeline, amount="1000.00 EUR")
    write = await world.rule_is(deal["id"], "write", "succeeded")
    assert write["seen"]["var.discount"] == "150.00 EUR"
    item = await crm.item(deal["id"])
    assert item["fields"] == {"amount": "850.00 EUR", "wish": "150.00 EUR off"}
    await world.rule_is(deal["id"], "tell", "succeeded")
    await world.rule_is(deal["id"], "small", "skipped")
    assert "item.payment_due is empty" in (await world.rule_is(deal["id"], "due", "failed"))["reason"]


@pytest.mark.req("D10", "C3", "C10")
async def test_a_rule_sets_any_number_of_custom_fields_of_any_kind(world: World) -> None:
    crm = world.installation.crm
    kinds = {"size": "integer", "weight": "decimal", "fragile": "boolean", "ready": "date", "price": "money"}
    extra = [{"key": f"note_{n}", "kind": "string"} for n in range(10)]
    await crm.configure("type", "parcel", {"fields": [*({"key": k, "kind": v} for k, v in kinds.items()), *extra]})
    values = {
        "size": "{{ item.size | plus: 1 }}",
        "weight": "2.50",
        "fragile": "yes",
        "ready": "2026-12-24",
        "price": "",
    }
    notes = {f"note_{n}": f"{n} {{{{ item.title }}}}" for n in range(10)}
    when = {"all": [{"field": "item.size", "greater": 3}, {"field": "item.fragile", "equals": False}]}
    change = rule("set", {"change-item": {"fields": {**values, **notes}}}, when=when)
    pipeline = await publish(world, "parcel/main", stage("new", change))
    parcel = await crm.create(
        "parcel", pipeline=pipeline, title="Box", fields={"size": 4, "fragile": False, "price": "1 EUR"}
    )
    await world.rule_is(parcel["id"], "set", "succeeded")
    fields = (await crm.item(parcel["id"]))["fields"]
    assert {key: fields.get(key) for key in kinds} == {
        "size": 5,
        "weight": "2.50",
        "fragile": True,
        "ready": "2026-12-24",
        "price": None,
    }
    assert fields["note_9"] == "9 Box"


@pytest.mark.req("D8")
async def test_a_rule_deletes_junk_and_a_person_takes_it_back_without_what_was_cancelled(world: World) -> None:
    crm = world.installation.crm
    junk = {"all": [{"field": "item.wish", "contains": "casino"}]}
    pipeline = await publish(
        world,
        "deal/junk",
        stage(
            "new",
            rule("later", CALL, timing={"after": "1 day"}),
            rule("junk", {"delete-item": {}}, when=junk, timing={"after": "1 second"}),
        ),
        stage("kept", rule("call", CALL)),
    )
    deal = await world.deal(pipeline=pipeline, wish="the best casino")
    await world.rule_is(deal["id"], "later", "cancelled")
    await world.rule_is(deal["id"], "junk", "succeeded")
    back = await crm.ask("POST", f"/v1/items/{deal['id']}/restore")
    assert (back["deleted"], back["stage"]) == (False, "new")
    assert (await world.rules(deal["id"]))["later"]["state"] == "cancelled"
    await crm.move(deal["id"], "kept")
    await world.rule_is(deal["id"], "call", "succeeded")


@pytest.mark.req("A16")
async def test_what_has_run_is_marked_on_the_record_with_who_changed_what(world: World) -> None:
    crm = world.installation.crm
    change = {"change-item": {"fields": {"wish": "{{ item.title }}!"}}}
    pipeline = await publish(
        world, "deal/marks", stage("new", rule("set", change), rule("later", CALL, timing={"after": "1 day"}))
    )
    deal = await world.deal(pipeline=pipeline)
    done = await world.rule_is(deal["id"], "set", "succeeded")
    assert done["words"] == "set: done ✓"
    assert (await world.rules(deal["id"]))["later"]["words"].startswith("later: waits until")
    entries = (await crm.ask("GET", f"/v1/items/{deal['id']}/history"))["entries"]
    assert [(entry["kind"], entry["why"]) for entry in entries] == [("created", ""), ("changed", "rule set")]
    assert entries[1]["changes"] == {"wish": {"old": None, "new": "Pine shelf!"}}
    assert entries[1]["who"] == "service:rule-scheduler"
