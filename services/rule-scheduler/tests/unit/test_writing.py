"""What a batch changed, as it is told and stored: one message for each partition, cut where it would be too large."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from automation.desk.copies import Copy
from automation.desk.desk import Desk
from automation.desk.executions import Execution
from automation.rows import ROW
from automation.testing import contact, deal, shop
from chassis.columns import BETWEEN
from chassis.ids import new_id
from chassis.kafka import Kafka
from chassis.outbox import Outbox, Parcel
from contracts import topics
from contracts.envelope import Cause
from contracts.executions import ExecutionRows
from contracts.items import Item
from rule_scheduler import writing
from rule_scheduler.store import executions
from rule_scheduler.writing import announced, chunked, documented

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CAUSE = Cause(new_id(), new_id())
KAFKA = Kafka("none", partitions=3)


def execution(item: UUID, cause: Cause = CAUSE, reason: str = "") -> Execution:
    return Execution(ROW.model_copy(update={"id": new_id(), "item": item, "reason": reason}), cause)


def told(some: Sequence[Execution], *items: Item) -> list[Parcel]:
    copies = {item.id: Copy(item.id, item=item) for item in items}
    desk = Desk(knowledge=shop(), now=NOW, gate_open=False, copies=copies, executions={})
    return list(announced(Outbox(KAFKA, "/rule-scheduler"), desk, documented(some)))


def rows(parcel: Parcel) -> list[UUID]:
    return [row.id for row in ExecutionRows.model_validate_json(parcel.value).rows]


def test_rows_of_one_partition_are_one_message_in_their_order() -> None:
    some = [execution(new_id()) for _ in range(40)]
    parcels = told(some)
    assert len({parcel.partition for parcel in parcels}) == len(parcels) == 3
    for parcel in parcels:
        mine = [e.row.id for e in some if KAFKA.partition(topics.EXECUTIONS, str(e.row.item)) == parcel.partition]
        assert (rows(parcel), parcel.topic) == (mine, "automation.executions")


def test_a_message_names_all_contacts_whose_data_its_rows_hold() -> None:
    ana, rui = contact(), contact().model_copy(update={"id": new_id()})
    one, other = deal(id=new_id(), to=(ana,)), deal(id=new_id(), to=(rui,))
    parcels = told([execution(one.id), execution(other.id), execution(new_id())], one, other)
    names = {
        name for p in parcels for key, value in p.headers if key == "ce_persons" for name in value.decode().split(",")
    }
    assert names == {str(ana.id), str(rui.id)}


def test_what_would_be_too_large_is_cut_and_nothing_of_it_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    item = new_id()
    some = documented([execution(item, reason="x" * n) for n in (10, 900, 10, 10, 2_000, 10)])
    monkeypatch.setattr(writing, "LARGEST_ROWS", 1_600)
    chunks = list(chunked(some))
    assert [one for chunk in chunks for one in chunk] == some
    assert len(chunks) > 2
    # What is too large by itself travels alone.
    assert all(len(chunk) == 1 or sum(len(document) for _, document in chunk) <= 1_600 for chunk in chunks)


def test_nothing_is_told_of_nothing() -> None:
    assert (list(chunked([])), told([])) == ([], [])


def test_each_row_is_stored_with_its_own_cause() -> None:
    other = Cause(new_id(), new_id(), hops=3, actor="user:ann")
    some = [execution(new_id()), execution(new_id(), other), execution(new_id())]
    ids, *_, written = executions.rows_of(documented(some))
    causes = written.split(BETWEEN)
    assert list(ids) == [one.row.id for one in some]
    assert [msgspec.json.decode(cause)["correlation"] for cause in causes] == [
        str(one.cause.correlation) for one in some
    ]
    assert [msgspec.json.decode(cause)["hops"] for cause in causes] == [0, 3, 0]
