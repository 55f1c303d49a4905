"""The one door: every delivery of every source comes in by `POST /in/{source}/{token}`.

1. Read the raw bytes, within the limits of size and time.
2. Find the source; an unknown one and a wrong token get the same answer.
3. Verify and normalise, as the file of the source's kind does.
4. Once: keep it and announce it, or note the repeat, or set it aside; with all that came meanwhile in one transaction.
5. Only after its commit answer, what this sender wants to hear.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.problems import Problem
from chassis.secrets import Sealer
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.addresses import source_at
from trigger_gateway.deliveries import Arrival, Deliveries
from trigger_gateway.gathering import Gathering
from trigger_gateway.knocks import Bounds, Knock, knock, may_exceed, read_headers
from trigger_gateway.sources import SOURCES
from trigger_gateway.sources.setting_up import setup_of
from trigger_gateway.sources.source_kind import Setup, SourceKind, Taken

REFUSED = "refused"
# How much longer than others a large body may take to come.
LARGE_TAKE = 4
NOTHING = Taken("first", None)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Call:
    """One knock at an address."""

    came: Knock
    source: str
    token: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A call that was verified and read."""

    came: Knock
    setup: Setup
    kind: SourceKind
    arrivals: Sequence[Arrival]

    def answer(self, taken: Iterator[Taken]) -> Response:
        """Answer what the sender wants to hear; takes as many of `taken` as it brought."""
        fates = [next(taken) for _ in self.arrivals]
        return self.kind.answer(self.came, self.setup, fates[0] if fates else NOTHING)


class Door:
    """Lets deliveries in."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], deliveries: Deliveries, sealer: Sealer, bounds: Bounds
    ) -> None:
        self.config = config
        self.deliveries = deliveries
        self.sealer = sealer
        self.bounds = bounds
        self.gathering: Gathering[Call, Response] = Gathering(database, self.take)

    async def receive(self, request: Request) -> Response:
        """Take one delivery, and answer once it is kept."""
        source, token = request.path_params["source"], request.path_params["token"]
        headers = read_headers(request)
        kind = await self._kind(source, token) if may_exceed(headers, self.bounds) else None
        if kind is None or kind.thin is None:
            came = await knock(request, self.bounds, headers=headers)
        else:
            try:
                thinner = kind.thin(headers.get("content-type", ""), self.bounds.size)
                larger = replace(self.bounds, size=kind.largest, seconds=LARGE_TAKE * self.bounds.seconds)
                came = await knock(request, larger, thinner, headers)
            except Problem as problem:
                return kind.refuse(Knock(b"", headers, datetime.now(UTC)), problem)
        return await self.gathering.of(Call(came, source, token))

    async def _kind(self, name: str, token: str) -> SourceKind | None:
        """Give the kind of a source that has this address, as the config has it now."""
        async with self.gathering.database.transaction() as tx:
            source = source_at(await self.config.view(tx), name, token)
        return SOURCES.get(source.kind) if source else None

    async def take(self, tx: Transaction, calls: Sequence[Call]) -> list[Response | Problem]:
        """Take what gathered, each on the config that this transaction sees."""
        knowledge = await self.config.view(tx, after_locks=True)
        now = await tx.now()
        heard = [self._hear(call, knowledge, now) for call in calls]
        arrivals = [one for h in heard if isinstance(h, Heard) for one in h.arrivals]
        taken = iter(await self.deliveries.take_all(tx, arrivals) if arrivals else ())
        return [h.answer(taken) if isinstance(h, Heard) else h for h in heard]

    def _hear(self, call: Call, knowledge: Knowledge, now: datetime) -> Heard | Response | Problem:
        setup = self._setup(call, knowledge)
        if isinstance(setup, Problem):
            self.deliveries.tally.add("", REFUSED, reason=f"{setup.status} {setup}")
            return setup
        source, kind = setup.source, SOURCES[setup.source.kind]
        try:
            telling = kind.read(call.came, setup)
            told = telling if isinstance(telling, tuple) else (telling,)
            arrivals = [self.deliveries.arrival(source, one, call.came, now) for one in told]
        except Problem as problem:
            log.info("delivery: refused", source=source.id, status=problem.status, why=str(problem))
            self.deliveries.tally.add(source.id, REFUSED, reason=f"{problem.status} {problem.title}")
            return kind.refuse(call.came, problem)
        return Heard(call.came, setup, kind, arrivals)

    def _setup(self, call: Call, knowledge: Knowledge) -> Setup | Problem:
        source = source_at(knowledge, call.source, call.token)
        if source is None or source.kind not in SOURCES:
            return Problem(404, "Nothing is here", detail="Check the address that the source was given.")
        try:
            return setup_of(source, knowledge, self.sealer)
        except Problem as problem:
            return problem
