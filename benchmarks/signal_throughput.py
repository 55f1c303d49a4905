"""Signals a second through `crm-api consume`, with so many people in the identity index."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from contracts import topics
from contracts.commands import ApplySignal
from contracts.envelope import Cause
from contracts.messages import Message
from contracts.signals import Identity, Signal

from deploy.local import Installation

# People like the one who is there, each with a phone and a deal of their own.
PEOPLE = (
    "INSERT INTO item SELECT (jsonb_populate_record(t, jsonb_build_object('id', md5($3 || n)::uuid))).*"
    " FROM item t CROSS JOIN generate_series($1::int, $2::int) AS n WHERE t.id = $4"
)
LINKS = (
    "INSERT INTO link (from_id, role, to_id, to_type, position)"
    " SELECT md5('deal' || n)::uuid, 'contact', md5('contact' || n)::uuid, 'contact', 0"
    " FROM generate_series($1::int, $2::int) AS n"
)
IDENTITIES = (
    "INSERT INTO identity (kind, value, contact)"
    " SELECT 'phone', '+3519' || lpad(n::text, 8, '0'), md5('contact' || n)::uuid"
    " FROM generate_series($1::int, $2::int) AS n"
)
DECIDED = "SELECT count(*) FROM signal WHERE decided_at >= $1"


@dataclass(frozen=True, slots=True)
class People:
    """The contact and the deal of which there are so many."""

    contact: UUID
    deal: UUID

    async def grow(self, database: str, first: int, last: int) -> None:
        """Make the people from the first to the last number."""
        connection = await asyncpg.connect(database)
        for statement, *values in (
            (PEOPLE, first, last, "contact", self.contact),
            (PEOPLE, first, last, "deal", self.deal),
            (LINKS, first, last),
            (IDENTITIES, first, last),
        ):
            await connection.execute(statement, *values, timeout=600)
        for table in ("item", "link", "identity"):
            await connection.execute(f"VACUUM ANALYZE {table}", timeout=600)
        await connection.close()


async def signals_per_second(up: Installation, database: str, people: int, count: int) -> float:
    """Send so many signals of people who are known, and give how many a second were decided."""
    outbox = Outbox(up.kafka, "/bench")
    at = datetime.now(UTC)
    phones = [f"+3519{1 + n * (people // count):08d}" for n in range(count)]
    parcels = [outbox.parcel(message(outbox, phone, at)) for phone in phones]
    connection = await asyncpg.connect(database)
    since = await connection.fetchval("SELECT signalbox_now()")
    async with up.kafka.producer() as producer:
        began = time.monotonic()
        for p in parcels:
            await producer.send(up.kafka.named(p.topic), p.value, p.key, p.partition, headers=p.headers)
        await producer.flush()
        async with asyncio.timeout(600):
            while await connection.fetchval(DECIDED, since) < count:  # noqa: ASYNC110  only the database tells
                await asyncio.sleep(0.05)
    await connection.close()
    return count / (time.monotonic() - began)


def message(outbox: Outbox, phone: str, at: datetime) -> Message:
    """Make the command that applies a signal of who has this phone."""
    who = (Identity(kind="phone", value=phone),)
    signal = Signal(id=uuid4(), kind="visit", source="bench", happened_at=at, identities=who)
    root = new_id()
    about = About(at=at, cause=Cause(root, root, actor="service:bench"))
    return outbox.message(topics.COMMANDS, f"phone:{phone}", ApplySignal(signal=signal, config=0), about)
