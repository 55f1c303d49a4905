"""What each person wants to see of a type."""

from collections.abc import Sequence

from chassis.database import Transaction

LOAD = "SELECT fields FROM person_view WHERE person = $1 AND type = $2 AND name = $3"
SAVE = (
    "INSERT INTO person_view (person, type, name, fields) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (person, type, name) DO UPDATE SET fields = excluded.fields"
)
DELETE = "DELETE FROM person_view WHERE person = $1 AND type = $2 AND name = $3"
FORGET = "DELETE FROM person_view WHERE type = $1"


async def load(tx: Transaction, person: str, type_: str, name: str) -> list[str] | None:
    """Give the fields that a person chose; None where they chose none."""
    found: list[str] | None = await tx.fetchval(LOAD, person, type_, name)
    return found


async def save(tx: Transaction, person: str, type_: str, name: str, fields: Sequence[str]) -> None:
    """Keep the fields that a person chose."""
    await tx.execute(SAVE, person, type_, name, list(fields))


async def delete(tx: Transaction, person: str, type_: str, name: str) -> None:
    """Forget what a person chose."""
    await tx.execute(DELETE, person, type_, name)


async def forget(tx: Transaction, type_: str) -> None:
    """Forget what anyone chose of a type."""
    await tx.execute(FORGET, type_)
