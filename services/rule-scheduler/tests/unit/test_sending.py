"""What goes straight travels as what is said over a desk does."""

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from automation.compiled import Case, Rules
from automation.desk.acting import guarded
from automation.desk.copies import Copy
from automation.desk.desk import Desk
from automation.desk.due import due
from automation.desk.executions import Execution
from automation.planning import plan_entry
from automation.testing import CAUSE, NOW, contact, deal, entry, named, rule, shop
from chassis.kafka import Kafka
from chassis.outbox import Outbox, Parcel, Ready
from chassis.records import read
from contracts.envelope import Cause
from contracts.executions import ExecutionRow, ExecutionRows, latest
from contracts.hot import read_item, read_row, write
from contracts.items import Item
from rule_scheduler.firing import sending
from rule_scheduler.firing.sending import Sending
from rule_scheduler.packing import packer
from rule_scheduler.store.dispatches import Held
from rule_scheduler.writing import announced, documented

OUTBOX = Outbox(Kafka("none"), "/rule-scheduler")
BUYER = contact(name="Maria", phone="+351912345678")
KNOWLEDGE = shop(rule("a", {"send-sms": {"text": "{{ item.title }}"}}), rule("b", {"create-task": {"title": "look"}}))
CAUSES = [Cause(CAUSE, CAUSE, 2, "user:ann", "00-11-22-01"), Cause(CAUSE, CAUSE)]
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def planned() -> list[tuple[Item, ExecutionRow, Cause]]:
    items = [deal(id=named(str(n)), to=(BUYER,) if n % 2 else (), title=f"Ängeln {n}") for n in range(6)]
    rows = [(item, row) for item in items for row in plan_entry(entry(item, BUYER), KNOWLEDGE, CAUSE, NOW)]
    return [(item, row, cause) for (item, row), cause in zip(rows, itertools.cycle(CAUSES), strict=False)]


def over_a_desk(due_now: list[tuple[Item, ExecutionRow, Cause]]) -> list[Parcel]:
    copies = {item.id: Copy(item.id, item=item) for item in (BUYER, *(item for item, _, _ in due_now))}
    executions = {row.id: Execution(row, cause) for _, row, cause in due_now}
    desk = Desk(
        knowledge=KNOWLEDGE, now=AT, gate_open=True, copies=copies, executions=executions, pack=packer(OUTBOX, AT)
    )
    for one in executions.values():
        guarded(desk, one, due)
    return [*announced(OUTBOX, desk, documented(desk.executions[i] for i in desk.changed)), *desk.said]


def straight(due_now: list[tuple[Item, ExecutionRow, Cause]]) -> list[Ready]:
    rules, buyer = Rules(KNOWLEDGE), read_item(BUYER.model_dump_json())
    plain = []
    for item, row, cause in due_now:
        case = Case(
            read_row(row.model_dump_json()),
            read_item(item.model_dump_json()),
            {buyer.id: buyer},
            None,
            KNOWLEDGE,
            AT,
        )
        done = rules.dispatch(case)
        if done is not None:
            told = {"correlation": str(cause.correlation), "causation": str(cause.causation)}
            more = {"hops": cause.hops, "actor": cause.actor, "traceparent": cause.traceparent}
            kept = Held("(0,1)", row.id, str(row.item), "", write(told | more).decode(), None, None, None)
            plain.append((kept, done))
    return Sending(OUTBOX, AT).ready(plain)


def known(ready: Iterable[Ready], due_now: list[tuple[Item, ExecutionRow, Cause]]) -> list[Any]:
    """Give records with their headers by name but without their ids, and of rows what becomes of them."""
    before = ExecutionRows(rows=tuple(row for _, row, _ in due_now))
    found = []
    for one in ready:
        told = read(one.record)
        value: Any = json.loads(told.value)
        if one.topic == "automation.executions":
            message = ExecutionRows.model_validate(value)
            ids = [row.id for row in message.rows] + [one.id for one in message.dispatched]
            value = [latest([before, message])[0][id_] for id_ in ids]
        found.append((one.topic, one.partition, told.key, {**dict(told.headers), "ce_id": b""}, value))
        assert len(dict(told.headers)) == len(told.headers)
    return found


def test_records_are_those_of_a_desk() -> None:
    due_now = [one for one in planned() if one[0].links]
    assert len(due_now) == 6
    over = [one.ready() for one in over_a_desk(due_now)]
    assert known(straight(due_now), due_now) == known(over, due_now)
    assert len({dict(read(one.record).headers)["ce_id"] for one in straight(due_now)}) == len(straight(due_now))


def test_rows_of_a_partition_are_split_before_they_are_too_large(monkeypatch: Any) -> None:
    due_now = [one for one in planned() if one[0].links]
    monkeypatch.setattr(sending, "LARGEST_ROWS", 1)
    rows = [one for one in straight(due_now) if one.topic == "automation.executions"]
    assert len(rows) == 6
