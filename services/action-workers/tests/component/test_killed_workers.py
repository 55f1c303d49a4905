"""Workers are killed by the operating system between a provider's acceptance and the commit, at random points.

`SIGNALBOX_KILL_POINTS` is how many points for each class of provider, `SIGNALBOX_KILLS_SEED` gives the same pauses.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from action_workers import ledger
from action_workers.testing import Desk
from action_workers.testing.conformance import CONVERSATIONS, Conversation
from action_workers.testing.dying import Nursery, nursery
from chassis.ids import new_id
from chassis.testing import Deployment, eventually
from chassis.testing.deployment import SECRET_KEY

POINTS = int(os.environ.get("SIGNALBOX_KILL_POINTS", "3"))
SEED = int(os.environ.get("SIGNALBOX_KILLS_SEED", "0")) or random.randrange(1, 10**6)  # noqa: S311
# How long the far end keeps its answer, and until when at most the worker lives after it accepted; in seconds.
ANSWERS_AFTER, LONGEST = 0.02, 0.05
BY_NAME = {talk.name: talk for talk in CONVERSATIONS}
# Who is connected to this database, but for those.
BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    " AND pid <> ALL($1::int[])"
)


@pytest.mark.req("M1")
@pytest.mark.timeout(600 + 30 * POINTS)
@pytest.mark.parametrize(
    ("name", "at_least_once"),
    [
        ("twilio sms", False),
        ("twilio sms", True),
        ("smtp", False),
        ("meta", False),
        ("google", False),
        ("vk", False),
        ("app, idempotent", False),
    ],
)
async def test_a_kill_between_acceptance_and_commit_loses_and_doubles_nothing(
    open_desk: Callable[[str], Awaitable[Desk]],
    deployment: Deployment,
    name: str,
    at_least_once: bool,  # noqa: FBT001  a case
) -> None:
    print(f"SIGNALBOX_KILLS_SEED={SEED}")  # noqa: T201  shown where the test fails
    talk, chance = BY_NAME[name], random.Random(SEED)  # noqa: S311  the same pauses once more
    desk = await open_desk(talk.kind)
    url = deployment.stack.database(deployment.databases[-1])
    seen: dict[str, int] = {}
    own = [*desk.attempts.own.values()]
    async with nursery(talk.kind, url, SECRET_KEY, own) as born:
        for _ in range(POINTS):
            state = await one_point(desk, talk, born, chance.uniform(0, LONGEST), at_least_once=at_least_once)
            seen[state] = seen.get(state, 0) + 1
    print(f"{name}: killed while {seen}")  # noqa: T201  as above


async def one_point(desk: Desk, talk: Conversation, born: Nursery, pause: float, *, at_least_once: bool) -> str:
    """Kill a worker so long after the provider accepted, let another go on, and count; give the state between."""
    desk.sim.clear()
    await desk.rows("DELETE FROM attempt RETURNING number")
    await desk.rows("DELETE FROM effect RETURNING id")
    talk.fail(desk, "stall", seconds=ANSWERS_AFTER)
    asked = talk.ask(desk).model_copy(update={"execution": new_id(), "at_least_once": at_least_once})
    await desk.take(asked)
    known = [row["pid"] for row in await desk.rows(BACKENDS, [])]
    worker = await born.worker()

    async def accepted() -> bool:
        return talk.did(desk) > 0

    await eventually(accepted, every=0.002)
    await asyncio.sleep(pause)
    born.kill(worker)

    async def gone() -> bool:
        return not await desk.rows(BACKENDS, known)

    # The server may still be committing what the worker asked for with its last breath.
    await eventually(gone)
    [between] = await desk.states()
    assert between in {"claimed", "sent"}
    await desk.end_claims()
    await desk.stale.turn()
    async with desk.working():
        await desk.ended()
    [row] = await desk.rows("SELECT state, reason, doubled FROM effect")
    check(talk, between, row, talk.did(desk), at_least_once=at_least_once)
    return between


def check(talk: Conversation, between: str, row: Any, did: int, *, at_least_once: bool) -> None:
    """Check the provider's count against the row."""
    if between == "sent" or talk.keyed:
        assert (row["state"], row["reason"], did) == ("sent", "", 1)
    elif at_least_once:
        assert (row["state"], row["reason"], did) == ("sent", ledger.DOUBLED, 2)
    else:
        assert (row["state"], "nobody knows" in row["reason"], did) == ("uncertain", True, 1)
