"""What the OpenAPI document says of every operation alike: how it refuses, and what a refusal looks like."""

from typing import Any

from chassis.problems import ProblemDocument
from fastapi import FastAPI

NAME = "Problem"
REFUSAL = {"content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{NAME}"}}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused: what is wrong, in which field, and how to mend it (RFC 9457).", **REFUSAL},
    503: {"description": "The database does not answer; nothing was kept, try again.", **REFUSAL},
}

# Bytes of any kind, in and out.
BYTES_IN: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
}
BYTES_OUT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
}


def describe(app: FastAPI) -> None:
    """Let the application's OpenAPI document hold the schema of its refusals."""
    described = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = app.openapi().setdefault("components", {}).setdefault("schemas", {})
    schemas |= described.pop("$defs") | {NAME: described}
