"""What becomes of signals and of changes of items: the commands on `crm.commands`."""

from typing import Any
from uuid import UUID, uuid4

from chassis.testing import eventually
from contracts import ids, topics
from contracts.commands import ApplySignal, NoteRepeat
from contracts.config import ConfigChanged
from contracts.items import Change, Item, ItemChanged, ItemDeleted, ItemStageChanged, Suppression
from contracts.signals import DeliveryRepeated, Identity, Sets, Signal

AT = "2026-03-02T09:30:00Z"
INVOICE, PERSON = uuid4(), uuid4()
PHONE = Identity(kind="phone", value="+351912345678")
EVENT = UUID("0195576e-2d80-7c3a-9a51-0d6f4b1c2e10")


async def commands(match: Any, count: int = 1) -> list[Any]:
    """Give all commands, once there are so many."""

    async def look() -> list[Any] | None:
        seen = await match.deployment.seen(topics.COMMANDS)
        return [s.data for s in seen] if len(seen) >= count else None

    return await eventually(look)


def signal(kind: str = "form.submitted", **more: Any) -> Signal:
    whole = {"id": uuid4(), "kind": kind, "source": "site", "happened_at": AT, "identities": (PHONE,)} | more
    return Signal.model_validate(whole)


def invoice(stage: str = "paid", **more: Any) -> dict[str, Any]:
    item = Item.model_validate(
        {
            "id": INVOICE,
            "type": "invoice",
            "pipeline": "invoice/plain",
            "stage": stage,
            "version": 2,
            "entered_at": AT,
            "created_at": AT,
        }
    )
    return {"item": item, "config": 6, "from": "new"} | more


async def send(match: Any, topic: Any, key: object, data: Any, **more: Any) -> None:
    await match.deployment.send(match.message(topic, key, data, **more))


async def settled(match: Any) -> None:
    """Wait until all that was sent before is handled: a signal on each partition comes out last."""
    before = len(await match.deployment.seen(topics.COMMANDS))
    keys = {match.deployment.kafka.partition(topics.SIGNALS, str(n)): str(n) for n in range(20)}
    for key in keys.values():
        await send(match, topics.SIGNALS, key, signal("nothing.listens", identities=()))
    await commands(match, before + len(keys))


async def test_a_signal_goes_on_with_all_that_fits_and_what_its_source_says(match: Any) -> None:
    sent = signal(payload={"form": "site", "name": "Ana"})
    await send(match, topics.SIGNALS, "phone:+351912345678", sent, identities=("hash",), persons=(PERSON,))
    [command] = await commands(match)
    assert isinstance(command, ApplySignal)
    assert command.signal == sent
    assert [(t.pipeline, t.stage) for t in command.triggers] == [("deal/retail", "documents")]
    assert command.nobody.do == "create"
    assert command.nobody.create is not None
    assert command.nobody.create.pipeline == "deal/retail"
    assert command.config == 6


async def test_the_command_keeps_key_people_and_cause_and_has_an_id_of_its_own(match: Any) -> None:
    sent = signal()
    message = match.message(topics.SIGNALS, "phone:1", sent, identities=("hash",), persons=(PERSON,))
    await match.deployment.send(message)
    await commands(match)
    [seen] = await match.deployment.seen(topics.COMMANDS)
    assert seen.key == "phone:1"
    assert seen.envelope.id == ids.derived(ApplySignal.TYPE, sent.id)
    assert (seen.envelope.persons, seen.envelope.identities) == ((PERSON,), ("hash",))
    assert seen.envelope.cause.causation == message.envelope.id
    assert seen.envelope.cause.correlation == message.envelope.cause.correlation


async def test_a_signal_that_no_trigger_fits_goes_on_too_with_what_it_sets(match: Any) -> None:
    sent = signal("payment.succeeded", source="stripe", binding=INVOICE, sets=Sets(stage="paid"))
    await send(match, topics.SIGNALS, INVOICE, sent)
    [command] = await commands(match)
    assert command.triggers == ()
    assert command.signal.sets == Sets(stage="paid")
    assert command.nobody.do == "ignore"


async def test_a_filter_that_does_not_fit_leaves_its_trigger_out(match: Any) -> None:
    await send(match, topics.SIGNALS, "site", signal(payload={"form": "another"}))
    [command] = await commands(match)
    assert command.triggers == ()


async def test_a_repeat_is_to_be_noted_on_the_key_of_its_first(match: Any) -> None:
    repeat = DeliveryRepeated(
        first=uuid4(), kind="payment.succeeded", source="stripe", delivery="evt_1", received_at=AT
    )
    await send(match, topics.SIGNALS, INVOICE, repeat)
    [note] = await commands(match)
    assert isinstance(note, NoteRepeat)
    assert note.model_dump() == repeat.model_dump()
    [seen] = await match.deployment.seen(topics.COMMANDS)
    assert seen.key == str(INVOICE)


async def test_an_invoice_that_is_paid_is_one_inside_signal_though_its_event_comes_twice(match: Any) -> None:
    entered = ItemStageChanged.model_validate(invoice())
    message = match.message(topics.ITEMS, INVOICE, entered, id=EVENT, persons=(PERSON,))
    await match.deployment.send(message, message)
    await commands(match)
    await match.deployment.send(message)
    await settled(match)
    seen = [s for s in await match.deployment.seen(topics.COMMANDS) if s.key == str(INVOICE)]
    assert {s.envelope.id for s in seen} == {ids.derived(ApplySignal.TYPE, paid(EVENT))}
    command = seen[0].data
    assert (command.signal.id, command.signal.kind, command.signal.binding) == (paid(EVENT), "invoice.paid", INVOICE)
    assert [t.stage for t in command.triggers] == ["paid"]
    assert seen[0].envelope.persons == (PERSON,)


def paid(event: UUID) -> UUID:
    return ids.inside_signal_id(event, "invoice.paid")


async def test_what_wakes_no_trigger_goes_no_further(match: Any) -> None:
    quiet = [
        ItemStageChanged.model_validate(invoice("new")),
        ItemStageChanged.model_validate(invoice(suppressed=Suppression(job="import-1"))),
        ItemChanged.model_validate(invoice(changed={"amount": Change(new="2")})),
        ItemDeleted.model_validate(invoice()),
    ]
    for event in quiet:
        await send(match, topics.ITEMS, INVOICE, event)
    await settled(match)
    kinds = {command.signal.kind for command in await commands(match)}
    assert kinds == {"nothing.listens"}


async def test_a_changed_field_wakes_the_trigger_that_watches_it(match: Any) -> None:
    changed = ItemChanged.model_validate(invoice(changed={"amount": Change(new="2"), "urgent": Change(new=True)}))
    await send(match, topics.ITEMS, INVOICE, changed)
    [command] = await commands(match)
    assert command.signal.kind == "field.changed"
    assert command.signal.payload["field"] == ["amount", "urgent"]
    assert len(command.triggers) == 1


async def test_an_event_is_matched_with_the_config_that_it_names(match: Any) -> None:
    await send(match, topics.ITEMS, INVOICE, ItemStageChanged.model_validate(invoice(config=7)))
    assert await match.deployment.seen(topics.COMMANDS) == []
    pipeline = (await match.rows("SELECT * FROM config WHERE id = 'deal/retail'"))[0]
    await match.configure(ConfigChanged.model_validate({**pipeline, "revision": 7}))
    [command] = await commands(match)
    assert command.config == 7


async def test_what_cannot_be_read_is_a_dead_letter_and_holds_up_nothing(match: Any) -> None:
    head = match.message(topics.SIGNALS, "site", signal()).envelope.headers()
    unknown = [(name, b"signal.unknown.v9" if name == "ce_type" else value) for name, value in head]
    partition = match.deployment.kafka.partition(topics.SIGNALS, "site")
    await match.deployment.put(
        [("triggers.signals", partition, b"site", head, b"{"), ("triggers.signals", partition, b"site", unknown, b"{}")]
    )
    await send(match, topics.SIGNALS, "site", signal())
    assert len(await commands(match)) == 1
    dead = await match.deployment.seen("trigger-gateway.match.dead")
    assert sorted(d.headers["dead-error"] for d in dead) == ["Unreadable", "Unreadable"]
    assert {d.value for d in dead} == {b"{", b"{}"}


async def test_a_letter_that_a_machine_wrote_makes_no_item(match: Any) -> None:
    for automatic in (True, False):
        sent = signal("email.received", payload={"automatic": automatic})
        await send(match, topics.SIGNALS, "one", sent, identities=())
    machine, person = await commands(match, 2)
    assert (machine.nobody.do, person.nobody.do) == ("ignore", "create")


async def test_who_wants_no_more_sms_wants_no_deal(match: Any) -> None:
    for kind in ("consent.refused", "consent.given", "chat.message"):
        await send(match, topics.SIGNALS, "one", signal(kind))
    assert [one.nobody.do for one in await commands(match, 3)] == ["ignore", "ignore", "create"]


async def test_that_a_letter_was_sent_goes_on_only_where_somebody_listens(match: Any) -> None:
    await send(match, topics.SIGNALS, INVOICE, signal("email.sent", binding=INVOICE))
    await send(match, topics.SIGNALS, INVOICE, signal("email.viewed", binding=INVOICE))
    [command] = await commands(match)
    await settled(match)
    assert command.signal.kind == "email.viewed"
    assert not [c for c in await commands(match) if c.signal.kind == "email.sent"]
