"""What was late waits for the next working moment; where working time has changed since, that may be another one."""

from datetime import datetime

from contracts.executions import ExecutionRow, PlanNote
from contracts.rules import Rule

from automation.facts import Facts
from automation.lateness import POSTPONED
from automation.reading import read_rule


def computed(row: ExecutionRow) -> datetime | None:
    """Give the moment that a row was planned for, before lateness moved it into working time."""
    at = row.due_at
    for note in reversed(row.notes):
        if note.cause != POSTPONED or note.new != at:
            break
        at = note.old
    return at


def postponed_anew(row: ExecutionRow, rule: Rule, facts: Facts, now: datetime, words: str) -> ExecutionRow | None:
    """Give a row that waits for a working moment with the one that is next by now; None where that is the same."""
    planned = computed(row)
    if row.due_at is None or planned == row.due_at or row.due_at <= now:
        return None
    working = read_rule(rule, facts.knowledge).timing.calendar(facts)
    at = working.next_moment(now) if working else now
    if at == row.due_at:
        return None
    notes = (
        PlanNote(at=now, old=row.due_at, new=planned, cause=words),
        PlanNote(at=now, old=planned, new=at, cause=POSTPONED),
    )
    return row.model_copy(update={"due_at": at, "version": row.version + 1, "notes": (*row.notes, *notes)})
