"""Items for the later rules of an activation: those that the rule's owner may read, as records of a few fields."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from automation.knowledge import Knowledge
from contracts.commands import FetchItems
from contracts.data import JsonObject
from contracts.items import Item
from pydantic import ValidationError

from crm_api.access.rights import Rights
from crm_api.fields import FieldError
from crm_api.lists import columns, reading
from crm_api.lists.filters import WrittenCondition
from crm_api.lists.reading import Wanted
from crm_api.record.changing import Changes
from crm_api.store import lists as store

# Results travel with every row of their execution, so they stay small; in bytes.
LARGEST_RESULTS = 20_000
ALWAYS = ("id", "title")


async def fetched(changes: Changes, command: FetchItems, rights: Rights) -> JsonObject:
    """Give the items that fulfil the conditions, as results; raises `FieldError`."""
    knowledge = changes.knowledge
    columns.check_columns(knowledge, command.type, command.bring)
    today = changes.now.astimezone(ZoneInfo(knowledge.portal.zone)).date()
    asked = conditions(command.where)
    wanted = Wanted(command.type, command.pipeline, command.stage, asked, sort=command.order)
    # Its places are named as lists name them: `all.0` is the first condition.
    which = reading.read(knowledge, wanted, rights.reach("read"), today)
    found = await store.part(changes.tx, which, None, command.limit) if command.limit else []
    records = [record(knowledge, one.item, command.bring) for one in found]
    results: JsonObject = {"items": records, "count": len(records)}
    return bounded(results | {"first": records[0]} if records else results)


def conditions(written: Sequence[JsonObject]) -> list[WrittenCondition]:
    """Read conditions as lists have them; raises `FieldError`."""
    read = []
    for n, one in enumerate(written):
        try:
            read.append(WrittenCondition.model_validate(one))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            at = ".".join(("where", str(n), *map(str, first["loc"])))
            raise FieldError(at, str(first["msg"]), "write a condition as lists have it") from None
    return read


def record(knowledge: Knowledge, item: Item, bring: Sequence[str]) -> JsonObject:
    """Give an item as later rules read it: its id, its title, and the fields that were asked for and are filled."""
    shown = {name: plain(columns.value(knowledge, item, name)) for name in dict.fromkeys((*ALWAYS, *bring))}
    return {name: value for name, value in shown.items() if value is not None}


def plain(value: Any) -> Any:
    """Give a value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def bounded(results: JsonObject) -> JsonObject:
    """Give results that are small enough to travel; raises `FieldError`."""
    size = len(json.dumps(results, ensure_ascii=False).encode())
    if size > LARGEST_RESULTS:
        problem = f"the items are {size} bytes; a rule can bring {LARGEST_RESULTS}"
        raise FieldError("bring", problem, "bring fewer fields, or fewer items")
    return results
