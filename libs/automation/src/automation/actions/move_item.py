"""move-item: move the item to a stage of its pipeline."""

from contracts.commands import ItemCommand, MoveItem
from contracts.data import JsonObject

from automation.actions.action import Action, Params


class MoveTo(Params):
    """`stage` is a stage of the item's pipeline."""

    stage: str


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return MoveItem(**common, stage=params["stage"])


ACTION = Action("move-item", None, "crm", "reversible", MoveTo, command=command)
