"""Store orders with goods, paid by their status; triggers on every type; amounts in two currencies."""

from typing import Any

import pytest

from tests.integration.pipelines import publish, rule, stage
from tests.integration.test_rules_and_triggers import CALL, submit
from tests.integration.world import World

Json = dict[str, Any]
MONEY = {"fields": [{"key": "amount", "kind": "money"}], "amount": "amount", "goods": True}
ROWS = [{"name": "Oak table", "quantity": "2", "price": "1000.00", "tax": "23"}]
LARGE = {"field": "item.amount", "greater": "1000 EUR"}
ASKED = {"key": "asked", "on": "form.submitted", "filter": {"form": "site"}}
EVERY_TYPE = ("lead", "quote", "invoice", "order", "repair")


async def of_type(world: World, key: str, record: Json, *stages: Json, name: str = "test") -> str:
    """Have a type as it is described, and a pipeline of it."""
    crm = world.installation.crm
    held = {one["id"]: one["data"] for one in await crm.ask("GET", "/v1/config/type")}.get(key, {})
    fields = {field["key"]: field for field in (*held.get("fields", ()), *record.get("fields", ()))}
    await crm.configure("type", key, {**held, **record, "fields": list(fields.values())})
    await crm.publish(f"{key}/{name}", {"stages": list(stages)})
    return f"{key}/{name}"


@pytest.mark.req("A19", "I6")
async def test_an_order_that_is_paid_moves_its_deal_and_runs_rules_of_its_own(world: World) -> None:
    crm = world.installation.crm
    pack = rule("pack", {"create-task": {"to": {"role": "warehouse"}, "title": "Pack {{ item.title }}"}})
    paid = stage("paid", pack, kind="success", triggers=(ASKED,))
    orders = await of_type(world, "order", MONEY, stage("new", rule("call", CALL)), paid)
    won = stage("won", rule("thank", CALL), kind="success", triggers=({"key": "paid", "on": "order.paid"},))
    deals = await publish(world, "store", stage("new"), won)
    deal = await world.deal(pipeline=deals)
    order = await crm.convert(deal["id"], to="order", pipeline=orders, title="Two tables")
    assert {(link["role"], link["id"]) for link in order["links"]} == {
        ("deal", deal["id"]),
        ("contact", deal["contact"]),
    }
    goods = await crm.ask("PUT", f"/v1/items/{order['id']}/goods", json={"rows": ROWS})
    assert goods["total"]["gross"] == "2460.00"
    await world.rule_is(order["id"], "call", "succeeded")
    assert (await crm.item(deal["id"]))["stage"] == "new"
    # The trigger of the order moves it; that it is paid then moves the deal.
    await submit(world, deal, "I have paid")
    await world.stands(order["id"], "paid")
    await world.stands(deal["id"], "won")
    await world.rule_is(order["id"], "pack", "succeeded")
    await world.rule_is(deal["id"], "thank", "succeeded")
    assert [task["title"] for task in await crm.tasks(order["id"])][-1] == "Pack Two tables"


@pytest.mark.req("H8", "A9")
async def test_one_form_moves_items_of_every_type_each_in_its_own_pipeline(world: World) -> None:
    asked = stage("asked", rule("call", CALL), triggers=(ASKED,))
    deal = await world.deal(pipeline=await publish(world, "every", stage("new"), asked))
    link = {"role": "contact", "type": "contact", "id": deal["contact"]}
    items = [deal]
    for type_ in EVERY_TYPE:
        pipeline = await of_type(world, type_, {}, stage("new"), asked, name="every")
        amount = {"amount": "5.00 EUR"} if type_ == "invoice" else {}
        items.append(
            await world.installation.crm.create(
                type_, pipeline=pipeline, title=type_, links=[link], responsible="mara", fields=amount
            )
        )
    await submit(world, deal, "A question")
    for item in items:
        await world.stands(item["id"], "asked")
        await world.rule_is(item["id"], "call", "succeeded")


@pytest.mark.req("C4")
async def test_an_amount_in_another_currency_is_compared_by_the_rate_of_the_day(world: World) -> None:
    crm = world.installation.crm
    pipeline = await publish(world, "currencies", stage("new", rule("large", CALL, when=LARGE)))
    unknown = await world.deal(pipeline=pipeline, amount="5000 CHF")
    row = await world.rule_is(unknown["id"], "large", "skipped")
    assert row["reason"].startswith("unknown")
    assert "no rate between CHF and EUR" in row["reason"]
    await crm.configure("rate", "CHF/2020-01-01", {"rate": "1.05"})
    deal = await world.deal(pipeline=pipeline, amount="960 CHF")
    row = await world.rule_is(deal["id"], "large", "succeeded")
    assert row["seen"]["rate.CHF/EUR"] == {"rate": "1.05", "on": "2020-01-01"}
    small = await world.deal(pipeline=pipeline, amount="950 CHF")
    await world.rule_is(small["id"], "large", "skipped")
    assert (await world.rules(unknown["id"]))["large"]["state"] == "skipped"
