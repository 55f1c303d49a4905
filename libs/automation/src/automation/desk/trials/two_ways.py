"""One decision made in two ways: by the general path, and by compiled rules; held equal byte for byte."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts import hot
from contracts.config import ConfigChanged
from contracts.envelope import Cause
from contracts.executions import Dispatch, ExecutionRow
from contracts.items import Item
from contracts.rules import Rule

from automation.compiled import Case, Dispatched, Rules
from automation.desk.acting import guarded
from automation.desk.copies import Copy
from automation.desk.desk import Desk
from automation.desk.due import due
from automation.desk.executions import Execution
from automation.knowledge import Knowledge
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, entry, record, shop


@dataclass
class Due:
    """One execution that is due, and all that is known."""

    knowledge: Knowledge
    row: ExecutionRow
    item: Item
    linked: tuple[Item, ...]
    now: datetime

    def general(self) -> Desk:
        """Decide by the general path."""
        copies = {one.id: Copy(one.id, one.version, one.version, item=one) for one in (self.item, *self.linked)}
        desk = Desk(
            knowledge=self.knowledge,
            now=self.now,
            gate_open=True,
            copies=copies,
            executions={self.row.id: Execution(self.row, Cause(CAUSE, CAUSE))},
        )
        guarded(desk, desk.executions[self.row.id], due)
        return desk

    def compiled(self, rules: Rules | None = None) -> Dispatched | None:
        """Decide by compiled rules; those given may have met other items before."""
        linked = {str(one.id): hot.read_item(one.model_dump_json()) for one in self.linked}
        row, item = hot.read_row(self.row.model_dump_json()), hot.read_item(self.item.model_dump_json())
        return (rules or Rules(self.knowledge)).dispatch(Case(row, item, linked, None, self.knowledge, self.now))


def planned(
    one: Rule, item: Item, linked: tuple[Item, ...], *extra: ConfigChanged, late: timedelta = timedelta()
) -> Due | None:
    """Plan a rule for an item, and let it be due; None where it waits for no moment."""
    knowledge = shop(one, extra=(record("constant", "vat", {"id": "vat", "value": "23"}), *extra))
    row = plan_entry(entry(item, *linked), knowledge, CAUSE, NOW)[0]
    return Due(knowledge, row, item, linked, row.due_at + late) if row.due_at is not None else None


def agree(case: Due, rules: Rules | None = None) -> bool:
    """Hold the two paths equal, and say whether the compiled one decided."""
    desk, compiled = case.general(), case.compiled(rules)
    if compiled is None:
        return False
    (said,) = desk.said
    assert list(desk.changed) == [case.row.id]
    told = Dispatch.model_validate_json(compiled.told).of(case.row)
    assert told.model_dump_json() == desk.executions[case.row.id].row.model_dump_json()
    assert compiled.action.decode() == said.data.model_dump_json(exclude_defaults=False)
    assert said.topic.name == f"actions.{compiled.kind}"
    assert compiled.persons == tuple(map(str, said.persons))
    return True
