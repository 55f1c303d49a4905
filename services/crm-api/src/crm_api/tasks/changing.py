"""Changes a task, and tells of its status: on the item's timeline, and to triggers."""

from datetime import datetime

from chassis.database import Transaction
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.data import JsonObject
from contracts.envelope import Cause
from contracts.ids import inside_signal_id
from contracts.items import Item
from contracts.signals import Signal

from crm_api.record.lines import Line
from crm_api.store import lines as stored_lines
from crm_api.store import tasks as store
from crm_api.store import timeline as stored_timeline
from crm_api.tasks.task import Task

CHANGED = "task.changed"
SOURCE = "crm-api"


async def change(tx: Transaction, task: Task, update: JsonObject, item: Item, road: tuple[Outbox, Cause]) -> Task:
    """Change a locked task as the cause's actor; another status is told, anything else is only kept."""
    outbox, cause = road
    changed = task.model_copy(update=update)
    if changed == task:
        return task
    now = await tx.now()
    noted = {"version": task.version + 1, "changed_at": now, "changed_by": cause.actor}
    changed = changed.model_copy(update=noted)
    await store.save(tx, changed)
    if changed.status != task.status:
        told = {"task": str(task.id), "title": task.title, "from": task.status, "status": changed.status}
        body = {**told, "result": changed.result, "actor": cause.actor, "correlation": str(cause.correlation)}
        await stored_lines.add(tx, [Line(task.item, now, "task", body)])
        made_by = await stored_timeline.execution(tx, task.execution) if task.execution else None
        signal = signal_of(task, changed, item, made_by.rule_key if made_by else "", now)
        about = About(at=now, cause=cause, id=signal.id)
        await outbox.publish(tx, [outbox.message(topics.SIGNALS, task.item, signal, about)])
    return changed


def signal_of(before: Task, now: Task, item: Item, rule: str, at: datetime) -> Signal:
    """Give the signal of a new status; it names ids and keys, and no words of anybody."""
    place = {"item": str(item.id), "type": item.type, "pipeline": item.pipeline, "stage": item.stage}
    whose = {"assignee": now.assignee, "role": now.role, "department": now.department}
    moved = {"status": now.status, "old": before.status, "new": now.status}
    return Signal(
        id=inside_signal_id(now.id, f"{CHANGED}/{now.version}"),
        kind=CHANGED,
        source=SOURCE,
        happened_at=at,
        binding=now.item,
        payload={**place, **whose, **moved, "task": str(now.id), "rule": rule},
    )
