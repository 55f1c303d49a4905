"""move-item: move the item to a stage, of its own pipeline or of another."""

from typing import Self

from contracts.commands import ItemCommand, MoveItem
from contracts.data import JsonObject
from pydantic import model_validator

from automation.actions.action import Action, Params


class MoveTo(Params):
    """`stage` is one of the item's pipeline, or of `pipeline`, another of its type: there the first by itself."""

    stage: str = ""
    pipeline: str = ""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not (self.stage or self.pipeline):
            raise ValueError("it does not say where: name a stage, a pipeline, or both")
        return self


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return MoveItem(**common, stage=params["stage"], pipeline=params["pipeline"])


ACTION = Action("move-item", None, "crm", "reversible", MoveTo, command=command)
