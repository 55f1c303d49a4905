"""Carries out what a rule asks of an item, once by execution and round, and answers what became of it.

1. The item is locked. A round that was answered gets the same answer again; a lower one than that gets none.
2. A command that comes too late, or for an activation that is over, is answered `cancelled`, and changes nothing.
3. What cannot be done is answered `failed`, in words for the person who wrote the rule.
"""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from typing import Any

from chassis.outbox import Outbox
from contracts.commands import AssignItem, CreateFromItem, ItemCommand, MoveItem
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.ids import derived
from contracts.items import CommandCompleted, Item
from contracts.rules import RuleSetRef

from crm_api.access.audit import REFUSED, Act
from crm_api.access.owners import NEEDS, rights_of_owner
from crm_api.access.rights import Forbidden, Rights
from crm_api.fields import FieldError
from crm_api.inside.acting import DO, conversion
from crm_api.inside.answering import announce, settle
from crm_api.intake.contacts import CONTACT
from crm_api.record.changing import Changes
from crm_api.record.conversions import hold
from crm_api.store import audit as stored_audit
from crm_api.store import commands as store

LEFT = "left the stage"
DELETED = "the item is deleted"
UNKNOWN = "there is no such item"
LATE = "came too late"
# What counts as a hop of a chain of causes.
HOPS = (MoveItem, CreateFromItem)


async def carry_out(
    changes: Changes, command: ItemCommand, outbox: Outbox, operators: Collection[str] = ()
) -> CommandCompleted | None:
    """Carry a command out and answer it; gives the answer, None where a later round was, or a person will answer.

    `operators` are the principals that the deployment itself names: rules that they published may do all.
    """
    await prepare(changes, command)
    found = await changes.lock([command.item])
    known = await store.answered(changes.tx, command.execution)
    if known is not None and known[0] > command.round:
        return None
    answer = again(command, known[1]) if known else None
    if answer is None:
        owner = rights_of_owner(command.owner, changes.knowledge, operators)
        answer = await attempt(changes, command, found.get(command.item), owner)
    if answer is None:
        return None
    fresh = known is None or known[0] < command.round
    await (settle if fresh else announce)(changes.tx, answer, changes.now, outbox, changes.cause)
    return answer


def again(command: ItemCommand, told: dict[str, Any]) -> CommandCompleted | None:
    """Give the answer that stands: that of this round, or of an earlier one in which it was done."""
    before = CommandCompleted.model_validate(told)
    stands = before.round == command.round or before.outcome == "done"
    return before.model_copy(update={"round": command.round}) if stands else None


async def attempt(changes: Changes, command: ItemCommand, item: Item | None, owner: Rights) -> CommandCompleted | None:
    """Do what the command asks, if it still may be done, and its owner may; None where a person will answer."""
    refusal = refused(command, item, changes.now)
    if refusal or item is None:
        return completed(command, "cancelled", refusal or UNKNOWN, changes)
    try:
        async with alone(changes, command):
            changes.act_for(owner, command.item, NEEDS[type(command)])
            done = await DO[type(command)](changes, command, why(changes, command, item))
            await changes.announce()
    except FieldError as error:
        return completed(command, "failed", str(error), changes)
    except Forbidden as error:
        told = f"the rule acts with the rights of {command.owner or 'nobody'}: {error}"
        keep_refusal(changes, command, told)
        return completed(command, "failed", told, changes)
    return completed(command, done.outcome, done.reason, changes, done.results) if done else None


def keep_refusal(changes: Changes, command: ItemCommand, told: str) -> None:
    """Write into the audit log that a rule was refused what its owner may not do."""
    act = Act(
        id=derived("refusal", command.execution, command.round),
        at=changes.now,
        principal=command.owner,
        operation=f"rules.{command.TYPE.split('.')[2]}",
        subject=f"item/{command.item}",
        outcome=REFUSED,
        correlation=changes.cause.correlation,
        detail={"rule": str(command.rule), "execution": str(command.execution), "why": told},
    )
    stored_audit.add(changes.tx, act)


def alone(changes: Changes, command: ItemCommand) -> AbstractAsyncContextManager[None]:
    """Let what writes before all is checked be undone where it is refused; others are spared the savepoint."""
    return changes.part() if isinstance(command, CreateFromItem | AssignItem) else nullcontext()


async def prepare(changes: Changes, command: ItemCommand) -> None:
    """Hold what must be held before the item is locked: by which a contact that is to be made is known."""
    if isinstance(command, CreateFromItem) and command.type == CONTACT:
        await changes.begin()
        await hold(changes, command.item, [conversion(changes.knowledge, command)])


def refused(command: ItemCommand, item: Item | None, now: datetime) -> str:
    """Say why a command may not be carried out any more, "" where it may."""
    if item is None:
        return UNKNOWN
    if item.deleted:
        return DELETED
    if command.expects is not None and command.expects.activation != item.activation:
        return LEFT
    if command.expires_at is not None and now > command.expires_at:
        return f"{LATE}: it was to be done until {command.expires_at.isoformat()}"
    return ""


def why(changes: Changes, command: ItemCommand, item: Item) -> str:
    """Name the rule for people; its key where the rules that hold now still have it."""
    pipeline = changes.knowledge.pipelines.get(item.pipeline)
    ref = RuleSetRef(pipeline=item.pipeline, number=pipeline.rule_set) if pipeline else None
    rule = changes.knowledge.rule(ref, command.rule) if ref else None
    return f"rule {rule.key}" if rule else "a rule"


def completed(
    command: ItemCommand, outcome: str, reason: str, changes: Changes, results: JsonObject | None = None
) -> CommandCompleted:
    """Make the answer."""
    return CommandCompleted.model_validate(
        {
            "execution": command.execution,
            "item": command.item,
            "round": command.round,
            "outcome": outcome,
            "reason": reason,
            "results": results or {},
            "config": changes.knowledge.revision,
        }
    )


def cause_of(command: ItemCommand, cause: Cause) -> Cause:
    """Count a move and a creation by a rule as a hop."""
    return cause.hop() if isinstance(command, HOPS) else cause
