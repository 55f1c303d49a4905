"""Starts, kills and stops the processes of a local installation."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import asyncpg
import httpx
from chassis.kafka import Kafka, make_topics
from contracts.topics import ACTION_KINDS
from stack import Stack
from stack.native.process import ServerProcess
from stack.runs import Run

from deploy.local.clients import Crm, Gateway, Simulators
from deploy.local.environment import SERVICES, Environment

Layout = Literal["small", "wide"]
ROLES: dict[str, tuple[str, ...]] = {
    "crm-api": ("serve", "consume", "timeline"),
    "rule-scheduler": ("consume", "fire"),
    "trigger-gateway": ("serve", "match", "mailboxes"),
    "action-workers": ACTION_KINDS,
}
BIN = Path(sys.executable).parent
READY_WITHIN = 300.0
# A process ends where its Kafka client is broken for good, and a new one heals that: whoever runs it starts it again.
STARTS_AGAIN = 2


def names_of(layout: Layout) -> list[str]:
    """Name all processes of a layout."""
    roles = ROLES if layout == "wide" else dict.fromkeys(SERVICES, ("all",))
    return [f"{service}.{role}" for service in SERVICES for role in roles[service]]


@dataclass
class Installation:
    """The four services and the providers' simulator on one stack.

    `small`: a process for each service; `wide`: one for each role, as in production. Processes are named
    `<service>.<role>`, in the small layout `<service>.all`; `only` names those to start, where not all are wanted. With
    `rehearsal` its clock can be moved. What a crash leaves is noted below `home` and found at the next start.
    """

    stack: Stack
    home: Path = Path(".local")
    layout: Layout = "small"
    prefix: str = ""
    partitions: int = 12
    more: Mapping[str, str] = field(default_factory=dict)
    rehearsal: bool = False
    only: Collection[str] = ()
    say: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        """Name the processes; nothing happens yet."""
        more = {**self.more, "REHEARSAL": "1"} if self.rehearsal else self.more
        self.environment = Environment(self.stack, self.prefix, self.partitions, more)
        names = names_of(self.layout)
        self.names = [name for name in names if name in (self.only or names)]
        self.processes: dict[str, ServerProcess] = {}
        serving = "all" if self.layout == "small" else "serve"
        self.crm = Crm(self.environment.url(f"crm-api.{serving}"), self.environment.tokens["user:manager"])
        self.gateway = Gateway(self.environment.url(f"trigger-gateway.{serving}"))
        self.simulators = Simulators(self.environment.url("simulators"), f"127.0.0.1:{self.environment.port('smtp')}")

    @property
    def kafka(self) -> Kafka:
        """Give this installation's corner of the cluster."""
        return Kafka(self.stack.kafka, self.prefix, self.partitions)

    async def __aenter__(self) -> Self:
        """Make databases and topics, start everything, and wait until it is ready."""
        self.run = Run.begin(self.home)
        try:
            await self._prepare()
            self._start_simulators()
            for name in self.names:
                self.start(name)
            await asyncio.gather(*(self.ready(name) for name in ("simulators", *self.names)))
        except BaseException:
            await self.down()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all processes."""
        await self.down()

    async def down(self) -> None:
        """Stop all processes at once and forget the run."""
        for client in (self.crm, self.gateway, self.simulators):
            await client.close()
        await asyncio.gather(*(asyncio.to_thread(p.stop, signal.SIGTERM) for p in self.processes.values()))
        self.run.remove()

    def start(self, name: str) -> None:
        """Start a process by its name."""
        service, _, role = name.partition(".")
        environment = self.environment.of(service, name, self.crm.url)
        process = self.processes.get(name) or self._process(name, [BIN / service, role], environment)
        process.spawn()

    def kill(self, name: str) -> None:
        """Kill a process, as a machine that loses power would."""
        self.processes[name].stop(signal.SIGKILL)

    def stop(self, name: str) -> None:
        """Stop a process as an operator would."""
        self.processes[name].stop(signal.SIGTERM)

    async def ready(self, name: str, *, within: float = READY_WITHIN) -> None:
        """Wait until a process says that it is ready, starting it again where it ends, though not for ever.

        Raises `RuntimeError` with its last words when it ends each time, or takes too long.
        """
        deadline, left = time.monotonic() + within, STARTS_AGAIN
        process = self.processes[name]
        path = "/_control/faults" if name == "simulators" else "/readyz"
        async with httpx.AsyncClient(base_url=self.environment.url(name), trust_env=False) as client:
            while not await is_ok(client, path):
                died = process.died()
                if (died and not left) or time.monotonic() > deadline:
                    raise RuntimeError(f"{name} did not become ready. Its last words:\n{process.last_words()}")
                if died:
                    left -= 1
                    process.spawn()
                await asyncio.sleep(0.05)

    async def _prepare(self) -> None:
        await asyncio.gather(*(self._database(service) for service in SERVICES), make_topics(self.kafka))

    async def _database(self, service: str) -> None:
        name = self.environment.database(service)
        try:
            await self.stack.create_database(name)
        except asyncpg.DuplicateDatabaseError:
            self.say(f"database {name} is there already")
        environment = self.environment.of(service, f"{service}.migrate", self.crm.url)
        migrate = self._process(f"{service}.migrate", [BIN / service, "migrate"], environment)
        del self.processes[migrate.name]
        migrate.spawn()
        if await asyncio.to_thread(migrate.wait):
            raise RuntimeError(f"{service} migrate failed. Its last words:\n{migrate.last_words()}")

    def _start_simulators(self) -> None:
        environment = self.environment.of("action-workers", "simulators", self.crm.url) | {
            "SIMULATORS_HTTP_PORT": str(self.environment.port("simulators")),
            "SIMULATORS_SMTP_PORT": str(self.environment.port("smtp")),
            "SIMULATORS_JOURNAL": str(self.run.directory.absolute() / "accepted.jsonl"),
        }
        self._process("simulators", [BIN / "simulators"], environment).spawn()

    def _process(self, name: str, command: list[str | Path], environment: Mapping[str, str]) -> ServerProcess:
        process = ServerProcess(self.run, name, command, Path.cwd(), signal.SIGTERM, environment=dict(environment))
        self.processes[name] = process
        return process


async def is_ok(client: httpx.AsyncClient, path: str) -> bool:
    """Say whether a path answers 200."""
    try:
        return (await client.get(path, timeout=3)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
