"""Signals applied on the truth: real commands on Kafka, a real database, and what they leave behind."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from automation.knowledge import Knowledge
from chassis.outbox import About
from chassis.process import opened
from chassis.testing import eventually, running
from contracts import topics
from contracts.commands import ApplySignal, Creation, FittingTrigger, Nobody, NoteRepeat
from contracts.envelope import Cause
from contracts.ids import trigger_id
from contracts.items import ItemEvent, ItemSignalled, ItemStageChanged
from contracts.messages import Message
from contracts.signals import Identity, Sets, Signal
from crm_api.main import SERVICE, wire

HAPPENED = datetime(2026, 3, 2, 10, tzinfo=UTC)
STAGES = [
    {"key": "new", "triggers": [{"key": "asks", "on": "form.submitted"}]},
    {"key": "documents", "triggers": [{"key": "opened", "on": "document.opened"}]},
    {
        "key": "paid",
        "kind": "success",
        "triggers": [
            {"key": "pays", "on": "payment.received"},
            {
                "key": "large",
                "on": "payment.received",
                "when": {"all": [{"field": "item.amount", "greater": "1000 EUR"}]},
            },
        ],
    },
    {"key": "lost", "kind": "failure", "triggers": [{"key": "again", "on": "visit", "allow_backward": True}]},
]
FORM = Nobody(
    do="create",
    create=Creation(
        type="deal",
        pipeline="deal/retail",
        stage="new",
        title="{{ signal.wish }}",
        fields={"amount": "budget", "size": "size"},
        contact={"name": "name", "phone": "phone"},
    ),
)


def fit(stage: str, key: str) -> FittingTrigger:
    return FittingTrigger(id=trigger_id("deal/retail", stage, key), pipeline="deal/retail", stage=stage)


ASKS, OPENED, PAYS = fit("new", "asks"), fit("documents", "opened"), fit("paid", "pays")


def signal(kind: str, **more: Any) -> Signal:
    return Signal(**{"id": uuid4(), "kind": kind, "source": "site", "happened_at": HAPPENED, **more})


def form(phone: str = "+351912345678", **payload: Any) -> Signal:
    told = {"name": "Ana", "phone": phone, "wish": "An oak table", **payload}
    return signal("form.submitted", payload=told, identities=(Identity(kind="phone", value=phone),))


class Shop:
    """A crm-api that consumes, with commands to send it and ways to see what came of them."""

    def __init__(self, crm: Any, revision: int) -> None:
        self.crm = crm
        self.revision = revision

    def command(self, what: Signal, *triggers: FittingTrigger, nobody: Nobody | None = None) -> ApplySignal:
        return ApplySignal(signal=what, triggers=triggers, nobody=nobody or Nobody(), config=self.revision)

    def message(self, data: Any, *, key: str = "", cause: UUID | None = None) -> Message:
        root = uuid4()
        about = About(at=HAPPENED, cause=Cause(root, cause or root, actor="service:trigger-gateway"))
        message: Message = self.crm.process.outbox.message(topics.COMMANDS, key or "any", data, about)
        return message

    async def send(self, *messages: Message) -> None:
        await self.crm.deployment.send(*messages)

    async def apply(self, what: Signal, *triggers: FittingTrigger, nobody: Nobody | None = None) -> None:
        await self.send(self.message(self.command(what, *triggers, nobody=nobody)))
        await self.decided(what)

    async def decided(self, *what: Signal) -> None:
        ids = [one.id for one in what]

        async def look() -> bool:
            rows = await self.crm.fetch("SELECT id FROM signal WHERE id = ANY($1::uuid[])", ids)
            return len(rows) == len(set(ids))

        await eventually(look)

    async def item(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.crm.ann.get(f"/v1/items/{id_}")).json()
        return found

    async def items(self, pipeline: str = "deal/retail") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.crm.ann.get("/v1/items", params={"pipeline": pipeline})).json()[
            "items"
        ]
        return found

    async def lines(self, item: str, kind: str) -> list[dict[str, Any]]:
        rows = (await self.crm.ann.get(f"/v1/items/{item}/timeline")).json()["rows"]
        return [row for row in rows if row["kind"] == kind]

    async def eventually_lines(self, item: str, kind: str, count: int) -> list[dict[str, Any]]:
        async def look() -> list[dict[str, Any]] | None:
            found = await self.lines(item, kind)
            return found if len(found) >= count else None

        return await eventually(look)

    async def events(self, item: str) -> list[ItemEvent]:
        outbox = "SELECT count(*) AS waiting FROM outbox"

        async def carried() -> bool:
            return bool((await self.crm.fetch(outbox))[0]["waiting"] == 0)

        await eventually(carried)
        return [e for e in await self.crm.deployment.data(topics.ITEMS, ItemEvent) if str(e.item.id) == item]

    async def dead(self) -> list[str]:
        letters = await self.crm.deployment.seen("crm-api.consume.dead")
        return [letter.headers["dead-reason"] for letter in letters]

    async def revise(self, **types: Any) -> None:
        answer = await self.crm.ann.put("/v1/config/person/rui", json={"name": "Rui", **types})
        assert answer.status_code == 200


@pytest.fixture
async def shop(started: Callable[..., Awaitable[Any]]) -> Shop:
    crm = await started("consume")
    answer = await crm.ann.put("/v1/pipelines/deal/retail", json={"owner": "ann", "stages": STAGES})
    assert answer.status_code == 200, answer.text
    [row] = await crm.fetch("SELECT max(revision) AS revision FROM config")
    return Shop(crm, row["revision"])


@asynccontextmanager
async def second_consumer(shop: Shop) -> AsyncIterator[None]:
    settings = shop.crm.process.settings.model_copy(update={"port": 0})
    async with opened(SERVICE, settings, Knowledge.grown) as process:
        wire(process, ("consume",))
        async with running(process):
            ready = process.health.ready["crm-api.consume"]

            async def shared() -> bool:
                return bool(ready() and shop.crm.process.health.ready["crm-api.consume"]())

            await eventually(shared, within=30)
            yield


def keys(shop: Shop) -> tuple[str, str]:
    """Give two keys that lie in different partitions."""
    names = [f"key-{n}" for n in range(20)]
    place = {shop.crm.deployment.kafka.partition(topics.COMMANDS, name): name for name in names}
    return place[0], place[1]


async def linked_deal(shop: Shop, phone: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    contact = await shop.crm.made("/v1/items", type="contact", title="Ana", fields={"phone": phone})
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    return contact, await shop.crm.deal(links=[link], **more)


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
    seen = signal("visit", binding=UUID(deal["id"]), payload={"page": "/tables"})
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
