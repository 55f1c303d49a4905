"""Who asks, and what an operation works with: the process, the cause of what follows, and one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from automation.knowledge import Knowledge
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.principals import Caller, Principal
from chassis.process import Process
from chassis.secrets import Sealer
from chassis.telemetry import child_of
from contracts.envelope import Cause
from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict

from crm_api.access.audit import DONE, Act
from crm_api.access.rights import Forbidden, Rights, rights_of
from crm_api.config.configuring import ConfigChanges
from crm_api.record.changing import Changes
from crm_api.store import audit as stored_audit


class Body(BaseModel):
    """What a request brings; a key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(slots=True)
class Asked:
    """One request: all that it changes has it as its root cause.

    `operation` names it in the audit log (`items.move`), `address` is where it comes from.
    """

    process: Process[Knowledge]
    principal: Principal
    cause: Cause
    operation: str = ""
    address: str = ""
    _seen: tuple[Knowledge, Rights] | None = field(default=None, init=False, repr=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open the one transaction of the request."""
        async with self.process.database.transaction() as tx:
            await self._see(tx)
            yield tx

    async def _see(self, tx: Transaction) -> Knowledge:
        return self._adopt(await self.process.config.view(tx))

    async def _learn(self, tx: Transaction, revision: int) -> Knowledge:
        return self._adopt(await self.process.config.view_at(tx, revision))

    def _adopt(self, knowledge: Knowledge) -> Knowledge:
        self._seen = knowledge, rights_of(self.principal, knowledge)
        return knowledge

    @property
    def knowledge(self) -> Knowledge:
        """Give the config as the transaction of the request sees it, which must be open."""
        return self._known()[0]

    @property
    def rights(self) -> Rights:
        """Give what the caller may do, by the config that the transaction sees, which must be open."""
        return self._known()[1]

    @property
    def language(self) -> str:
        """Give the language of who asks, else the company's, by the config that the transaction sees."""
        person = self.knowledge.people.get(self.rights.person)
        return (person.language if person else "") or self.knowledge.portal.language

    def _known(self) -> tuple[Knowledge, Rights]:
        if self._seen is None:
            raise RuntimeError("open the transaction first: what holds is read in it")
        return self._seen

    async def audit(self, tx: Transaction, subject: str, *, outcome: str = DONE, **detail: Any) -> None:
        """Write into the audit log that this was done, or refused; `detail` names clients by their ids only."""
        act = Act(
            id=new_id(),
            at=await tx.now(),
            principal=self.principal.name,
            operation=self.operation,
            subject=subject,
            outcome=outcome,
            address=self.address,
            correlation=self.cause.correlation,
            detail={**detail, "key": self.principal.key} if self.principal.key else detail,
        )
        stored_audit.add(tx, act)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Changes]:
        """Open the one transaction of a request that changes items; they are announced at its end."""
        async with self.process.database.transaction() as tx:
            changes = Changes(tx, self._learn, self.cause, self.process.outbox, lambda _: self.rights)
            yield changes
            await changes.announce()

    @asynccontextmanager
    async def configuring(self) -> AsyncIterator[tuple[ConfigChanges, Knowledge]]:
        """Open the one transaction of a request that changes config, with what holds under its lock."""
        async with self.process.database.transaction() as tx:
            changes = ConfigChanges(tx, self.cause, self.process.outbox)
            await changes.lock()
            knowledge = await self._see(tx)
            changes.rights = self.rights
            yield changes, knowledge
            await changes.announce()
            for changed in changes.changed:
                subject = f"{changed.kind}/{changed.id}"
                await self.audit(tx, subject, revision=changed.revision, deleted=changed.deleted)

    @property
    def sealer(self) -> Sealer | None:
        """Give what seals secrets; None where the deployment has no key."""
        key = self.process.settings.secret_key
        return Sealer(key) if key else None


async def asked(request: Request, caller: Caller) -> Asked:
    """Give a request of anyone whom we know."""
    root = new_id()
    trace = child_of(request.headers.get("traceparent", ""))
    cause = Cause(root, root, actor=caller.name, traceparent=trace)
    route = request.scope["route"]
    operation = f"{route.tags[0]}.{route.name}" if route.tags else route.name
    address = request.client.host if request.client else ""
    request.state.asked = made = Asked(request.app.state.process, caller, cause, operation, address)
    return made


async def by_person(request: Annotated[Asked, Depends(asked)]) -> Asked:
    """Give a request of a person; raises `Forbidden` for a service."""
    if request.principal.is_service:
        raise Forbidden(f"do this as {request.principal.name}", fix="ask as user:<id>", title="Only people may do this")
    return request


async def by_service(request: Annotated[Asked, Depends(asked)]) -> Asked:
    """Give a request of one of our services; raises `Forbidden` for a person."""
    if not request.principal.is_service:
        words = f"do this as {request.principal.name}"
        raise Forbidden(words, fix="it is left to our services", title="Only services may do this")
    return request


ByAnyone = Annotated[Asked, Depends(asked)]
ByPerson = Annotated[Asked, Depends(by_person)]
ByService = Annotated[Asked, Depends(by_service)]
