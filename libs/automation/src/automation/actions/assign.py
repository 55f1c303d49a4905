"""assign: make somebody responsible: a person, or one of several in turn or by how busy they are."""

from dataclasses import replace

from contracts.commands import AssignItem, ItemCommand
from contracts.data import JsonObject
from contracts.people import Among

from automation.actions.action import Action, Effects, Params, People
from automation.facts import Facts


class AssignTo(Params):
    """`to` is a person, or `round-robin` or `least-busy` with those `among` whom one is chosen."""

    to: People
    among: Among | None = None


def finish(effects: Effects, _: Facts) -> Effects:
    """Add who was found; of several crm-api chooses, for it knows whose turn it is."""
    return replace(effects, params={**effects.params, "to": effects.recipients[0].address})


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return AssignItem(**common, to=params["to"], among=params["among"])


ACTION = Action("assign", None, "crm", "reversible", AssignTo, results=("id", "name"), command=command, finish=finish)
