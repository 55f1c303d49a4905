"""Replays of kept deliveries over HTTP: trigger-gateway does them, the audit log here says who had them done."""

from typing import Annotated
from uuid import UUID

from contracts.data import JsonObject
from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from crm_api.http.asking import Body, ByPerson

router = APIRouter(prefix="/v1/sources", tags=["sources"])
SourceId = Annotated[str, Path(description="The id of the source.", max_length=200, examples=["website"])]
EXAMPLE: JsonObject = {"delivery": "0195576e-2d80-7c3a-9a51-0d6f4b1c2e31", "as_new": False}


class Replaying(Body):
    """Which kept delivery is about to be replayed; `as_new` under a new id, so that items are reached once more."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    delivery: UUID
    as_new: bool = Field(default=False)


@router.post("/{source}/replays", status_code=204)
async def replay(source: SourceId, body: Replaying, request: ByPerson) -> None:
    """Note that a delivery is about to be replayed, for admins; trigger-gateway asks this first, as the caller."""
    async with request.transaction() as tx:
        request.rights.require_admin("replay", f"deliveries of {source}")
        await request.audit(tx, f"source/{source}", delivery=str(body.delivery), as_new=body.as_new)
