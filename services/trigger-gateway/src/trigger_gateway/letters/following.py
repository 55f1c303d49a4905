"""What readers do with our letters: they open them (`/m/o`), follow a link (`/m/l`), unsubscribe (`/m/u`).

Each address carries a mark that our workers signed, so that a link leads only where a letter of ours led. What only
looks ahead is no step of a reader: HEAD, what fetches in advance, previews, and the scanners below.
"""

import base64
import re

import structlog
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import UNREACHABLE, Database
from chassis.problems import Problem
from chassis.secrets import Sealer
from contracts.config import Source
from contracts.letters import PURPOSE, Kind, Mark, read_mark
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.documents import opens
from trigger_gateway.identities import identities_of
from trigger_gateway.letters import unsubscribing
from trigger_gateway.letters.unsubscribing import ENGLISH, language_of
from trigger_gateway.sources.source_kind import Told

SOURCE = Source(id="trigger-gateway/letters", kind="letters", token="")
VIEWED, CLICKED, REFUSED, GIVEN = "email.viewed", "link.clicked", "consent.refused", "consent.given"
SAYS = {REFUSED: "by the link to unsubscribe", GIVEN: "came back on the page to unsubscribe"}
LONGEST_TOKEN = 8_000
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
# Programs of mail systems that follow every link of a letter before its reader does.
SCANNERS = re.compile(
    r"barracuda|mimecast|proofpoint|urldefense|safelinks|trendmicro|symantec|sophos|fireeye|forcepoint|cloudmark"
    r"|microsoft office (protocol|existence) discovery|python-|curl/|wget/|go-http-client|java/|okhttp",
    re.IGNORECASE,
)
log = structlog.get_logger()


class Following:
    """Takes the steps of readers, and answers them at once whatever becomes of the note."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], deliveries: Deliveries, sealer: Sealer
    ) -> None:
        self.database = database
        self.config = config
        self.deliveries = deliveries
        self.signer = sealer.signer(PURPOSE)

    async def view(self, request: Request) -> Response:
        """Give the picture; a letter that is looked at again within a minute is seen once."""
        mark = self._read(request, "view")
        note = BackgroundTask(self._note, mark, VIEWED) if mark and counts(request) else None
        return Response(PIXEL, 200, HEADERS, media_type="image/gif", background=note)

    async def follow(self, request: Request) -> Response:
        """Lead to where the letter led."""
        mark = self._read(request, "link")
        if mark is None or not mark.url.startswith(("http://", "https://")):
            raise not_there()
        note = BackgroundTask(self._note, mark, CLICKED) if counts(request) else None
        return RedirectResponse(mark.url, 302, HEADERS, background=note)

    async def ask(self, request: Request) -> Response:
        """Show who would no longer be written to, and the one button; looking at it changes nothing."""
        mark = self._unsubscribing(request)
        return unsubscribing.asked(mark.address, language_of(request, await self._portal_language()))

    async def unsubscribe(self, request: Request) -> Response:
        """Refuse letters for the reader, or take that back where they changed their mind on our page.

        A mail program (RFC 8058) and the button of our page do the same.
        """
        mark = self._unsubscribing(request)
        kind = GIVEN if request.query_params.get("again") == "1" else REFUSED
        payload = {"channel": "email", "contact": str(mark.contact), "effect": str(mark.effect), "text": SAYS[kind]}
        reader = identities_of("email", mark.address)
        async with self.database.transaction() as tx:
            # A second time is a word of its own: who has come back may leave again.
            moment = (await tx.now()).strftime("%Y-%m-%dT%H:%M:%SZ")
            told = Told(f"{mark.effect}/{kind}/{moment}", kind, None, mark.item, reader, payload)
            await self.deliveries.observe(tx, SOURCE, told)
            language = language_of(request, (await self.config.view(tx)).portal.language)
        return unsubscribing.done(mark.address, language, back=kind == GIVEN)

    async def _portal_language(self) -> str:
        try:
            async with self.database.transaction() as tx:
                return (await self.config.view(tx)).portal.language
        except UNREACHABLE:
            return ENGLISH

    def _read(self, request: Request, kind: Kind) -> Mark | None:
        token = request.path_params["token"]
        carried = self.signer.read(token) if len(token) <= LONGEST_TOKEN else None
        mark = read_mark(carried) if carried else None
        return mark if mark is not None and mark.kind == kind else None

    def _unsubscribing(self, request: Request) -> Mark:
        mark = self._read(request, "unsubscribe")
        if mark is None or mark.contact is None:
            raise not_there()
        return mark

    async def _note(self, mark: Mark, kind: str) -> None:
        payload = {"effect": str(mark.effect), "rule": mark.rule}
        if kind == CLICKED:
            payload |= {"url": mark.url, "link": str(mark.number)}
        try:
            async with self.database.transaction() as tx:
                minute = (await tx.now()).strftime("%Y-%m-%dT%H:%MZ")
                told = Told(f"{mark.effect}/{kind}/{mark.number}/{minute}", kind, binding=mark.item, payload=payload)
                await self.deliveries.observe(tx, SOURCE, told)
        except UNREACHABLE as error:
            log.warning("letters: a step of a reader is not noted", kind=kind, effect=str(mark.effect), why=repr(error))


def counts(request: Request) -> bool:
    """Say whether a reader does this, and not a program that looks ahead."""
    return opens(request) and not SCANNERS.search(request.headers.get("user-agent", ""))


def not_there() -> Problem:
    """Give the answer to an address that no letter of ours had."""
    return Problem(404, "Nothing is here", detail="Check the link.")
