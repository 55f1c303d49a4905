"""Documents over HTTP for our services: made by the worker, fetched by the gateway for whoever has the link."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from automation.wall_times import read_zone, wall
from chassis.database import Transaction
from chassis.principals import Principal
from chassis.problems import Problem
from contracts.data import JsonObject
from contracts.envelope import Cause
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from crm_api.documents import making
from crm_api.documents.document import LONGEST_LINK, Again, Document, counter_of
from crm_api.fields import LONGEST_STRING
from crm_api.files import hash_of
from crm_api.http.addresses import DOCUMENT, ITEM, LinkToken
from crm_api.http.asking import Asked, Body, ByService
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
    "content_type": "application/pdf",
    "link_days": 30,
}
Days = Annotated[int | None, Field(ge=1, le=LONGEST_LINK, description="how long its link is good; empty: for ever")]


class MadeDocument(Document):
    """A document; `day` is that of the portal on which it was numbered."""

    day: str

    @classmethod
    def of(cls, document: Document, zone: str) -> "MadeDocument":
        """Show a document."""
        return cls(**dict(document), day=wall(document.created_at, read_zone(zone)).date().isoformat())


MADE: dict[int | str, dict[str, Any]] = {
    200: {"model": MadeDocument, "description": "The document was numbered, or made, with this id before."}
}


class Chain(Body):
    """The chain of causes in which a document is made."""

    correlation: UUID
    causation: UUID
    hops: int = Field(ge=0)


class NewDocument(Body):
    """A document to be made of a file that is kept, or numbered where there is none yet; `id` is the effect's."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: UUID
    item: UUID
    template: str = Field(min_length=1, max_length=LONGEST_STRING)
    title: str = Field("", max_length=LONGEST_STRING)
    file: str = Field("", description="the hash of its content; empty: it is only numbered")
    name: str = Field("", max_length=LONGEST_STRING, description="the name of its file")
    content_type: str = Field("", max_length=LONGEST_STRING)
    again: Again = Field("version", description="what a second one of the item and template is")
    link_days: Days = None
    made_by: str = Field("", max_length=LONGEST_STRING, description="the person who asked for it")
    cause: Chain | None = None

    def cause_of(self, principal: Principal, otherwise: Cause) -> Cause:
        """Give the cause of what follows from it."""
        if self.cause is None:
            return otherwise
        return Cause(self.cause.correlation, self.cause.causation, self.cause.hops, actor=principal.name)


@router.post("", status_code=201, responses=MADE)
async def create(body: NewDocument, request: ByService, response: Response) -> MadeDocument:
    """Number a document, and make it where its file is there; each once by its id."""
    async with request.transaction() as tx:
        await store.hold(tx, counter_of(body.template))
        known = await store.load(tx, body.id)
        document = known if known and (known.file or not body.file) else await make(tx, body, known, request)
        zone = request.knowledge.portal.zone
    if document is known:
        response.status_code = 200
    return MadeDocument.of(document, zone)


@router.get("/by-token/{token}", response_class=Response, responses=BYTES_OUT)
async def by_token(token: LinkToken, request: ByService) -> Response:
    """Give a document's bytes, and in headers which document of which item it is; 410 where its link has ended."""
    async with request.transaction() as tx:
        document = await store.by_token(tx, token)
        file = await stored_files.load(tx, document.file) if document else None
        now = await tx.now()
    if document is None or file is None:
        raise Problem(404, "There is no such document", detail="no document has this link")
    if not document.shown(now):
        raise Problem(410, "The link has ended", detail="the document is not shown by it any more")
    headers = {
        "Document-Id": str(document.id),
        "Document-Item": str(document.item),
        "Document-Template": quote(document.template, safe="/:@ "),
        "Document-Name": quote(document.name),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=document.content_type or file.content_type, headers=headers)


async def make(tx: Transaction, body: NewDocument, known: Document | None, request: Asked) -> Document:
    """Number a document that is not known, and make it of its file; what can be refused is looked at before."""
    item = await require_there(tx, body.item)
    if body.file:
        await making.require_file(tx, body.file)
    told = body.model_dump(include={"title", "file", "name", "content_type", "made_by"})
    if known is not None:
        document = known.model_copy(update={**told, "made_by": known.made_by})
        await store.fill(tx, document)
    else:
        blank = making.blank(body.id, body.item, body.template, await tx.now()).model_copy(update=told)
        document = await making.number(tx, blank, body.again, body.link_days)
        await store.add(tx, document)
    if document.file:
        road = request.process.outbox, body.cause_of(request.principal, request.cause)
        await making.made(tx, document, item, road)
    return document
