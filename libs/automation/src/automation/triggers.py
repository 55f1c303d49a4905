"""Which triggers a signal wakes, and the one move that follows on the item's real stage."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contracts.commands import FittingTrigger
from contracts.config import Pipeline
from contracts.items import Item, SignalSeen
from contracts.rules import Stage, Trigger
from contracts.signals import Signal

from automation.conditions import Condition, read_condition
from automation.documents import DocumentError
from automation.facts import Facts
from automation.filters import fits
from automation.knowledge import Knowledge
from automation.paths import ANY_ITEM
from automation.signal_kinds import heard_as

Why = Literal["earlier_stage", "same_stage", "final_stage", "condition_false", "condition_unknown", "not_chosen"]
Weigh = Callable[[Trigger], bool | None]
LETTER = "email.received"


@dataclass(frozen=True, slots=True)
class Choice:
    """The trigger that moves the item, and why the others do not."""

    chosen: FittingTrigger | None
    not_chosen: tuple[tuple[FittingTrigger, Why], ...] = ()


def fitting(signal: Signal, knowledge: Knowledge) -> tuple[FittingTrigger, ...]:
    """List the enabled triggers of all pipelines whose kind and filter fit, and whose condition may hold.

    Of a condition only what is known of the signal alone can exclude a trigger here, and none that gathers signals.
    """
    seen = SignalSeen.model_construct(
        id=signal.id, kind=signal.kind, happened_at=signal.happened_at, payload=signal.payload
    )
    facts = Facts(ANY_ITEM, (), knowledge, signal=seen)
    return tuple(
        FittingTrigger(id=trigger.id, pipeline=pipeline.id, stage=stage)
        for kind in heard_as(signal.kind)
        for pipeline, stage, trigger in knowledge.triggers_on(kind)
        if fits(trigger.filter, signal.payload)
        and (trigger.automatic or not is_automatic(signal))
        and (trigger.settle is not None or _may_hold(trigger, facts))
    )


def is_automatic(signal: Signal) -> bool:
    """Say whether a machine wrote this letter by itself, as an absent colleague's mailbox or a newsletter does."""
    return signal.kind == LETTER and signal.payload.get("automatic") is True


def condition_of(trigger: Trigger, knowledge: Knowledge) -> Condition:
    """Read a trigger's condition, once for each trigger; raises `DocumentError`."""
    return knowledge.memo.of(("trigger", id(trigger)), trigger, lambda: read_condition(trigger.when))


def weigh_on(facts: Facts) -> Weigh:
    """Give what weighs a trigger's condition on an item."""

    def weigh(trigger: Trigger) -> bool | None:
        try:
            return condition_of(trigger, facts.knowledge).weigh(facts).value
        except DocumentError:
            return None

    return weigh


def choose(item: Item, pipeline: Pipeline, triggers: Iterable[FittingTrigger], weigh: Weigh) -> Choice:
    """Choose the one move of an item: to the earliest stage that is allowed.

    Triggers of other pipelines, and those that are no longer enabled, do not concern it.
    """
    here = listed(pipeline, triggers)
    refused: list[tuple[FittingTrigger, Why]] = []
    allowed: list[FittingTrigger] = []
    for fit, trigger in here:
        why = refusal(item, pipeline, fit.stage, trigger) or _unmet(weigh(trigger))
        if why is None:
            allowed.append(fit)
        else:
            refused.append((fit, why))
    if not allowed:
        return Choice(None, tuple(refused))
    chosen = min(allowed, key=lambda fit: _place(pipeline, fit.stage))
    others: list[tuple[FittingTrigger, Why]] = [(fit, "not_chosen") for fit in allowed if fit is not chosen]
    return Choice(chosen, (*refused, *others))


def listed(pipeline: Pipeline, triggers: Iterable[FittingTrigger]) -> list[tuple[FittingTrigger, Trigger]]:
    """Give those of these triggers that are of the pipeline and still enabled."""
    enabled: dict[tuple[UUID, str], Trigger] = {
        (trigger.id, stage): trigger for stage, own in pipeline.triggers.items() for trigger in own if trigger.enabled
    }
    named = [fit for fit in triggers if fit.pipeline == pipeline.id and (fit.id, fit.stage) in enabled]
    return [(fit, enabled[fit.id, fit.stage]) for fit in named if pipeline.stage(fit.stage)]


def refusal(item: Item, pipeline: Pipeline, target: str, trigger: Trigger) -> Why | None:
    """Say why a trigger may not move an item from where it stands; None where it may."""
    if target == item.stage:
        return "same_stage"
    if trigger.allow_backward:
        return None
    here, there = _rank(pipeline, item.stage), _rank(pipeline, target)
    if here == there:
        return "final_stage"
    return "earlier_stage" if there < here else None


def _unmet(held: bool | None) -> Why | None:  # noqa: FBT001 - a verdict, not a switch
    if held is None:
        return "condition_unknown"
    return None if held else "condition_false"


def _place(pipeline: Pipeline, stage: str) -> tuple[int, int]:
    keys = [one.key for one in pipeline.stages]
    return _rank(pipeline, stage), keys.index(stage)


def _rank(pipeline: Pipeline, stage: str) -> int:
    """Give how late a stage is: open ones in their order, all final ones alike and last, a removed one first."""
    found = pipeline.stage(stage)
    if found is None:
        return -1
    return len(pipeline.stages) if found.kind != "open" else _open(pipeline.stages).index(stage)


def _open(stages: Collection[Stage]) -> list[str]:
    return [stage.key for stage in stages if stage.kind == "open"]


def _may_hold(trigger: Trigger, facts: Facts) -> bool:
    return weigh_on(facts)(trigger) is not False
