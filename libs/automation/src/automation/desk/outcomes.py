"""What workers and crm-api answer: effects refine their row, a settled row lets the next rule run."""

from dataclasses import dataclass
from datetime import datetime

from contracts.data import JsonObject
from contracts.executions import PENDING, EffectSeen, ExecutionRow, ExecutionState
from contracts.items import CommandCompleted
from contracts.outcomes import EffectOutcome

from automation.desk.acting import follow
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.desk.told import Told
from automation.settling import settle

ANSWERS: dict[str, ExecutionState] = {"done": "succeeded", "cancelled": "cancelled", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class End:
    """What an execution came to, None while it goes on."""

    state: ExecutionState | None
    reason: str
    at: datetime


def on_effect_outcome(desk: Desk, received: Told) -> None:
    """Take a newer state of one effect; the chain goes on only when the execution comes to an end by it."""
    outcome: EffectOutcome = received.data
    execution = desk.named(outcome.execution)
    if execution is None:
        return
    effects = refined(execution.row.effects, outcome)
    if effects is None:
        return
    row = execution.row
    came_to = settle([effect.state for effect in effects], outcome.effects)
    update: JsonObject = {
        "version": row.version + 1,
        "effects": effects,
        "results": {**row.results, **outcome.results},
    }
    _end(desk, execution, update, End(came_to, _reason(row, effects, came_to), outcome.at))


def on_command_completed(desk: Desk, received: Told) -> None:
    """Take crm-api's answer to the command of the present round."""
    answer: CommandCompleted = received.data
    execution = desk.named(answer.execution)
    if execution is None:
        return
    row = execution.row
    if row.state != "dispatched" or row.round != answer.round:
        return
    update: JsonObject = {"version": row.version + 1, "results": {**row.results, **answer.results}}
    _end(desk, execution, update, End(ANSWERS[answer.outcome], answer.reason, desk.now))


def refined(effects: tuple[EffectSeen, ...], outcome: EffectOutcome) -> tuple[EffectSeen, ...] | None:
    """Give the effects with one replaced by its newer state; None where that is known already."""
    known = next((effect for effect in effects if effect.id == outcome.effect), None)
    if known is not None and known.version >= outcome.version:
        return None
    newer = EffectSeen(
        id=outcome.effect,
        whom=outcome.whom,
        state=outcome.state,
        version=outcome.version,
        reason=outcome.reason,
        reference=outcome.reference,
        at=outcome.at,
    )
    if known is None:
        return (*effects, newer)
    return tuple(newer if effect.id == outcome.effect else effect for effect in effects)


def _reason(row: ExecutionRow, effects: tuple[EffectSeen, ...], came_to: ExecutionState | None) -> str:
    """Give the words of the effects that decided it; a cancelled row keeps what it was cancelled by."""
    if came_to is None or (came_to == "cancelled" and row.reason):
        return row.reason
    deciding = (effect.reason for effect in effects if effect.state == came_to and effect.reason)
    return "; ".join(dict.fromkeys(deciding))


def _end(desk: Desk, execution: Execution, update: JsonObject, end: End) -> None:
    row = execution.row
    if end.state is not None and end.state != row.state:
        finished = None if end.state in PENDING else end.at
        update |= {"state": end.state, "reason": end.reason, "finished_at": finished}
    ended = desk.put(row.model_copy(update=update), execution.cause)
    if ended.row.state != row.state:
        follow(desk, ended)
