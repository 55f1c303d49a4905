"""create-from-source: what follows from the item: a deal from a lead, a quote, an invoice or an order from a deal."""

from contracts.commands import CreateFromItem, ItemCommand
from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Params, Text, Texts


class CreateFrom(Params):
    """`mapping` names, for fields of the new item, fields of this one; without it what both have alike is taken."""

    type: str
    pipeline: str = ""
    stage: str = ""
    title: Text = ""
    mapping: dict[str, str] | None = None
    fields: Texts = Field(default_factory=dict)


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return CreateFromItem(**common, **{**params, "title": params["title"] or None})


ACTION = Action("create-from-source", None, "crm", "compensable", CreateFrom, results=("id", "title"), command=command)
