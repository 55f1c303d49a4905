"""copy-item: a copy of the item in another pipeline of its type; the two are linked both ways."""

from dataclasses import replace

from contracts.commands import CreateFromItem, ItemCommand
from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Effects, Params, Text, Texts
from automation.facts import Facts


class CopyTo(Params):
    """`stage` is the first of the pipeline where none is named; `fields` differ from the item's."""

    pipeline: str
    stage: str = ""
    title: Text = ""
    fields: Texts = Field(default_factory=dict)


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add the type, which a copy shares with its item."""
    return replace(effects, params={**effects.params, "type": facts.item.type})


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return CreateFromItem(**common, **{**params, "title": params["title"] or None}, purpose="copy")


ACTION = Action(
    "copy-item", None, "crm", "compensable", CopyTo, results=("id", "title"), command=command, finish=finish
)
