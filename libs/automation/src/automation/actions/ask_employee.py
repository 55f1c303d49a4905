"""ask-employee: values that only a person knows; the answers are results for the later rules."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Self

from contracts.commands import AskEmployee, ItemCommand
from contracts.data import JsonObject
from contracts.questions import AnswerKind, AskedField
from contracts.rules import Text as Label
from pydantic import Field, field_validator, model_validator

from automation.actions.action import Action, Effects, Params, People, Span, Text
from automation.documents import Document
from automation.facts import Facts
from automation.variables import NAME

MOST_FIELDS = 20
MOST_OPTIONS = 100
ANSWERED_BY = "answered_by"
CHOOSING = frozenset({"choice", "choices"})
ROLE = "role:"
DEPARTMENT = "department:"


class Asked(Document):
    """One value that is asked for: later rules read it as `results.<rule>.<key>`; a choice has `options`."""

    key: str = Field(pattern=NAME)
    label: Label = ""
    kind: AnswerKind = "string"
    required: bool = False
    options: list[str] = Field(default_factory=list, max_length=MOST_OPTIONS)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind in CHOOSING) is not bool(self.options):
            raise ValueError("a choice has options, and nothing else has")
        if self.key == ANSWERED_BY:
            raise ValueError(f"{ANSWERED_BY} is the name of who answered; choose another key")
        return self


class Question(Params):
    """Who is asked what; `deadline`, from dispatch, is when it counts as not answered: without one it stays open."""

    to: People = "responsible"
    text: Text = Field(min_length=1)
    ask: list[Asked] = Field(min_length=1, max_length=MOST_FIELDS)
    deadline: Span = None

    @field_validator("to")
    @classmethod
    def _of_ours(cls, to: str | dict[str, str]) -> str | dict[str, str]:
        if to == "contact":
            some = "responsible, supervisor, {role: …}, {department: …} or {user: …}"
            raise ValueError(f"a client cannot be asked; write {some}")
        return to

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        if len({one.key for one in self.ask}) < len(self.ask):
            raise ValueError("two fields have the same key")
        return self


def finish(effects: Effects, _: Facts) -> Effects:
    """Add who was found, and until when."""
    meant = [one for one in effects.recipients if not one.missing]
    params = {
        "text": effects.params["text"],
        "ask": effects.params["ask"],
        "until": effects.params.get("deadline"),
        "people": [one.address for one in meant if not one.whom.startswith((ROLE, DEPARTMENT))],
        "role": next((one.address for one in meant if one.whom.startswith(ROLE)), ""),
        "department": next((one.address for one in meant if one.whom.startswith(DEPARTMENT)), ""),
    }
    return replace(effects, params=params)


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    given = {name: params[name] for name in ("people", "role", "department") if name in params}
    asked = tuple(AskedField.model_validate(one, from_attributes=True) for one in params["ask"])
    return AskEmployee(**common, **given, text=params["text"], asked=asked, deadline=params.get("until"))


def names(written: JsonObject) -> Iterator[str]:
    """Give the keys of what is asked for."""
    asked = written.get("ask")
    for one in asked if isinstance(asked, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("key"), str):
            yield one["key"]


ACTION = Action(
    "ask-employee",
    None,
    "person",
    "reversible",
    Question,
    results=(ANSWERED_BY,),
    command=command,
    lasting=True,
    names=names,
    finish=finish,
)
