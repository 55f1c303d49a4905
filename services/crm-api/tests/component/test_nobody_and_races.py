"""Signals that find nobody, records that cannot be read, and two at once."""

from uuid import UUID

import pytest
from chassis.testing import eventually
from contracts.commands import Nobody
from contracts.items import ItemStageChanged
from contracts.signals import Identity
from crm_api.testing.shop import ASKS, FORM, OPENED, PAYS, Shop, fit, form, keys, linked_deal, second_consumer, signal


async def test_a_signal_without_an_open_item_is_told_to_the_newest_closed_one_and_the_source_creates(
    shop: Shop,
) -> None:
    contact, closed = await linked_deal(shop, "+351911111113", stage="lost")
    await shop.apply(form("+351911111113"), ASKS, nobody=FORM)
    [line] = await shop.lines(closed["id"], "signal")
    assert "moved nothing" in line["words"]
    [made] = [deal for deal in await shop.items() if deal["id"] != closed["id"]]
    assert made["links"][0]["id"] == contact["id"]


async def test_a_trigger_that_may_go_backward_finds_the_closed_deal(shop: Shop) -> None:
    _, closed = await linked_deal(shop, "+351911111114", stage="paid")
    who = (Identity(kind="phone", value="+351911111114"),)
    await shop.crm.ann.put(f"/v1/items/{closed['id']}/visits", json={"watched": True})
    await shop.apply(signal("visit", identities=who), fit("lost", "again"), nobody=FORM)
    assert (await shop.item(closed["id"]))["stage"] == "lost"
    assert len(await shop.items()) == 1


async def test_where_the_source_ignores_nobody_nothing_is_made(shop: Shop) -> None:
    await shop.apply(form(), ASKS)
    assert await shop.items() == []


async def test_where_the_source_holds_the_signal_waits_for_a_person(shop: Shop) -> None:
    seen = form()
    await shop.apply(seen, ASKS, nobody=Nobody(do="hold"))
    [held] = (await shop.crm.ann.get("/v1/signals/held")).json()["signals"]
    assert held["id"] == str(seen.id)
    assert held["command"]["signal"]["payload"]["wish"] == "An oak table"
    assert await shop.items() == []


async def test_a_source_that_names_a_stage_that_is_not_there_is_refused_in_words(shop: Shop) -> None:
    wrong = Nobody(do="create", create=FORM.create.model_copy(update={"stage": "nowhere"}) if FORM.create else None)
    await shop.send(shop.message(shop.command(form(), ASKS, nobody=wrong)))
    [reason] = await eventually(shop.dead)
    assert "deal/retail has no stage 'nowhere'" in reason
    assert "use one of: documents, lost, new, paid" in reason
    assert await shop.crm.fetch("SELECT id FROM item WHERE type = 'contact'") == []


async def test_a_form_without_what_the_title_needs_is_called_after_its_contact(shop: Shop) -> None:
    await shop.apply(form(wish=""), ASKS, nobody=FORM)
    [deal] = await shop.items()
    assert deal["title"] == "Ana"


@pytest.mark.parametrize(("type_", "value"), [("crm.command.unheard-of.v1", b"{}"), ("", b"{broken")])
async def test_what_cannot_be_read_becomes_a_dead_letter_and_the_next_signal_is_applied(
    shop: Shop, type_: str, value: bytes
) -> None:
    parcel = shop.crm.process.outbox.parcel(shop.message(shop.command(form())))
    headers = [(name, type_.encode() if type_ and name == "ce_type" else head) for name, head in parcel.headers]
    await shop.crm.deployment.put([(parcel.topic, parcel.partition, parcel.key, headers, value)])
    await shop.apply(form(), ASKS, nobody=FORM)
    [reason] = await eventually(shop.dead)
    assert "unheard-of" in reason or "the value" in reason
    assert len(await shop.items()) == 1


async def test_what_was_decided_is_in_the_journal(shop: Shop) -> None:
    seen = form()
    await shop.apply(seen, ASKS, nobody=FORM)
    [row] = await shop.crm.fetch("SELECT body FROM journal WHERE key = $1", str(seen.id))
    assert row["body"]["data"]["decided"]["decision"] == "created"
    assert row["body"]["data"]["signal"]["payload"]["name"] == "Ana"


async def test_two_signals_at_once_never_make_a_deal_jump_back(shop: Shop) -> None:
    deals = [await shop.crm.deal() for _ in range(12)]
    one, other = keys(shop)
    sent, messages = [], []
    for deal in deals:
        opened_, paid = (signal(kind, binding=UUID(deal["id"])) for kind in ("document.opened", "payment.received"))
        sent += [opened_, paid]
        messages.append(shop.message(shop.command(opened_, OPENED), key=one))
        messages.append(shop.message(shop.command(paid, PAYS), key=other))
    async with second_consumer(shop):
        await shop.send(*messages)
        await shop.decided(*sent)
    assert {(await shop.item(deal["id"]))["stage"] for deal in deals} == {"paid"}
    for deal in deals:
        stages = [e.item.stage for e in await shop.events(deal["id"]) if isinstance(e, ItemStageChanged)]
        assert stages in (["new", "documents", "paid"], ["new", "paid"])


async def test_two_forms_of_one_new_phone_at_once_make_one_contact_and_one_deal(shop: Shop) -> None:
    one, other = keys(shop)
    forms = [(form(f"+35191000000{n}"), form(f"+35191000000{n}", wish="Chairs")) for n in range(6)]
    messages = [
        shop.message(shop.command(seen, ASKS, nobody=FORM), key=key)
        for pair in forms
        for seen, key in zip(pair, (one, other), strict=True)
    ]
    async with second_consumer(shop):
        await shop.send(*messages)
        await shop.decided(*(seen for pair in forms for seen in pair))
    [row] = await shop.crm.fetch("SELECT count(*) AS contacts FROM item WHERE type = 'contact'")
    assert row["contacts"] == 6
    assert len(await shop.items()) == 6
