"""Who may look at deliveries: whoever may read the source's record at crm-api, which is asked as the caller."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from chassis.problems import Problem
from fastapi import Request

DENIED = frozenset({401, 403, 404})


class Gatekeeper:
    """Asks crm-api with the caller's own token; `crm` is a client of crm-api."""

    def __init__(self, crm: httpx.AsyncClient) -> None:
        self.crm = crm

    async def may_read(self, request: Request, source: str) -> None:
        """Refuse who may not read the source; raises a problem."""
        await self._ask("GET", f"/v1/config/source/{quote(source, safe='')}", token(request))

    async def may_replay(self, request: Request, source: str, replay: dict[str, object]) -> None:
        """Refuse who may not replay; what is allowed stands in crm-api's audit log before it is done."""
        await self._ask("POST", f"/v1/sources/{quote(source, safe='')}/replays", token(request), replay)

    async def _ask(self, method: str, path: str, bearer: str, body: dict[str, object] | None = None) -> None:
        try:
            answer = await self.crm.request(method, path, headers={"Authorization": bearer}, json=body)
        except httpx.HTTPError as error:
            raise Problem(503, "It cannot be said now who may do this; try again") from error
        if answer.status_code in DENIED:
            told = words_of(answer)
            raise Problem(answer.status_code, str(told.get("title", "Refused")), detail=str(told.get("detail", "")))
        if not answer.is_success:
            raise Problem(503, "It cannot be said now who may do this; try again")


def words_of(answer: httpx.Response) -> Mapping[str, Any]:
    """Give what a refusal says; nothing, where what refused is not crm-api itself."""
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def token(request: Request) -> str:
    """Give what the caller shows; raises a 401 problem, so that this service never asks in its own name."""
    bearer = request.headers.get("authorization", "")
    if not bearer.startswith("Bearer "):
        raise Problem(401, "Who are you?", detail="Send 'Authorization: Bearer <token>' with a token of crm-api.")
    return bearer
