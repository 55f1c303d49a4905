"""Documents over HTTP for people: asked for, listed, looked at, modified; their links ended and made anew."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from automation.actions import ACTIONS
from chassis.database import Transaction
from chassis.ids import new_id
from chassis.problems import Problem
from contracts.data import JsonObject
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from crm_api.documents import making, ordering, templates
from crm_api.documents.document import Again, Document, counter_of, ends, new_token
from crm_api.documents.ordering import Format
from crm_api.fields import LONGEST_STRING, FieldError
from crm_api.files import hash_of
from crm_api.http.addresses import DocumentId, FileHash, ItemId
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.contract import BYTES_OUT
from crm_api.http.made_documents import Days
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.imports.asked import EXAMPLE_FILE
from crm_api.record.presence import changeable, readable
from crm_api.store import documents as store
from crm_api.store import files as stored_files

router = APIRouter(prefix="/v1", tags=["documents"])
ASK: JsonObject = {"template": "offer", "format": "pdf", "link_days": 30}
MODIFIED: JsonObject = {"file": hash_of(EXAMPLE_FILE), "name": "offer-with-oak.csv"}
# What a browser shows by itself; it runs nothing of it.
INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain"})
HARMLESS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
KEPT = Annotated[str, Field(min_length=1, description="the hash of a file that is kept")]


class WantedDocument(Body):
    """A document that somebody wants of an item."""

    model_config = ConfigDict(json_schema_extra={"examples": [ASK]})

    template: str = Field(min_length=1, max_length=LONGEST_STRING)
    title: str = Field("", max_length=LONGEST_STRING)
    format: Format = ""
    again: Again = "version"
    link_days: Days = None


class OrderedDocument(Body):
    """The id that a document will have once it is made; where it cannot be, a notice says why."""

    id: UUID


class NewVersion(Body):
    """A document as somebody has changed it: the next version of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [MODIFIED]})

    file: KEPT
    name: str = Field("", max_length=LONGEST_STRING)
    title: str = Field("", max_length=LONGEST_STRING)
    link_days: Days = None


class RenewedLink(Body):
    """For how many days a new link is good."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 14}]})

    days: Days = None


class ShownDocument(Document):
    """A document; `url` is its link, empty where that shows nothing."""

    url: str

    @classmethod
    async def of(cls, document: Document, tx: Transaction, request: Asked) -> "ShownDocument":
        """Show a document."""
        public = request.knowledge.portal.public_url
        link = f"{public.rstrip('/')}/d/{document.token}" if public and document.shown(await tx.now()) else ""
        return cls(**dict(document), url=link)


class ShownDocuments(Body):
    """A part of an item's documents, oldest first; `next` is what to send as `after` for the following part."""

    documents: list[ShownDocument]
    next: str | None


class TemplateNames(Body):
    """The values that a template names; `wrong` are those that can have none, each with what would do."""

    names: list[str]
    wrong: dict[str, str]


@router.post("/items/{item_id}/documents", status_code=202)
async def ask(item_id: ItemId, body: WantedDocument, request: ByPerson) -> OrderedDocument:
    """Have a document made of an item; a second one of a template is a new version, unless it is to be new."""
    async with request.transaction() as tx:
        item = await changeable(tx, item_id, request.rights)
        params = ACTIONS["create-document"].params.model_validate(body.model_dump()).model_dump()
        road = request.process.outbox, request.cause
        return OrderedDocument(id=await ordering.order(tx, item, params, request.knowledge, road))


@router.get("/items/{item_id}/documents")
async def of_item(item_id: ItemId, request: ByPerson, after: str = "", limit: Limit = 100) -> ShownDocuments:
    """Give the documents of an item in all their versions."""
    async with request.transaction() as tx:
        await readable(tx, item_id, request.rights, deleted=True)
        found = await store.of_item(tx, item_id, cursor(after), limit)
        shown = [await ShownDocument.of(one, tx, request) for one in found]
    last = [{"at": one.created_at, "id": one.id} for one in found]
    return ShownDocuments(documents=shown, next=follows(last, "at", limit))


@router.get("/documents/{document_id}", name="read")
async def one(document_id: DocumentId, request: ByPerson) -> ShownDocument:
    """Give a document of an item that the caller may read."""
    async with request.transaction() as tx:
        return await ShownDocument.of(await theirs(tx, document_id, request), tx, request)


@router.get("/documents/{document_id}/file", response_class=Response, responses=BYTES_OUT)
async def file(document_id: DocumentId, request: ByPerson) -> Response:
    """Give a document's bytes to one of ours; it does not count as opened by the client."""
    async with request.transaction() as tx:
        document = await theirs(tx, document_id, request)
        kept = await stored_files.load(tx, document.file)
    if kept is None:
        raise unknown(document_id)
    kind = (document.content_type or kept.content_type).partition(";")[0]
    way = "inline" if kind in INLINE else "attachment"
    headers = {**HARMLESS, "Content-Disposition": f"{way}; filename*=UTF-8''{quote(document.name or 'document')}"}
    # Browsers' PDF viewers do not run in a sandbox.
    headers |= {} if kind == "application/pdf" else SANDBOX
    return Response(kept.content, media_type=document.content_type or kept.content_type, headers=headers)


@router.post("/documents/{document_id}/versions", status_code=201)
async def modify(document_id: DocumentId, body: NewVersion, request: ByPerson) -> ShownDocument:
    """Make a file the next version of a document, with its number; the versions before stay."""
    async with request.transaction() as tx:
        before = await theirs(tx, document_id, request)
        item = await changeable(tx, before.item, request.rights)
        await store.hold(tx, counter_of(before.template))
        kept = await stored_files.load(tx, body.file)
        if kept is None:
            raise FieldError("file", f"no file {body.file!r} is kept", "put its bytes to /v1/files first")
        told = {"title": body.title or before.title, "file": body.file, "name": body.name or before.name}
        told |= {"content_type": kept.content_type, "made_by": request.rights.person}
        blank = making.blank(new_id(), item.id, before.template, await tx.now()).model_copy(update=told)
        document = await making.number(tx, blank, "version", body.link_days, before)
        await store.add(tx, document)
        await making.made(tx, document, item, (request.process.outbox, request.cause))
        return await ShownDocument.of(document, tx, request)


@router.post("/documents/{document_id}/link")
async def renew_link(document_id: DocumentId, body: RenewedLink, request: ByPerson) -> ShownDocument:
    """Give a document a new link; the one that it had shows nothing any more."""
    async with request.transaction() as tx:
        await changeable(tx, (await theirs(tx, document_id, request)).item, request.rights)
        document = await store.link(tx, document_id, new_token(), ends(await tx.now(), body.days))
        if document is None:
            raise unknown(document_id)
        return await ShownDocument.of(document, tx, request)


@router.delete("/documents/{document_id}/link")
async def revoke_link(document_id: DocumentId, request: ByPerson) -> ShownDocument:
    """Let a document's link show nothing any more; a second time changes nothing."""
    async with request.transaction() as tx:
        await changeable(tx, (await theirs(tx, document_id, request)).item, request.rights)
        document = await store.revoke(tx, document_id, await tx.now())
        if document is None:
            raise unknown(document_id)
        return await ShownDocument.of(document, tx, request)


@router.get("/files/{hash_}/placeholders")
async def placeholders(hash_: FileHash, request: ByPerson) -> TemplateNames:
    """Give the values that a template names, an HTML page or a DOCX, and which of them can have none."""
    async with request.transaction() as tx:
        kept = await stored_files.load(tx, hash_)
        if kept is None:
            raise Problem(404, "There is no such file", detail=f"nothing with the content hash {hash_} is kept")
        found = await templates.placeholders(kept.content, request.knowledge)
    return TemplateNames(names=list(found.names), wrong=found.wrong)


async def theirs(tx: Transaction, document_id: UUID, request: Asked) -> Document:
    """Give a document that is made, of an item that the caller may read; raises a 404 problem."""
    document: Any = await store.load(tx, document_id)
    if document is None or not document.file:
        raise unknown(document_id)
    await readable(tx, document.item, request.rights, deleted=True)
    return Document.model_validate(document)


def unknown(document_id: UUID) -> Problem:
    """Give the refusal for a document that is not there for the caller."""
    return Problem(404, "There is no such document", detail=f"there is no document {document_id}")
