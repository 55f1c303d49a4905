"""Triggers on what happens inside: who is responsible, which field, a paid invoice, a booking; and on nothing else."""

from typing import Any

import pytest

from tests.integration.pipelines import on, publish
from tests.integration.world import World

Json = dict[str, Any]


def stage(key: str, *on: Json, kind: str = "open") -> Json:
    return {"key": key, "kind": kind, "triggers": list(on)}


async def signals(world: World, deal: str) -> list[str]:
    return [line["words"].partition(" ")[0] for line in await world.lines(deal, "signal")]


@pytest.mark.req("I1")
async def test_a_deal_moves_when_it_is_handed_to_the_one_who_is_named_and_not_when_it_is_edited(world: World) -> None:
    crm = world.installation.crm
    pipeline = await publish(
        world,
        "handed",
        stage("new"),
        stage("packing", on("responsible.changed", new="rui")),
        stage("handed", on("responsible.changed")),
    )
    named, other = (await world.deal(pipeline=pipeline))["id"], (await world.deal(pipeline=pipeline))["id"]
    await crm.change(named, wish="An oak table")
    await crm.ask("POST", f"/v1/items/{named}/assign", json={"to": "rui"})
    await world.stands(named, "packing")
    await crm.change(other, responsible=None)
    await world.stands(other, "handed")
    # The edit came before the hand-over on the same key: it would have moved the deal first.
    assert (await signals(world, named)).count("responsible.changed") == 1
    assert (await world.lines(named, "moved"))[0]["words"].startswith("moved from new to packing")


@pytest.mark.req("I2")
async def test_a_deal_moves_when_one_of_the_fields_that_are_named_changes_and_for_no_other(world: World) -> None:
    crm = world.installation.crm
    pipeline = await publish(
        world,
        "edited",
        stage("new"),
        stage("priced", on("field.changed", field=["amount", "payment_due"])),
        stage("reworded", on("field.changed", field="wish")),
    )
    priced, reworded = (await world.deal(pipeline=pipeline))["id"], (await world.deal(pipeline=pipeline))["id"]
    await crm.change(priced, title="Another shelf")
    await crm.change(priced, responsible="rui")
    await crm.change(priced, payment_due="2031-04-10T10:00:00+01:00")
    await world.stands(priced, "priced")
    await crm.change(reworded, wish="An oak table")
    await world.stands(reworded, "reworded")
    # What was edited before would have moved it before; other pipelines' triggers are told of, and move nothing here.
    assert (await signals(world, priced)).count("field.changed") == 1
    [moved] = await world.lines(priced, "moved")
    assert moved["words"].startswith("moved from new to priced")


@pytest.mark.req("H9")
async def test_an_invoice_is_paid_when_its_status_says_so_and_not_when_money_arrives(world: World) -> None:
    crm, up = world.installation.crm, world.installation
    notices = {"kind": "stripe", "token": "notices-of-money", "secrets": {"signing": world.shop.stripe_secret}}
    await crm.configure("source", "bank", {**notices, "settings": {"binding": "invoice"}})
    pipeline = await publish(
        world,
        "billed",
        stage("new"),
        stage("money", on("payment.succeeded", type="nothing")),
        stage("paid", on("invoice.paid")),
    )
    deal = await world.deal(pipeline=pipeline, amount="900 EUR")
    invoice = (await crm.convert(deal["id"], to="invoice", pipeline="invoice/main"))["id"]
    money = {"metadata": {"invoice": invoice}, "amount": 90000, "currency": "eur"}
    door = f"{up.gateway.inside_url}/in/bank/notices-of-money"

    async def delivered() -> bool:
        paid = await up.simulators.pay(**money, deliver_to=door, secret=world.shop.stripe_secret, times=1)
        return bool(paid["statuses"] == [200])

    await world.until(delivered)

    async def told() -> list[str]:
        return await signals(world, invoice)

    assert "payment.succeeded" in await world.until(told)
    assert (await crm.item(invoice))["stage"] == "sent"
    assert (await crm.item(deal["id"]))["stage"] == "new"
    await crm.move(invoice, "paid")
    await world.stands(deal["id"], "paid")


@pytest.mark.req("I11")
async def test_a_booking_of_the_resource_that_is_named_moves_the_deal(world: World) -> None:
    crm = world.installation.crm
    for resource in ("van", "fitter"):
        await crm.configure("resource", resource, {"name": resource.title()})
    pipeline = await publish(
        world,
        "fitted",
        stage("new"),
        stage("fitting", on("resource.booked", resource="fitter")),
        stage("driving", on("resource.booked", resource=["van", "lorry"])),
    )
    deal = (await world.deal(pipeline=pipeline))["id"]
    free = (await crm.ask("GET", "/v1/resources/van/free?day=2031-03-05"))["slots"]
    for resource, there in (("fitter", "fitting"), ("van", "driving")):
        await crm.ask("POST", "/v1/bookings", json={"resource": resource, "item": deal, **free[0]})
        await world.stands(deal, there)


@pytest.mark.req("G2")
async def test_a_rule_posts_to_the_feed_and_names_somebody_who_is_told(world: World) -> None:
    crm = world.installation.crm
    post = {"to": {"role": "warehouse"}, "text": "{{ item.title }} is sold. @mara, well done!", "sender": "responsible"}
    stages = [{"key": "new", "rules": [{"key": "post", "do": {"post-to-feed": post}}]}]
    await crm.publish("deal/posted", {"stages": stages})
    deal = (await world.deal(pipeline="deal/posted"))["id"]
    row = await world.rule_is(deal, "post", "succeeded")
    [shown] = (await crm.ask("GET", f"/v1/items/{deal}/feed"))["posts"]
    assert (shown["id"], shown["text"]) == (row["results"]["post"], "Pine shelf is sold. @mara, well done!")
    assert (shown["author"], shown["people"]) == ("mara", ["rui", "mara"])
