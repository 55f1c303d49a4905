"""The whole process over real Kafka: what comes in on `actions.*` goes out, and is told on `actions.outcomes`."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from action_workers.main import SERVICE, VERSIONS, wire
from action_workers.providers import PROVIDERS, Accounts
from action_workers.settings import Settings
from action_workers.testing import Desk, connections
from automation.knowledge import Knowledge
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from chassis.process import opened
from chassis.secrets import Sealer
from chassis.testing import Deployment, eventually, running
from contracts import topics
from contracts.actions import CancelAction
from contracts.config import Connection
from contracts.data import Data
from contracts.messages import Message
from contracts.outcomes import EffectOutcome
from contracts.tries import ConnectionTried, TryConnection
from stack.ports import free_port

SMS = topics.ACTIONS["sms"]
DEAD = "action-workers.sms.dead"


@dataclass
class Running:
    """A process that runs, and the way to its topics."""

    deployment: Deployment
    desk: Desk
    port: int
    about: About

    def message(self, data: Data, topic: Any = SMS) -> Message:
        outbox = Outbox(self.deployment.kafka, "/rule-scheduler")
        return outbox.message(topic, self.desk.item, data, self.about)

    async def outcome(self) -> EffectOutcome | None:
        told = await self.deployment.data(topics.OUTCOMES, EffectOutcome)
        return told[-1] if told else None


@pytest.fixture
async def worker(deployment: Deployment, sms: Desk, about: About) -> AsyncIterator[Running]:
    await deployment.topics(SMS, topics.OUTCOMES, topics.TRIES, topics.CONFIG, DEAD)
    url = deployment.stack.database(deployment.databases[-1])
    more = {"session_timeout": 6.0, "database_url": url, "inside_hosts": ("127.0.0.1",)}
    settings = await deployment.settings(Settings, VERSIONS, port=free_port(), **more)
    assert settings.secret_key
    async with (
        opened(SERVICE, settings, Knowledge.grown) as process,
        Accounts(PROVIDERS, Sealer(settings.secret_key)) as accounts,
    ):
        wire(process, settings, accounts, ["sms"])
        async with running(process):
            yield Running(deployment, sms, settings.port, about)


async def test_an_action_that_comes_twice_is_done_once_and_told(worker: Running) -> None:
    action = worker.desk.action()
    await worker.deployment.send(worker.message(action), worker.message(action))
    outcome = await eventually(worker.outcome)
    assert outcome.state == "sent"
    await worker.deployment.send(worker.message(action))
    await worker.deployment.send(worker.message(CancelAction(execution=action.execution, item=action.item, reason="x")))
    # Behind them on their partition: once it is done, they are heard.
    last = action.model_copy(update={"execution": new_id()})
    await worker.deployment.send(worker.message(last))

    async def done() -> bool:
        found = await worker.outcome()
        return found is not None and (found.execution, found.state) == (last.execution, "sent")

    await eventually(done)
    assert len(worker.desk.sim.twilio.accepted) == 2
    assert set(await worker.desk.states()) == {"sent"}


async def test_an_outcome_follows_from_the_action_and_names_the_contact(worker: Running) -> None:
    message = worker.message(worker.desk.action())
    await worker.deployment.send(message)
    await eventually(worker.outcome)
    (seen,) = await worker.deployment.seen(topics.OUTCOMES)
    assert seen.envelope
    assert seen.key == str(worker.desk.item)
    assert seen.envelope.cause.correlation == message.envelope.cause.correlation
    assert seen.envelope.cause.causation == message.envelope.id
    assert seen.envelope.cause.actor == "service:action-workers"
    assert len(seen.envelope.persons) == 1


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ([], b"{}", "ce_"),
        (None, b"not json", "action.perform.v1"),
    ],
)
async def test_what_cannot_be_read_is_a_dead_letter_and_holds_nothing_up(
    worker: Running, headers: Any, value: bytes, reason: str
) -> None:
    message = worker.message(worker.desk.action())
    kept = message.envelope.headers() if headers is None else headers
    await worker.deployment.put([(SMS.name, 0, b"x", kept, value)])
    await worker.deployment.send(message)
    assert (await eventually(worker.outcome)).state == "sent"
    (dead,) = await eventually(lambda: worker.deployment.seen(DEAD))
    assert reason in dead.headers["dead-reason"]


async def test_the_process_answers_for_its_health(worker: Running) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{worker.port}", trust_env=False, timeout=60) as client:

        async def live() -> bool:
            with contextlib.suppress(httpx.ConnectError):
                return (await client.get("/livez")).status_code == 200
            return False

        await eventually(live)
        assert (await client.get("/livez")).json()["sms executor"] == "ok"
        assert "signalbox_attempts" in (await client.get("/metrics")).text


async def tried(worker: Running, connection: str, draft: Connection | None = None, **more: Any) -> TryConnection:
    """Ask what an account comes to."""
    soon = datetime.now(UTC) + timedelta(minutes=10)
    asked = TryConnection(id=new_id(), connection=connection, draft=draft, config=0, **{"expires_at": soon, **more})
    await worker.deployment.send(worker.message(asked))
    return asked


async def test_an_account_is_tried_beside_the_work_and_told_of_without_secrets(worker: Running) -> None:
    """Silence of a provider holds up nothing else, and what nobody waits for any more is not asked."""
    worker.desk.sim.fail("twilio", "stall", seconds=2)
    late = await tried(worker, "sms", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    slow = await tried(worker, "sms")
    await worker.deployment.send(worker.message(worker.desk.action()))
    sealer = worker.desk.attempts.accounts.sealer
    assert sealer
    (kept,) = [one for one in connections(worker.desk.sim, sealer) if one.id == "sms"]
    sealed = {"auth_token": sealer.seal("another-token", "connection/sms/auth_token")}
    drafted = await tried(worker, "sms", kept.model_copy(update={"secrets": sealed}))

    async def answers() -> dict[Any, ConnectionTried] | None:
        told = {one.id: one for one in await worker.deployment.data(topics.TRIES, ConnectionTried)}
        return told if len(told) == 2 else None

    assert (await eventually(worker.outcome)).state == "sent"
    told = await eventually(answers)
    assert late.id not in told
    assert (told[slow.id].outcome, told[slow.id].account["name"]) == ("works", "Furniture shop")
    assert (told[drafted.id].outcome, "another-token" in str(told)) == ("refused", False)
    assert len(worker.desk.sim.twilio.accepted) == 1
