"""Variables of an activation: what its rules have kept under names, the last one to do so winning.

They are not stored by themselves: each setting is the result of the execution that made it, numbered in the order in
which they happened, for two moments of two processes say nothing about their order.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contracts.data import JsonObject
from contracts.executions import ExecutionRow

if TYPE_CHECKING:
    from automation.facts import Facts

NAME = r"^[A-Za-z_]\w{0,62}$"
SETTING_ACTIONS = {"set-variable": "name", "calculate": "variable"}


def setting(name: str, value: str, facts: "Facts") -> JsonObject:
    """Give the results of a rule that works a value out, and keeps it where there is a name."""
    return {"value": value, "variable": name, "nth": facts.settings + 1} if name else {"value": value}


def settings(rows: Iterable[ExecutionRow]) -> list[ExecutionRow]:
    """Give the executions of an activation that set a variable, in the order in which they did."""
    setting_rows = (row for row in rows if row.action in SETTING_ACTIONS and "variable" in row.results)
    return sorted(setting_rows, key=lambda row: row.results["nth"])


def values(rows: Iterable[ExecutionRow]) -> dict[str, Any]:
    """Give the variables after these settings, which come in their order."""
    return {row.results["variable"]: row.results["value"] for row in rows}


def set_by(do: Mapping[str, JsonObject]) -> str:
    """Give the name of the variable that a rule sets, "" where it sets none."""
    action, params = next(iter(do.items()))
    return str(params.get(SETTING_ACTIONS.get(action, ""), ""))
