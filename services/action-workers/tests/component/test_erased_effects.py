"""A person is erased from the ledger: what was sent stays sent, what was not is cancelled, and nothing names them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from action_workers.erasing import Erasing
from action_workers.testing import Desk
from action_workers.testing.desk import ANA
from contracts.actions import Recipient
from contracts.config import ConfigChanged, Erasure

WORDS = ("Ana", "910000001", "30 minutes", "SM")


async def erase(desk: Desk, *items: UUID) -> None:
    """Erase Ana as the record of the config says."""
    erasure = Erasure(contact=ANA, items=items, at=datetime.now(UTC))
    data: dict[str, Any] = erasure.model_dump(mode="json")
    change = ConfigChanged(kind="erasure", id=str(ANA), revision=99, data=data, changed_at=erasure.at)
    async with desk.database.transaction() as tx:
        await Erasing(desk.outbox).erase(tx, change)


def ana(whom: str = "contact") -> Recipient:
    return Recipient(whom=whom, address="+351910000001", name="Ana", contact=ANA)


async def held(desk: Desk) -> str:
    rows = [await desk.rows(f"SELECT t::text AS row FROM {table} AS t") for table in ("effect", "attempt")]
    return "\n".join(row["row"] for part in rows for row in part)


async def test_what_was_sent_stays_sent_and_names_nobody(sms: Desk) -> None:
    await sms.take(sms.action(ana()))
    (sent,) = await sms.work("sent")
    known = await held(sms)
    assert all(word in known for word in WORDS)
    await erase(sms)
    await erase(sms)
    left = await held(sms)
    assert [word for word in WORDS if word in left] == []
    [row] = await sms.rows("SELECT state, version, persons FROM effect")
    assert (row["state"], row["version"], row["persons"]) == ("sent", sent.version, [ANA])


async def test_what_was_made_for_their_items_names_nobody_either(sms: Desk) -> None:
    manager = Recipient(whom="person:mara", address="+351910000001", name="Mara")
    await sms.take(sms.action(manager))
    await sms.work("sent")
    await erase(sms, sms.item)
    assert "30 minutes" not in await held(sms)


async def test_what_was_not_sent_is_cancelled_and_its_execution_told(sms: Desk) -> None:
    await sms.take(sms.action(ana()))
    await sms.rows("UPDATE effect SET not_before = $1 RETURNING id", datetime.now(UTC) + timedelta(hours=1))
    await erase(sms)
    (outcome,) = await sms.latest()
    assert (outcome.state, outcome.reason) == ("cancelled", "the person was erased")
    async with sms.working():
        assert list(sms.sim.twilio.accepted) == []
