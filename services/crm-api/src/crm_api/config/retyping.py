"""What becomes of the values of items when their type changes: nothing is lost that nobody said should go."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.elements import ElementField, ElementType

from crm_api.fields import FieldError
from crm_api.record import uniqueness
from crm_api.record.changing import Changes
from crm_api.record.sweeping import Change
from crm_api.store import held_values, person_views, unique_values
from crm_api.store.held_values import Held, said

KEEP = "keep the field as it is, or send drop_data=true: then the values stay in the history only"


async def retype(tx: Transaction, before: ElementType | None, after: ElementType) -> ElementType:
    """Let a type become another, and give it as it is to be put.

    Raises `FieldError` where items hold what it would lose, or one value twice. Whether it is built in stays.
    """
    if before is None:
        return after.model_copy(update={"built_in": False})
    for held, problem in losses(before, after):
        if count := await held_values.count(tx, held):
            raise FieldError(f"fields.{held.field}", f"{problem}, and {said(count)} would lose data", KEEP)
        await held_values.drop_of_deleted(tx, held)
    await _make_unique(tx, before, after)
    return after.model_copy(update={"built_in": before.built_in})


def losses(before: ElementType, after: ElementType) -> Iterator[tuple[Held, str]]:
    """Give which values would be lost, each with what loses them in words."""
    now = {field.key: field for field in after.fields}
    for field in before.fields:
        if field.kind == "link":
            continue
        problem = _lost_by(field, now.get(field.key))
        if problem:
            yield Held(before.key, field.key), problem
        elif gone := [choice for choice in field.choices if choice not in now[field.key].choices]:
            yield Held(before.key, field.key, gone), f"the field loses the choice {', '.join(gone)}"


def _lost_by(before: ElementField, after: ElementField | None) -> str:
    if after is None:
        return "the field goes"
    if after.kind != before.kind:
        return f"the field changes from {before.kind} to {after.kind}"
    return "the field holds one value only" if before.multiple and not after.multiple else ""


async def _make_unique(tx: Transaction, before: ElementType, after: ElementType) -> None:
    was = {field.key: field.kind for field in before.fields if field.unique}
    now = {field.key: field.kind for field in after.fields if field.unique}
    for key in was.keys() - now.keys():
        await unique_values.forget(tx, before.key, key)
    for field in after.fields:
        if field.unique and was.get(field.key) != field.kind:
            await _claim(tx, after.key, field)


async def _claim(tx: Transaction, type_: str, field: ElementField) -> None:
    await unique_values.forget(tx, type_, field.key)
    async for page in held_values.values(tx, type_, field.key):
        wanted = [
            (type_, field.key, text, item) for item, value in page for text in sorted(uniqueness.texts(field, value))
        ]
        try:
            await uniqueness.take(tx, wanted)
        except FieldError as error:
            problem = f"it cannot be unique: two items hold one value; {error.problem}"
            raise FieldError(error.field, problem, "make their values differ first") from None


def emptied(held: Held) -> Change:
    """Give the change that lets items lose the values that a type would lose."""

    def change(changes: Changes, ids: Sequence[UUID]) -> None:
        for id_ in ids:
            changes.hush(id_, "the type changed")
            kept = without(changes.item(id_).fields.get(held.field), held.choices)
            changes.set_fields(id_, {held.field: kept}, "the type no longer has it")

    return change


def without(value: Any, choices: Sequence[str]) -> Any:
    """Give what is left of a value without these choices, without any where none are named."""
    if isinstance(value, list) and choices:
        return [one for one in value if one not in choices] or None
    return None


async def give_up(tx: Transaction, knowledge: Knowledge, type_: str) -> None:
    """Let a type go with what is kept beside it; raises `FieldError` while something is of it, or leads to it."""
    if any(p.type == type_ for p in knowledge.pipelines.values()):
        raise FieldError("id", f"type {type_!r} has pipelines", "keep it as long as there are pipelines of it")
    if count := await held_values.count_of_type(tx, type_):
        raise FieldError("id", f"type {type_!r} has {said(count)}", "delete them first")
    for other in knowledge.types.values():
        for field in other.fields:
            if field.to == type_ and other.key != type_:
                fix = "take that field away first"
                raise FieldError("id", f"the field {field.key!r} of {other.key!r} leads to {type_!r}", fix)
    await unique_values.forget(tx, type_)
    await person_views.forget(tx, type_)
