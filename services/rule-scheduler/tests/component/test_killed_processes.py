"""Processes of the scheduler that are killed in the middle of their work lose nothing and do nothing twice."""

from collections import Counter

from automation.testing import contact, rule
from chassis.testing import Deployment, eventually
from contracts import topics
from contracts.actions import PerformAction
from rule_scheduler.testing import Deployed, deployed, new_deal
from rule_scheduler.testing.replicas import start

CLIENT = contact()
ITEMS = 60


async def test_every_rule_is_sent_once_though_processes_are_killed_while_they_plan_and_fire(
    deployment: Deployment,
) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(rule("greet"), rule("soon", timing={"after": "1 second"}))
        items = [new_deal(CLIENT) for _ in range(ITEMS)]
        async with scheduler.crm_is_there():
            for number in range(3):
                process = await start(scheduler, "all")
                await scheduler.announce(*(scheduler.entry(i, CLIENT) for i in items[number * 20 : number * 20 + 20]))
                seen = (number + 1) * 20 - 10
                await eventually(lambda count=seen: scheduler.performed(count=count), within=120)  # type: ignore[misc]
                process.kill()
                await process.wait()
            async with scheduler.process():
                await eventually(lambda: everything_sent(scheduler), within=120)
        told = [s for s in await deployment.seen(topics.ACTIONS["sms"]) if isinstance(s.data, PerformAction)]
        rows = await scheduler.rows.executions()
    assert len(rows) == 2 * ITEMS
    # A relay that dies before it could delete what was acknowledged sends it again: the very same message.
    messages = {(s.headers["ce_id"], s.data.execution) for s in told if isinstance(s.data, PerformAction)}
    assert set(Counter(execution for _, execution in messages).values()) == {1}
    assert {execution for _, execution in messages} == {row.id for row in rows}


async def everything_sent(scheduler: Deployed) -> bool:
    return len({action.execution for action in await scheduler.performed()}) == 2 * ITEMS
