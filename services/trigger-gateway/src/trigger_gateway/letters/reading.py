"""Reads one mailbox: each letter once, in its order, kept together with how far the reading is.

A crash between fetching and keeping fetches again; the letter's id makes it one delivery. One that cannot be read is
set aside with its reason, and never stands in the way of those behind it.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from chassis.database import Database
from chassis.problems import Problem

from trigger_gateway.deliveries import Arrival, Deliveries
from trigger_gateway.knocks import Knock
from trigger_gateway.letters.imap import Imap, LetterTooLarge, Raw, Standing
from trigger_gateway.letters.mime import LetterUnreadable
from trigger_gateway.letters.mime import read as read_mime
from trigger_gateway.sources.letters import told
from trigger_gateway.sources.mailbox import MailboxSettings
from trigger_gateway.sources.source_kind import Setup
from trigger_gateway.store import mailboxes as store
from trigger_gateway.store.mailboxes import Progress

TAKEN_AGAIN = 5.0
ALL = datetime(1970, 1, 1, tzinfo=UTC)
Made = TypeVar("Made")
log = structlog.get_logger()


class Reading:
    """The reading of one mailbox, as its source is set up; `plan` of the set-up are its settings."""

    def __init__(self, database: Database, deliveries: Deliveries, setup: Setup) -> None:
        self.database = database
        self.deliveries = deliveries
        self.setup = setup
        self.source = setup.source
        self.settings: MailboxSettings = setup.plan
        self.stopped = threading.Event()
        self._over = asyncio.Event()

    def stop(self) -> None:
        """Let the session end."""
        self.stopped.set()
        self._over.set()

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until it is stopped."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    async def session(self) -> None:
        """Read for as long as nothing fails and nobody stops it; returns soon where another process reads it."""
        connection = await self.database.connect()
        try:
            if not await store.take(connection, self.source.id):
                await self.pause(TAKEN_AGAIN)
                return
            with ThreadPoolExecutor(1, thread_name_prefix=f"mailbox-{self.source.id}") as thread:
                await self._read(connection, thread)
        finally:
            connection.terminate()

    async def _read(self, connection: Any, thread: ThreadPoolExecutor) -> None:
        async def do(what: Callable[..., Made], *given: Any) -> Made:
            return await asyncio.get_running_loop().run_in_executor(thread, what, *given)

        password = self.setup.secrets[0] if self.setup.secrets else ""
        imap = await do(Imap, self.settings, password)
        log.info("mailbox: it is read", source=self.source.id, idles=imap.idles)
        try:
            while not self.stopped.is_set() and await store.is_held(connection):
                await self._turn(imap, do)
                await do(imap.rest, self.stopped, self.settings.every)
        finally:
            await do(imap.close)

    async def _turn(self, imap: Imap, do: Callable[..., Any]) -> None:
        standing: Standing = await do(imap.standing)
        progress = await self._progress(standing)
        for uid in await do(imap.after, progress.last):
            if self.stopped.is_set():
                return
            try:
                raw = await do(imap.fetch, uid)
            except LetterTooLarge as error:
                await self._set_aside(standing, uid, str(error), b"")
                continue
            await self._take(standing, progress, uid, raw)

    async def _progress(self, standing: Standing) -> Progress:
        everything = self.settings.begin == "all"
        async with self.database.transaction() as tx:
            return await store.begin(
                tx,
                self.source.id,
                self.settings.folder,
                standing.validity,
                last=0 if everything else standing.newest,
                newest=standing.newest,
                at=ALL if everything else datetime.now(UTC),
            )

    async def _take(self, standing: Standing, progress: Progress, uid: int, raw: Raw | None) -> None:
        again = uid <= progress.again
        arrival = None
        if raw is not None and not (again and raw.at < progress.began_at):
            try:
                arrival = await self._arrival(raw, again=again)
            except (LetterUnreadable, Problem) as error:
                words = f"{error} {getattr(error, 'detail', '')}".strip()
                await self._set_aside(standing, uid, words, raw.content)
                return
            except Exception as error:
                log.exception("mailbox: a mistake of ours", source=self.source.id, uid=uid)
                await self._set_aside(standing, uid, f"a mistake of ours: {error!r}", raw.content)
                return
        async with self.database.transaction() as tx:
            if arrival is not None:
                await self.deliveries.take_all(tx, [arrival])
            await store.advance(tx, self.source.id, standing.validity, uid)

    async def _arrival(self, raw: Raw, *, again: bool) -> Arrival:
        # Where all is looked at again, a letter that is kept is no repeat of its sender's.
        heard = told(await asyncio.to_thread(read_mime, raw.content), self.setup.signer, at=raw.at)
        knock = Knock(raw.content, {"content-type": "message/rfc822"}, datetime.now(UTC))
        async with self.database.transaction() as tx:
            now = await tx.now()
        return self.deliveries.arrival(self.source, heard, knock, now, watched=again)

    async def _set_aside(self, standing: Standing, uid: int, reason: str, raw: bytes) -> None:
        log.warning("mailbox: a letter cannot be read", source=self.source.id, uid=uid, why=reason)
        async with self.database.transaction() as tx:
            await store.set_aside(tx, (self.source.id, standing.validity, uid), reason, raw)
            await store.advance(tx, self.source.id, standing.validity, uid)
        self.deliveries.tally.add(self.source.id, "unreadable", reason=reason[:100])
