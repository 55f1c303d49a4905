"""Lets a person release a chain of causes that was stopped: it may go on, counted from zero."""

from dataclasses import dataclass
from uuid import UUID

from contracts.items import Item

from crm_api.fields import FieldError
from crm_api.record.changing import Changes
from crm_api.record.loops import Loop
from crm_api.store import loops as store

LEFT = "it has left the stage since"
DELETED = "it is deleted"
CREATION = "nothing is made anew by itself: retry the rule that failed"
THERE = "it stands there already"


class LoopUnknown(LookupError):
    """No chain that was stopped has this id."""


class NotStopped(Exception):
    """The chain is not stopped any more; says who released it."""


@dataclass(frozen=True, slots=True)
class Released:
    """A chain that may go on, and whether the move that was refused is made; `why_not` says what stood in its way."""

    loop: Loop
    moved: bool
    why_not: str = ""


async def release(changes: Changes, id_: UUID, by: str) -> Released:
    """Release a chain, and make the refused move anew; raises `LoopUnknown`, `NotStopped`, or `Forbidden`."""
    known = next(iter(await store.by_id(changes.tx, [id_])), None)
    locked = await changes.lock([known.item]) if known else {}
    loop = await store.lock(changes.tx, id_) if locked else None
    if known is None or loop is None:
        raise LoopUnknown(f"there is no loop {id_}")
    if loop.state != "stopped":
        raise NotStopped(f"it was released by {loop.released_by}")
    await store.release(changes.tx, loop, by, changes.now)
    changes.note(loop.item, "released", {"words": loop.words, "stage": loop.place[1]})
    why_not = anew(changes, loop, locked[loop.item])
    return Released(loop, not why_not, why_not)


def anew(changes: Changes, loop: Loop, item: Item) -> str:
    """Make the refused move, as the first of a new chain; gives what stands in its way, "" where it is made."""
    pipeline, stage = loop.place
    if item.deleted:
        return DELETED
    if not stage:
        return CREATION
    if item.activation != loop.activation:
        return LEFT
    try:
        moved = changes.move(item.id, stage, f"released: {loop.why}", pipeline=pipeline)
    except FieldError as error:
        return str(error)
    return "" if moved else THERE
