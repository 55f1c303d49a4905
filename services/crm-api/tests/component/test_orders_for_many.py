"""Executions across items: listed and counted by where they stand, and ordered of many at once."""

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
from contracts.executions import EffectSeen, ExecutionRow, ExecutionRows
from contracts.orders import CancelExecution, RetryExecution
from contracts.rules import RuleSetRef

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

        await eventually(kept, within=30)

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

        return await eventually(look, within=40)


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
