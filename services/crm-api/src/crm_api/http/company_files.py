"""All automation of a company as one YAML file over HTTP: to keep it, to compare it, to begin another installation."""

import asyncio
from typing import Any

from contracts.data import JsonObject
from fastapi import APIRouter, Request, Response

from crm_api.http.asking import Body, ByPerson
from crm_api.http.yaml_files import YamlResponse
from crm_api.rules.company_files import LARGEST, read, take, written
from crm_api.rules.yaml_documents import MEDIA_TYPE, read_all, write_yaml

router = APIRouter(prefix="/v1/company.yaml", tags=["company"])
EXAMPLE = {"kind": "constant", "id": "ceiling", "data": {"value": "1000 EUR"}}
TEXT: JsonObject = {"type": "string", "examples": [write_yaml(EXAMPLE)]}
IN: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": TEXT}}}}
# Several documents in one text have no schema.
OUT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The documents.", "content": {MEDIA_TYPE: {"example": write_yaml(EXAMPLE, EXAMPLE)}}}
}


class Taken(Body):
    """What a file changed: each record and pipeline that is another one now.

    `secrets` are those of the apps that it installed, each shown this once.
    """

    changed: list[str]
    secrets: dict[str, str]


@router.get("", responses=OUT, response_class=Response)
async def export(request: ByPerson) -> Response:
    """Give the types, calendars, constants, apps and pipelines of the company as one file; secrets are never in it."""
    async with request.transaction():
        request.rights.require_admin("export", "all automation")
        told = written(request.knowledge)
    return YamlResponse(await asyncio.to_thread(write_yaml, *told))


@router.put("", openapi_extra=IN)
async def put(sent: Request, request: ByPerson) -> Taken:
    """Take over a file, whole or not at all; what is not in it stays, what is already so is no change."""
    async with request.transaction():
        request.rights.require_admin("import", "automation")
    parts = read(await asyncio.to_thread(read_all, await sent.body(), LARGEST))
    async with request.configuring() as (changes, knowledge):
        request.rights.require_admin("import", "automation")
        made = await take(changes, knowledge, parts, request.sealer)
    return Taken(changed=[f"{one.kind}/{one.id}" for one in changes.changed], secrets=made)
