"""Actions of installed apps: rules name one as `app:<app>/<action>`, and its manifest says what it takes and gives."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from contracts.actions import Recipient
from contracts.app_values import WrongValue, of_texts, read_value
from contracts.apps import App, AppAction, AppValue, AppValueKind
from contracts.data import JsonObject
from pydantic import Field

from automation.actions import ACTIONS, Action, Effects, Means, Params
from automation.documents import DocumentError, join, one_of
from automation.facts import Facts
from automation.knowledge import Knowledge

if TYPE_CHECKING:
    from automation.vocabulary import Vocabulary

PREFIX = "app:"
KIND = "app"
ONE_VALUE = re.compile(r"\{\{-?\s*([A-Za-z_][\w-]*(?:\.[\w-]+)+)\s*-?\}\}")
PLACEHOLDER = re.compile(r"\{\{|\{%")
# Which kinds of fields can be what an app takes; a text can be any of them, for all that is known when it is written.
FITTING: dict[str, frozenset[str]] = {
    "integer": frozenset({"integer"}),
    "decimal": frozenset({"decimal", "integer"}),
    "money": frozenset({"money"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "choice": frozenset({"choice"}),
    "person": frozenset({"person"}),
}
UNTYPED = frozenset({None, "string", "text"})


class AppInputs(Params):
    """`inputs` are values by the names that the app's manifest gives them; their texts have placeholders."""

    inputs: Annotated[JsonObject, Means.TEXTS] = Field(default_factory=dict)


def action_of(name: str, knowledge: Knowledge) -> Action | None:
    """Give an action that rules can do: one of ours, or of an installed app."""
    if not name.startswith(PREFIX):
        return ACTIONS.get(name)
    app, described = _described(name, knowledge)
    if app is None or described is None:
        return None
    return knowledge.memo.of(("action of an app", name), app, lambda: made(app, described))


def kind_of(name: str) -> str | None:
    """Give the kind of worker that does an action, None for what crm-api does itself and for what nobody knows."""
    if name.startswith(PREFIX):
        return KIND
    return ACTIONS[name].kind if name in ACTIONS else None


def app_of(name: str) -> str:
    """Give the app of an action that is one's, "" for ours."""
    return name.removeprefix(PREFIX).partition("/")[0] if name.startswith(PREFIX) else ""


def names(knowledge: Knowledge) -> list[str]:
    """Give the names of all actions that rules can do."""
    return [*ACTIONS, *(name_of(app, one) for app in knowledge.apps.values() for one in app.actions)]


def name_of(app: App, action: AppAction) -> str:
    """Give the name by which rules call an action."""
    return f"{PREFIX}{app.id}/{action.key}"


def made_up_results(name: str, effect: UUID, knowledge: Knowledge) -> JsonObject:
    """Give what an app's action could answer where nobody asks it: of its kinds, and always the same for an effect."""
    _, described = _described(name, knowledge)
    return {one.key: _made_up(one, effect, knowledge) for one in described.outputs} if described else {}


def _described(name: str, knowledge: Knowledge) -> tuple[App | None, AppAction | None]:
    """Give the app that an action's name begins with, and what its manifest says of the action."""
    app = knowledge.apps.get(app_of(name))
    return app, app.action(name.partition("/")[2]) if app else None


def _made_up(value: AppValue, effect: UUID, knowledge: Knowledge) -> Any:
    number = effect.int % 100
    values: dict[AppValueKind, Any] = {
        "integer": number,
        "decimal": str(number),
        "money": f"{number} {knowledge.portal.currency}",
        "boolean": number % 2 == 0,
        "date": "2000-01-01",
        "datetime": "2000-01-01T00:00:00+00:00",
    }
    if value.choices:
        return value.choices[number % len(value.choices)]
    return values.get(value.kind, effect.hex[:8])


def made(app: App, described: AppAction) -> Action:
    """Make the action that a manifest describes."""

    def check(params: JsonObject, vocabulary: "Vocabulary") -> Iterator[DocumentError]:
        return wrong_inputs(described.inputs, params["inputs"], vocabulary)

    def finish(effects: Effects, facts: Facts) -> Effects:
        return addressed(effects, facts.knowledge.apps.get(app.id, app), described)

    return Action(
        name_of(app, described),
        KIND,
        "web",
        described.effect,
        AppInputs,
        results=tuple(one.key for one in described.outputs),
        check=check,
        finish=finish,
    )


def addressed(effects: Effects, app: App, described: AppAction) -> Effects:
    """Say that it is for the app, and whether the app knows a second call by its id."""
    to = Recipient(whom=f"{PREFIX}{app.id}", name=app.id)
    return replace(effects, recipients=(to,), params={**effects.params, "idempotent": described.idempotent})


def wrong_inputs(inputs: Iterable[AppValue], written: JsonObject, vocabulary: "Vocabulary") -> Iterator[DocumentError]:
    """Find inputs that the app does not take, those that are missing, and those that can never be of their kind."""
    known = {one.key: one for one in inputs}
    for key in written:
        if key not in known:
            yield DocumentError(join("inputs", key), f"the app takes no {key!r}", one_of(known))
    for key, one in known.items():
        yield from _wrong_input(one, written.get(key), vocabulary)


def _wrong_input(one: AppValue, value: Any, vocabulary: "Vocabulary") -> Iterator[DocumentError]:
    place = join("inputs", one.key)
    if value is not None and value != "":
        if words := _unfit(one, value, vocabulary):
            yield DocumentError(place, words)
    elif one.required:
        yield DocumentError(place, f"the app needs {one.key!r}", f"write a value of kind {one.kind}")


def _unfit(described: AppValue, written: Any, vocabulary: "Vocabulary") -> str:
    if not (isinstance(written, str) and PLACEHOLDER.search(written)):
        return _unreadable(described, written)
    one = ONE_VALUE.fullmatch(written.strip())
    if one is None or described.kind not in FITTING:
        return ""
    try:
        kind = vocabulary.kind(one[1])
    except DocumentError:
        return ""  # told of the text itself
    fits = kind in UNTYPED or kind in FITTING[described.kind]
    return "" if fits else f"{one[1]} is of kind {kind}, and the app takes one of kind {described.kind}"


def _unreadable(described: AppValue, written: Any) -> str:
    try:
        read_value(described, of_texts((described,), {described.key: written})[described.key])
    except WrongValue as error:
        return str(error)
    return ""
