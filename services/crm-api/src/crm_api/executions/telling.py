"""A timeline in words for people: what a rule waits for, who moved the item, why a trigger was not chosen."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.data import JsonObject, Part
from contracts.executions import ExecutionRow, ExecutionState
from pydantic import Field

MORE = ("round", "occurrence", "cause", "dispatched_at", "finished_at", "version")
SHOWN = ("actor", "stage")


class TimelineRow(Part):
    """One row: a rule's (with its state), or one thing that happened; `words` say it, `details` is what else is known.

    `due_at` and `notes` tell how the moment came about, `seen` which values a condition or text saw.
    """

    id: UUID
    at: datetime
    kind: str
    words: str
    actor: str = ""
    reason: str = ""
    stage: str = ""
    rule: str = ""
    action: str = ""
    state: str = ""
    due_at: datetime | None = None
    activation: int | None = None
    seen: JsonObject = Field(default_factory=dict)
    results: JsonObject = Field(default_factory=dict)
    effects: tuple[JsonObject, ...] = ()
    notes: tuple[JsonObject, ...] = ()
    details: JsonObject = Field(default_factory=dict)


def told(row: Mapping[str, Any]) -> TimelineRow:
    """Give a stored row as people read it."""
    body: JsonObject = row["body"]
    if row["kind"] == "rule":
        return rule_row(row["at"], ExecutionRow.model_validate(body))
    kind = str(row["kind"])
    words = WORDS[kind](body) if kind in WORDS else kind.replace("_", " ")
    return TimelineRow(
        id=row["id"],
        at=row["at"],
        kind=kind,
        words=words,
        actor=body.get("actor", ""),
        stage=body.get("to") or body.get("stage", ""),
        reason=body.get("why") or body.get("why_not", ""),
        details={key: value for key, value in body.items() if key not in SHOWN},
    )


def rule_row(at: datetime, row: ExecutionRow) -> TimelineRow:
    """Give the row of a rule as people read it."""
    shown = row.model_dump(mode="json")
    return TimelineRow(
        id=row.id,
        at=at,
        kind="rule",
        words=rule_words(row),
        reason=row.reason,
        stage=row.stage,
        rule=row.rule_key,
        action=row.action,
        state=row.state,
        due_at=row.due_at,
        activation=row.activation,
        seen=row.seen,
        results=row.results,
        effects=shown["effects"],
        notes=shown["notes"],
        details={key: shown[key] for key in MORE},
    )


def rule_words(row: ExecutionRow) -> str:
    """Say where a rule stands."""
    words = STATES[row.state].format(due=moment(row.due_at))
    return f"{row.rule_key}: {words}" + (f" ({row.reason})" if row.reason else "")


def moment(at: datetime | None) -> str:
    """Give a moment for people."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "?"


STATES: dict[ExecutionState, str] = {
    "waiting": "waits until {due}",
    "waiting_for_date": "waits for its date",
    "waiting_for_previous": "waits for the rule before it",
    "waiting_for_signal": "waits for a signal",
    "dispatched": "is being done",
    "succeeded": "done ✓",
    "failed": "failed",
    "uncertain": "nobody knows whether it was done; confirm it or send again",
    "skipped": "skipped",
    "cancelled": "cancelled",
    "blocked": "blocked",
    "missed": "missed",
}
WHY_NOT = {
    "earlier_stage": "its stage is earlier than the present one",
    "same_stage": "the item stands in its stage already",
    "final_stage": "the item is closed",
    "condition_false": "its condition does not hold",
    "condition_unknown": "its condition cannot be decided",
    "not_chosen": "another trigger leads to an earlier stage",
    "no_trigger": "no trigger fits",
    "loop": "too many automated moves follow from one cause",
    "settling": "a trigger waits until it is quiet",
}


def _by(body: JsonObject) -> str:
    return f" by {body['actor']}" if body.get("actor") else ""


def _why(body: JsonObject) -> str:
    return f": {body['why']}" if body.get("why") else ""


def _changed(body: JsonObject) -> str:
    changes = body.get("changes", {})
    parts = (f"{key} {one.get('old')} → {one.get('new')}" for key, one in changes.items())
    return f"changed{_by(body)}{_why(body)}: {'; '.join(parts)}"


def _moved(body: JsonObject) -> str:
    left, there = (f" of {body[name]}" if body.get(name) else "" for name in ("from_pipeline", "pipeline"))
    return f"moved from {body.get('from')}{left} to {body.get('to')}{there}{_by(body)}{_why(body)}"


def _signal(body: JsonObject) -> str:
    if body.get("moved"):
        return f"{body.get('kind')} arrived and moved it"
    why = ", ".join(WHY_NOT.get(one, one) for one in str(body.get("why_not", "no_trigger")).split(", "))
    return f"{body.get('kind')} arrived and moved nothing: {why}"


def _not_chosen(body: JsonObject) -> str:
    why = WHY_NOT.get(body.get("why", ""), body.get("why", ""))
    return f"trigger {body.get('trigger')} to {body.get('stage')} was not chosen: {why}"


def _settling(body: JsonObject) -> str:
    lasts = f"for {body.get('quiet')}, at most {body.get('at_most')}"
    return f"trigger {body.get('trigger')} to {body.get('stage')} waits until it is quiet {lasts}"


def _settled(body: JsonObject) -> str:
    many = body.get("signals", 1)
    gathered = f"{many} signal{'' if many == 1 else 's'} {body.get('on')}"
    if body.get("gone"):
        return f"it was quiet after {gathered}, and the trigger that waited for it is gone"
    return f"it was quiet after {gathered}: trigger {body.get('trigger')} to {body.get('stage')} was weighed on them"


def _task(body: JsonObject) -> str:
    result = f" ({body['result']})" if body.get("result") else ""
    return f"task {str(body.get('status')).replace('_', ' ')}{_by(body)}: {body.get('title')}{result}"


def _activity(body: JsonObject) -> str:
    at = f" for {moment(datetime.fromisoformat(body['starts_at']))}" if body.get("starts_at") else ""
    when = at if body.get("state") == "planned" else ""
    result = f" ({body['result']})" if body.get("result") else ""
    return (
        f"{body.get('activity_kind')} {body.get('state')}{when}{_by(body)}{_why(body)}: {body.get('subject')}{result}"
    )


WORDS: dict[str, Callable[[JsonObject], str]] = {
    "created": lambda b: f"created{' in ' + b['stage'] if b.get('stage') else ''}{_by(b)}{_why(b)}",
    "moved": _moved,
    "changed": _changed,
    "deleted": lambda b: f"deleted{_by(b)}{_why(b)}",
    "restored": lambda b: f"restored{_by(b)}{_why(b)}",
    "loop": lambda b: f"not {'moved to ' + b['to'] if b.get('to') else 'made'}: {b.get('words') or WHY_NOT['loop']}",
    "released": lambda b: f"the chain of causes that was stopped was released{_by(b)}: {b.get('words')}",
    "booked": lambda b: f"{b.get('resource')} booked{_by(b)} from {b.get('starts_at')} to {b.get('ends_at')}",
    "rebooked": lambda b: f"the booking of {b.get('resource')} moved{_by(b)} to {b.get('starts_at')}",
    "booking_cancelled": lambda b: f"the booking of {b.get('resource')} cancelled{_by(b)}",
    "document": lambda b: f"document {b.get('template')} {b.get('number')}, version {b.get('version')}{_by(b)}",
    "asked": lambda b: f"asked {b.get('whom')}: {b.get('text')}",
    "answered": lambda b: f"answered{_by(b)}: {b.get('text')}",
    "task": _task,
    "activity": _activity,
    "signal": _signal,
    "not_chosen": _not_chosen,
    "settling": _settling,
    "settled": _settled,
    "repeated": lambda b: f"{b.get('signal_kind')} from {b.get('source')} was delivered again; nothing happened",
    "quarantined": lambda b: f"{b.get('signal_kind')} came again with another content; it was put aside",
    "unread": lambda b: f"{b.get('field')} was left empty: {b.get('problem')}",
}
