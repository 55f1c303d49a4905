"""The role `mailboxes`: reads every mailbox that is a source, in one process each; anew when its record changes."""

import asyncio
import contextlib
import imaplib
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import CONTENDED, UNREACHABLE, Database
from chassis.problems import Problem
from chassis.retry import Pauses
from chassis.secrets import Sealer
from contracts.config import Source
from imap_tools.errors import ImapToolsError

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.letters.reading import Reading
from trigger_gateway.sources.mailbox import KIND
from trigger_gateway.sources.setting_up import setup_of

LOOK = 1.0
PAUSES = Pauses(first=1.0, longest=60.0)
TROUBLE = (*UNREACHABLE, *CONTENDED, imaplib.IMAP4.error, ImapToolsError)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Running:
    """A mailbox that is read, by the record that its source had."""

    source: Source
    reading: Reading
    task: asyncio.Task[None]

    async def end(self) -> None:
        """Stop, and wait until it has."""
        self.reading.stop()
        await asyncio.wait([self.task])


class Mailboxes:
    """Keeps a reading of each mailbox; any number of replicas."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], deliveries: Deliveries, sealer: Sealer
    ) -> None:
        self.database = database
        self.config = config
        self.deliveries = deliveries
        self.sealer = sealer
        self._running: dict[str, Running] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop."""
        try:
            while not stop.is_set():
                with contextlib.suppress(*UNREACHABLE):
                    await self._follow(await self._knowledge())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await stop.wait()
        finally:
            await asyncio.gather(*(one.end() for one in self._running.values()))

    async def _knowledge(self) -> Knowledge:
        async with self.database.transaction() as tx:
            return await self.config.view(tx)

    async def _follow(self, knowledge: Knowledge) -> None:
        wanted: Mapping[str, Source] = {s.id: s for s in knowledge.sources.values() if s.kind == KIND}
        over = [id_ for id_, one in self._running.items() if wanted.get(id_) != one.source or one.task.done()]
        for id_ in over:
            await self._running.pop(id_).end()
        for id_, source in wanted.items():
            if id_ not in self._running and (reading := self._reading(source, knowledge)):
                self._running[id_] = Running(source, reading, asyncio.create_task(self._read(reading)))

    def _reading(self, source: Source, knowledge: Knowledge) -> Reading | None:
        try:
            return Reading(self.database, self.deliveries, setup_of(source, knowledge, self.sealer))
        except Problem as problem:
            self.deliveries.tally.add(source.id, "refused", reason=str(problem))
            return None

    async def _read(self, reading: Reading) -> None:
        """Read in sessions until it is stopped; trouble is told, and waited out with growing pauses."""
        pauses = iter(PAUSES)
        while not reading.stopped.is_set():
            try:
                await reading.session()
                pauses = iter(PAUSES)
            except Exception as error:  # noqa: BLE001  a server may say anything: told, and not asked anew each second
                say = log.warning if isinstance(error, TROUBLE) else log.exception
                say("mailbox: it cannot be read now", source=reading.source.id, why=repr(error))
                self.deliveries.tally.add(reading.source.id, "refused", reason=f"mailbox: {error}"[:100])
                await reading.pause(next(pauses))
