"""Signals applied on the truth: real commands on Kafka, a real database, and what they leave behind."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from contracts.commands import NoteRepeat
from contracts.items import ItemSignalled, ItemStageChanged
from contracts.signals import Identity, Sets
from crm_api.testing.shop import ASKS, FORM, HAPPENED, OPENED, PAYS, Shop, fit, form, linked_deal, signal


async def test_a_form_of_nobody_known_makes_a_contact_and_an_item_in_the_stage_that_the_source_names(
    shop: Shop,
) -> None:
    await shop.apply(form(budget="1200", size="XXL"), ASKS, nobody=FORM)
    [deal] = await shop.items()
    assert (deal["title"], deal["stage"], deal["fields"]) == ("An oak table", "new", {"amount": "1200 EUR"})
    contact = await shop.item(deal["links"][0]["id"])
    assert contact["fields"] == {"name": "Ana", "phone": "+351912345678"}
    [event] = await shop.events(deal["id"])
    assert isinstance(event, ItemStageChanged)
    assert event.signal is not None
    assert event.signal.moved
    [unread] = await shop.lines(deal["id"], "unread")
    assert unread["words"].startswith("fields.size was left empty")


async def test_a_second_form_of_the_same_phone_reaches_the_open_deal_and_makes_nothing(shop: Shop) -> None:
    await shop.apply(form(), ASKS, nobody=FORM)
    await shop.apply(form("+351912345678", wish="Chairs"), ASKS, nobody=FORM)
    [deal] = await shop.items()
    first, second = await shop.events(deal["id"])
    assert isinstance(second, ItemSignalled)
    assert second.item.version == first.item.version
    assert second.signal is not None
    assert (second.signal.moved, second.signal.why_not) == (False, "same_stage")
    [line] = await shop.lines(deal["id"], "not_chosen")
    assert "asks" in line["words"]
    assert "already" in line["words"]


async def test_the_same_command_twice_in_one_batch_is_one_signal(shop: Shop) -> None:
    deal = await shop.crm.deal()
    paid = signal("payment.received", binding=UUID(deal["id"]))
    message = shop.message(shop.command(paid, PAYS))
    last = form()
    await shop.send(message, message, shop.message(shop.command(last)))
    await shop.decided(paid, last)
    assert (await shop.item(deal["id"]))["activation"] == 2
    assert len(await shop.events(deal["id"])) == 2
    assert await shop.lines(deal["id"], "repeated") == []


async def test_a_signal_that_arrives_three_times_moves_once_and_the_repeats_are_on_the_timeline(shop: Shop) -> None:
    deal = await shop.crm.deal()
    paid = signal("payment.received", source="stripe", binding=UUID(deal["id"]))
    repeat = NoteRepeat(
        first=paid.id, kind=paid.kind, source="stripe", delivery="evt_1", received_at=datetime(2026, 3, 3, tzinfo=UTC)
    )
    noted = shop.message(repeat)
    again = [shop.message(shop.command(paid, PAYS)) for _ in range(3)]
    await shop.send(*again, noted, noted)
    repeated = await shop.eventually_lines(deal["id"], "repeated", 3)
    assert len(repeated) == 3
    assert all("payment.received from stripe was delivered again" in line["words"] for line in repeated)
    assert len(await shop.lines(deal["id"], "moved")) == 1
    assert (await shop.item(deal["id"]))["version"] == 2


async def test_a_repeat_of_a_signal_that_nobody_knows_is_nothing(shop: Shop) -> None:
    repeat = NoteRepeat(first=uuid4(), kind="visit", source="site", delivery="d", received_at=HAPPENED)
    last = form()
    await shop.send(shop.message(repeat), shop.message(shop.command(last)))
    await shop.decided(last)
    assert await shop.dead() == []


async def test_another_content_under_the_same_id_is_put_aside_without_an_effect(shop: Shop) -> None:
    deal = await shop.crm.deal()
    seen = signal("form.submitted", binding=UUID(deal["id"]), payload={"page": "/tables"})
    await shop.apply(seen)
    other = seen.model_copy(update={"kind": "payment.received"})
    await shop.send(shop.message(shop.command(other, PAYS)))
    [line] = await shop.eventually_lines(deal["id"], "quarantined", 1)
    assert "another content" in line["words"]
    assert (await shop.item(deal["id"]))["stage"] == "new"


async def test_a_trigger_of_an_earlier_stage_is_not_chosen_and_says_why(shop: Shop) -> None:
    _, deal = await linked_deal(shop, "+351911111111", stage="documents")
    await shop.apply(form("911 111 111"), ASKS, nobody=FORM)
    assert (await shop.item(deal["id"]))["stage"] == "documents"
    [line] = await shop.lines(deal["id"], "not_chosen")
    assert line["details"]["why"] == "earlier_stage"
    assert "earlier than the present one" in line["words"]
    assert len(await shop.items()) == 1


async def test_a_condition_on_the_item_is_weighed_on_the_truth(shop: Shop) -> None:
    deal = await shop.crm.deal(fields={"amount": "900 EUR"})
    await shop.apply(signal("payment.received", binding=UUID(deal["id"])), fit("paid", "large"))
    [line] = await shop.lines(deal["id"], "not_chosen")
    assert line["details"]["why"] == "condition_false"
    assert (await shop.item(deal["id"]))["stage"] == "new"


async def test_of_several_open_deals_the_newest_is_meant(shop: Shop) -> None:
    contact, older = await linked_deal(shop, "+351911111112")
    newer = await shop.crm.deal(links=[{"role": "contact", "type": "contact", "id": contact["id"]}])
    who = (Identity(kind="phone", value="+351 911 111 112"),)
    await shop.apply(signal("document.opened", identities=who), OPENED)
    assert (await shop.item(older["id"]))["stage"] == "new"
    assert (await shop.item(newer["id"]))["stage"] == "documents"


async def test_triggers_are_listed_again_where_the_config_has_changed_since(shop: Shop) -> None:
    deal = await shop.crm.deal()
    await shop.revise()
    paid = signal("payment.received", binding=UUID(deal["id"]))
    await shop.apply(paid, ASKS)
    assert (await shop.item(deal["id"]))["stage"] == "paid"


async def test_a_payment_sets_its_invoice_and_moves_the_deal_and_each_is_one_event(shop: Shop) -> None:
    deal = await shop.crm.deal(fields={"amount": "900 EUR"})
    body = {"to": "invoice", "pipeline": "invoice/plain", "fields": {"amount": "900 EUR"}}
    invoice = await shop.crm.made(f"/v1/items/{deal['id']}/conversions", **body)
    before = {id_: len(await shop.events(id_)) for id_ in (deal["id"], invoice["id"])}
    paid = signal("payment.received", binding=UUID(invoice["id"]), sets=Sets(stage="paid"))
    await shop.apply(paid, PAYS)
    for id_ in (deal["id"], invoice["id"]):
        *earlier, event = await shop.events(id_)
        assert len(earlier) == before[id_]
        assert isinstance(event, ItemStageChanged)
        assert event.item.stage == "paid"
        assert event.signal is not None
        assert event.signal.moved
