"""repeat-sale: a new item of a type and pipeline, linked with the one that was won; when is the rule's own timing."""

from dataclasses import replace

from contracts.commands import CreateFromItem, ItemCommand
from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Effects, Params, Text, Texts
from automation.facts import Facts


class RepeatSale(Params):
    """`type` is the item's own where none is named; `mapping` names, for fields of the new item, fields of this one."""

    type: str = ""
    pipeline: str
    stage: str = ""
    title: Text = ""
    mapping: dict[str, str] | None = None
    fields: Texts = Field(default_factory=dict)


def finish(effects: Effects, facts: Facts) -> Effects:
    """Add the item's own type where none is named."""
    return replace(effects, params={**effects.params, "type": effects.params["type"] or facts.item.type})


def command(common: JsonObject, params: JsonObject) -> ItemCommand:
    """Make the command."""
    return CreateFromItem(**common, **{**params, "title": params["title"] or None}, purpose="repeat")


ACTION = Action(
    "repeat-sale", None, "crm", "compensable", RepeatSale, results=("id", "title"), command=command, finish=finish
)
