"""What a simulation writes down instead of acting: each effect that would have happened, when, for whom, its text."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.actions import PerformAction
from contracts.commands import ItemCommand
from contracts.data import JsonObject
from contracts.executions import ExecutionRow

# What every command carries is not what it asks for.
COMMON = frozenset(ItemCommand.model_fields)


@dataclass(frozen=True, slots=True)
class Effect:
    """One act on the outside world, or one command to the record; `params` are its texts as they were rendered."""

    at: datetime
    execution: UUID
    round: int
    item: UUID
    rule: UUID
    rule_key: str
    stage: str
    action: str
    whom: tuple[str, ...] = ()
    params: JsonObject = field(default_factory=dict)


def performed(action: PerformAction, row: ExecutionRow, at: datetime) -> Effect:
    """Write down what a worker was asked to do."""
    whom = tuple(dict.fromkeys(one.whom for one in action.recipients))
    return _effect(row, action.round, at, whom, action.params)


def commanded(command: ItemCommand, row: ExecutionRow, at: datetime) -> Effect:
    """Write down what crm-api was asked to do."""
    return _effect(
        row, command.round, at, (), command.model_dump(mode="json", exclude=set(COMMON), exclude_defaults=True)
    )


def _effect(row: ExecutionRow, round_: int, at: datetime, whom: tuple[str, ...], params: JsonObject) -> Effect:
    return Effect(at, row.id, round_, row.item, row.rule, row.rule_key, row.stage, row.action, whom, params)
