"""One kind's worker on a real database, the providers' far ends, and a crm-api that keeps what it is given."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import simulators
from action_workers import claims
from action_workers.actions import of_kind
from action_workers.attempts import Attempts
from action_workers.claims import StaleClaims
from action_workers.executor import Executor
from action_workers.intake import Intake
from action_workers.main import VERSIONS, build, crm_api
from action_workers.providers import PROVIDERS, Accounts
from action_workers.settings import Settings
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy, keep
from chassis.database import Database
from chassis.ids import new_id
from chassis.kafka import Kafka
from chassis.outbox import Outbox, unpack
from chassis.received import Received
from chassis.secrets import Sealer
from chassis.testing import Deployment, eventually, running_tasks
from chassis.timers import Timers
from contracts.actions import PerformAction, Recipient
from contracts.config import ConfigChanged, Connection
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.ids import effect_id
from contracts.outcomes import EffectOutcome
from fastapi import FastAPI, Request, Response
from simulators.serving import serving_http
from simulators.settings import Settings as SimulatorSettings

TOKEN = "ours"
PUBLIC = "https://shop.example"
PAUSES = {"retry_first": 0.05, "retry_longest": 0.2, "retry_jitter": 0}
ANA = UUID(int=0xA7A)
revisions = count(1)


@pytest.fixture(scope="session")
async def far_end() -> AsyncIterator[simulators.Simulation]:
    async with simulators.running(SimulatorSettings(http_port=0, smtp_port=0)) as far_end:
        yield far_end


@pytest.fixture
def sim(far_end: simulators.Simulation) -> simulators.Simulation:
    far_end.clear()
    return far_end


@dataclass
class CrmApi:
    """Answers as crm-api's `/v1/tasks`, `/v1/files` and `/v1/documents` do; fails as often as it is told to."""

    url: str = ""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: int = 0
    asked: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()
        app.middleware("http")(self.door)
        app.add_api_route("/v1/tasks", self.make_task, methods=["POST"])
        app.add_api_route("/v1/files", self.put_file, methods=["POST"])
        app.add_api_route("/v1/files/{hash_}", self.file, methods=["GET"])
        app.add_api_route("/v1/documents", self.make_document, methods=["POST"])
        return app

    async def door(self, request: Request, follow: Callable[[Request], Awaitable[Response]]) -> Response:
        self.asked += 1
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        if self.failing:
            self.failing -= 1
            return Response(status_code=503)
        return await follow(request)

    async def make_task(self, request: Request) -> dict[str, Any]:
        task = await request.json()
        return self.tasks.setdefault(task["id"], task)

    async def put_file(self, request: Request) -> dict[str, str]:
        return {"hash": self.keep(await request.body(), request.headers["content-type"])}

    async def file(self, hash_: str) -> Response:
        kind, content = self.files[hash_]
        return Response(content, media_type=kind)

    async def make_document(self, request: Request) -> dict[str, Any]:
        document = await request.json()
        made = {**document, "number": str(len(self.documents) + 1), "token": f"secret{len(self.documents) + 1}"}
        return self.documents.setdefault(document["id"], made)

    def keep(self, content: bytes, kind: str = "text/html") -> str:
        hash_ = hashlib.sha256(content).hexdigest()
        self.files[hash_] = (kind, content)
        return hash_


@pytest.fixture
async def crm() -> AsyncIterator[CrmApi]:
    crm = CrmApi()
    async with serving_http(crm.app(), "127.0.0.1", 0) as crm.url:
        yield crm


def connections(sim: simulators.Simulation, sealer: Sealer) -> list[Connection]:
    host, _, port = sim.smtp.partition(":")

    def sealed(connection: str, name: str, value: str) -> dict[str, str]:
        return {name: sealer.seal(value, f"connection/{connection}/{name}")}

    sms = {"base_url": sim.http, "account_sid": sim.settings.twilio_account_sid, "from": "+15005550006", **PAUSES}
    mail = {"host": host, "port": int(port), "tls": "none", "from": "shop@example.com", "name": "The shop", **PAUSES}
    ads = {"base_url": sim.http, **PAUSES}
    token = sim.settings.twilio_auth_token.get_secret_value()
    ads_token = sim.settings.meta_access_token.get_secret_value()
    return [
        Connection(id="sms", provider="twilio", settings=sms, secrets=sealed("sms", "auth_token", token)),
        Connection(id="mail", provider="smtp", settings=mail),
        Connection(id="meta", provider="meta", settings=ads, secrets=sealed("meta", "access_token", ads_token)),
    ]


def config(kind: str, id_: str, data: dict[str, Any]) -> ConfigChanged:
    return ConfigChanged(kind=kind, id=id_, revision=next(revisions), data=data, changed_at=datetime.now(UTC))


@dataclass
class Desk:
    """The worker of one kind, its parts at hand."""

    kind: str
    database: Database
    config: ConfigCopy[Knowledge]
    attempts: Attempts
    sim: simulators.Simulation
    sealer: Sealer
    execution: UUID = field(default_factory=new_id)
    item: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.outbox = Outbox(Kafka("nowhere", partitions=1), "/action-workers")
        self.executor = self.another()
        self.intake = Intake(self.kind, self.outbox, self.executor.wake)
        self.stale = Timers(self.database, claims.lane(self.kind), StaleClaims(self.outbox).fire)

    def another(self) -> Executor:
        """Make one more executor, as another process has it."""
        return Executor(
            self.kind, database=self.database, outbox=self.outbox, config=self.config, attempts=self.attempts
        )

    def to(self, address: str = "+351910000001", **more: Any) -> Recipient:
        return Recipient(whom=f"contact:{address}", address=address, name="Ana", contact=ANA, **more)

    def action(self, *recipients: Recipient, **more: Any) -> PerformAction:
        texts = {
            "text": "A manager will contact you within 30 minutes.",
            "subject": "Your contract",
            "title": "Prepare",
        }
        known: dict[str, Any] = {
            "execution": self.execution,
            "item": self.item,
            "item_type": "deal",
            "activation": 1,
            "rule": UUID(int=7),
            "rule_key": "greet",
            "action": of_kind(self.kind)[0].name,
            "recipients": recipients or (self.to(),),
            "params": texts,
            "due_at": datetime.now(UTC),
            "config": 0,
        }
        return PerformAction.model_validate(known | more)

    def effect(self, address: str = "+351910000001") -> UUID:
        return effect_id(self.execution, f"contact:{address}")

    async def configure(self, *changes: ConfigChanged) -> None:
        async with self.database.transaction() as tx:
            await keep(tx, changes)

    async def take(self, *batch: Data, at: datetime | None = None, actor: str = "system") -> None:
        """Take messages as one batch of the consumer."""
        at = at or datetime.now(UTC)
        received = [
            Received(f"actions.{self.kind}", 0, n, str(self.item), told(d, at, actor), d) for n, d in enumerate(batch)
        ]
        async with self.database.transaction() as tx:
            await self.intake.take(tx, received)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let the executor run while the block lasts."""
        async with running_tasks(self.executor.run):
            yield

    async def work(self, *states: str, within: float = 15.0) -> list[EffectOutcome]:
        """Let the executor run until the effects have these states, and give their last outcomes."""

        async def reached() -> bool:
            return sorted(await self.states()) == sorted(states)

        async with self.working():
            await eventually(reached, within=within)
        return await self.latest()

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows("SELECT state FROM effect ORDER BY id")]

    async def rows(self, query: str, *values: Any) -> list[Any]:
        async with self.database.transaction() as tx:
            return await tx.fetch(query, *values)

    async def outcomes(self) -> list[EffectOutcome]:
        """Give all that was announced, in order."""
        rows = await self.rows("SELECT body FROM outbox WHERE topic = 'actions.outcomes' ORDER BY seq")
        return [EffectOutcome.model_validate_json(packed[2]) for row in rows for packed in unpack(row["body"])]

    async def latest(self) -> list[EffectOutcome]:
        """Give what a reader holds in the end: of each effect the highest version."""
        held: dict[UUID, EffectOutcome] = {}
        for outcome in await self.outcomes():
            if outcome.effect not in held or held[outcome.effect].version < outcome.version:
                held[outcome.effect] = outcome
        return list(held.values())

    async def claim_and_die(self) -> int:
        """Claim as a process does that is killed before it can do more, long ago."""
        claimed, _ = await self.another().claim(10)
        await self.rows("UPDATE effect SET claimed_until = signalbox_now() - interval '1 second' RETURNING id")
        await self.rows("UPDATE timer SET due_at = signalbox_now() - interval '1 second' RETURNING id")
        return len(claimed)


def told(data: Data, at: datetime, actor: str = "system") -> Envelope:
    return Envelope(new_id(), data.TYPE, "/rule-scheduler", "", at, Cause(new_id(), new_id(), actor=actor))


Open = Callable[[str], Awaitable[Desk]]


@pytest.fixture
async def open_desk(deployment: Deployment, sim: simulators.Simulation, crm: CrmApi) -> AsyncIterator[Open]:
    settings = await deployment.settings(Settings, VERSIONS, crm_api_url=crm.url, crm_api_token=TOKEN)
    assert settings.secret_key
    sealer = Sealer(settings.secret_key)
    own = crm_api(settings).model_copy(update={"settings": {**crm_api(settings).settings, **PAUSES}})
    async with Database(settings.database_url.get_secret_value()) as database, Accounts(PROVIDERS, sealer) as accounts:

        async def opened(kind: str) -> Desk:
            desk = Desk(kind, database, ConfigCopy(database, build), Attempts(accounts, own), sim, sealer)
            known = [config("connection", c.id, c.model_dump(mode="json")) for c in connections(sim, sealer)]
            await desk.configure(config("portal", "portal", {"public_url": PUBLIC}), *known)
            return desk

        yield opened


@pytest.fixture
async def sms(open_desk: Open) -> Desk:
    return await open_desk("sms")


async def for_a_while(seconds: float = 0.6) -> None:
    """Give what must not happen the time to happen."""
    await asyncio.sleep(seconds)


IN_AN_HOUR = timedelta(hours=1)


@pytest.fixture
def changed_connection() -> Callable[..., ConfigChanged]:
    """Give a change of the SMS connection's settings."""

    def changed(desk: Desk, **settings: Any) -> ConfigChanged:
        connection = connections(desk.sim, desk.sealer)[0]
        data = connection.model_copy(update={"settings": {**connection.settings, **settings}})
        return config("connection", "sms", data.model_dump(mode="json"))

    return changed
