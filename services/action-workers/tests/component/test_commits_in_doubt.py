"""What the database does with claims and answers as they are committed: nothing is lost by it, and nothing doubled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from action_workers.answers import Answer, Sent, TryLater
from action_workers.attempts import Attempt
from action_workers.effect import Effect
from action_workers.executor import Executor
from action_workers.recording import UNKEPT, Ended
from action_workers.testing import Desk
from chassis.database import Database, Transaction
from contracts.actions import CancelAction
from typing_extensions import override

CUT = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
# No column holds such a text.
UNKEEPABLE = Sent("SM1", {"names": ["\0"]})


class Cut(Database):
    """A database of which the first commit is not answered: it has happened, or not."""

    def __init__(self, real: Database, *, commits: bool) -> None:
        self.real = real
        self.commits = commits
        self.is_whole = False

    @override
    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        is_whole, self.is_whole = self.is_whole, True
        async with self.real.transaction() as tx:
            yield tx
            if not is_whole and not self.commits:
                raise CUT
        if not is_whole:
            raise CUT


async def cut_off(desk: Desk, *, commits: bool) -> Executor:
    """Claim what is due, without an answer from the database; give the executor that did."""
    executor = desk.another()
    executor.database = executor.doubtful.database = Cut(desk.database, commits=commits)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await executor.turn()
    return executor


async def test_a_claim_that_was_committed_without_an_answer_is_taken_back_and_goes_once(sms: Desk) -> None:
    await sms.take(sms.action())
    executor = await cut_off(sms, commits=True)
    assert await sms.states() == ["claimed"]
    await executor.doubtful.take_back()
    assert await sms.states() == ["planned"]
    assert not await sms.rows("SELECT FROM timer")
    [outcome] = await sms.work("sent")
    assert (outcome.attempts, outcome.reason) == (2, "")
    assert len(sms.sim.twilio.accepted) == 1


async def test_the_executor_takes_back_by_itself_what_it_does_not_know_to_be_claimed(sms: Desk) -> None:
    await sms.take(sms.action())
    sms.executor = await cut_off(sms, commits=True)
    await sms.work("sent")
    assert len(sms.sim.twilio.accepted) == 1


async def test_a_claim_that_was_not_committed_takes_nothing_from_another_executor(sms: Desk) -> None:
    await sms.take(sms.action())
    executor = await cut_off(sms, commits=False)
    turn = await sms.executor.claim(1)
    await executor.doubtful.take_back()
    assert await sms.states() == ["claimed"]
    await sms.executor.carry_out(turn.effects[0], turn.knowledge)
    assert await sms.states() == ["sent"]


async def test_what_was_cancelled_before_its_claim_is_taken_back_does_not_go(sms: Desk) -> None:
    await sms.take(sms.action())
    executor = await cut_off(sms, commits=True)
    await sms.take(CancelAction(execution=sms.execution, item=sms.item, reason="left the stage"))
    await executor.doubtful.take_back()
    [outcome] = await sms.latest()
    assert (outcome.state, outcome.reason) == ("cancelled", "left the stage")


async def recorded(desk: Desk, *answers: Answer) -> list[Effect]:
    """Let as many effects be answered at once, all but the first of which are recorded together."""
    await desk.take(desk.action(*(desk.to(f"+35191000000{n}") for n in range(len(answers)))))
    claimed = list((await desk.executor.claim(len(answers))).effects)
    ends = [Ended(effect, Attempt(answer)) for effect, answer in zip(claimed, answers, strict=True)]
    await asyncio.gather(*(desk.executor.recording.record(end) for end in ends))
    return claimed


async def test_an_answer_that_cannot_be_kept_takes_none_of_those_beside_it_along(sms: Desk) -> None:
    claimed = await recorded(sms, Sent("SM0"), UNKEEPABLE, Sent("SM2"), TryLater("busy"))
    outcomes = {outcome.effect: outcome for outcome in await sms.latest()}
    told = [(outcomes[effect.id].state, outcomes[effect.id].reason) for effect in claimed]
    assert told == [("sent", ""), ("sent", UNKEPT), ("sent", ""), ("planned", "busy")]


async def test_an_answer_that_cannot_be_kept_alone_says_that_it_was_accepted(sms: Desk) -> None:
    await recorded(sms, UNKEEPABLE)
    [outcome] = await sms.latest()
    assert (outcome.state, outcome.reason, outcome.results) == ("sent", UNKEPT, {})


@pytest.mark.parametrize(
    "trouble", [asyncpg.QueryCanceledError("statement timeout"), asyncpg.DiskFullError("no space left on device")]
)
async def test_answers_wait_for_a_database_in_trouble_of_its_own(
    sms: Desk, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    recording, troubles = sms.executor.recording, [trouble]
    take = recording._take

    async def refused(*told: object) -> None:
        if troubles:
            raise troubles.pop()
        await take(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(recording, "_take", refused)
    await recorded(sms, Sent("SM0"))
    [outcome] = await sms.latest()
    assert (outcome.state, outcome.reason) == ("sent", "")
