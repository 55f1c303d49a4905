"""What becomes of effects: what history recorded, else they succeed when they are sent, which quiet hours put off."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.actions import PerformAction, Recipient
from contracts.commands import ItemCommand
from contracts.data import JsonObject
from contracts.executions import PENDING, EffectSeen, ExecutionRow
from contracts.ids import effect_id
from contracts.items import CommandCompleted
from contracts.outcomes import EffectOutcome, EffectState

from automation.actions import ACTIONS
from automation.app_actions import made_up_results
from automation.knowledge import Knowledge
from automation.quiet_hours import Hold, ways_of
from automation.quiet_hours import hold as hold_of

OUTCOMES = {"succeeded": "done", "cancelled": "cancelled", "failed": "failed"}
# An effect that is in one of these states has no answer yet.
OPEN = frozenset({"planned", "buffered", "claimed", "awaited"})
# A version that any real answer may have, since only one is given.
LAST = 1_000_000


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of executions as history last told them; without any, all that is sent succeeds."""

    recorded: Mapping[UUID, ExecutionRow]

    def to_action(
        self, action: PerformAction, knowledge: Knowledge, now: datetime
    ) -> Iterator[tuple[datetime, EffectOutcome]]:
        """Give the answers to what a worker is asked to do, each with its moment."""
        recipients = {one.whom: one for one in action.recipients}
        known = self._known(action, now)
        for whom, recipient in recipients.items():
            seen, results, at = known.get(whom) or made_up(action, recipient, knowledge, now)
            if seen.state not in OPEN:
                yield at, _outcome(action, len(recipients), seen, results, at)

    def to_command(self, command: ItemCommand, now: datetime) -> tuple[datetime, CommandCompleted] | None:
        """Give the answer that history recorded to a command, with its moment; None where there is none."""
        row = self._row(command.execution, command.round)
        if row is None or row.state not in OUTCOMES or row.dispatched_at is None:
            return None
        told = {"execution": row.id, "item": row.item, "round": command.round, "outcome": OUTCOMES[row.state]}
        return moment(row, now), CommandCompleted.model_validate(
            {**told, "reason": row.reason, "results": row.results, "config": command.config}
        )

    def results(self, execution: UUID) -> JsonObject:
        """Give what history recorded as results of an execution."""
        row = self.recorded.get(execution)
        return row.results if row else {}

    def _known(self, action: PerformAction, now: datetime) -> dict[str, tuple[EffectSeen, JsonObject, datetime]]:
        """Give the effects that history recorded, with results and moment, by whom they are for."""
        row = self._row(action.execution, action.round)
        if row is None:
            return {}
        return {effect.whom: (effect, row.results, moment(row, now)) for effect in row.effects}

    def _row(self, execution: UUID, round_: int) -> ExecutionRow | None:
        row = self.recorded.get(execution)
        return row if row is not None and row.round == round_ and row.dispatched_at is not None else None


def moment(row: ExecutionRow, now: datetime) -> datetime:
    """Say when an answer comes: as long after the asking as it came then."""
    if row.finished_at is None or row.dispatched_at is None or row.state in PENDING:
        return now
    return max(now, now + (row.finished_at - row.dispatched_at))


def made_up(
    action: PerformAction, recipient: Recipient, knowledge: Knowledge, now: datetime
) -> tuple[EffectSeen, JsonObject, datetime]:
    """Give an effect that succeeds at once, or after the quiet hours, but for whom there is no way to reach."""
    state, reason, at = came_to(action, recipient, knowledge, now)
    id_ = effect_id(action.execution, recipient.whom)
    told = {"id": id_, "whom": recipient.whom, "state": state, "version": LAST, "reason": reason, "at": at}
    return EffectSeen.model_validate(told), _values(action, recipient, knowledge) if state == "sent" else {}, at


def came_to(
    action: PerformAction, recipient: Recipient, knowledge: Knowledge, now: datetime
) -> tuple[EffectState, str, datetime]:
    """Say what becomes of an effect of which history knows nothing, why, and when."""
    if recipient.missing:
        return "skipped", recipient.missing, now
    hold = held(action, recipient, knowledge, now)
    if hold is None:
        return "sent", "", now
    if hold.skips:
        return "skipped", hold.words, now
    if action.expires_at is not None and action.expires_at < hold.until:
        return "missed", f"too late: it was wanted before {action.expires_at:%Y-%m-%d %H:%M} UTC", hold.until
    return "sent", "", hold.until


def held(action: PerformAction, recipient: Recipient, knowledge: Knowledge, now: datetime) -> Hold | None:
    """Say until when an effect is held for its client's quiet hours, as the workers would hold it."""
    known = ACTIONS.get(action.action)
    if not knowledge.portal.quiet or known is None or known.kind is None:
        return None
    route: JsonObject = next(iter(action.params.get("routes", ())), {})
    to = recipient.model_copy(update={"address": route["address"]}) if route else recipient
    return hold_of(ways_of(known.kind, route.get("channel", "")), to, action.params, knowledge.portal, now)


def _document(effect: UUID, knowledge: Knowledge) -> JsonObject:
    number = effect.hex[:8]
    named = {"number": number, "version": 1, "document": str(effect), "name": f"{number}.html"}
    made = {"file": effect.hex * 2, "content_type": "text/html"}
    return {"url": f"{knowledge.portal.public_url.rstrip('/')}/d/{effect.hex}", **named, **made}


def _id(effect: UUID, _: Knowledge) -> JsonObject:
    return {"id": str(effect)}


def _taken(_: UUID, __: Knowledge) -> JsonObject:
    return {"status": 200}


# Values that the outside world makes derive from the effect, which derives from the execution.
VALUES: dict[str, Callable[[UUID, Knowledge], JsonObject]] = {
    "create-document": _document,
    "create-task": _id,
    "send-webhook": _taken,
}


def _values(action: PerformAction, recipient: Recipient, knowledge: Knowledge) -> JsonObject:
    effect = effect_id(action.execution, recipient.whom)
    make = VALUES.get(action.action)
    return made_up_results(action.action, effect, knowledge) if make is None else make(effect, knowledge)


def _outcome(action: PerformAction, effects: int, seen: EffectSeen, results: JsonObject, at: datetime) -> EffectOutcome:
    return EffectOutcome(
        effect=seen.id,
        execution=action.execution,
        item=action.item,
        activation=action.activation,
        round=action.round,
        effects=effects,
        whom=seen.whom,
        state=seen.state,
        version=LAST,
        reason=seen.reason,
        reference=seen.reference,
        results=results,
        at=at,
    )
