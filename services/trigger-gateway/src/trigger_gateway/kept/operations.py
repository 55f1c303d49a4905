"""Sources and their kept deliveries over HTTP, for people who may read the source's record."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from automation.documents import DocumentError
from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.problems import Problem
from chassis.secrets import Sealer
from contracts.config import Source
from fastapi import APIRouter, Query, Request

from trigger_gateway.deliveries import Deliveries
from trigger_gateway.kept.bodies import Counted, Listed, Replay, Shown, Standing, Trial, Tried, Wanted, shown
from trigger_gateway.kept.reading import Reader, Refusal, knock_of
from trigger_gateway.kept.replaying import Replayed, replay
from trigger_gateway.kept.rights import Gatekeeper
from trigger_gateway.knocks import Knock
from trigger_gateway.sources import SOURCES
from trigger_gateway.sources.setting_up import setup_of
from trigger_gateway.sources.source_kind import Setup
from trigger_gateway.store import counts as stored_counts
from trigger_gateway.store import kept as stored_kept
from trigger_gateway.store.kept import Which, Whole
from trigger_gateway.timestamps import in_utc, read_iso

LATEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


class Kept:
    """The operations on kept deliveries."""

    def __init__(
        self,
        database: Database,
        config: ConfigCopy[Knowledge],
        deliveries: Deliveries,
        sealer: Sealer,
        gatekeeper: Gatekeeper,
    ) -> None:
        self.database = database
        self.config = config
        self.deliveries = deliveries
        self.sealer = sealer
        self.gatekeeper = gatekeeper

    def router(self) -> APIRouter:
        """Give the operations as routes."""
        router = APIRouter(prefix="/v1/sources/{source}", tags=["sources"])
        router.add_api_route("", self.standing, methods=["GET"])
        router.add_api_route("/deliveries", self.listing, methods=["GET"])
        router.add_api_route("/deliveries/{id_}", self.show, methods=["GET"])
        router.add_api_route("/deliveries/{id_}/replay", self.replay, methods=["POST"])
        router.add_api_route("/try", self.attempt, methods=["POST"])
        return router

    async def standing(self, source: str, request: Request) -> Standing:
        """Say when a source was last heard, how often, and what was refused for which reason."""
        await self.gatekeeper.may_read(request, source)
        async with self.database.transaction() as tx:
            setup, _ = await self._setup(tx, source)
            counts = await stored_counts.of_source(tx, source)
        heard = [count.last_at for count in counts if count.outcome != "refused"]
        counted = [Counted(outcome=c.outcome, reason=c.reason, count=c.count, last_at=c.last_at) for c in counts]
        last = max(heard, default=None)
        return Standing(source=source, kind=setup.source.kind, last_delivery_at=last, counts=counted)

    async def listing(self, source: str, request: Request, wanted: Annotated[Wanted, Query()]) -> Listed:
        """List deliveries of a source, those set aside too."""
        await self.gatekeeper.may_read(request, source)
        which = Which(source, place(wanted.after), beginning(wanted.since), wanted.outcome)
        async with self.database.transaction() as tx:
            rows = await stored_kept.listed(tx, which, wanted.limit)
        last = f"{rows[-1].received_at.isoformat()}/{rows[-1].id}" if len(rows) == wanted.limit else None
        return Listed(deliveries=rows, next=last)

    async def show(self, source: str, id_: UUID, request: Request) -> Shown:
        """Show a delivery."""
        await self.gatekeeper.may_read(request, source)
        async with self.database.transaction() as tx:
            setup, knowledge = await self._setup(tx, source)
            whole = await self._whole(tx, source, id_)
        tried = Tried(tells=[], refused=None)
        if not whole.is_empty:
            tried = tells(Reader(setup, knowledge), knock_of(whole), whole.delivery)
        return shown(whole, tried)

    async def replay(self, source: str, id_: UUID, how: Replay, request: Request) -> Replayed:
        """Replay a delivery; it stands in the audit log who had it done."""
        await self.gatekeeper.may_replay(request, source, {"delivery": str(id_), "as_new": how.as_new})
        async with self.database.transaction() as tx:
            setup, knowledge = await self._setup(tx, source)
            whole = await self._whole(tx, source, id_)
            return await replay(tx, self.deliveries, Reader(setup, knowledge), whole, as_new=how.as_new)

    async def attempt(self, source: str, trial: Trial, request: Request) -> Tried:
        """Try settings on a kept delivery or a sample; nothing is kept, nothing is announced."""
        await self.gatekeeper.may_read(request, source)
        async with self.database.transaction() as tx:
            setup, knowledge = await self._setup(tx, source)
            knock = await self._tried(tx, source, trial)
        return tells(Reader(changed(setup, trial), knowledge), knock)

    async def _tried(self, tx: Transaction, source: str, trial: Trial) -> Knock:
        if (trial.delivery is None) == (trial.sample is None):
            raise Problem(422, "What is to be tried?", field="delivery", fix="send either delivery or sample")
        if trial.delivery is not None:
            return knock_of(await self._whole(tx, source, trial.delivery))
        headers = {"content-type": "application/json"} | {n.lower(): value for n, value in trial.headers.items()}
        return Knock((trial.sample or "").encode(), headers, await tx.now())

    async def _setup(self, tx: Transaction, source: str) -> tuple[Setup, Knowledge]:
        knowledge = await self.config.view(tx)
        record = knowledge.sources.get(source)
        if record is None or record.kind not in SOURCES:
            raise Problem(404, "There is no such source", detail=f"no source has the id {source!r}")
        return setup_of(record, knowledge, self.sealer), knowledge

    async def _whole(self, tx: Transaction, source: str, id_: UUID) -> Whole:
        whole = await stored_kept.whole(tx, source, id_)
        if whole is None:
            raise Problem(404, "There is no such delivery", detail=f"{source!r} has none with the id {id_}")
        return whole


def changed(setup: Setup, trial: Trial) -> Setup:
    """Give a set-up with the settings that are tried; raises a 422 problem that names the wrong field."""
    change = trial.model_dump(include={"settings", "identities", "required", "signals"}, exclude_none=True)
    if not change:
        return setup
    source = Source.model_validate(setup.source.model_dump() | change)
    plan = SOURCES[source.kind].plan
    try:
        return Setup(source, setup.secrets, setup.portal, plan(source) if plan else None)
    except DocumentError as error:
        words = "The settings do not hold"
        raise Problem(422, words, detail=error.message, field=error.path, fix=error.fix) from None


def tells(reader: Reader, knock: Knock, known_as: str = "") -> Tried:
    """Tell what follows from a request, which is kept under an id perhaps, or why it would be refused."""
    try:
        told = [replace(reader.read_as(knock, known_as), delivery=known_as)] if known_as else reader.read(knock)
        return Tried(tells=[reader.tells(one, knock.at) for one in told], refused=None)
    except Problem as problem:
        return Tried(tells=[], refused=Refusal.of(problem))


def place(after: str) -> tuple[datetime, UUID]:
    """Read the place behind which a part begins; raises a 422 problem."""
    if not after:
        return LATEST
    written, _, id_ = after.rpartition("/")
    at = read_iso(written.replace(" ", "+"))
    with contextlib.suppress(ValueError):
        if at is not None:
            return at, UUID(id_)
    fix = "send the `next` of the part before"
    raise Problem(422, "There is no such place", field="after", detail=f"{after!r} is none", fix=fix)


def beginning(since: datetime | None) -> datetime:
    """Give from when on deliveries are listed, in UTC where no zone is named; raises a 422 problem."""
    if since is None:
        return EARLIEST
    at = in_utc(since if since.tzinfo else since.replace(tzinfo=UTC))
    if at is None:
        fix = "send one between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z"
        raise Problem(422, "There is no such moment", field="since", detail="no clock in UTC shows it", fix=fix)
    return at
