"""notify: somebody of ours is told something inside the CRM; of several people, each by themselves."""

from dataclasses import replace

from contracts.people import Person
from pydantic import Field, field_validator

from automation.actions.action import Action, Effects, Params, People, PersonNamed, Text
from automation.facts import Facts

LONGEST_SENDER = 200


class Notify(Params):
    """Who is told what; `sender` is in whose name: `responsible`, `supervisor` or a user, else the rule's own."""

    to: People = "responsible"
    text: Text = Field(min_length=1)
    sender: PersonNamed = ""

    @field_validator("sender")
    @classmethod
    def _is_one_person(cls, sender: str | dict[str, str]) -> str | dict[str, str]:
        named = sender.keys() == {"user"} if isinstance(sender, dict) else sender in {"", "responsible", "supervisor"}
        if not named:
            raise ValueError(f"{sender!r} is no sender; write responsible, supervisor or {{user: …}}")
        return sender


def finish(effects: Effects, facts: Facts) -> Effects:
    """Say in whose name: by the person's name, and by the rule's where there is no such person."""
    person = sent_by(effects.params["sender"], facts)
    name = person.name if person else str(facts.rule_values.get("name", ""))
    return replace(effects, params={**effects.params, "sender": name[:LONGEST_SENDER]})


def sent_by(sender: str | dict[str, str], facts: Facts) -> Person | None:
    """Give the person in whose name a rule speaks, None where it speaks in its own."""
    if isinstance(sender, dict):
        return facts.knowledge.people.get(sender["user"])
    return {"responsible": facts.responsible, "supervisor": facts.supervisor}.get(sender)


ACTION = Action("notify", "notification", "notice", "irreversible", Notify, finish=finish)
