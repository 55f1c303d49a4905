"""Parameters as JSON Schema, with titles in a language and with what each means to an editor."""

from collections.abc import Iterable
from typing import Any

from automation.actions import Means
from automation.languages import said
from contracts.apps import AppValue, AppValueKind
from contracts.data import JsonObject
from pydantic import BaseModel

# An interval is written as text; how it is kept is nobody's affair.
INTERVAL: JsonObject = {"type": "string", "format": "interval", "examples": ["2 days 3 hours", "1 working day"]}
# Parameters that name something which exists: an editor offers what there is.
NAMING = frozenset({"template", "connection", "stage", "pipeline", "type"})
DATES = frozenset({"before", "after_date", "anniversary"})


def schema_of(model: type[BaseModel], titles: dict[str, Any]) -> JsonObject:
    """Give the schema of a model; `x-means` says what a parameter is, `x-names` what it must name."""
    schema = model.model_json_schema()
    schema.pop("description", None)
    schema.pop("title", None)
    if "Interval" in schema.get("$defs", {}):
        schema["$defs"]["Interval"] = INTERVAL
    for part_of in schema.get("$defs", {}).values():
        for name, part in part_of.get("properties", {}).items():
            part.update({"title": titles[name]} if name in titles else {})
    for name, part in schema.get("properties", {}).items():
        part.update(title=titles.get(name, name), **_meaning(name, model))
    return schema


def _meaning(name: str, model: type[BaseModel]) -> dict[str, str]:
    metadata = model.model_fields[name].metadata
    means = next((one.name.lower() for one in metadata if isinstance(one, Means)), "")
    named = ("date" if name in DATES else name) if name in NAMING | DATES else ""
    return {key: value for key, value in (("x-means", means), ("x-names", named)) if value}


# How an editor writes a value of each kind; a text with placeholders may stand for any of them.
KINDS: dict[AppValueKind, JsonObject] = {
    "integer": {"type": ["integer", "string"]},
    "boolean": {"type": ["boolean", "string"]},
    "decimal": {"type": ["number", "string"]},
}


def schema_of_inputs(inputs: Iterable[AppValue], language: str) -> JsonObject:
    """Give the schema of what an app's action takes; `x-kind` is the kind of each value."""
    values = tuple(inputs)
    given = {
        "type": "object",
        "properties": {one.key: _of_value(one, language) for one in values},
        "required": [one.key for one in values if one.required],
        "additionalProperties": False,
        "x-means": Means.TEXTS.name.lower(),
    }
    required = ["inputs"] if given["required"] else []
    return {"type": "object", "properties": {"inputs": given}, "required": required, "additionalProperties": False}


def _of_value(value: AppValue, language: str) -> JsonObject:
    described: JsonObject = {"title": said(value.name, language, value.key), "x-kind": value.kind}
    if words := said(value.help, language):
        described["description"] = words
    if value.choices:
        described["examples"] = list(value.choices)
    return {**KINDS.get(value.kind, {"type": "string"}), **described}
