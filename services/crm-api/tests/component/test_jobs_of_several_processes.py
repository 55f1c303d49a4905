"""Jobs that several processes work on: what one has in memory holds as far as it is committed, and is its own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from chassis.principals import Principal
from chassis.timers import Timer
from crm_api.background import working
from crm_api.background.jobs import Chunk, Step
from crm_api.background.working import Working
from crm_api.simulation import simulating

ANN = Principal("user:ann", operator=True)
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Lost(Exception):
    """The commit did not come through."""


class Pretended:
    """A run that tells two effects, one after the other, and then what they came to."""

    begun: ClassVar[int] = 0

    def __init__(self, *_: object) -> None:
        type(self).begun += 1
        self.told: Iterator[Any] = iter((*map(part, "ab"), ("summary", {"effects": 2, "differences": {}})))

    @staticmethod
    def others() -> bool:
        """Say what each process says for itself: two of them are one here."""
        return False

    def next(self) -> Any:
        return next(self.told)


def part(name: str) -> tuple[str, list[tuple[UUID, tuple[str, ...], str]]]:
    return "effects", [(UUID(int=Pretended.begun), (), json.dumps({"effect": name, "run": Pretended.begun}))]


async def chunk(crm: Any, of: Working, job: UUID, *, lost: bool = False) -> None:
    """Let a process do the next chunk of a job."""
    async with crm.process.database.transaction() as tx:
        await of.fire(tx, [Timer(job, AT)])
        if lost:
            raise Lost


async def test_what_a_chunk_left_in_memory_goes_with_it_where_its_commit_is_lost(crm: Any) -> None:
    read: list[list[int]] = []

    async def reads(chunk: Chunk) -> Step:
        at = chunk.job.cursor.get("at", 0)
        read.append(chunk.memory.setdefault("read", []))
        read[-1].append(at)
        return Step({"at": at + 1}, more=True)

    one = Working(crm.process, {"count": reads})
    async with crm.process.database.transaction() as tx:
        job = (await working.start(tx, "count", {}, ANN)).id
    with pytest.raises(Lost):
        await chunk(crm, one, job, lost=True)
    for _ in range(2):
        await chunk(crm, one, job)
    assert read[-1] == [0, 1]


@pytest.fixture
async def simulation(crm: Any, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Give a simulation that was asked for, whose runs are pretended."""
    monkeypatch.setattr(simulating, "Running", Pretended)
    monkeypatch.setattr(Pretended, "begun", 0)
    to = datetime.now(UTC)
    days = {"from": (to - timedelta(days=1)).isoformat(), "to": to.isoformat()}
    asked = {"pipeline": "deal/retail", "rules": "published", **days}
    answer = await crm.ann.post("/v1/simulations", json=asked)
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["id"])


def process(crm: Any) -> Working:
    return Working(crm.process, {simulating.KIND: simulating.work})


async def effects(crm: Any, simulation: UUID) -> list[tuple[str, int]]:
    rows = await crm.fetch("SELECT body FROM simulated_effect WHERE simulation = $1 ORDER BY n", simulation)
    return [(row["body"]["effect"], row["body"]["run"]) for row in rows]


async def state(crm: Any, job: UUID) -> tuple[str, str]:
    shown = (await crm.ann.get(f"/v1/jobs/{job}")).json()
    return shown["state"], shown["reason"]


async def test_a_simulation_is_left_to_the_process_that_runs_it(crm: Any, simulation: UUID) -> None:
    one, other = process(crm), process(crm)
    for _ in range(4):
        await chunk(crm, one, simulation)
        await chunk(crm, other, simulation)
    assert await state(crm, simulation) == ("done", "")
    assert await effects(crm, simulation) == [("a", 1), ("b", 1)]


async def test_where_the_process_says_nothing_more_another_begins_anew_and_the_first_keeps_out(
    crm: Any, simulation: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = process(crm), process(crm)
    for _ in range(2):
        await chunk(crm, one, simulation)
    assert await effects(crm, simulation) == [("a", 1)]
    with monkeypatch.context() as later:
        later.setattr(simulating, "OWNED_FOR", timedelta(0))
        await chunk(crm, other, simulation)
    assert await effects(crm, simulation) == []
    for _ in range(3):
        await chunk(crm, one, simulation)
        await chunk(crm, other, simulation)
    assert await state(crm, simulation) == ("done", "")
    assert await effects(crm, simulation) == [("a", 2), ("b", 2)]


async def test_what_is_alike_is_kept_too_and_can_be_asked_for(crm: Any, simulation: UUID) -> None:
    one = process(crm)
    for _ in range(4):
        await chunk(crm, one, simulation)
    path = f"/v1/simulations/{simulation}/effects"
    told = [
        (await crm.ann.get(path, params={"differs": which})).json()["effects"] for which in ("", "alike", "only_real")
    ]
    assert [[effect["effect"] for effect in effects] for effects in told] == [["a", "b"], ["a", "b"], []]


async def test_to_hand_over_all_that_happened_may_take_its_time(crm: Any, simulation: UUID) -> None:
    async with crm.process.database.transaction() as tx:
        await process(crm).fire(tx, [Timer(simulation, AT)])
        assert await tx.fetchval("SHOW idle_in_transaction_session_timeout") == "2min"
