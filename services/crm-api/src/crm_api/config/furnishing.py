"""Gives a new installation its ready-made types and pipelines; they are smart processes like any that users make."""

from automation.knowledge import Knowledge
from chassis.ids import new_id
from chassis.process import Process
from contracts.envelope import Cause

from crm_api import ready_made
from crm_api.config.configuring import ConfigChanges
from crm_api.rules.publishing import publish
from crm_api.store import config as stored_config

ACTOR = "system"


async def furnish(process: Process[Knowledge]) -> bool:
    """Write what is ready-made where there never was any type, and say whether that was so; once, however many start.

    A type that somebody deleted does not come back.
    """
    async with process.database.transaction() as tx:
        if await stored_config.ever(tx, "type"):
            return False
        root = new_id()
        changes = ConfigChanges(tx, Cause(root, root, actor=ACTOR), process.outbox)
        await changes.lock()
        # Somebody else may have been first, while this one waited for the lock.
        if await stored_config.ever(tx, "type"):
            return False
        knowledge = await process.config.view(tx)
        for type_ in ready_made.types():
            await changes.put("type", type_.key, type_)
        knowledge = knowledge.with_(changes.changed)
        for pipeline in ready_made.pipelines():
            await publish(changes, knowledge, pipeline.pipeline, pipeline)
        await changes.announce()
        return True
