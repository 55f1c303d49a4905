"""Whether all that was set going has come to its end, and in words what has not.

1. Nothing is to be announced, due or claimed, and all copies of the config are those of crm-api.
2. What was announced before has been handled: each group has committed past the ends of its topics.
3. Nothing was announced while this was looked at. Whatever sets something going in another service announces it, so how
   much each has ever announced is asked before and after.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from aiokafka.errors import KafkaError
from contracts import topics

from signalbox.rehearsal import store
from signalbox.rehearsal.deployment import LEDGER, RECORD, SCHEDULER, Rehearsal
from signalbox.rehearsal.lag import Behind
from signalbox.rehearsal.store import Stands, Waits

LOOK_AGAIN = 0.02
# Services look by themselves, twice a second, for what a changed config asks of them; by then they have begun.
CONFIG_SETTLES = 1.0
PATIENCE = timedelta(seconds=60)
TOLD = 5
BEGUN = "something has just begun"
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
        found, announced = await self._look()
        if found or announced == self._quiet_at:
            return found
        if unread := await self._unread():
            return unread
        found, again = await self._look()
        if found or again != announced:
            return found or [BEGUN]
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

    async def _look(self) -> tuple[list[str], Mapping[str, int]]:
        """Say what the databases know of that is under way, and how much each service has ever announced."""
        before = await self._stand()
        found = [*told_of(before), *await self._under_way()]
        if not found and await self._stand() != before:
            found = [BEGUN]
        return found, {service: one.announced for service, one in before.items()}

    async def _under_way(self) -> list[str]:
        told = await asyncio.gather(*(self._under_way_in(service) for service in sorted(self.rehearsal.timed)))
        return [one for of_service in told for one in of_service]

    async def _under_way_in(self, service: str) -> list[str]:
        connection = self.rehearsal.connections[service]
        found = [overdue(service, one) for one in await store.waiting(connection, store.OVERDUE)]
        if service == LEDGER:
            for query in (store.FULL, store.TOUCHED):  # what is claimed meanwhile is found as the other
                found += [touched(one) for one in await store.waiting(connection, query)]
        for table in self.rehearsal.walks if service == SCHEDULER else ():
            if many := await store.walks(connection, table):
                found.append(f"{SCHEDULER}: {many} rows of {table} tell of walks that are not over; does it run?")
        return found


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


def touched(one: Waits) -> str:
    """Say which effects are planned, claimed or enough to go together, and have not come to anything yet."""
    kind, _, state = one.what.partition(" ")
    return f"{LEDGER}: {one.many} effects of {kind} are {state} and have no answer yet; does their worker run?"


def said(one: Behind) -> str:
    """Say who has not read what."""
    return f"{one.group} has not handled {one.records} records of {one.topic}; does it run?"
