"""The timeline as the scheduler tells it, and what people order of executions."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.outbox import About
from chassis.testing import eventually
from contracts import topics
from contracts.actions import ConfirmEffect
from contracts.envelope import Cause
from contracts.executions import Dispatch, EffectSeen, ExecutionRow, ExecutionRows
from contracts.orders import CancelExecution, RetryExecution
from contracts.rules import RuleSetRef

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def row(item: dict[str, Any], **more: Any) -> ExecutionRow:
    told = {
        "id": uuid4(),
        "version": 1,
        "item": UUID(item["id"]),
        "activation": 1,
        "rule": uuid4(),
        "rule_key": "greet",
        "rule_set": RuleSetRef(pipeline="deal/retail", number=1),
        "stage": "new",
        "action": "send-sms",
        "state": "waiting",
        "due_at": AT + timedelta(days=2),
        "planned_at": AT,
    }
    return ExecutionRow(**{**told, **more})


class Timelines:
    """A crm-api that keeps timelines, and the scheduler's end of it."""

    def __init__(self, crm: Any) -> None:
        self.crm = crm

    async def tell(self, *messages: ExecutionRows) -> None:
        root = uuid4()
        about = About(at=AT, cause=Cause(root, root))
        outbox = self.crm.process.outbox
        await self.crm.deployment.send(*(outbox.message(topics.EXECUTIONS, "one", m, about) for m in messages))

    async def tell_rows(self, *rows: ExecutionRow) -> None:
        """Tell rows, and wait until the last of them is kept."""
        await self.tell(ExecutionRows(rows=rows))
        last = rows[-1]

        async def look() -> bool:
            kept = await self.crm.fetch("SELECT version FROM timeline WHERE id = $1", last.id)
            return bool(kept) and kept[0]["version"] >= last.version

        await eventually(look)

    async def rules(self, item: dict[str, Any]) -> list[dict[str, Any]]:
        rows = (await self.crm.ann.get(f"/v1/items/{item['id']}/timeline")).json()["rows"]
        return [one for one in rows if one["kind"] == "rule"]


@pytest.fixture
async def timelines(started: Callable[..., Awaitable[Any]]) -> Timelines:
    return Timelines(await started("timeline"))


async def test_a_rule_has_one_row_that_tells_where_it_stands(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    first = row(deal)
    await timelines.tell_rows(first)
    [waiting] = await timelines.rules(deal)
    assert waiting["words"] == "greet: waits until 2026-03-04 10:00:00 UTC"
    skipped = first.model_copy(
        update={"version": 2, "state": "skipped", "reason": "item.amount is 10 EUR", "seen": {"item.amount": "10 EUR"}}
    )
    await timelines.tell_rows(skipped)
    [ended] = await timelines.rules(deal)
    assert (ended["state"], ended["seen"]) == ("skipped", {"item.amount": "10 EUR"})
    assert ended["words"] == "greet: skipped (item.amount is 10 EUR)"


async def test_an_older_version_after_a_newer_one_changes_nothing_also_in_one_message(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    old = row(deal)
    new = old.model_copy(update={"version": 3, "state": "succeeded"})
    last = row(deal, rule_key="last")
    await timelines.tell(ExecutionRows(rows=(new, old)), ExecutionRows(rows=(old,)), ExecutionRows(rows=(new,)))
    await timelines.tell_rows(last)
    states = {one["rule"]: one["state"] for one in await timelines.rules(deal)}
    assert states == {"greet": "succeeded", "last": "waiting"}
    journal = await timelines.crm.fetch("SELECT body FROM journal WHERE kind = $1", ExecutionRows.TYPE)
    told = [(one["body"]["data"]["rule_key"], one["body"]["data"]["version"]) for one in journal]
    assert sorted(told) == [("greet", 3), ("last", 1)]


async def test_a_dispatch_is_told_by_what_it_changes_alone(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    first, second = row(deal, notes=({"at": AT, "cause": "entry"},)), row(deal, rule_key="second")
    await timelines.tell_rows(first)
    sent = tuple(Dispatch(id=one.id, version=2, at=AT, seen={"contact.name": "Ana"}) for one in (first, second))
    unknown = Dispatch(id=uuid4(), version=2, at=AT)
    await timelines.tell(ExecutionRows(rows=(second,), dispatched=(*sent, unknown)))
    last = row(deal, rule_key="last")
    await timelines.tell_rows(last)
    told = {one["rule"]: one for one in await timelines.rules(deal)}
    assert {rule: one["state"] for rule, one in told.items()} == {
        "greet": "dispatched", "second": "dispatched", "last": "waiting"
    }  # fmt: skip
    assert told["greet"]["seen"] == {"contact.name": "Ana"}
    assert [note["cause"] for note in told["greet"]["notes"]] == ["entry"]
    await timelines.tell_rows(first.model_copy(update={"version": 3, "state": "succeeded"}))
    await timelines.tell(ExecutionRows(dispatched=sent))
    await timelines.tell_rows(last.model_copy(update={"version": 2}))
    states = {one["rule"]: one["state"] for one in await timelines.rules(deal)}
    assert states == {"greet": "succeeded", "second": "dispatched", "last": "waiting"}


async def test_a_row_that_cannot_be_read_becomes_a_dead_letter_and_the_next_is_kept(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    root = uuid4()
    outbox = timelines.crm.process.outbox
    message = outbox.message(topics.EXECUTIONS, "one", ExecutionRows(rows=()), About(at=AT, cause=Cause(root, root)))
    parcel = outbox.parcel(message)
    await timelines.crm.deployment.put([(parcel.topic, parcel.partition, parcel.key, parcel.headers, b"{broken")])
    await timelines.tell_rows(row(deal))
    letters = await eventually(lambda: timelines.crm.deployment.seen("crm-api.timeline.dead"))
    assert letters[0].value == b"{broken"
    assert len(await timelines.rules(deal)) == 1


async def test_a_timeline_is_read_in_parts_in_the_order_of_time(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    rows = [row(deal, rule_key=f"rule-{n}", planned_at=AT + timedelta(seconds=n)) for n in range(5)]
    await timelines.tell_rows(*rows)
    read, after = [], ""
    while after is not None:
        part = await timelines.crm.ann.get(f"/v1/items/{deal['id']}/timeline", params={"after": after, "limit": 2})
        read += [one["rule"] or one["kind"] for one in part.json()["rows"]]
        after = part.json()["next"]
    assert read == ["rule-0", "rule-1", "rule-2", "rule-3", "rule-4", "created"]


async def test_a_place_that_is_none_is_refused_and_an_unknown_item_has_no_timeline(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    wrong = await timelines.crm.ann.get(f"/v1/items/{deal['id']}/timeline", params={"after": "somewhere"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "after")
    assert (await timelines.crm.ann.get(f"/v1/items/{uuid4()}/timeline")).status_code == 404


async def test_executions_are_listed_by_state(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    failed = row(deal, state="failed", rule_key="broken")
    await timelines.tell_rows(row(deal), failed)
    [found] = (await timelines.crm.ann.get("/v1/executions", params={"state": "failed"})).json()["executions"]
    assert found["id"] == str(failed.id)
    assert (await timelines.crm.ann.get("/v1/executions", params={"state": "odd"})).status_code == 422


async def test_a_person_cancels_what_waits_and_tries_again_what_failed(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    waits, failed = row(deal), row(deal, state="failed")
    await timelines.tell_rows(waits, failed)
    ann = timelines.crm.ann
    answer = await ann.post(f"/v1/executions/{waits.id}/cancel", json={"reason": "the client called"})
    assert answer.status_code == 202
    assert (await ann.post(f"/v1/executions/{failed.id}/retry")).status_code == 202

    async def ordered() -> list[Any] | None:
        seen = [s for s in await timelines.crm.deployment.seen(topics.ORDERS) if s.data]
        return seen if len(seen) == 2 else None

    cancelled, again = await eventually(ordered)
    told = {"item": UUID(deal["id"]), "by": "user:ann"}
    assert cancelled.data == CancelExecution(execution=waits.id, reason="the client called", **told)
    assert again.data == RetryExecution(execution=failed.id, **told)
    assert cancelled.key == deal["id"]


async def test_what_has_ended_cannot_be_cancelled_and_what_waits_not_tried_again(timelines: Timelines) -> None:
    deal = await timelines.crm.deal()
    done, waits = row(deal, state="succeeded"), row(deal)
    await timelines.tell_rows(done, waits)
    ann = timelines.crm.ann
    refused = await ann.post(f"/v1/executions/{done.id}/cancel")
    assert (refused.status_code, refused.json()["detail"]) == (409, "it has ended: succeeded")
    assert (await ann.post(f"/v1/executions/{waits.id}/retry")).status_code == 409
    assert (await ann.post(f"/v1/executions/{uuid4()}/cancel")).status_code == 404
    assert (await timelines.crm.worker.post(f"/v1/executions/{waits.id}/cancel")).status_code == 403


async def test_a_person_says_what_became_of_an_uncertain_effect(timelines: Timelines) -> None:
    await timelines.crm.deployment.topics(topics.ACTIONS["sms"])
    deal = await timelines.crm.deal()
    effect = EffectSeen(id=uuid4(), whom="contact", state="uncertain", version=3, at=AT)
    unsure = row(deal, state="uncertain", effects=(effect,))
    await timelines.tell_rows(unsure)
    ann = timelines.crm.ann
    body = {"execution": str(unsure.id), "sent": True}
    assert (await ann.post(f"/v1/effects/{effect.id}/confirm", json=body)).status_code == 202
    [told] = await eventually(lambda: timelines.crm.deployment.data(topics.ACTIONS["sms"], ConfirmEffect))
    assert told == ConfirmEffect(effect=effect.id, item=UUID(deal["id"]), sent=True, by="user:ann")
    assert (await ann.post(f"/v1/effects/{uuid4()}/confirm", json=body)).status_code == 409
