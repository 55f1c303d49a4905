"""Inside signals: what a change of an item is to triggers."""

from collections.abc import Iterable
from typing import Any

from contracts import ids
from contracts.envelope import Envelope
from contracts.items import ItemChanged, ItemStageChanged
from contracts.signals import Signal

from automation.knowledge import Knowledge

ItemChange = ItemStageChanged | ItemChanged
PAID_TYPES = frozenset({"invoice", "order"})
RESPONSIBLE = "responsible"
SOURCE = "crm-api"


def inside_signals(event: ItemChange, envelope: Envelope, knowledge: Knowledge) -> tuple[Signal, ...]:
    """Give the signals that an event is; what is suppressed and a creation's first values are none."""
    if is_suppressed(event, envelope):
        return ()
    return tuple(
        Signal(
            id=ids.inside_signal_id(envelope.id, kind),
            kind=kind,
            source=SOURCE,
            happened_at=envelope.time,
            binding=event.item.id,
            payload={**place(event), **payload},
        )
        for kind, payload in kinds(event, knowledge)
    )


def is_suppressed(event: ItemChange, envelope: Envelope) -> bool:
    """Say whether an event wakes no trigger: a suppressed entry, or a later change if the same job made it."""
    if event.suppressed is None:
        return False
    return isinstance(event, ItemStageChanged) or event.suppressed.job == str(envelope.cause.correlation)


def kinds(event: ItemChange, knowledge: Knowledge) -> Iterable[tuple[str, dict[str, Any]]]:
    """Give the kind and the own payload of each signal."""
    if is_paid(event, knowledge):
        yield f"{event.item.type}.paid", {}
    if is_creation(event):
        return
    changed = {name: change for name, change in event.changed.items() if name != RESPONSIBLE}
    if changed:
        yield "field.changed", {"field": sorted(changed), "changed": {n: c.model_dump() for n, c in changed.items()}}
    if RESPONSIBLE in event.changed:
        yield "responsible.changed", event.changed[RESPONSIBLE].model_dump()


def is_paid(event: ItemChange, knowledge: Knowledge) -> bool:
    """Say whether an invoice or order entered a success stage."""
    if not isinstance(event, ItemStageChanged) or event.item.type not in PAID_TYPES:
        return False
    pipeline = knowledge.pipelines.get(event.item.pipeline)
    stage = pipeline.stage(event.item.stage) if pipeline else None
    return stage is not None and stage.kind == "success"


def is_creation(event: ItemChange) -> bool:
    """Say whether the item was made just now; one of a type without stages enters none."""
    return event.item.version == 1 or (isinstance(event, ItemStageChanged) and event.from_stage is None)


def place(event: ItemChange) -> dict[str, Any]:
    """Give what a filter may ask of any inside signal: which item, of what type, where."""
    item = event.item
    return {"item": str(item.id), "type": item.type, "pipeline": item.pipeline, "stage": item.stage}
