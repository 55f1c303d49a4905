"""What a publish changes, in words: each rule, trigger and stage that is added, removed, changed or moved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from automation.wording import action_in_words, condition_in_words, timing_in_words, value_in_words

from crm_api.rules.pipelines import Named, Place, WrittenPipeline, WrittenRule

What = Literal["pipeline", "stage", "rule", "trigger"]
Kind = Literal["added", "removed", "changed"]
Said = Callable[[Any], str]
# How each part of a rule, trigger or stage is said; parts that are not listed are said as they are written.
SAID: dict[str, tuple[str, Said]] = {
    "timing": ("timing", timing_in_words),
    "when": ("condition", condition_in_words),
    "do": ("action", action_in_words),
    "settle": ("settle window", lambda one: f"quiet {one['quiet']}, at most {one['at_most']}" if one else "none"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was; `rule` is the lasting id where it is about a rule."""

    what: What
    kind: Kind
    stage: str
    key: str
    words: str
    rule: UUID | None = None


def differences(old: Named, new: Named) -> tuple[Difference, ...]:
    """Give what differs: the pipeline itself, its stages, its rules, its triggers."""
    return (*_pipeline(old.document, new.document), *_stages(old, new), *_rules(old, new), *_triggers(old, new))


def _pipeline(old: WrittenPipeline, new: WrittenPipeline) -> Iterator[Difference]:
    for part in ("name", "owner"):
        before, after = getattr(old, part), getattr(new, part)
        if before != after:
            yield Difference("pipeline", "changed", "", part, f"{part}: {_change(value_in_words, before, after)}")


def _stages(old: Named, new: Named) -> Iterator[Difference]:
    shape = {"triggers", "rules"}
    before = {s.key: s.model_dump(exclude=shape) for s in old.document.stages}
    after = {s.key: s.model_dump(exclude=shape) for s in new.document.stages}
    yield from _compared("stage", {("", k): v for k, v in before.items()}, {("", k): v for k, v in after.items()})
    for key, words in _reordered(list(before), list(after)).items():
        yield Difference("stage", "changed", "", key, f"stage {key}: {words}")


def _triggers(old: Named, new: Named) -> Iterator[Difference]:
    before, after = (
        {(s.key, t.key): t.model_dump() for s in one.document.stages for t in s.triggers} for one in (old, new)
    )
    yield from _compared("trigger", before, after)


def _compared(what: What, before: Mapping[Place, Any], after: Mapping[Place, Any]) -> Iterator[Difference]:
    for place in before.keys() - after.keys():
        yield Difference(what, "removed", *place, f"{what} {_at(place)} is removed")
    for place, element in after.items():
        if place not in before:
            yield Difference(what, "added", *place, f"{what} {_at(place)} is new")
        elif changes := _changes(before[place], element):
            yield Difference(what, "changed", *place, f"{what} {_at(place)}: {'; '.join(changes)}")


def _rules(old: Named, new: Named) -> Iterator[Difference]:
    before, after = old.rules(), new.rules()
    order = _orders(old, new)
    for id_, (place, rule) in before.items():
        if id_ not in after:
            yield Difference("rule", "removed", *place, f"rule {_at(place)} is removed ({_whole(rule)})", id_)
    for id_, (place, rule) in after.items():
        if id_ not in before:
            yield Difference("rule", "added", *place, f"rule {_at(place)} is new ({_whole(rule)})", id_)
            continue
        was, previous = before[id_]
        moved = [f"moved from {_at(was)}"] if was != place else []
        changes = [*moved, *_changes(_parts(previous), _parts(rule)), *order.get(id_, ())]
        if changes:
            yield Difference("rule", "changed", *place, f"rule {_at(place)}: {'; '.join(changes)}", id_)


def _orders(old: Named, new: Named) -> dict[UUID, tuple[str, ...]]:
    """Say which rules have another place among those that stay in their stage."""
    said: dict[UUID, tuple[str, ...]] = {}
    before = {s.key: [old.ids[s.key, r.key] for r in s.rules] for s in old.document.stages}
    for stage in new.document.stages:
        after = [new.ids[stage.key, rule.key] for rule in stage.rules]
        said |= {id_: (words,) for id_, words in _reordered(before.get(stage.key, ()), after).items()}
    return said


def _reordered(before: Sequence[Any], after: Sequence[Any]) -> dict[Any, str]:
    stay = [one for one in dict.fromkeys(before) if one in after]
    now = [one for one in dict.fromkeys(after) if one in before]
    return {one: f"order {stay.index(one) + 1} → {n + 1}" for n, one in enumerate(now) if stay[n] != one}


def _parts(rule: WrittenRule) -> dict[str, Any]:
    return rule.model_dump(exclude={"key"})


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    changes = []
    for part, value in after.items():
        name, said = SAID.get(part, (part, value_in_words))
        if before.get(part) != value:
            changes.append(f"{name}: {_change(said, before.get(part), value)}")
    return changes


def _change(said: Said, before: Any, after: Any) -> str:
    return f"{said(before)} → {said(after)}"


def _whole(rule: WrittenRule) -> str:
    when = f", if {condition_in_words(rule.when)}" if rule.when else ""
    return f"{timing_in_words(rule.timing)}{when}: {action_in_words(rule.do)}"


def _at(place: Place) -> str:
    return "/".join(part for part in place if part)
