"""set-variable: keep a value under a name, for the later rules of the same activation."""

from typing import Annotated, Any
from uuid import UUID

from contracts.data import JsonObject
from pydantic import BeforeValidator, Field

from automation.actions.action import Action, Means, Params
from automation.facts import Facts
from automation.variables import NAME, setting


def _as_text(written: Any) -> Any:
    if isinstance(written, bool):
        return "true" if written else "false"
    return str(written) if isinstance(written, int | float) else written


class SetVariable(Params):
    """`name` is what later rules read as `var.<name>`; `value` has placeholders."""

    name: str = Field(pattern=NAME)
    value: Annotated[str, BeforeValidator(_as_text), Means.TEXT]


def compute(params: JsonObject, facts: Facts, _: UUID) -> JsonObject:
    """Give the value, and the variable that it sets."""
    return setting(params["name"], params["value"], facts)


ACTION = Action("set-variable", None, "crm", "reversible", SetVariable, results=("value",), compute=compute)
