"""What becomes of an execution that is due: weighed once, on one version of the item, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.actions import PerformAction
from contracts.commands import Expects
from contracts.executions import ExecutionRow, ExecutionState, PlanNote
from contracts.rules import Rule

from automation.actions import Action, CannotCompute, Effects
from automation.appointing import NoMoment
from automation.calls import Call
from automation.consents import is_advertising
from automation.decisions import Closed, Command, Decision, Held, Perform, Postponed
from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.formulas import FormulaFailed
from automation.knowledge import Knowledge
from automation.lateness import POSTPONED
from automation.people import Found, resolve
from automation.reading import ReadRule, read_rule
from automation.settling import DECIDED_ON, UNDECIDED
from automation.templates import PlaceholderEmpty, TemplateFailed
from automation.timing import PlanContext, Recurring

__all__ = ["Closed", "Command", "Decision", "Held", "Perform", "Postponed", "decide"]

NOBODY = Found(())
GUARDED = ("move-item", "delete-item", "ask-employee")


def decide(row: ExecutionRow, rule: Rule, facts: Facts, knowledge: Knowledge, now: datetime) -> Decision:
    """Decide what becomes of a row that is due.

    In this order: paused, left, too late, outside working time, condition, people and texts, dispatch. The row
    comes back one version higher, with the values that were seen; a held one as it was.
    """
    if knowledge.is_paused(rule.id, row.rule_set.pipeline):
        return Held(row)
    try:
        read = read_rule(rule, knowledge)
        expires_at = read.catch_up.expires_at(row.due_at or now, facts.zone)
        return _Case(row, rule, replace(facts, now=now), now, read, expires_at).decide()
    except DocumentError as error:
        return Closed(_closed(row, facts, now, "failed", f"the rule cannot be read: {error}", {}))


@dataclass(frozen=True, slots=True)
class _Case:
    """One row at one moment, with all that it is decided on."""

    row: ExecutionRow
    rule: Rule
    facts: Facts
    now: datetime
    read: ReadRule
    expires_at: datetime | None

    def decide(self) -> Decision:
        if self.facts.item.deleted:
            return self._close("cancelled", "item_deleted")
        if self._has_left():
            return self._close("cancelled", "left the stage before it was due")
        if self.expires_at is not None and self.now > self.expires_at:
            return self._close("missed", self._too_late())
        if (later := self._overtaken()) is not None:
            return self._close("missed", f"too late: the occurrence {later} is due as well, and only the latest runs")
        return self._postpone() or self._weigh()

    def _has_left(self) -> bool:
        stays = self.rule.keep_on_leave or self.read.timing.of_entry
        return self.facts.item.activation != self.row.activation and not stays

    def _too_late(self) -> str:
        at_most = self.read.catch_up.at_most
        allowed = f"late by at most {at_most}" if at_most and not at_most.is_zero else "only in time"
        return f"too late: it was due at {self.row.due_at:%Y-%m-%d %H:%M:%S} UTC and runs {allowed}"

    def _overtaken(self) -> str | None:
        timing = self.read.timing
        # What a person retries is meant, whatever came after it.
        if not isinstance(timing, Recurring) or self.row.round > 1:
            return None
        return timing.overtaken(PlanContext(self.facts, self.now, occurrence=self.row.occurrence))

    def _postpone(self) -> Postponed | None:
        working = self.read.timing.calendar(self.facts)
        if working is None or (at := working.next_moment(self.now)) == self.now:
            return None
        notes = (*self.row.notes, PlanNote(at=self.now, old=self.row.due_at, new=at, cause=POSTPONED))
        return Postponed(self.row.model_copy(update={"due_at": at, "version": self.row.version + 1, "notes": notes}))

    def _weigh(self) -> Decision:
        condition = self.read.condition
        verdict = condition.weigh(self.facts)
        if verdict.value is not True:
            kind = UNDECIDED if verdict.value is None else "condition is false"
            return self._close("skipped", f"{kind}: {condition.explain(self.facts)}", verdict.seen)
        call = self.read.call
        found = NOBODY if call.to is None else self._resolve(call)
        seen = {**verdict.seen, **self._seen(call.paths), **found.seen}
        if missing := _unreachable(call.action, found):
            return self._close("skipped", missing, seen)
        try:
            params = call.render(self.facts, self.now)
            effects = call.action.finish(Effects(found.recipients, params, seen), self.facts)
        except (PlaceholderEmpty, TemplateFailed, FormulaFailed, NoMoment) as error:
            return self._close("failed", str(error), seen)
        return self._dispatch(effects, found.notes)

    def _resolve(self, call: Call) -> Found:
        channel, advertising = call.action.channel, is_advertising(call.fixed)
        return resolve(call.to, self.facts, self.now, channel, advertising=advertising)

    def _dispatch(self, effects: Effects, notes: tuple[str, ...]) -> Perform | Command | Closed:
        update = {
            "state": "dispatched",
            "version": self.row.version + 1,
            "dispatched_at": self.now,
            "finished_at": None,
            "reason": "",
            "seen": {**self.row.seen, **effects.seen, DECIDED_ON: self.facts.item.version},
        }
        if notes:
            update["notes"] = (*self.row.notes, *(PlanNote(at=self.now, cause=words) for words in notes))
        row = self.row.model_copy(update=update)
        action = self.read.call.action
        if action.compute is not None:
            try:
                results = {**row.results, **action.compute(effects.params, self.facts, row.id)}
            except CannotCompute as error:
                return self._close("failed", str(error), effects.seen)
            done = {"state": "succeeded", "finished_at": self.now, "results": results}
            return Closed(row.model_copy(update=done))
        if action.command is not None:
            return Command(row, action.command(self._common(), effects.params))
        return Perform(row, self._action(effects))

    def _common(self) -> dict[str, Any]:
        # What belongs to the entry holds whatever follows; a move, a deletion or a question never does.
        of_entry = self.read.timing.of_entry and self.read.call.action.name not in GUARDED
        free = self.rule.keep_on_leave or of_entry
        return {
            "execution": self.row.id,
            "round": self.row.round,
            "item": self.row.item,
            "rule": self.rule.id,
            "owner": self.facts.knowledge.owner(self.row.rule_set),
            "expects": None if free else Expects(activation=self.row.activation),
            "expires_at": self.expires_at,
            "config": self.facts.knowledge.revision,
        }

    def _action(self, effects: Effects) -> PerformAction:
        row = self.row
        return PerformAction.model_construct(
            execution=row.id,
            round=row.round,
            item=row.item,
            item_type=self.facts.item.type,
            activation=row.activation,
            rule=self.rule.id,
            rule_key=self.rule.key,
            action=self.read.call.action.name,
            connection=self.read.call.connection,
            recipients=effects.recipients,
            params=effects.params,
            of_entry=self.read.timing.of_entry,
            at_least_once=self.rule.at_least_once,
            due_at=row.due_at or self.now,
            expires_at=self.expires_at,
            config=self.facts.knowledge.revision,
        )

    def _seen(self, paths: tuple[str, ...]) -> dict[str, Any]:
        values = {path: self.facts.get(path) for path in paths}
        return {path: None if value is EMPTY else value for path, value in values.items()}

    def _close(self, state: ExecutionState, reason: str, seen: Mapping[str, Any] | None = None) -> Closed:
        return Closed(_closed(self.row, self.facts, self.now, state, reason, seen or {}))


def _unreachable(action: Action, found: Found) -> str:
    """Say why nobody of those meant can be asked by crm-api, "" where somebody can; of one who becomes responsible."""
    meant = found.recipients[:1] if action.channel == "crm" else found.recipients
    if action.kind is not None or not meant or not all(one.missing for one in meant):
        return ""
    return meant[0].missing


def _closed(  # noqa: PLR0917 - a row's columns in their order
    row: ExecutionRow, facts: Facts, now: datetime, state: ExecutionState, reason: str, seen: Mapping[str, Any]
) -> ExecutionRow:
    update = {
        "state": state,
        "version": row.version + 1,
        "reason": reason,
        "finished_at": now,
        "seen": {**row.seen, **seen, DECIDED_ON: facts.item.version},
    }
    return row.model_copy(update=update)
