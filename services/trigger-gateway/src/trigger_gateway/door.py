"""The one door: every delivery of every source comes in by `POST /in/{source}/{token}`.

1. Read the raw bytes, up to the limit.
2. Find the source; an unknown one and a wrong token get the same answer.
3. Verify and normalise, as the file of the source's kind does.
4. Once: keep it and announce it, or note the repeat, or set it aside; all in one transaction.
5. Only then answer, what this sender wants to hear.
"""

import hmac

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database
from chassis.problems import Problem
from chassis.secrets import Sealer
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.knocks import knock
from trigger_gateway.sources import SOURCES
from trigger_gateway.sources.source_kind import Setup

NOWHERE = b"no source has this token"
log = structlog.get_logger()


class Door:
    """Lets deliveries in."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], deliveries: Deliveries, sealer: Sealer, limit: int
    ) -> None:
        self.database = database
        self.config = config
        self.deliveries = deliveries
        self.sealer = sealer
        self.limit = limit

    async def receive(self, request: Request) -> Response:
        """Take one delivery, and answer once it is kept."""
        came = await knock(request, self.limit)
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            setup = self._setup(knowledge, request.path_params["source"], request.path_params["token"])
            kind = SOURCES[setup.source.kind]
            try:
                told = kind.read(came, setup)
                taken = await self.deliveries.take(tx, setup.source, told, came)
            except Problem as problem:
                log.info("delivery: refused", source=setup.source.id, status=problem.status, why=str(problem))
                return kind.refuse(came, problem)
        return kind.answer(came, setup, taken)

    def _setup(self, knowledge: Knowledge, name: str, token: str) -> Setup:
        source = knowledge.sources.get(name)
        known = source.token.encode() if source else NOWHERE
        fits = hmac.compare_digest(known, token.encode())
        if source is None or not fits or not source.token or source.kind not in SOURCES:
            raise Problem(404, "Nothing is here", detail="Check the address that the source was given.")
        secrets = tuple(self.sealer.open(s, f"source/{source.id}/{name}") for name, s in sorted(source.secrets.items()))
        return Setup(source, secrets, knowledge.portal)
