"""remind: people are told of something at a moment, or a while before it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.commands import ItemCommand, Remind
from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Effects, Params, People, Text
from automation.appointing import ANY_MOMENT, Appointed, At, ClockText, SpanText, Working, before, wrong_path
from automation.documents import DocumentError
from automation.facts import Facts

if TYPE_CHECKING:
    from automation.vocabulary import Vocabulary


class RemindOf(Params):
    """`at` is an interval from dispatch, an exact moment, or a field with a date; `lead` is how long before it."""

    to: People = "responsible"
    text: Text = Field(min_length=1)
    at: At
    clock: ClockText = ""
    working_time: Working | None = None
    lead: SpanText = ""


def check(params: JsonObject, vocabulary: "Vocabulary") -> Iterator[DocumentError]:
    """Find fields that are not there."""
    yield from wrong_path(params["at"], vocabulary)


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add who was found, and when."""
    params = effects.params
    at = Appointed(params["at"], params["clock"], params["working_time"]).moment(facts)
    people = tuple(one.address for one in effects.recipients if not one.missing)
    moment = before(at, params["lead"], facts) if params["lead"] else at
    return replace(effects, params={**params, "people": people, "moment": moment})


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    at = params.get("moment") or ANY_MOMENT
    return Remind(**common, text=params["text"], people=params.get("people", ()), at=at)


ACTION = Action(
    "remind", None, "notice", "compensable", RemindOf, results=("id",), command=command, finish=finish, check=check
)
