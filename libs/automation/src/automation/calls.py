"""An action as a rule calls it: parameters read once, rendered for each dispatch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from contracts.data import JsonObject

from automation.actions import Action, Means, Params
from automation.app_actions import action_of, names
from automation.documents import DocumentError, join, one_of, read_as
from automation.escaping import escaped_html, escaped_markdown
from automation.facts import EMPTY, Facts
from automation.formulas import Formula, compile_formula
from automation.intervals import Interval
from automation.knowledge import Knowledge
from automation.paths import reader
from automation.people import check_to
from automation.templates import Template, compile_text

# Where a text stands: the key of a parameter, then keys and numbers inside it.
Place = tuple[Any, ...]
DEEPEST = 20
ESCAPED = {Means.MARKDOWN: escaped_markdown, Means.HTML: escaped_html}
MOST_TEXTS = 1000
# Switches that travel only where they are on.
SWITCHES = frozenset({"advertising", "important"})
NO_APPS = Knowledge()


@dataclass(frozen=True, slots=True)
class Call:
    """One action with the parameters of one rule; `fixed` are those that mean what they say."""

    action: Action
    to: Any
    connection: str
    texts: Mapping[Place, Template]
    formulas: Mapping[str, Formula]
    values: Mapping[str, str]
    spans: Mapping[str, Interval]
    fixed: JsonObject

    @classmethod
    def read(cls, do: Mapping[str, JsonObject], knowledge: Knowledge = NO_APPS) -> "Call":
        """Read what a rule does, with the apps that are installed; raises `DocumentError` with the place."""
        name, params = next(iter(do.items()))
        action = action_of(name, knowledge)
        if action is None:
            raise DocumentError("do", f"unknown action {name!r}", one_of(names(knowledge)))
        path = join("do", name)
        given = _by_meaning(read_as(action.params, params, path))
        texts = _compiled(given[Means.TEXT] | given[Means.TEXTS], path)
        for means, escape in ESCAPED.items():
            texts |= {(key,): compile_text(text, join(path, key), escape) for key, text in given[means].items()}
        formulas = {key: compile_formula(text, join(path, key)) for key, text in given[Means.FORMULA].items()}
        values = {key: _value(text, join(path, key)) for key, text in given[Means.VALUE].items() if text}
        spans = {key: Interval.read(span) for key, span in given[Means.SPAN].items() if span is not None}
        fixed = _fixed(given)
        to = _whom(given[Means.PEOPLE], path, action)
        return cls(action, to, fixed.pop("connection", ""), texts, formulas, values, spans, fixed)

    @property
    def paths(self) -> tuple[str, ...]:
        """Give the values that the texts and formulas read; those that are taken as they are stand in the results."""
        read: tuple[Template | Formula, ...] = (*self.texts.values(), *self.formulas.values())
        return tuple(dict.fromkeys(path for one in read for path in one.paths))

    def render(self, facts: Facts, now: datetime) -> JsonObject:
        """Give the parameters with texts filled in, formulas worked out and intervals as moments.

        Raises as `Template.render` and `Formula.work_out` do.
        """
        params = dict(self.fixed)
        for (key, *inside), text in self.texts.items():
            params[key] = _put(params[key], inside, text.render(facts)) if inside else text.render(facts)
        for key, formula in self.formulas.items():
            params[key] = formula.work_out(facts, now)
        for key, path in self.values.items():
            value = facts.get(path)
            params[key] = None if value is EMPTY else value
        for key, span in self.spans.items():
            params[key] = from_now(span, facts, now).isoformat()
        return params


def from_now(span: Interval, facts: Facts, now: datetime) -> datetime:
    """Give the moment an interval from now."""
    if span.working:
        return facts.knowledge.working_time().add(now, span)
    return span.after(now, facts.zone)


def _compiled(written: JsonObject, path: str) -> dict[Place, Template]:
    try:
        found = list(islice(_texts(written, ()), MOST_TEXTS + 1))
    except DocumentError as error:
        raise DocumentError(join(path, error.path), error.message, error.fix) from None
    if len(found) > MOST_TEXTS:
        raise DocumentError(path, f"these are more than {MOST_TEXTS} texts", "split it over several rules")
    return {place: compile_text(text, join(path, *place)) for place, text in found}


def _texts(written: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Find the texts of a document, each with its place; raises `DocumentError` where it is too deep."""
    if len(place) > DEEPEST:
        raise DocumentError(join(*place[:DEEPEST]), f"it is more than {DEEPEST} levels deep", "write it flatter")
    if isinstance(written, str):
        yield place, written
    elif isinstance(written, Mapping):
        for key, value in written.items():
            yield from _texts(value, (*place, key))
    elif isinstance(written, list):
        for number, value in enumerate(written):
            yield from _texts(value, (*place, number))


def _put(whole: Any, place: list[Any], text: str) -> Any:
    """Give a copy of a document with a text at a place."""
    at, *deeper = place
    copy = whole.copy()
    copy[at] = _put(copy[at], deeper, text) if deeper else text
    return copy


def _value(text: str, path: str) -> str:
    try:
        reader(text)
    except DocumentError as error:
        raise DocumentError(path, error.message, error.fix) from None
    return text


def _fixed(given: Mapping[Means | None, JsonObject]) -> JsonObject:
    fixed = given[None] | given[Means.PERSON] | given[Means.TEXTS]
    return {key: value for key, value in fixed.items() if value is not False or key not in SWITCHES}


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
