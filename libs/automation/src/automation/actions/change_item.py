"""change-item: set fields of the item; `title` and `responsible` are fields too."""

from contracts.commands import ChangeItem, ItemCommand
from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Params, Texts


class SetFields(Params):
    """`fields` maps a field to its new value; texts have placeholders."""

    fields: Texts = Field(min_length=1)


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return ChangeItem(**common, fields=params["fields"])


ACTION = Action("change-item", None, "crm", "reversible", SetFields, command=command)
