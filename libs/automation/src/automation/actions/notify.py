"""notify: somebody of ours is told something inside the CRM; of several people, each by themselves."""

from dataclasses import replace
from typing import Annotated

from contracts.people import Person
from pydantic import AfterValidator, Field

from automation.actions.action import Action, Effects, Params, People, PersonNamed, Text
from automation.facts import Facts

LONGEST_SENDER = 200


def one_person(sender: str | dict[str, str]) -> str | dict[str, str]:
    """Refuse what names no one person; raises `ValueError`."""
    named = sender.keys() == {"user"} if isinstance(sender, dict) else sender in {"", "responsible", "supervisor"}
    if not named:
        raise ValueError(f"{sender!r} is no sender; write responsible, supervisor or {{user: …}}")
    return sender


Sender = Annotated[PersonNamed, AfterValidator(one_person)]


class Notify(Params):
    """Who is told what; `sender` is in whose name: `responsible`, `supervisor` or a user, else the rule's own."""

    to: People = "responsible"
    text: Text = Field(min_length=1)
    sender: Sender = ""


def finish(effects: Effects, facts: Facts) -> Effects:
    """Say in whose name: by the person's name, and by the rule's where there is no such person."""
    person = sent_by(effects.params["sender"], facts)
    return replace(effects, params={**effects.params, "sender": signed_name(person, facts)})


def sent_by(sender: str | dict[str, str], facts: Facts) -> Person | None:
    """Give the person in whose name a rule speaks, None where it speaks in its own."""
    if isinstance(sender, dict):
        return facts.knowledge.people.get(sender["user"])
    return {"responsible": facts.responsible, "supervisor": facts.supervisor}.get(sender)


def signed_name(person: Person | None, facts: Facts) -> str:
    """Give the name that stands below what is said: the person's, else the rule's."""
    name = person.name if person else str(facts.rule_values.get("name", ""))
    return name[:LONGEST_SENDER]


ACTION = Action("notify", "notification", "notice", "irreversible", Notify, finish=finish)
