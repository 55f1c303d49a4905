"""Values that one item of a type holds alone: taken when it is written, let go of when it is changed or deleted."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from automation.knowledge import Knowledge
from chassis.database import Transaction
from contracts.elements import ElementField, ElementType, FieldKind
from contracts.items import Item

from crm_api.fields import FieldError, several
from crm_api.record.items import Draft
from crm_api.store import unique_values as store
from crm_api.store.unique_values import Holding, Value

# Kinds whose values have one form, so that equal ones are equal texts.
KINDS: frozenset[FieldKind] = frozenset({"string", "integer", "phone", "email", "url", "decimal"})
LONGEST_WHOLE = 500


async def check_unique(tx: Transaction, knowledge: Knowledge, drafts: Sequence[Draft]) -> None:
    """Take the unique values of items that change, and let go of what they gave up; raises `FieldError`."""
    before: set[Holding] = set()
    after: set[Holding] = set()
    for draft in drafts:
        type_ = knowledge.types.get(draft.item.type)
        if type_ and draft.refilled:
            before.update(() if draft.before is None else holdings(type_, draft.before.item))
            after.update(holdings(type_, draft.item))
    if after - before:
        await take(tx, sorted(after - before), sorted(before - after))
    if before - after:
        store.free_at_the_end(tx, sorted(before - after))


async def held_already(
    tx: Transaction, knowledge: Knowledge, type_: str, values: Mapping[str, Any]
) -> dict[str, FieldError]:
    """Give, by field, what is wrong with values for a new item that another item holds."""
    known = knowledge.fields(type_)
    wanted = [
        (type_, key, text) for key in values if key in known and known[key].unique
        for text in texts(known[key], values[key])
    ]  # fmt: skip
    holders = await store.holders(tx, wanted) if wanted else {}
    return {value[1]: taken((*value, item), item) for value, item in holders.items()}


async def take(tx: Transaction, wanted: Sequence[Holding], freed: Sequence[Holding] = ()) -> None:
    """Take values for items; raises `FieldError` that names who holds one, and then takes none."""
    asked: dict[Value, Holding] = {}
    for one in wanted:
        if one[:3] in asked:
            raise taken(one, asked[one[:3]][3])
        asked[one[:3]] = one
    held = await store.take(tx, wanted, freed)
    for value, one in asked.items():
        if held[value] != one[3]:
            await store.free(tx, wanted)
            raise taken(one, held[value])


def taken(wanted: Holding, holder: object) -> FieldError:
    """Say that another item holds a value."""
    problem = f"item {holder} has the same value"
    return FieldError(f"fields.{wanted[1]}", problem, "send another value, or change that item first")


def holdings(type_: ElementType, item: Item) -> Iterator[Holding]:
    """Give the unique values that an item holds; a deleted one holds none."""
    if item.deleted:
        return
    for field in type_.fields:
        if field.unique:
            for text in texts(field, item.fields.get(field.key)):
                yield item.type, field.key, text, item.id


def texts(field: ElementField, held: Any) -> Iterable[str]:
    """Give the texts by which the values of a field are the same or not."""
    return {text_of(field.kind, value) for value in several(held)}


def text_of(kind: FieldKind, value: Any) -> str:
    """Give the text by which a value of a kind is the same as another; a long one by its hash."""
    text = shortest(value) if kind == "decimal" else str(value)
    if len(text) > LONGEST_WHOLE:
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return text


def shortest(number: str) -> str:
    """Give a decimal without what does not count: `1.50` and `1.5` are the same number, and so are `0` and `-0.0`."""
    text = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if text == "-0" else text
