"""Makes people responsible for items: one who is named, or one of several in turn or by how busy they are.

1. The items are locked already; then the turn is locked, so that two at once never choose the same person.
2. Whoever is away or inactive is left out; where nobody is there, their deputies are asked.
3. Of each item the person is chosen, and their turn is kept.
"""

from collections.abc import Sequence
from uuid import UUID

from automation.assignment import LEAST_BUSY, TURNS, available, check_among, least_busy, name_of, next_in_turn
from automation.documents import DocumentError
from contracts.people import Among

from crm_api.fields import FieldError
from crm_api.intake.signals import open_stages
from crm_api.record.changing import Changes
from crm_api.store import turns as store


async def assign(changes: Changes, items: Sequence[UUID], to: str, among: Among | None, why: str = "") -> bool:
    """Make somebody responsible for each of these locked items; gives False where nothing changed.

    Raises `FieldError` for who is not known or not active, and where nobody of those meant is there.
    """
    if to in TURNS:
        chosen = await in_turn(changes, items, to, among)
    elif among is not None:
        raise FieldError("among", f"{to!r} is one person", f"leave it out, or write to: {' or '.join(TURNS)}")
    else:
        chosen = [active(changes, to)] * len(items)
    changed = [
        changes.set_fields(item, {"responsible": person}, why) for item, person in zip(items, chosen, strict=True)
    ]
    return any(changed)


def active(changes: Changes, id_: str) -> str:
    """Give a person who can be asked; raises `FieldError`."""
    person = changes.knowledge.people.get(id_)
    if person is None:
        raise FieldError("to", f"{id_!r} is nobody we know", f"send the id of a person, or {' or '.join(TURNS)}")
    if not person.active:
        raise FieldError("to", f"{person.name} is inactive", "send the id of somebody who is active")
    return id_


async def in_turn(changes: Changes, items: Sequence[UUID], to: str, among: Among | None) -> list[str]:
    """Choose a person for each item, and keep whose turn it was."""
    candidates, name = those_available(changes, among)
    last = await store.take(changes.tx, name)
    counted = await busy(changes, candidates, items) if to == LEAST_BUSY else {}
    chosen: list[str] = []
    for _ in items:
        last = least_busy(candidates, counted, last) if to == LEAST_BUSY else next_in_turn(candidates, last)
        counted[last] = counted.get(last, 0) + 1
        chosen.append(last)
    await store.give(changes.tx, name, last)
    return chosen


def those_available(changes: Changes, among: Among | None) -> tuple[list[str], str]:
    """Give who can be chosen now, and the name of their turns; raises `FieldError`."""
    try:
        meant = check_among(among, changes.knowledge)
    except DocumentError as error:
        raise FieldError(error.path, error.message, error.fix) from None
    candidates = available(meant, changes.knowledge, changes.now)
    if not candidates:
        raise FieldError("among", "nobody of them is there, and no deputy", "name others, or wait until one is back")
    return candidates, name_of(meant)


async def busy(changes: Changes, candidates: Sequence[str], items: Sequence[UUID]) -> dict[str, int]:
    """Count the open items of people, without those that are given away now."""
    return await store.busy(changes.tx, candidates, open_stages(changes.knowledge), items)
