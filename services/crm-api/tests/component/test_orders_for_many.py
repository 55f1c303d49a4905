"""Executions across items: listed and counted by where they stand, and ordered of many at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.outbox import About
from chassis.testing import eventually, running_tasks
from contracts import topics
from contracts.actions import ConfirmEffect
from contracts.envelope import Cause
from contracts.executions import EffectSeen, ExecutionRow, ExecutionRows
from contracts.orders import CancelExecution, RetryExecution
from contracts.rules import RuleSetRef
from crm_api.background.working import JOBS, Working
from crm_api.executions import bulk
from crm_api.store import executions as stored_executions

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
GREET = uuid4()


def row(item: dict[str, Any], **more: Any) -> ExecutionRow:
    told = {
        "id": uuid4(),
        "version": 1,
        "item": UUID(item["id"]),
        "activation": 1,
        "rule": GREET,
        "rule_key": "greet",
        "rule_set": RuleSetRef(pipeline="deal/retail", number=1),
        "stage": "new",
        "action": "send-sms",
        "state": "failed",
        "planned_at": AT,
    }
    return ExecutionRow(**{**told, **more})


class Board:
    """A crm-api with a deal, and the executions that the scheduler tells of it."""

    def __init__(self, crm: Any, deal: dict[str, Any]) -> None:
        self.crm = crm
        self.deal = deal

    async def told(self, *rows: ExecutionRow) -> None:
        root = uuid4()
        outbox = self.crm.process.outbox
        about = About(at=AT, cause=Cause(root, root))
        data = (ExecutionRows(rows=rows[n : n + 200]) for n in range(0, len(rows), 200))
        await self.crm.deployment.send(*(outbox.message(topics.EXECUTIONS, "one", one, about) for one in data))

        async def kept() -> bool:
            [found] = await self.crm.fetch("SELECT count(*) AS n FROM timeline WHERE kind = 'rule'")
            return bool(found["n"] == len(rows))

        await eventually(kept)

    async def listed(self, **which: Any) -> list[str]:
        """Read a whole list in parts of two."""
        read: list[str] = []
        after: str | None = ""
        while after is not None:
            answer = await self.crm.ann.get("/v1/executions", params={**which, "after": after, "limit": 2})
            assert answer.status_code == 200, answer.text
            read += [one["id"] for one in answer.json()["executions"]]
            after = answer.json()["next"]
        return read

    async def ordered(self, kind: type[Any], count: int) -> list[Any]:
        topic = topics.ACTIONS["sms"] if kind is ConfirmEffect else topics.ORDERS

        async def look() -> list[Any] | None:
            found = await self.crm.deployment.data(topic, kind)
            return found if len(found) >= count else None

        return await eventually(look)


@pytest.fixture
async def board(started: Callable[..., Awaitable[Any]]) -> Board:
    crm = await started("consume", "timeline")
    await crm.deployment.topics(topics.ACTIONS["sms"])
    return Board(crm, await crm.deal())


async def test_executions_are_listed_and_counted_by_pipeline_stage_and_rule(board: Board) -> None:
    other = uuid4()
    failed = [row(board.deal, planned_at=AT + timedelta(minutes=n)) for n in range(3)]
    elsewhere = row(board.deal, rule_set=RuleSetRef(pipeline="deal/other", number=1), planned_at=AT)
    paid = row(board.deal, stage="paid", rule=other, planned_at=AT)
    unsure, done = row(board.deal, state="uncertain"), row(board.deal, state="succeeded")
    await board.told(*failed, elsewhere, paid, unsure, done)
    of_stage = {"state": "failed", "pipeline": "deal/retail", "stage": "new"}
    assert await board.listed(**of_stage) == [str(one.id) for one in failed]
    assert await board.listed(state="failed", rule=str(other)) == [str(paid.id)]
    assert len(await board.listed(state="failed")) == 5
    counts = (await board.crm.ann.get("/v1/executions/counts", params={"pipeline": "deal/retail"})).json()
    assert counts == {"states": {"failed": {"count": 4, "more": False}, "uncertain": {"count": 1, "more": False}}}


async def test_what_waits_is_cancelled_by_item_rule_version_contact_and_moment(board: Board) -> None:
    crm = board.crm
    contact = await crm.made("/v1/items", type="contact", title="Ana")
    link = {"role": "contact", "type": "contact", "id": contact["id"]}
    anas, other = await crm.deal(links=[link]), uuid4()
    at = {"due_at": AT + timedelta(days=1)}
    rows = {
        "plain": row(board.deal, state="waiting", **at),
        "anas": row(anas, state="waiting_for_date"),
        "keyed": row(board.deal, state="waiting_for_previous", rule=other, rule_key="bye"),
        "newer": row(board.deal, state="waiting_for_signal", rule_set=RuleSetRef(pipeline="deal/retail", number=2)),
        "later": row(board.deal, state="waiting", due_at=AT + timedelta(days=3)),
        "going": row(board.deal, state="dispatched", stage="paid", due_at=AT),
        "done": row(anas, state="succeeded", **at),
        "failed": row(anas, **at),
    }
    await board.told(*rows.values())
    names = {str(one.id): name for name, one in rows.items()}
    day = (AT + timedelta(days=2)).isoformat()

    async def cancelled(**where: Any) -> set[str]:
        answer = await crm.ann.post("/v1/executions/cancel", json={"where": where})
        assert answer.status_code == 202, answer.text
        assert answer.json()["refused"] == []
        return {names[id_] for id_ in answer.json()["ordered"]}

    waits = {"plain", "anas", "keyed", "newer", "later", "going"}
    assert await cancelled() == waits
    assert await cancelled(item=anas["id"]) == await cancelled(contact=contact["id"]) == {"anas"}
    assert await cancelled(rule=str(other)) == await cancelled(rule_key="bye") == {"keyed"}
    assert await cancelled(pipeline="deal/retail", rule_set=2) == {"newer"}
    assert await cancelled(due_after=day) == {"later"}
    assert await cancelled(due_before=day, state="waiting") == {"plain"}
    assert await cancelled(stage="paid") == {"going"}
    assert await board.listed(state="failed", contact=contact["id"], due_before=day) == [str(rows["failed"].id)]
    counts = (await crm.ann.get("/v1/executions/counts", params={"item": anas["id"]})).json()["states"]
    assert {state: count["count"] for state, count in counts.items()} == {"waiting_for_date": 1, "failed": 1}


async def test_thousands_are_cancelled_though_the_process_dies_in_the_middle(
    started: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = await started("timeline")
    board = Board(crm, await crm.deal())
    states = ("waiting", "waiting_for_date")
    many = [row(board.deal, state=states[n % 2], planned_at=AT + timedelta(seconds=n)) for n in range(2000)]
    await board.told(*many)
    reached, listed = asyncio.Event(), stored_executions.listed

    async def stuck(tx: Any, which: Any, *args: Any) -> Any:
        if which.state == "waiting" and args[1] != bulk.BEGINNING and not reached.is_set():
            reached.set()
            await asyncio.Event().wait()
        return await listed(tx, which, *args)

    answer = (await crm.ann.post("/v1/executions/cancel", json={"where": {"pipeline": "deal/retail"}})).json()
    monkeypatch.setattr(stored_executions, "listed", stuck)
    dying = asyncio.create_task(Working(crm.process, JOBS).run(asyncio.Event()))
    await asyncio.wait_for(reached.wait(), 60)
    before = (await crm.ann.get(f"/v1/jobs/{answer['job']}")).json()
    assert 0 < before["done"] < 2000
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    async with running_tasks(Working(crm.process, JOBS).run):
        told = await board.ordered(CancelExecution, len(many))
    assert sorted(str(one.execution) for one in told) == sorted(str(one.id) for one in many)


async def test_an_order_for_many_tells_of_each_what_was_ordered_or_why_not(board: Board) -> None:
    waits, failed, done = row(board.deal, state="waiting"), row(board.deal), row(board.deal, state="succeeded")
    await board.told(waits, failed, done)
    nobody = uuid4()
    ids = [str(one) for one in (waits.id, done.id, nobody)]
    answer = await board.crm.ann.post("/v1/executions/cancel", json={"ids": ids, "reason": "the campaign is over"})
    assert answer.status_code == 202
    assert answer.json() == {
        "ordered": [str(waits.id)],
        "refused": [
            {"execution": str(done.id), "why": "it has ended: succeeded"},
            {"execution": str(nobody), "why": "there is no such execution"},
        ],
        "job": None,
    }
    answer = await board.crm.ann.post("/v1/executions/retry", json={"where": {"state": "failed", "stage": "new"}})
    assert answer.json()["ordered"] == [str(failed.id)]
    [cancelled] = await board.ordered(CancelExecution, 1)
    assert (cancelled.execution, cancelled.reason, cancelled.by) == (waits.id, "the campaign is over", "user:ann")
    assert [one.execution for one in await board.ordered(RetryExecution, 1)] == [failed.id]


async def test_a_person_says_once_what_became_of_all_uncertain_effects(board: Board) -> None:
    states = ("uncertain", "sent", "uncertain")
    effects = tuple(EffectSeen(id=uuid4(), whom=f"w{n}", state=s, version=1, at=AT) for n, s in enumerate(states))
    unsure, clear = row(board.deal, state="uncertain", effects=effects), row(board.deal)
    await board.told(unsure, clear)
    body = {"ids": [str(unsure.id), str(clear.id)], "sent": True}
    answer = (await board.crm.ann.post("/v1/executions/confirm", json=body)).json()
    assert answer["refused"] == [{"execution": str(clear.id), "why": "no effect of it is uncertain"}]
    told = await board.ordered(ConfirmEffect, 2)
    assert {one.effect for one in told} == {effects[0].id, effects[2].id}
    assert all(one.sent for one in told)


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": [str(uuid4())], "where": {"state": "failed"}}, {"where": {"state": "odd"}}]
)
async def test_an_order_that_names_none_or_names_them_twice_is_refused(crm: Any, body: dict[str, Any]) -> None:
    assert (await crm.ann.post("/v1/executions/retry", json=body)).status_code == 422
    assert (await crm.worker.post("/v1/executions/retry", json=body)).status_code in {403, 422}


async def test_what_many_hundreds_wait_for_is_ordered_by_a_job(board: Board) -> None:
    many = [row(board.deal, planned_at=AT + timedelta(seconds=n)) for n in range(1100)]
    await board.told(*many)
    answer = (await board.crm.ann.post("/v1/executions/retry", json={"where": {"state": "failed"}})).json()
    assert answer["ordered"] == []
    told = await board.ordered(RetryExecution, len(many))
    assert [one.execution for one in told] == [one.id for one in many]

    async def done() -> bool:
        job = (await board.crm.ann.get(f"/v1/jobs/{answer['job']}")).json()
        return bool(job["state"] == "done" and job["counts"] == {"ordered": 1100, "refused": 0})

    await eventually(done)
