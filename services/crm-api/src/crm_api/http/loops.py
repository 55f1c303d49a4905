"""Chains of causes that were stopped because they went in circles, and people who release them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.problems import Problem
from fastapi import APIRouter, Query

from crm_api.http.addresses import LoopId
from crm_api.http.asking import Body, ByPerson
from crm_api.http.timeline import Limit, cursor, follows
from crm_api.inside import circles
from crm_api.record.loops import Kind, Loop, State
from crm_api.store import loops as store

router = APIRouter(prefix="/v1/loops", tags=["loops"])
InState = Annotated[State, Query(description="Which of them.", examples=["stopped"])]


class ShownLoop(Body):
    """A chain that was stopped: `pipeline` and `stage` are where the refused move led, empty for a creation.

    `kind`: `returns` to a stage within one chain, `hops` of one chain, entries of a stage within a `day`. `why` names
    the rule or trigger, `told` who was told, `times` how often it was stopped, `refused` how much was not made.
    """

    id: UUID
    kind: Kind
    item: UUID
    pipeline: str
    stage: str
    words: str
    why: str
    state: State
    hops: int
    times: int
    refused: int
    correlation: UUID
    told: str
    at: datetime
    last_at: datetime
    released_by: str
    released_at: datetime | None

    @classmethod
    def of(cls, loop: Loop) -> "ShownLoop":
        """Show a loop."""
        own = {key: getattr(loop, key) for key in cls.model_fields if key not in {"pipeline", "stage"}}
        return cls(**own, pipeline=loop.place[0], stage=loop.place[1])


class LoopsPage(Body):
    """A part of the loops, oldest first; `next` is what to send as `after` for the following part."""

    loops: list[ShownLoop]
    next: str | None


class ReleasedLoop(Body):
    """The chain may go on, counted from zero; `why_not` says why the refused move was not made anew."""

    loop: UUID
    item: UUID
    moved: bool
    why_not: str


@router.get("")
async def listing(request: ByPerson, state: InState = "stopped", after: str = "", limit: Limit = 100) -> LoopsPage:
    """List the chains of causes that were stopped, or were released, of items that you may read."""
    async with request.transaction() as tx:
        found = await store.listed(tx, state, request.rights.reach("read"), cursor(after), limit)
    last = [{"at": loop.at, "id": loop.id} for loop in found]
    return LoopsPage(loops=[ShownLoop.of(loop) for loop in found], next=follows(last, "at", limit))


@router.post("/{loop_id}/release")
async def release(loop_id: LoopId, request: ByPerson) -> ReleasedLoop:
    """Let a stopped chain go on, and make the move that was refused anew, as the first of a new chain."""
    try:
        async with request.changing() as changes:
            released = await circles.release(changes, loop_id, request.principal.name)
            await request.audit(changes.tx, f"item/{released.loop.item}", loop=str(loop_id), moved=released.moved)
    except circles.LoopUnknown as error:
        raise Problem(404, "There is no such loop", detail=str(error)) from None
    except circles.NotStopped as error:
        raise Problem(409, "The chain is not stopped", detail=str(error)) from None
    loop = released.loop
    return ReleasedLoop(loop=loop.id, item=loop.item, moved=released.moved, why_not=released.why_not)
