"""What comes late over a night in which clocks change: a day of lateness, and of what recurs, is one on the wall."""

import pytest
from automation.desk.testing import Table
from automation.testing import at, contact, deal, entry, rule, shop
from contracts.actions import PerformAction

CLIENT = contact()
# In Lisbon clocks go forward in the night before Sunday, 29 March.
FRIDAY = at("2026-03-27T09:00")


def entered(**timing: str) -> Table:
    """Give a table where the item has entered on the Friday, and one rule waits."""
    table = Table()
    table.knowledge, table.now = shop(rule("nudge", timing=timing)), FRIDAY
    table.take(entry(deal(to=(CLIENT,), entered_at=FRIDAY, created_at=FRIDAY), CLIENT))
    return table


@pytest.mark.parametrize(("now", "state"), [("2026-03-29T08:00", "dispatched"), ("2026-03-29T08:02", "missed")])
def test_a_message_is_late_by_a_day_at_the_same_hour_though_that_day_had_fewer(now: str, state: str) -> None:
    table = entered(after="1 day")
    assert table.row("nudge").due_at == at("2026-03-28T09:00")
    table.now = at(now)
    table.fire()
    assert table.states() == {"nudge": state}


def test_of_the_days_of_an_outage_the_last_runs_late_and_the_next_comes_at_its_hour() -> None:
    table = entered(every="08:30")
    assert table.occurrences("nudge") == {"2026-03-28": "waiting"}
    table.now = at("2026-03-30T07:00")
    while any(row.state == "waiting" and row.due_at <= table.now for row in table.rows() if row.due_at):
        table.fire()
    assert table.occurrences("nudge") == {"2026-03-28": "missed", "2026-03-29": "dispatched", "2026-03-30": "waiting"}
    assert table.occurrence("nudge", "2026-03-29").due_at == at("2026-03-29T07:30")
    assert table.occurrence("nudge", "2026-03-30").due_at == at("2026-03-30T07:30")
    assert len(table.heard(PerformAction)) == 1
