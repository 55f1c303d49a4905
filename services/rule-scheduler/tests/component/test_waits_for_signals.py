"""A wait for a signal, on a real database: what was heard before the wait began is not forgotten by a restart."""

from datetime import UTC, datetime

from automation.testing import contact, rule
from chassis.ids import new_id
from chassis.testing import Deployment, eventually
from contracts.ids import effect_id
from contracts.items import ItemSignalled, SignalSeen
from contracts.outcomes import EffectOutcome
from rule_scheduler.testing import deployed, new_deal

CLIENT = contact()
OFFER = rule("offer", {"create-document": {"template": "contract"}})
OPENED = rule("opened", timing={"wait_for": "document.opened", "at_most": "1 hour"})
CALL = rule("call", {"create-task": {"title": "Call"}}, timing={"after_previous": "1 hour", "on_previous": "timed_out"})


async def test_a_signal_that_is_heard_before_the_answer_counts_though_the_process_restarts_in_between(
    deployment: Deployment,
) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(OFFER, OPENED, CALL)
        item = new_deal(CLIENT)
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.announce(scheduler.entry(item, CLIENT))
            row = await scheduler.row("offer", "dispatched")
            made = datetime.now(UTC)
            seen = SignalSeen(id=new_id(), kind="document.opened", happened_at=datetime.now(UTC))
            newer = item.model_copy(update={"version": 2})
            await scheduler.announce(ItemSignalled(item=newer, linked=(CLIENT,), config=1, signal=seen))
            await eventually(lambda: scheduler.rows.all("SELECT FROM signal_seen"))
        sent = EffectOutcome(
            effect=effect_id(row.id, "item"),
            execution=row.id,
            item=row.item,
            activation=row.activation,
            round=1,
            effects=1,
            whom="item",
            state="sent",
            version=2,
            at=made,
        )
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.announce(sent)
            opened = await scheduler.row("opened", "dispatched")
            states = await scheduler.rows.states()
    assert opened.notes[-1].cause.startswith("document.opened arrived at ")
    assert states == {"offer": "succeeded", "opened": "dispatched", "call": "waiting_for_previous"}
