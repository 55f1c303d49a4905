"""The history of an item: every change, with who made it, when, and the values before and after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.data import JsonObject, Part
from contracts.items import Change
from pydantic import Field


class HistoryEntry(Part):
    """One change as it was made: `kind` is `created`, `changed`, `moved`, `deleted` or `restored`, `who` made it.

    `changes` hold the values before and after by field, with `stage`, `pipeline` and `deleted` among them.
    """

    id: UUID
    at: datetime
    kind: str
    who: str = ""
    why: str = ""
    changes: dict[str, Change] = Field(default_factory=dict)


def entry(row: Mapping[str, Any]) -> HistoryEntry:
    """Give a line of the timeline as an entry of the history."""
    body: JsonObject = row["body"]
    kind = str(row["kind"])
    changes = {key: Change(**values) for key, values in body.get("changes", {}).items()}
    return HistoryEntry(
        id=row["id"],
        at=row["at"],
        kind=kind,
        who=body.get("actor", ""),
        why=body.get("why", ""),
        changes={**changes, **of_kind(kind, body)},
    )


def of_kind(kind: str, body: JsonObject) -> dict[str, Change]:
    """Give what a kind of change means beside fields."""
    if kind == "created":
        return {name: Change(new=body[name]) for name in ("pipeline", "stage") if body.get(name)}
    if kind == "moved":
        moved = {"stage": Change(old=body["from"], new=body["to"])}
        if "pipeline" in body:
            moved["pipeline"] = Change(old=body["from_pipeline"], new=body["pipeline"])
        return moved
    if kind in {"deleted", "restored"}:
        return {"deleted": Change(old=kind == "restored", new=kind == "deleted")}
    return {}
