"""Who asks, and what an operation works with: the process, the cause of what follows, and one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.principals import Caller, Principal
from chassis.problems import Problem
from chassis.process import Process
from chassis.secrets import Sealer
from chassis.telemetry import child_of
from contracts.envelope import Cause
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict

from crm_api.changing import Changes
from crm_api.configuring import ConfigChanges
from crm_api.rights import Rights, rights_of


class Body(BaseModel):
    """What a request brings; a key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(slots=True)
class Asked:
    """One request: all that it changes has it as its root cause."""

    process: Process[Knowledge]
    principal: Principal
    cause: Cause
    _knowledge: Knowledge | None = field(default=None, init=False, repr=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open the one transaction of the request."""
        async with self.process.database.transaction() as tx:
            await self._view(tx)
            yield tx

    async def _view(self, tx: Transaction) -> Knowledge:
        self._knowledge = await self.process.config.view(tx)
        return self._knowledge

    @property
    def knowledge(self) -> Knowledge:
        """Give the config as the transaction of the request sees it, which must be open."""
        if self._knowledge is None:
            raise RuntimeError("open the transaction first: what holds is read in it")
        return self._knowledge

    @property
    def rights(self) -> Rights:
        """Give what the caller may do, by the config that the transaction sees, which must be open."""
        return rights_of(self.principal, self.knowledge)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Changes]:
        """Open the one transaction of a request that changes items; they are announced at its end."""
        async with self.process.database.transaction() as tx:
            knowledge = await self._view(tx)
            changes = Changes(tx, knowledge, self.cause, self.process.outbox, self.rights)
            yield changes
            await changes.announce()

    @asynccontextmanager
    async def configuring(self) -> AsyncIterator[tuple[ConfigChanges, Knowledge]]:
        """Open the one transaction of a request that changes config, with what holds under its lock."""
        async with self.process.database.transaction() as tx:
            changes = ConfigChanges(tx, self.cause, self.process.outbox)
            await changes.lock()
            yield changes, await self._view(tx)
            await changes.announce()

    @property
    def sealer(self) -> Sealer | None:
        """Give what seals secrets; None where the deployment has no key."""
        key = self.process.settings.secret_key
        return Sealer(key) if key else None


async def asked(request: Request, caller: Caller) -> Asked:
    """Give a request of anyone whom we know."""
    root = new_id()
    trace = child_of(request.headers.get("traceparent", ""))
    made = Asked(request.app.state.process, caller, Cause(root, root, actor=caller.name, traceparent=trace))
    request.state.asked = made
    return made


async def by_person(request: Annotated[Asked, Depends(asked)]) -> Asked:
    """Give a request of a person; raises a 403 problem for a service."""
    if request.principal.is_service:
        raise Problem(403, "Only people may do this", detail=f"You are {request.principal.name}; ask as user:<id>.")
    return request


async def by_service(request: Annotated[Asked, Depends(asked)]) -> Asked:
    """Give a request of one of our services; raises a 403 problem for a person."""
    if not request.principal.is_service:
        raise Problem(403, "Only services may do this", detail=f"You are {request.principal.name}.")
    return request


ByAnyone = Annotated[Asked, Depends(asked)]
ByPerson = Annotated[Asked, Depends(by_person)]
ByService = Annotated[Asked, Depends(by_service)]
