"""An action as a rule calls it: parameters read once, rendered for each dispatch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.data import JsonObject

from automation.actions import ACTIONS, Action, Means, Params
from automation.documents import DocumentError, join, one_of, read_as
from automation.facts import Facts
from automation.formulas import Formula, compile_formula
from automation.intervals import Interval
from automation.people import check_to
from automation.templates import Template, compile_text


@dataclass(frozen=True, slots=True)
class Call:
    """One action with the parameters of one rule; `fixed` are those that mean what they say."""

    action: Action
    to: Any
    connection: str
    texts: Mapping[tuple[str, ...], Template]
    formulas: Mapping[str, Formula]
    spans: Mapping[str, Interval]
    fixed: JsonObject

    @classmethod
    def read(cls, do: Mapping[str, JsonObject]) -> "Call":
        """Read what a rule does; raises `DocumentError` with the place."""
        name, params = next(iter(do.items()))
        action = ACTIONS.get(name)
        if action is None:
            raise DocumentError("do", f"unknown action {name!r}", one_of(ACTIONS))
        path = join("do", name)
        given = _by_meaning(read_as(action.params, params, path))
        texts: dict[tuple[str, ...], Template] = {
            (key,): compile_text(text, join(path, key)) for key, text in given[Means.TEXT].items()
        }
        for key, values in given[Means.TEXTS].items():
            texts |= _inside(values, key, path)
        formulas = {key: compile_formula(text, join(path, key)) for key, text in given[Means.FORMULA].items()}
        spans = {key: Interval.read(span) for key, span in given[Means.SPAN].items() if span is not None}
        fixed = given[None] | given[Means.TEXTS]
        to = _whom(given[Means.PEOPLE], path, action)
        return cls(action, to, fixed.pop("connection", ""), texts, formulas, spans, fixed)

    @property
    def paths(self) -> tuple[str, ...]:
        """Give the values that the texts and formulas read."""
        read: tuple[Template | Formula, ...] = (*self.texts.values(), *self.formulas.values())
        return tuple(dict.fromkeys(path for one in read for path in one.paths))

    def render(self, facts: Facts, now: datetime) -> JsonObject:
        """Give the parameters with texts filled in, formulas worked out and intervals as moments.

        Raises as `Template.render` and `Formula.work_out` do.
        """
        params = dict(self.fixed)
        for (key, *inside), text in self.texts.items():
            if inside:
                params[key] = {**params[key], inside[0]: text.render(facts)}
            else:
                params[key] = text.render(facts)
        for key, formula in self.formulas.items():
            params[key] = formula.work_out(facts, now)
        for key, span in self.spans.items():
            params[key] = _from_now(span, facts, now).isoformat()
        return params


def _from_now(span: Interval, facts: Facts, now: datetime) -> datetime:
    if span.working:
        return facts.knowledge.working_time().add(now, span)
    return span.after(now, facts.zone)


def _inside(values: JsonObject, key: str, path: str) -> dict[tuple[str, ...], Template]:
    return {
        (key, name): compile_text(value, join(path, key, name))
        for name, value in values.items()
        if isinstance(value, str)
    }


def _whom(given: JsonObject, path: str, action: Action) -> Any:
    for key, to in given.items():
        check_to(to, join(path, key), action.channel)
    return next(iter(given.values()), None)


def _by_meaning(params: Params) -> dict[Means | None, JsonObject]:
    found: dict[Means | None, JsonObject] = {means: {} for means in (*Means, None)}
    for key, info in type(params).model_fields.items():
        found[_meaning(info.metadata)][key] = getattr(params, key)
    return found


def _meaning(metadata: list[Any]) -> Means | None:
    return next((one for one in metadata if isinstance(one, Means)), None)
