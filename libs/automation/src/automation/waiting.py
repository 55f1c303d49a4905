"""Rules that wait for a signal: exactly one outcome, `arrived` or `timed_out`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from contracts.executions import ExecutionRow, PlanNote
from contracts.items import SignalSeen
from contracts.rules import Rule

from automation.knowledge import Knowledge
from automation.reading import read_rule
from automation.settling import OUTCOME, previous_end
from automation.timing.wait_for import WaitFor

# What is in these states may need the signals that were heard before.
LISTEN = frozenset({"waiting_for_previous", "waiting_for_signal"})


def waits_for_signals(knowledge: Knowledge) -> bool:
    """Say whether any published rule waits for a signal."""
    return knowledge.memo.of("waits for signals", knowledge.rule_sets, lambda: _any_waits(knowledge))


def arrived(
    row: ExecutionRow, rule: Rule, signals: Iterable[SignalSeen], knowledge: Knowledge, now: datetime
) -> ExecutionRow | None:
    """Give the row as due now where a fitting signal happened while it counted; None where none did.

    A signal that happened in time counts though it is told after the time is up, as long as nobody has said so yet.
    """
    timing = read_rule(rule, knowledge).timing
    since = previous_end(row)
    if row.state != "waiting_for_signal" or not isinstance(timing, WaitFor) or since is None:
        return None
    in_time = (s for s in signals if since <= s.happened_at and (row.due_at is None or s.happened_at <= row.due_at))
    heard = timing.heard(in_time)
    if heard is None:
        return None
    note = PlanNote(
        at=now, old=row.due_at, new=now, cause=f"{heard.kind} arrived at {heard.happened_at:%Y-%m-%d %H:%M} UTC"
    )
    return _ended(row, "arrived", {"state": "waiting", "due_at": now, "reason": "", "notes": (*row.notes, note)})


def timed_out(row: ExecutionRow, rule: Rule, knowledge: Knowledge, now: datetime) -> ExecutionRow:
    """Give the row as it is when the time is up: its action does not run."""
    timing = read_rule(rule, knowledge).timing
    kind = timing.wait_for if isinstance(timing, WaitFor) else "signal"
    reason = f"timed out: no {kind} until {row.due_at:%Y-%m-%d %H:%M} UTC"
    return _ended(row, "timed_out", {"state": "skipped", "reason": reason, "finished_at": now})


def _ended(row: ExecutionRow, outcome: str, update: dict[str, Any]) -> ExecutionRow:
    return row.model_copy(update={**update, "version": row.version + 1, "seen": {**row.seen, OUTCOME: outcome}})


def _any_waits(knowledge: Knowledge) -> bool:
    rules = (rule for one in knowledge.rule_sets.values() for stage in one.stages for rule in stage.rules)
    return any("wait_for" in rule.timing for rule in rules)
