"""What works beside the requests waits trouble out, says so, and loses nothing by it."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest
from chassis.database import CONTENDED, Transaction
from trigger_gateway.letters.mailboxes import Mailboxes
from trigger_gateway.tallying import Tally, Tallying


class GivesWay:
    """A database in which somebody else is always first."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        raise self.error("there was another one")
        yield


class Broken:
    """The reading of a mailbox that breaks so often, and is then stopped."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.stopped = threading.Event()
        self.source = SimpleNamespace(id="box")
        self.waited: list[float] = []

    async def session(self) -> None:
        raise self.errors.pop(0)

    async def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        if not self.errors:
            self.stopped.set()


@pytest.mark.parametrize("error", CONTENDED)
async def test_counts_that_gave_way_are_written_the_next_time(error: type[asyncpg.PostgresError]) -> None:
    tally = Tally()
    tally.add("shop", "first", count=3)
    await Tallying(cast("Any", GivesWay(error)), tally).write()
    assert [(one.source, one.count) for one in tally.taken()] == [("shop", 3)]


async def test_what_nobody_foresaw_of_a_mailbox_is_told_and_asked_again_ever_more_rarely() -> None:
    tally = Tally()
    mailboxes = Mailboxes(*cast("Any", (None, None, SimpleNamespace(tally=tally), None)))
    broken = Broken(KeyError("UIDNEXT"), KeyError("UIDNEXT"), KeyError("UIDNEXT"), KeyError("UIDNEXT"))
    await mailboxes._read(cast("Any", broken))
    assert [(one.source, one.outcome, one.reason, one.count) for one in tally.taken()] == [
        ("box", "refused", "mailbox: 'UIDNEXT'", 4)
    ]
    assert len(broken.waited) == 4
    assert broken.waited[0] < broken.waited[-1]
