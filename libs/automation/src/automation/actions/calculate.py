"""calculate: work a formula out, for the later rules of the same activation."""

from uuid import UUID

from contracts.data import JsonObject
from pydantic import Field

from automation.actions.action import Action, Formula, Params
from automation.facts import Facts
from automation.variables import NAME, setting


class Calculate(Params):
    """`formula` is like `round(item.amount * 0.9, 2)`; its result is kept in `variable` too, where one is named."""

    formula: Formula
    variable: str = Field("", pattern=f"^$|{NAME}")


def compute(params: JsonObject, facts: Facts, _: UUID) -> JsonObject:
    """Give the result, and the variable that it sets."""
    return setting(params["variable"], params["formula"], facts)


ACTION = Action("calculate", None, "crm", "reversible", Calculate, results=("value",), compute=compute)
