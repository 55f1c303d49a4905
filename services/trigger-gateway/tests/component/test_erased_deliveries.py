"""A person is erased from what the gateway kept of deliveries; that they came, and a repeat of them, is known still."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from chassis.testing import eventually
from contracts.config import ConfigChanged, Erasure

FILLED = {"name": "Zuleika", "phone": "912 345 678", "wish": "oak & ash", "submission": "s-1"}
OTHER = {"name": "Rui", "phone": "912 345 679", "wish": "a chair", "submission": "s-2"}


async def erase(door: Any, *identities: str, signals: tuple[Any, ...] = (), at: datetime | None = None) -> None:
    """Let crm-api tell that a person was erased, and wait until the gateway has heard of it."""
    erasure = Erasure(contact=uuid4(), identities=identities, signals=signals, at=at or datetime.now(UTC))
    [last] = await door.rows("SELECT max(revision) AS revision FROM config")
    record = ConfigChanged(
        kind="erasure",
        id=str(erasure.contact),
        revision=last["revision"] + 1,
        data=erasure.model_dump(mode="json"),
        changed_at=erasure.at,
    )
    await door.configure(record)

    async def heard() -> bool:
        return bool(await door.rows("SELECT name FROM tombstone WHERE name = $1", str(erasure.contact)))

    await eventually(heard)


async def bodies(door: Any) -> dict[str, bytes]:
    return {row["delivery"]: row["body"] for row in await door.rows("SELECT delivery, body FROM delivery")}


async def test_deliveries_that_name_the_person_are_emptied_and_those_of_others_stay(door: Any) -> None:
    for filled in (FILLED, OTHER):
        assert (await door.http.post(door.form, data=filled)).is_success
    await erase(door, door.sealer.identity("phone", "+351912345678"))
    kept = await bodies(door)
    assert kept["s-1"] == b""
    assert b"Rui" in kept["s-2"]
    [row] = await door.rows("SELECT headers FROM delivery WHERE delivery = 's-1'")
    assert row["headers"] == {}


async def test_a_repeat_of_an_emptied_delivery_is_still_known_as_one(door: Any) -> None:
    await door.http.post(door.form, data=FILLED)
    await erase(door, door.sealer.identity("phone", "+351912345678"))
    await door.http.post(door.form, data=FILLED)
    [row] = await door.rows("SELECT body, repeats FROM delivery")
    assert (row["body"], row["repeats"]) == (b"", 1)


async def test_a_delivery_is_found_by_its_signal_too_and_one_after_the_erasure_stays(door: Any) -> None:
    await door.http.post(door.form, data=FILLED)
    await door.http.post(door.form, data=OTHER)
    [first] = await door.rows("SELECT signal FROM delivery WHERE delivery = 's-1'")
    later = datetime.now(UTC) - timedelta(hours=1)
    await erase(door, door.sealer.identity("phone", "+351912345679"), at=later)
    await erase(door, signals=(first["signal"],))
    kept = await bodies(door)
    assert kept["s-1"] == b""
    assert b"Rui" in kept["s-2"]
