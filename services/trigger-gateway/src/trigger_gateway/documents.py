"""A client's link to a document: `GET /d/{token}` notes the opening and gives the bytes, which are crm-api's.

What only looks ahead is no opening: a HEAD, a browser that fetches in advance, a messenger that makes a preview.
People of ours look at documents in crm-api, where they are signed in; that does not come here.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote
from uuid import UUID

import httpx
from chassis.database import Database, Transaction
from chassis.problems import Problem
from contracts.config import Source
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.pages import page
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
# What a browser says that fetches what nobody has asked for yet.
AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")
# By what programs that make previews of links, or index them, name themselves; people read inside messengers too.
PREVIEWS = re.compile(
    r"(?<!cu)bot\b|crawler|spider|preview|facebookexternalhit|^whatsapp/|slack-imgproxy|vkshare|embedly",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as crm-api gives it."""

    id: UUID
    item: UUID
    template: str
    content_type: str
    content: bytes
    name: str = ""


class Documents:
    """Shows documents to clients; `crm` is a client of crm-api with this service's token."""

    def __init__(self, database: Database, deliveries: Deliveries, crm: httpx.AsyncClient) -> None:
        self.database = database
        self.deliveries = deliveries
        self.crm = crm

    async def show(self, request: Request) -> Response:
        """Give a document, and note that it was opened where somebody opens it; a link that has ended is a page."""
        document = await self._fetch(request.path_params["token"])
        if document is None:
            return page(410, "This link has ended", "<p>Please ask whoever sent it for a new one.</p>")
        if opens(request):
            async with self.database.transaction() as tx:
                await self._note(tx, document)
        return shown(document)

    async def _fetch(self, token: str) -> Document | None:
        """Give a document, None where its link has ended."""
        if TOKEN.fullmatch(token) is None:
            raise not_there()
        try:
            answer = await self.crm.get(f"/v1/documents/by-token/{token}")
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise not_there()
            if answer.status_code == httpx.codes.GONE:
                return None
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Problem(503, "The document cannot be had now; try again") from error
        return read(answer)

    async def _note(self, tx: Transaction, document: Document) -> None:
        minute = (await tx.now()).strftime("%Y-%m-%dT%H:%MZ")
        payload = {"document": str(document.id), "template": document.template}
        opened = Told(f"{document.id}/{minute}", KIND, binding=document.item, payload=payload)
        await self.deliveries.observe(tx, SOURCE, opened)


def opens(request: Request) -> bool:
    """Say whether a person opens a document by this request."""
    ahead = any("pre" in request.headers.get(name, "").lower() for name in AHEAD)
    return request.method == "GET" and not ahead and not PREVIEWS.search(request.headers.get("user-agent", ""))


def read(answer: httpx.Response) -> Document:
    """Read crm-api's answer: the bytes, and in the headers which document of which item they are."""
    return Document(
        id=UUID(answer.headers["document-id"]),
        item=UUID(answer.headers["document-item"]),
        template=unquote(answer.headers.get("document-template", "")),
        content_type=answer.headers.get("content-type", "application/octet-stream"),
        content=answer.content,
        name=unquote(answer.headers.get("document-name", "")),
    )


def shown(document: Document) -> Response:
    """Give the bytes so that they can harm nobody: no scripts, no frames, no guessing."""
    kind = document.content_type.partition(";")[0].strip().lower()
    headers = dict(HEADERS)
    if kind != "application/pdf":  # browsers' PDF viewers do not run in a sandbox
        headers["Content-Security-Policy"] = SANDBOX
    named = f"; filename*=UTF-8''{quote(document.name)}" if document.name else ""
    headers["Content-Disposition"] = f"{'inline' if kind in SHOWN else 'attachment'}{named}"
    return Response(document.content, 200, headers, media_type=document.content_type)


def not_there() -> Problem:
    """Give the answer to a link that leads nowhere."""
    return Problem(404, "Nothing is here", detail="Check the link, or ask for a new one.")
