"""Making one item from another: which fields and links the new one takes along."""

from collections.abc import Mapping
from typing import Any

from automation.knowledge import Knowledge
from contracts.items import Item, Link

from crm_api.fields import FieldError

CARRIED_ROLES = ("contact", "company")


def carried_fields(knowledge: Knowledge, source: Item, to: str, mapping: Mapping[str, str] | None) -> dict[str, Any]:
    """Give the values that the new item takes from its source.

    `mapping` names, for fields of the new item, fields of the source (or `title`); without it, fields that both types
    have under the same key with the same kind are taken. Raises `FieldError` for a source field that is not there.
    """
    of_source, of_new = knowledge.fields(source.type), knowledge.fields(to)
    if mapping is None:
        same = [k for k in source.fields if k in of_new and k in of_source and of_new[k].kind == of_source[k].kind]
        return {k: source.fields[k] for k in same}
    for key, name in mapping.items():
        if name not in of_source and name != "title":
            fix = f"use one of: {', '.join(sorted(of_source))}, title"
            raise FieldError(f"mapping.{key}", f"type {source.type!r} has no field {name!r}", fix)
    values = {**source.fields, "title": source.title}
    return {key: values[name] for key, name in mapping.items() if name in values}


def carried_links(source: Item, to: str) -> tuple[Link, ...]:
    """Give the links of the new item: to its source, and to the source's people."""
    people = (link for link in source.links if link.role in CARRIED_ROLES and link.role not in {to, source.type})
    return Link(role=source.type, type=source.type, id=source.id), *people
