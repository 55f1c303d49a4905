"""What was planned anew though it is there, unread: it is taken back with all that is behind it, and nothing else."""

from uuid import UUID, uuid4

from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.rows import ROW
from automation.testing import NOW, shop
from contracts.envelope import Cause

CAUSE = Cause(uuid4(), uuid4())
ITEM = uuid4()


def planned(desk: Desk, position: int, occurrence: str = "2026", item: UUID = ITEM) -> UUID:
    """Plan a row that may be there."""
    values = {"id": uuid4(), "item": item, "activation": 1, "position": position, "occurrence": occurrence}
    row = desk.put(ROW.model_copy(update=values), CAUSE).row
    desk.doubted.add(row.id)
    desk.awake.add(row.id)
    return row.id


def desk(*read: Execution) -> Desk:
    return Desk(knowledge=shop(), now=NOW, gate_open=True, copies={}, executions={e.row.id: e for e in read})


def test_what_is_known_goes_with_all_behind_it_and_what_is_before_it_stays() -> None:
    it = desk()
    before, known, behind = (planned(it, position) for position in range(3))
    it.forget({known})
    assert (list(it.changed), it.awake) == ([before], {before})
    assert {known, behind}.isdisjoint(it.changed)


def test_the_first_of_several_that_are_known_says_what_goes() -> None:
    it = desk()
    rows = [planned(it, position) for position in range(4)]
    it.forget({rows[3], rows[1]})
    assert list(it.changed) == rows[:1]


def test_other_occurrences_and_other_items_stay() -> None:
    it = desk()
    known, later, elsewhere = planned(it, 0), planned(it, 0, "2027"), planned(it, 0, item=uuid4())
    it.forget({known})
    assert list(it.changed) == [later, elsewhere]


def test_what_nobody_doubts_stays_though_it_stands_behind() -> None:
    it = desk()
    known, sure = planned(it, 0), planned(it, 1)
    it.doubted.discard(sure)
    it.forget({known})
    assert list(it.changed) == [sure]


def test_without_anything_known_nothing_is_taken_back() -> None:
    it = desk()
    row = planned(it, 0)
    it.forget(())
    assert list(it.changed) == [row]
