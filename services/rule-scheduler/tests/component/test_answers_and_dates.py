"""Answers, dates that change, and records that cannot be read, on real Kafka and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from automation.testing import contact, rule
from chassis.testing import Deployment, eventually
from contracts import topics
from contracts.ids import effect_id
from contracts.items import ItemChanged
from contracts.outcomes import EffectOutcome, EffectState
from rule_scheduler.testing import Deployed, deployed, moved, new_deal

CLIENT = contact()
DOCUMENT = rule("contract", {"create-document": {"template": "contract"}})
MAIL = rule(
    "mail", {"send-email": {"subject": "s", "text": "{{ results.contract.url }}"}}, timing={"after_previous": "0 hours"}
)


@pytest.fixture
async def scheduler(deployment: Deployment) -> AsyncIterator[Deployed]:
    async with deployed(deployment) as scheduler:
        await scheduler.fresh()
        yield scheduler


async def answer(scheduler: Deployed, key: str, state: EffectState, version: int) -> EffectOutcome:
    row = await scheduler.row(key, "dispatched")
    return EffectOutcome(
        effect=effect_id(row.id, "item"),
        execution=row.id,
        item=row.item,
        activation=row.activation,
        round=1,
        effects=1,
        whom="item",
        state=state,
        version=version,
        results={"url": f"https://shop.example/d/{version}"},
        at=datetime.now(UTC),
    )


@pytest.mark.req("B7", "C7")
async def test_the_rule_after_is_released_once_though_the_answer_comes_twice_and_an_older_one_after_it(
    scheduler: Deployed,
) -> None:
    await scheduler.publish(DOCUMENT, MAIL)
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(new_deal(CLIENT), CLIENT))
        sent = await answer(scheduler, "contract", "sent", 3)
        claimed = await answer(scheduler, "contract", "claimed", 2)
        assert (await scheduler.rows.states())["mail"] == "waiting_for_previous"
        await scheduler.announce(sent, sent, claimed)
        await scheduler.row("mail", "dispatched")
        await scheduler.announce(sent, claimed, (await answer(scheduler, "mail", "sent", 2)))
        await scheduler.row("mail", "succeeded")
    [mail] = await scheduler.performed(topics.ACTIONS["email"])
    assert mail.params["text"] == "https://shop.example/d/3"
    assert (await scheduler.rows.states())["contract"] == "succeeded"


@pytest.mark.req("B8")
async def test_the_rule_after_one_that_failed_is_blocked_and_never_sent(scheduler: Deployed) -> None:
    await scheduler.publish(DOCUMENT, MAIL)
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(new_deal(CLIENT), CLIENT))
        failed = (await answer(scheduler, "contract", "failed", 2)).model_copy(update={"reason": "no template"})
        await scheduler.announce(failed)
        blocked = await scheduler.row("mail", "blocked")
    assert "no template" in blocked.reason
    assert await scheduler.performed(topics.ACTIONS["email"]) == []


@pytest.mark.req("B3")
async def test_a_date_that_changes_moves_the_timer_and_it_fires_then(scheduler: Deployed) -> None:
    await scheduler.publish(rule("remind", timing={"before": "item.payment_due", "by": "1 minute"}))
    far = datetime.now(UTC) + timedelta(days=3)
    item = new_deal(CLIENT, payment_due=far.isoformat())
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(item, CLIENT))
        planned = await scheduler.row("remind", "waiting")
        assert planned.due_at == far - timedelta(minutes=1)
        near = datetime.now(UTC) + timedelta(minutes=1, seconds=5)
        newer = item.model_copy(update={"version": 2, "fields": {"payment_due": near.isoformat()}})
        await scheduler.announce(ItemChanged(item=newer, config=1, changed={"payment_due": {}}))
        fired = await scheduler.row("remind", "dispatched")
    [note] = [note for note in fired.notes if note.old is not None]
    assert (note.old, note.new) == (planned.due_at, near - timedelta(minutes=1))
    assert note.cause.startswith("deal: payment_due changed by user:ann")


@pytest.mark.req("B5")
async def test_a_date_of_a_linked_item_moves_what_waits_for_it(scheduler: Deployed) -> None:
    await scheduler.publish(rule("gift", timing={"before": "contact.birthday", "by": "1 day"}))
    client = contact(birthday="2040-04-01")
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(new_deal(client), client))
        await scheduler.row("gift", "waiting")
        newer = contact(birthday="2040-05-01").model_copy(update={"version": client.version + 1})
        await scheduler.announce(ItemChanged(item=newer, config=1, changed={"birthday": {}}))

        async def replanned() -> bool:
            return len((await scheduler.row("gift", "waiting")).notes) > 1

        await eventually(replanned)
        [timer] = await scheduler.rows.timers()
    assert timer["due_at"] == datetime(2040, 4, 30, tzinfo=UTC)


@pytest.mark.req("B5")
async def test_a_date_of_a_linked_item_that_was_over_and_is_ahead_again_plans_what_was_skipped(
    scheduler: Deployed,
) -> None:
    await scheduler.publish(rule("gift", timing={"before": "contact.birthday", "by": "1 day"}))
    client = contact(birthday="2020-04-01")
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(new_deal(client), client))
        await scheduler.row("gift", "skipped")
        newer = contact(birthday="2040-05-01").model_copy(update={"version": client.version + 1})
        await scheduler.announce(ItemChanged(item=newer, config=1, changed={"birthday": {}}))
        row = await scheduler.row("gift", "waiting")
    assert row.due_at == datetime(2040, 4, 30, tzinfo=UTC)
    assert row.notes[-1].cause.startswith("contact: birthday changed by user:ann")


async def test_a_record_that_cannot_be_read_holds_its_item_until_a_later_one_can(scheduler: Deployed) -> None:
    await scheduler.publish(rule("soon", timing={"after": "1 second"}))
    item = new_deal(CLIENT)
    # Nothing fires before the record is read.
    async with scheduler.process("consume"):
        await scheduler.announce(scheduler.entry(item, CLIENT))
        due_at = (await scheduler.row("soon", "waiting")).due_at
        await broken(scheduler, topics.ITEMS.name, str(item.id))
        await eventually(lambda: scheduler.rows.all("SELECT FROM item_copy WHERE unread IS NOT NULL"))
        assert due_at is not None
        async with scheduler.process("fire", look_again=timedelta(minutes=5)):
            await asyncio.sleep(max((due_at - datetime.now(UTC)).total_seconds(), 0) + 1)
            assert await scheduler.rows.states() == {"soon": "waiting"}
            later = item.model_copy(update={"version": 3})
            await scheduler.announce(ItemChanged(item=later, linked=(CLIENT,), config=1))
            await scheduler.row("soon", "dispatched")
        [letter] = await scheduler.deployment.seen("rule-scheduler.consume.dead")
    assert letter.headers["dead-topic"] == "crm.items"


@pytest.mark.parametrize("topic", [topics.ITEMS, topics.OUTCOMES, topics.ORDERS], ids=lambda topic: topic.name)
async def test_broken_records_and_unknown_types_are_put_aside_and_the_rest_goes_on(
    scheduler: Deployed, topic: topics.Topic
) -> None:
    await scheduler.publish(rule("greet"))
    await broken(scheduler, topic.name, str(new_deal().id))
    await broken(scheduler, topic.name, "no id", kind="crm.item.unheard-of.v1")
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(new_deal(CLIENT), CLIENT))
        await scheduler.row("greet", "dispatched")

        async def both() -> list[str] | None:
            dead = await scheduler.deployment.seen("rule-scheduler.consume.dead")
            return sorted(s.headers["dead-reason"] for s in dead) if len(dead) == 2 else None

        reasons = await eventually(both)
    assert any("unheard-of" in reason for reason in reasons)


async def broken(scheduler: Deployed, topic: str, key: str, kind: str = "crm.item.changed.v1") -> None:
    """Put a record on the partition of its key whose value is not JSON."""
    headers = [(name, kind.encode() if name == "ce_type" else value) for name, value in headers_of(scheduler)]
    partition = scheduler.deployment.kafka.partition(topics.BY_NAME[topic], key)
    await scheduler.deployment.put([(topic, partition, key.encode(), headers, b"{broken")])


def headers_of(scheduler: Deployed) -> list[tuple[str, bytes]]:
    return scheduler.sent[-1].envelope.headers()


async def test_messages_of_one_item_across_a_rebalance_are_taken_once(scheduler: Deployed) -> None:
    await scheduler.publish(rule("greet"))
    items = [new_deal(CLIENT) for _ in range(20)]
    async with scheduler.process():
        await scheduler.announce(*(scheduler.entry(item, CLIENT) for item in items))
        async with scheduler.process():
            await scheduler.announce(*(scheduler.entry(moved(item), CLIENT) for item in items))
            await scheduler.announce(*(scheduler.entry(moved(moved(item, "new"), "new"), CLIENT) for item in items))
            performed = await eventually(lambda: scheduler.performed(count=40))
    assert len({action.execution for action in performed}) == len(performed) == 40
