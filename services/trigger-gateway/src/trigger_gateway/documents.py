"""A client's link to a document: `GET /d/{token}` notes the opening and gives the bytes, which are crm-api's."""

import re
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

import httpx
from chassis.database import Database, Transaction
from chassis.problems import Problem
from contracts.config import Source
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.sources.source_kind import Told

TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")
KIND = "document.opened"
SOURCE = Source(id="trigger-gateway/documents", kind="document", token="")
# What a browser may show; all else is saved, and nothing is guessed from the bytes.
SHOWN = frozenset({"text/html", "text/plain", "application/pdf", "image/png", "image/jpeg"})
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as crm-api gives it."""

    id: UUID
    item: UUID
    template: str
    content_type: str
    content: bytes


class Documents:
    """Shows documents to clients; `crm` is a client of crm-api with this service's token."""

    def __init__(self, database: Database, deliveries: Deliveries, crm: httpx.AsyncClient) -> None:
        self.database = database
        self.deliveries = deliveries
        self.crm = crm

    async def show(self, request: Request) -> Response:
        """Give a document; a GET is an opening, a HEAD (a preview, a check of links) is none."""
        document = await self._fetch(request.path_params["token"])
        if request.method == "GET":
            async with self.database.transaction() as tx:
                await self._note(tx, document)
        return shown(document)

    async def _fetch(self, token: str) -> Document:
        if TOKEN.fullmatch(token) is None:
            raise not_there()
        try:
            answer = await self.crm.get(f"/v1/documents/by-token/{token}")
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise not_there()
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Problem(503, "The document cannot be had now; try again") from error
        return read(answer)

    async def _note(self, tx: Transaction, document: Document) -> None:
        minute = (await tx.now()).strftime("%Y-%m-%dT%H:%MZ")
        payload = {"document": str(document.id), "template": document.template}
        opened = Told(f"{document.id}/{minute}", KIND, binding=document.item, payload=payload)
        await self.deliveries.observe(tx, SOURCE, opened)


def read(answer: httpx.Response) -> Document:
    """Read crm-api's answer: the bytes, and in the headers which document of which item they are."""
    return Document(
        id=UUID(answer.headers["document-id"]),
        item=UUID(answer.headers["document-item"]),
        template=unquote(answer.headers.get("document-template", "")),
        content_type=answer.headers.get("content-type", "application/octet-stream"),
        content=answer.content,
    )


def shown(document: Document) -> Response:
    """Give the bytes so that they can harm nobody: no scripts, no frames, no guessing."""
    kind = document.content_type.partition(";")[0].strip().lower()
    headers = dict(HEADERS)
    if kind != "application/pdf":  # browsers' PDF viewers do not run in a sandbox
        headers["Content-Security-Policy"] = SANDBOX
    if kind not in SHOWN:
        headers["Content-Disposition"] = "attachment"
    return Response(document.content, 200, headers, media_type=document.content_type)


def not_there() -> Problem:
    """Give the answer to a link that leads nowhere."""
    return Problem(404, "Nothing is here", detail="Check the link, or ask for a new one.")
