"""Making one item from another: which fields and links the new one takes along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automation.knowledge import Knowledge
from contracts.data import JsonObject
from contracts.elements import ElementField
from contracts.items import Item, Link

from crm_api.changing import Changes
from crm_api.fields import FieldError

CARRIED_ROLES = ("contact", "company")


@dataclass(frozen=True, slots=True)
class Conversion:
    """An item to be made from another.

    Its first stage where none is named, and the source's title where none is given; `fields` override what is carried,
    `mapping` names, for fields of the new item, fields of the source.
    """

    to: str
    pipeline: str = ""
    stage: str = ""
    title: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, str] | None = None


async def convert(changes: Changes, source: Item, conversion: Conversion, why: str = "") -> Item:
    """Make an item from a locked one, linked both ways; raises `FieldError` for what cannot be made."""
    made = await changes.create(
        type=conversion.to,
        pipeline=conversion.pipeline,
        stage=conversion.stage,
        title=source.title if conversion.title is None else conversion.title,
        fields={
            **carried_fields(changes.knowledge, source, conversion.to, conversion.mapping),
            **conversion.fields,
        },
        links=carried_links(source, conversion.to),
        responsible=source.responsible,
        why=why or f"made from {source.type} {source.title}".strip(),
    )
    await changes.add_link(source.id, Link(role=made.type, type=made.type, id=made.id))
    return changes.item(made.id)


def carried_fields(knowledge: Knowledge, source: Item, to: str, mapping: Mapping[str, str] | None) -> JsonObject:
    """Give the values that the new item takes from its source.

    `mapping` names, for fields of the new item, fields of the source (or `title`); without it, fields that both types
    have under the same key with the same kind are taken. Raises `FieldError` for a source field that is not there.
    """
    of_source = knowledge.fields(source.type)
    if mapping is None:
        same = alike(of_source, knowledge.fields(to))
        return {key: value for key, value in source.fields.items() if key in same}
    check_mapping(mapping, source.type, of_source)
    values = {**source.fields, "title": source.title}
    return {key: values[name] for key, name in mapping.items() if name in values}


def alike(one: Mapping[str, ElementField], other: Mapping[str, ElementField]) -> set[str]:
    """Give the keys under which two types have fields of the same kind."""
    return {key for key in one.keys() & other.keys() if one[key].kind == other[key].kind}


def check_mapping(mapping: Mapping[str, str], type_: str, known: Mapping[str, ElementField]) -> None:
    """Refuse a mapping from a field that the source's type does not have."""
    for key, name in mapping.items():
        if name not in known and name != "title":
            fix = f"use one of: {', '.join(sorted(known))}, title"
            raise FieldError(f"mapping.{key}", f"type {type_!r} has no field {name!r}", fix)


def carried_links(source: Item, to: str) -> tuple[Link, ...]:
    """Give the links of the new item: to its source, and to the source's people."""
    people = (link for link in source.links if link.role in CARRIED_ROLES and link.role not in {to, source.type})
    return Link(role=source.type, type=source.type, id=source.id), *people
