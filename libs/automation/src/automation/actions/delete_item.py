"""delete-item: delete the item."""

from contracts.commands import DeleteItem, ItemCommand
from contracts.data import JsonObject

from automation.actions.action import Action, Params


class Nothing(Params):
    """It takes no parameters."""


def command(common: JsonObject, _: JsonObject) -> ItemCommand:
    """Make the command."""
    return DeleteItem(**common)


ACTION = Action("delete-item", None, "crm", "irreversible", Nothing, command=command)
