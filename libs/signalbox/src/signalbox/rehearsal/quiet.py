"""Whether all that was set going has come to its end, and in words what has not.

1. Nothing is to be announced, due, claimed or unread, and all copies of the config are those of crm-api.
2. What was announced before has been handled: each group has committed past the ends of its topics.
3. Nobody has announced anything since 1; otherwise all of it is looked at again.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from aiokafka.errors import KafkaError
from contracts import topics

from signalbox.rehearsal import store
from signalbox.rehearsal.deployment import LEDGER, RECORD, Rehearsal
from signalbox.rehearsal.lag import Behind
from signalbox.rehearsal.store import Stands, Waits

LOOK_AGAIN = 0.02
# Services look by themselves for what a changed config asks of them; by then they have begun.
CONFIG_SETTLES = 0.7
PATIENCE = timedelta(seconds=60)
TOLD = 5
Standing = Mapping[str, Stands]


class NotQuiet(Exception):
    """Something does not come to its end; `troubles` says what, each in words."""

    def __init__(self, troubles: Iterable[str], patience: timedelta) -> None:
        self.troubles = tuple(troubles)
        super().__init__(f"not quiet after {patience.total_seconds():.0f} s: " + "; ".join(self.troubles[:TOLD]))


class Quiet:
    """Waits until a deployment is quiet; what has been proven once is not proven again."""

    def __init__(self, rehearsal: Rehearsal, patience: timedelta = PATIENCE) -> None:
        self.rehearsal = rehearsal
        self.patience = patience
        self._changed = -1
        self._quiet_at: Mapping[str, int] = {}

    async def wait(self) -> None:
        """Return once it is quiet; raises `NotQuiet` when that takes too long."""
        deadline = time.monotonic() + self.patience.total_seconds()
        while troubles := await self.troubles() or await self._config_settles():
            if time.monotonic() > deadline:
                raise NotQuiet(troubles, self.patience)
            await asyncio.sleep(LOOK_AGAIN)

    async def troubles(self) -> list[str]:
        """Say what is not quiet; nothing where all is."""
        standing = await self._stand()
        if found := [*told_of(standing), *await self._under_way()]:
            return found
        announced = {service: one.announced for service, one in standing.items()}
        if announced != self._quiet_at:
            if unread := await self._unread():
                return unread
            if await self._stand() != standing or await self._under_way():
                return ["something has just begun"]
            self._quiet_at = announced
        return []

    async def clock_moved(self) -> None:
        """Wait until all copies of the config have the clock's last record; it is no news by itself."""
        before = self._quiet_at
        deadline = time.monotonic() + self.patience.total_seconds()
        while late := [*revisions(await self._stand())]:
            if time.monotonic() > deadline:
                raise NotQuiet(late, self.patience)
            await asyncio.sleep(LOOK_AGAIN / 4)
        if before:
            self._quiet_at = {**before, RECORD: before[RECORD] + 1}

    async def _config_settles(self) -> list[str]:
        changed = (await self._stand())[RECORD].changed
        if changed == self._changed:
            return []
        self._changed = changed
        await asyncio.sleep(CONFIG_SETTLES)
        return ["the config has just been changed"]

    async def _unread(self) -> list[str]:
        lag = self.rehearsal.lag
        try:
            return [said(one) for one in await lag.behind(await lag.ends(), topics.groups())]
        except KafkaError as error:
            if not error.retriable:
                raise
            return [f"the broker does not tell yet how far the groups are: {error!r}"]

    async def _stand(self) -> Standing:
        connections = self.rehearsal.connections
        told = await asyncio.gather(*(store.stands(connection) for connection in connections.values()))
        return dict(zip(connections, told, strict=True))

    async def _under_way(self) -> list[str]:
        connections = self.rehearsal.connections
        found: list[str] = []
        for service in sorted(self.rehearsal.timed):
            found += [overdue(service, one) for one in await store.waiting(connections[service], store.OVERDUE)]
        claimed = await store.waiting(connections[LEDGER], store.TOUCHING)
        planned = await store.waiting(connections[LEDGER], store.UNTOUCHED)
        return [*found, *(unanswered(one) for one in claimed), *(unclaimed(one) for one in planned)]


def told_of(standing: Standing) -> Iterable[str]:
    """Say who has not announced all, and whose config is old."""
    for service, one in standing.items():
        if one.outbox:
            yield f"{service}: {one.outbox} rows of its outbox are not announced; does it run, and is the broker there?"
    yield from revisions(standing)


def revisions(standing: Standing) -> Iterable[str]:
    """Say whose copy of the config is not crm-api's."""
    wanted = standing[RECORD].revision
    for service, one in standing.items():
        if one.revision != wanted:
            yield f"{service}: its copy of the config stands at revision {one.revision}, not at {wanted}; does it run?"


def overdue(service: str, one: Waits) -> str:
    """Say which timers do not fire."""
    since = f"{one.first:%Y-%m-%d %H:%M:%S} UTC"
    return f"{service}: {one.many} timers of lane {one.what!r} are due since {since} and do not fire; does it run?"


def unanswered(one: Waits) -> str:
    """Say which effects are being tried."""
    return f"{LEDGER}: {one.many} effects of {one.what} are claimed and have no answer yet"


def unclaimed(one: Waits) -> str:
    """Say which effects nobody tries."""
    return f"{LEDGER}: {one.many} effects of {one.what} wait to be claimed; does its worker run?"


def said(one: Behind) -> str:
    """Say who has not read what."""
    return f"{one.group} has not handled {one.records} records of {one.topic}; does it run?"
