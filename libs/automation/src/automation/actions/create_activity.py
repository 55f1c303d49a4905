"""create-activity: a call, meeting, letter, chat or note, in the calendar of whoever is to do it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from contracts.activities import ActivityKind
from contracts.commands import ItemCommand, ScheduleActivity
from contracts.data import JsonObject
from pydantic import Field, field_validator

from automation.actions.action import Action, Effects, Params, People, Text
from automation.appointing import ANY_MOMENT, Appointed, At, ClockText, SpanText, Working, after, wrong_path
from automation.documents import DocumentError, one_of
from automation.facts import Facts

if TYPE_CHECKING:
    from automation.vocabulary import Vocabulary

MOST_PEOPLE = 20
CONTACT = "contact"
RESULTS = ("id", "url")


class Appointment(Params):
    """`at` is an interval from dispatch, an exact moment, or a field that holds a date; `clock` the time of that day.

    `people` are those of ours who take part too; `invite` is the mail account through which the client is invited.
    `remind` is how long before it people are reminded. `auto_complete`: done when the item enters another stage.
    """

    to: People = "responsible"
    subject: Text = Field(min_length=1)
    text: Text = ""
    at: At
    clock: ClockText = ""
    working_time: Working | None = None
    duration: SpanText = ""
    place: Text = ""
    people: list[str] = Field(default_factory=list, max_length=MOST_PEOPLE)
    invite: str = ""
    remind: SpanText = ""
    important: bool = False
    auto_complete: bool = False

    @field_validator("to")
    @classmethod
    def _is_somebody(cls, to: str | dict[str, str]) -> str | dict[str, str]:
        if to == CONTACT or (isinstance(to, dict) and to.keys() != {"user"}):
            raise ValueError("one of ours has it in the calendar; write responsible, supervisor, {user: …} or a field")
        return to


class CreateActivity(Appointment):
    """`kind` says what it is; a note or a letter needs no `duration`."""

    kind: ActivityKind


def check(params: JsonObject, vocabulary: "Vocabulary") -> Iterator[DocumentError]:
    """Find people, accounts and fields that are not there."""
    knowledge = vocabulary.knowledge
    yield from wrong_path(params["at"], vocabulary)
    for number, person in enumerate(params.get("people", ())):
        if person not in knowledge.people:
            yield DocumentError(f"people.{number}", f"unknown user {person!r}", one_of(knowledge.people))
    if params.get("invite") and params["invite"] not in knowledge.connections:
        yield DocumentError("invite", f"unknown connection {params['invite']!r}", one_of(knowledge.connections))


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add who was found, the client, and from when until when it is."""
    params = effects.params
    at = Appointed(params["at"], params["clock"], params["working_time"]).moment(facts)
    assignee, *others = [one.address for one in effects.recipients if not one.missing]
    client = facts.link(CONTACT) if params["invite"] else None
    settled: JsonObject = {
        "assignee": assignee,
        "people": tuple(dict.fromkeys((*others, *params["people"]))),
        "contact": client.id if client else None,
        "starts_at": at,
        "ends_at": after(at, params["duration"], facts) if params["duration"] else None,
    }
    return replace(effects, params={**params, **settled})


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    taken = ("kind", "subject", "place", "invite", "remind", "important", "auto_complete")
    settled = ("assignee", "people", "contact", "ends_at")
    given: dict[str, Any] = {name: params[name] for name in (*taken, *settled) if name in params}
    starts_at = params.get("starts_at") or ANY_MOMENT
    return ScheduleActivity(**common, **given, description=params["text"], starts_at=starts_at)


def appointment(name: str, params: type[Appointment]) -> Action:
    """Declare an action that puts something into a calendar."""
    return Action(
        name, None, "person", "compensable", params, results=RESULTS, command=command, finish=finish, check=check
    )


ACTION = appointment("create-activity", CreateActivity)
