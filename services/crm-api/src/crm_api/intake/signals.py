"""What a signal means for the items that it may concern; decided on what was read, without touching anything."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from automation import settle_windows
from automation.facts import Facts
from automation.knowledge import Knowledge
from automation.triggers import Choice, choose, fitting, weigh_on
from contracts.commands import ApplySignal, FittingTrigger
from contracts.items import Item, SignalSeen
from contracts.rules import Trigger
from contracts.signals import Signal

# When it was received and what its source is set to do may differ between two deliveries of one thing.
NOT_OF_THE_DIGEST = {"happened_at", "sets"}
NOTHING_FITS = "no_trigger"
SETTLING = "settling"
LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Found:
    """The items that a signal may concern, newest first; `bound` where the signal names one of them."""

    items: tuple[Item, ...]
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """One item that a signal reached, and the fitting triggers that concern it."""

    item: UUID
    triggers: tuple[FittingTrigger, ...] = ()


def digest(signal: Signal) -> str:
    """Give what tells a repeated signal from another one under the same id."""
    told = signal.model_dump(mode="json", exclude=NOT_OF_THE_DIGEST)
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def listed(command: ApplySignal, knowledge: Knowledge) -> tuple[FittingTrigger, ...]:
    """Give the triggers that fit, listed again where the config has changed since they were."""
    return command.triggers if command.config == knowledge.revision else fitting(command.signal, knowledge)


def trigger_of(fit: FittingTrigger, knowledge: Knowledge) -> Trigger | None:
    """Give the trigger that is meant, None where it is gone."""
    pipeline = knowledge.pipelines.get(fit.pipeline)
    triggers = pipeline.triggers.get(fit.stage, ()) if pipeline else ()
    return next((t for t in triggers if t.id == fit.id and t.enabled), None)


def is_open(item: Item, knowledge: Knowledge) -> bool:
    """Say whether an item stands in an open stage; one whose stage was removed does."""
    pipeline = knowledge.pipelines.get(item.pipeline)
    stage = pipeline.stage(item.stage) if pipeline else None
    return pipeline is not None and (stage is None or stage.kind == "open")


def open_stages(knowledge: Knowledge) -> list[tuple[str, str]]:
    """Give all open stages as (pipeline, stage)."""
    return [(p.id, s.key) for p in knowledge.pipelines.values() for s in p.stages if s.kind == "open"]


def reach(found: Found, fits: Sequence[FittingTrigger], knowledge: Knowledge) -> tuple[Reached, ...]:
    """Say which items the signal reaches, each with the triggers that concern it.

    A signal that names an item reaches it and those beside it. Else each trigger by itself finds its items, and where
    none does, the newest open item is reached; where only closed ones exist, the newest of them.
    """
    triggers: dict[UUID, list[FittingTrigger]] = {item.id: [] for item in found.items if found.bound}
    for item, fit in concerned(found, fits, knowledge):
        triggers.setdefault(item.id, []).append(fit)
    if not triggers and found.items:
        newest = newest_of(found, knowledge)
        triggers[newest.id] = [fit for fit in fits if fit.pipeline == newest.pipeline]
    return tuple(Reached(item, tuple(own)) for item, own in triggers.items())


def concerned(
    found: Found, fits: Sequence[FittingTrigger], knowledge: Knowledge
) -> Iterator[tuple[Item, FittingTrigger]]:
    """Give each item with each trigger that concerns it; triggers that are gone concern none."""
    for fit in fits:
        trigger = trigger_of(fit, knowledge)
        if trigger is not None:
            yield from ((item, fit) for item in meant(found, fit.pipeline, trigger, knowledge))


def newest_of(found: Found, knowledge: Knowledge) -> Item:
    """Give the newest open item; where all are closed, the newest of them."""
    return next((item for item in found.items if is_open(item, knowledge)), found.items[0])


def meant(found: Found, pipeline: str, trigger: Trigger, knowledge: Knowledge) -> list[Item]:
    """Give the items that one trigger concerns: with `allow_backward` the newest closed one, where none is open."""
    own = [item for item in found.items if item.pipeline == pipeline]
    if found.bound:
        return own
    opened = [item for item in own if is_open(item, knowledge)]
    if not opened and trigger.allow_backward:
        return own[:1]
    return opened if trigger.match == "all_open" else opened[:1]


def parted(item: Item, reached: Reached, knowledge: Knowledge) -> tuple[tuple[FittingTrigger, ...], Reached]:
    """Part the triggers that wait until an item is quiet from what is decided at once."""
    pipeline = knowledge.pipelines.get(item.pipeline)
    if pipeline is None:
        return (), reached
    waits, at_once = settle_windows.parted(item, pipeline, reached.triggers)
    return waits, Reached(reached.item, at_once)


def decide(facts: Facts, reached: Reached) -> Choice:
    """Choose the one move of an item on its real stage."""
    pipeline = facts.knowledge.pipelines.get(facts.item.pipeline)
    return choose(facts.item, pipeline, reached.triggers, weigh_on(facts)) if pipeline else Choice(None)


def seen(signal: Signal, *, moved: bool, why_not: str) -> SignalSeen:
    """Give the signal as an item's event tells of it."""
    return SignalSeen(
        id=signal.id,
        kind=signal.kind,
        happened_at=signal.happened_at,
        payload=signal.payload,
        moved=moved,
        why_not="" if moved else why_not,
    )


def why_not(choice: Choice, waits: Sequence[FittingTrigger] = ()) -> str:
    """Say in one word or more why an item was not moved; `waits` are triggers that wait until it is quiet."""
    words = ([SETTLING] if waits else []) + [why for _, why in choice.not_chosen]
    return ", ".join(dict.fromkeys(words)) or NOTHING_FITS
