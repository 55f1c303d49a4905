"""Jobs: one chunk after the other, cancelled, resumed, failed, and held while much waits to be announced."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from chassis.principals import Principal
from chassis.testing import eventually, running_tasks
from crm_api.background import working
from crm_api.background.jobs import Chunk, Job, JobImpossible, RowProblem, Step, Work
from crm_api.background.working import Working

ANN = Principal("user:ann", operator=True)
Works = Callable[[Work], AbstractAsyncContextManager[None]]


async def count(chunk: Chunk) -> Step:
    """Count up to `to`, ten at a time; what is `bad` is a problem."""
    begin = chunk.job.cursor.get("at", 0)
    end = min(begin + 10, chunk.job.params["to"])
    bad = [RowProblem(n, "n", f"=bad {n}", "mend it") for n in chunk.job.params.get("bad", ()) if begin <= n < end]
    chunk.memory["chunks"] = chunk.memory.get("chunks", 0) + 1
    return Step({"at": end}, end < chunk.job.params["to"], end - begin, counts={"counted": end - begin}, problems=bad)


@pytest.fixture
def works(crm: Any) -> Works:
    @asynccontextmanager
    async def start(work: Work) -> AsyncIterator[None]:
        async with running_tasks(Working(crm.process, {"count": work}).run):
            yield

    return start


async def begun(crm: Any, **params: Any) -> Job:
    async with crm.process.database.transaction() as tx:
        return await working.start(tx, "count", params, ANN)


async def job(crm: Any, job: Job) -> Any:
    return (await crm.ann.get(f"/v1/jobs/{job.id}")).json()


async def in_state(crm: Any, of: Job, state: str) -> Any:
    async def look() -> Any:
        found = await job(crm, of)
        return found if found["state"] == state else None

    return await eventually(look)


async def test_a_job_is_done_chunk_by_chunk_and_tells_what_it_could_not_do(crm: Any, works: Works) -> None:
    of = await begun(crm, to=35, bad=[3, 33])
    async with works(count):
        done = await in_state(crm, of, "done")
    assert (done["done"], done["counts"], done["problems"]) == (35, {"counted": 35}, 2)
    assert done["started_at"] <= done["ended_at"]
    answer = await crm.ann.get(f"/v1/jobs/{of.id}/problems.csv")
    assert answer.text == "row,column,problem,fix\r\n3,n,'=bad 3,mend it\r\n33,n,'=bad 33,mend it\r\n"
    listed = (await crm.ann.get("/v1/jobs", params={"state": "done", "limit": 1})).json()
    assert ([one["id"] for one in listed["jobs"]], listed["next"]) == ([str(of.id)], str(of.id))


async def test_a_chunk_that_fails_leaves_nothing_and_the_job_goes_on_where_it_ended(crm: Any, works: Works) -> None:
    ill = True

    async def sometimes(chunk: Chunk) -> Step:
        step = await count(chunk)
        if ill and step.done and chunk.job.done == 20:
            await chunk.tx.execute("INSERT INTO counter VALUES ('half a chunk', 1)")
            raise JobImpossible("the ink is out")
        return step

    of = await begun(crm, to=40)
    async with works(sometimes):
        failed = await in_state(crm, of, "failed")
        assert (failed["done"], failed["reason"]) == (20, "the ink is out")
        assert not await crm.fetch("SELECT FROM counter WHERE name = 'half a chunk'")
        ill = False
        assert (await crm.made(f"/v1/jobs/{of.id}/resume"))["state"] == "queued"
        assert (await in_state(crm, of, "done"))["counts"] == {"counted": 40}


async def test_a_bug_in_a_job_ends_the_job_and_not_the_process(crm: Any, works: Works) -> None:
    async def wrong(chunk: Chunk) -> Step:
        return Step({}, chunk.job.params["missing"])

    first, second = await begun(crm, to=1), await begun(crm, to=1)
    async with works(wrong):
        for of in (first, second):
            assert "an error of ours" in (await in_state(crm, of, "failed"))["reason"]


async def test_a_job_waits_while_much_is_to_be_announced_and_can_be_cancelled_meanwhile(crm: Any, works: Works) -> None:
    fill = "INSERT INTO outbox (bucket, topic, messages, body, created_at) SELECT 99, 'none', 1, '', signalbox_now()"
    async with crm.process.database.transaction() as tx:
        await tx.execute(f"{fill} FROM generate_series(1, 2000)")
    held, cancelled = await begun(crm, to=10), await begun(crm, to=10)
    async with works(count):
        assert (await crm.made(f"/v1/jobs/{cancelled.id}/cancel"))["state"] == "cancelled"
        await asyncio.sleep(0.5)
        assert (await job(crm, held))["state"] == "queued"
        async with crm.process.database.transaction() as tx:
            await tx.execute("DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE bucket = 99 LIMIT 1)")
        await in_state(crm, held, "done")
        assert (await job(crm, cancelled))["done"] == 0
        await crm.made(f"/v1/jobs/{cancelled.id}/resume")
        assert (await in_state(crm, cancelled, "done"))["done"] == 10


async def test_seven_days_after_its_end_a_job_forgets_its_problems_and_its_file(crm: Any, works: Works) -> None:
    kept = (await crm.ann.post("/v1/files", content=b"n\n1\n")).json()["hash"]
    of = await begun(crm, to=10, bad=[1], file=kept)
    async with works(count):
        await in_state(crm, of, "done")
        [timer] = await crm.fetch("SELECT due_at FROM timer WHERE lane = 'jobs'")
        [ended] = await crm.fetch("SELECT ended_at FROM job")
        assert timer["due_at"] - ended["ended_at"] == timedelta(days=7)
        await crm.fetch("UPDATE job SET ended_at = ended_at - interval '7 days'")
        await crm.fetch("UPDATE timer SET due_at = due_at - interval '7 days' WHERE lane = 'jobs'")

        async def forgotten() -> bool:
            return bool((await crm.ann.get(f"/v1/files/{kept}")).status_code == 404)

        await eventually(forgotten)
    assert (await crm.fetch("SELECT count(*) FROM job_problem"))[0]["count"] == 0
    assert (await job(crm, of))["problems"] == 1


async def test_a_job_that_nobody_asked_for_is_not_there(crm: Any) -> None:
    nobodys = "00000000-0000-0000-0000-000000000001"
    for path in (f"/v1/jobs/{nobodys}", f"/v1/jobs/{nobodys}/problems.csv"):
        assert (await crm.ann.get(path)).status_code == 404
    assert (await crm.ann.post(f"/v1/jobs/{nobodys}/resume")).status_code == 404
    assert (await crm.ann.post(f"/v1/jobs/{nobodys}/cancel")).status_code == 404
