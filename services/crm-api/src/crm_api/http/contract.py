"""What the OpenAPI document says of every operation alike: its name, how it refuses, and what a refusal looks like."""

import re
from typing import Any

from chassis.problems import ProblemDocument
from fastapi import FastAPI
from fastapi.routing import APIRoute

NAME = "Problem"
REFUSAL = {"content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{NAME}"}}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused: what is wrong, in which field, and how to mend it (RFC 9457).", **REFUSAL},
    503: {"description": "The database does not answer; nothing was kept, try again.", **REFUSAL},
}
# In the order in which a reader meets them.
TAGS = {
    "items": "The record: items of every type, made, found, changed, moved.",
    "goods": "What is sold with an item, and what it comes to.",
    "products": "What can be sold.",
    "conversions": "Items made from an item, linked both ways.",
    "duplicates": "Who may be there twice, and two made one.",
    "boards": "Pipelines as boards, with counts and sums by stage.",
    "timeline": "What happened to an item and what will; signals that wait for a person.",
    "loops": "Chains of causes that were stopped because they went in circles.",
    "executions": "What became of rules, and what people order of them.",
    "reports": "What was late, and where work stands.",
    "types": "How items of a type are shown: card, form, and what each person wants to see.",
    "pipelines": "Stages with their rules and triggers, as they hold.",
    "drafts": "Pipelines while they are edited, and the publish.",
    "simulations": "Drafts, tried over what really happened.",
    "rules": "Single edits of a draft: rules and triggers added, changed, moved, copied, deleted.",
    "versions": "What was published, by whom, and the way back.",
    "catalogue": "Of what rules and triggers can be made.",
    "apps": "Third-party apps that are installed.",
    "imports": "Tables read into items.",
    "exports": "Items written as tables.",
    "jobs": "How far long work is.",
    "files": "Bytes, kept by the hash of their content.",
    "documents": "Documents made from templates.",
    "bookings": "Resources that are booked for items, and what is free.",
    "feed": "What people and rules post to the streams of items and of the company, and the comments.",
    "tasks": "What people have to do.",
    "activities": "Calls, meetings, letters, chats and notes, and whose calendar they are in.",
    "reminders": "What people will be told when its moment comes.",
    "calendars": "Links by which calendar clients show what somebody has before them.",
    "consents": "What contacts agreed to and refused.",
    "visits": "Whose visits of the site concern which items.",
    "questions": "What rules want to know of people, and the answers.",
    "conversations": "Chats with clients in messengers: read, taken care of, answered.",
    "notices": "What people are told inside the CRM.",
    "config": "Types, people, calendars, connections and all else that is set up.",
    "connections": "Accounts at providers, tried: whether they work, and what is wrong.",
    "sources": "Where events come from; their kept deliveries are at trigger-gateway.",
    "company": "All automation of a company as one file.",
    "erasures": "People whose data goes for good.",
    "api-keys": "Keys for programs.",
    "audit": "Who did what, and what was refused.",
}
SENTENCE_END = re.compile(r"[.:;](\s|$)")

# Bytes of any kind, in and out.
BYTES_OUT: dict[int | str, dict[str, Any]] = {200: {"description": "The bytes.", "content": {"*/*": {}}}}


def bytes_in(example: str) -> dict[str, Any]:
    """Say that a body is bytes of any kind, such as those of this text."""
    content = {"schema": {"type": "string", "format": "binary"}, "examples": {"table": {"value": example}}}
    return {"requestBody": {"required": True, "content": {"*/*": content}}}


def operation_id(route: APIRoute) -> str:
    """Name an operation by its tag and what it does: `items_move`."""
    return f"{route.tags[0]}_{route.name}".replace("-", "_")


def describe(app: FastAPI) -> None:
    """Let the OpenAPI document of an application hold the schema of refusals, its tags, a line for each operation."""
    app.openapi_tags = [{"name": name, "description": words} for name, words in TAGS.items()]
    described = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    document = app.openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= described.pop("$defs") | {NAME: described}
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["summary"] = summary(operation["description"])


def summary(description: str) -> str:
    """Give the first words of a description that stand for themselves."""
    return " ".join(SENTENCE_END.split(description, maxsplit=1)[0].split())
