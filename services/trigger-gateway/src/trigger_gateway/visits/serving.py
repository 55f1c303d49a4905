"""Visits over HTTP: the script, and what it tells; one signal per visitor and visit, of known visitors alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.problems import Problem
from contracts.config import Source
from contracts.signals import Identity
from contracts.visits import VisitSettings
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway import pages
from trigger_gateway.addresses import source_at
from trigger_gateway.deliveries import Deliveries
from trigger_gateway.knock_rates import KnockRates
from trigger_gateway.knocks import Bounds, address_of, knock
from trigger_gateway.sources.source_kind import Told
from trigger_gateway.store import visitors as store
from trigger_gateway.visits.knowing import hashed, is_id

VISIT, RETURN = "visit", "visitor.returned"
KIND = "visits"
LARGEST_WORD = 4_096
LONGEST_PAGE = 1_000
SCRIPT = (Path(__file__).parent / "v.js").read_text()


class Visits:
    """Gives the script to sites, and takes what it tells."""

    def __init__(
        self,
        database: Database,
        config: ConfigCopy[Knowledge],
        deliveries: Deliveries,
        *,
        seconds: float,
        rates: KnockRates,
    ) -> None:
        self.database = database
        self.config = config
        self.deliveries = deliveries
        self.bounds = Bounds(LARGEST_WORD, seconds)
        self.rates = rates

    async def script(self, _: Request) -> Response:
        """Give the script; it holds nothing of this company, and tells nothing before somebody agrees."""
        return pages.script(SCRIPT)

    async def receive(self, request: Request) -> Response:
        """Take word of an opened page; the answer is the same whoever it is, so that nobody learns who is known."""
        came = await knock(request, self.bounds)
        if not self.rates.let_through(address_of(request)):
            raise Problem(429, "Too many visits come from you", detail="Wait a minute.", after=60)
        visitor, page = read(came.body)
        async with self.database.transaction() as tx:
            source = _found(await self.config.view(tx), request.path_params)
            settings = VisitSettings.model_validate(source.settings)
            if not refuses(came.headers) and came.headers.get("origin", "") in settings.sites and is_id(visitor):
                await self._note(tx, source, settings, hashed(visitor), page)
        return Response(status_code=204)

    async def _note(self, tx: Transaction, source: Source, settings: VisitSettings, visitor: str, page: str) -> None:
        known = await store.lock(tx, visitor)
        if known is None:
            return
        now = await tx.now()
        await store.seen(tx, visitor, now)
        await store.forget(tx, now - timedelta(days=settings.keep_days))
        for kind in meant(known.seen_at, now, settings):
            await self.deliveries.observe(tx, source, _told(kind, visitor, page, known, now))


def meant(seen_at: datetime, now: datetime, settings: VisitSettings) -> tuple[str, ...]:
    """Say what it means that somebody is here who was last here then."""
    away = now - seen_at
    if away < timedelta(minutes=settings.session):
        return ()
    return (VISIT, RETURN) if away >= timedelta(minutes=settings.away) else (VISIT,)


def read(body: bytes) -> tuple[str, str]:
    """Read which visitor opened which page; raises a 400 problem. What stands behind `?` and `#` is nobody's."""
    try:
        told: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        visitor, page = (str(told.get(key, "")).replace("\x00", "") for key in ("visitor", "page"))
        parts = urlsplit(page)
    except (ValueError, RecursionError):
        raise Problem(400, "This is no visit", detail='Send {"visitor": "…", "page": "https://…"}.') from None
    return visitor, f"{parts.scheme}://{parts.netloc}{parts.path}"[:LONGEST_PAGE] if parts.netloc else ""


def refuses(headers: Mapping[str, str]) -> bool:
    """Say whether a browser asks not to be followed (Global Privacy Control, Do Not Track)."""
    return "1" in {headers.get("sec-gpc"), headers.get("dnt")}


def _told(kind: str, visitor: str, page: str, known: store.Visitor, now: datetime) -> Told:
    away = int((now - known.seen_at).total_seconds() // 60)
    return Told(
        f"{visitor[:16]}/{now.isoformat()}/{kind}",
        kind,
        happened_at=now,
        identities=tuple(Identity.model_validate(one) for one in known.known),
        payload={"page": page, "away_minutes": away},
    )


def _found(knowledge: Knowledge, path: Mapping[str, str]) -> Source:
    source = source_at(knowledge, path["source"], path["token"])
    if source is None or source.kind != KIND:
        raise Problem(404, "Nothing is here", detail="Check the address of the script's source.")
    return source
