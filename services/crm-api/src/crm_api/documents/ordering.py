"""A document that a person asks for, made by the same worker that makes those of rules."""

from typing import Literal
from uuid import UUID

from automation.actions import ACTIONS, Effects
from automation.facts import Facts
from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.outbox import About
from contracts import topics
from contracts.actions import NO_RULE, PerformAction
from contracts.data import JsonObject
from contracts.ids import effect_id
from contracts.items import Item

from crm_api.fields import FieldError
from crm_api.inside.signalling import Road
from crm_api.record.items import persons
from crm_api.store import files as stored_files
from crm_api.store import items as stored_items

ACTION = ACTIONS["create-document"]
Format = Literal["", "pdf", "docx", "html"]


async def order(tx: Transaction, item: Item, params: JsonObject, knowledge: Knowledge, road: Road) -> UUID:
    """Ask the worker for a document of an item, and give the id that it will have; raises `FieldError`."""
    await check(tx, str(params["template"]), knowledge)
    loaded = await stored_items.load_with_linked(tx, [item.id])
    linked = tuple(one.item for id_, one in loaded.items.items() if id_ != item.id)
    facts = Facts(item, linked, knowledge, now=await tx.now())
    effects = ACTION.finish(Effects((), params), facts)
    outbox, cause = road
    action = PerformAction(
        execution=new_id(),
        item=item.id,
        item_type=item.type,
        activation=0,
        rule=NO_RULE,
        rule_key="",
        action=ACTION.name,
        recipients=effects.recipients,
        params={**effects.params, "asked_by": cause.actor.removeprefix("user:")},
        due_at=await tx.now(),
        config=knowledge.revision,
    )
    about = About(at=await tx.now(), cause=cause, persons=persons(item, linked))
    await outbox.publish(tx, [outbox.message(topics.ACTIONS["document"], item.id, action, about)])
    return effect_id(action.execution, effects.recipients[0].whom)


async def check(tx: Transaction, template: str, knowledge: Knowledge) -> None:
    """Refuse a template that makes no document; raises `FieldError`."""
    known = knowledge.templates.get(template)
    if known is None:
        named = ", ".join(sorted(knowledge.templates)) or "upload one first"
        raise FieldError("template", f"there is no template {template!r}", named)
    if not await stored_files.is_there(tx, known.file):
        raise FieldError("template", f"the file of {template!r} is not kept", "put its bytes to /v1/files")
    if not knowledge.portal.public_url:
        fix = "an admin sets public_url of the portal"
        raise FieldError("template", "the portal's public address is not set; without it there is no link", fix)
