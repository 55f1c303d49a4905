"""Documents over HTTP: made by the worker, fetched by the gateway for whoever has the link."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from chassis.database import Transaction
from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from crm_api.documents import Document, counter_of, new_token
from crm_api.fields import LONGEST_STRING, FieldError
from crm_api.files import hash_of
from crm_api.http.addresses import DOCUMENT, ITEM, LinkToken
from crm_api.http.asking import Body, ByService
from crm_api.http.contract import BYTES_OUT
from crm_api.imports.asked import EXAMPLE_FILE
from crm_api.record.presence import require_there
from crm_api.store import documents as store
from crm_api.store import files as stored_files

router = APIRouter(prefix="/v1/documents", tags=["documents"])
EXAMPLE: JsonObject = {
    "id": DOCUMENT,
    "item": ITEM,
    "template": "offer",
    "title": "Offer for an oak table",
    "file": hash_of(EXAMPLE_FILE),
}
MADE: dict[int | str, dict[str, Any]] = {
    200: {"model": Document, "description": "The document was made with this id before."}
}


class NewDocument(Body):
    """A document to be made of a file that is kept; `id` is the effect's, so that a second time makes nothing new."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    item: UUID
    template: str = Field(min_length=1, max_length=LONGEST_STRING)
    title: str = Field("", max_length=LONGEST_STRING)
    file: str


@router.post("", status_code=201, responses=MADE)
async def create(body: NewDocument, request: ByService, response: Response) -> Document:
    """Number a document and give it a link, or give the one that was made with this id."""
    async with request.transaction() as tx:
        counter = counter_of(body.template)
        await store.hold(tx, counter)
        known = await store.load(tx, body.id)
        if known is None:
            return await make(tx, body, counter)
    response.status_code = 200
    return known


@router.get("/by-token/{token}", response_class=Response, responses=BYTES_OUT)
async def by_token(token: LinkToken, request: ByService) -> Response:
    """Give a document's bytes, and in headers which document of which item it is."""
    async with request.transaction() as tx:
        document = await store.by_token(tx, token)
        file = await stored_files.load(tx, document.file) if document else None
    if document is None or file is None:
        raise Problem(404, "There is no such document", detail="no document has this link")
    headers = {
        "Document-Id": str(document.id),
        "Document-Item": str(document.item),
        "Document-Template": quote(document.template, safe="/:@ "),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=file.content_type, headers=headers)


async def make(tx: Transaction, body: NewDocument, counter: str) -> Document:
    """Make a document; the number is counted only when nothing can refuse it any more."""
    await require_there(tx, body.item)
    if not await stored_files.is_there(tx, body.file):
        raise FieldError("file", f"no file {body.file!r} is kept", "put its bytes to /v1/files first")
    number = await store.next_number(tx, counter)
    document = Document(**body.model_dump(), number=str(number), token=new_token(), created_at=await tx.now())
    await store.add(tx, document)
    return document
