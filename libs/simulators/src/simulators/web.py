"""Somebody's own web service: any address below `/web` tells, as JSON, what it was asked."""

import json
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records

PATH = "/web/{path:path}"


class Asked(Accepted):
    """One request as it came; `body` is its JSON, or its text, `raw` the bytes."""

    provider: Literal["web"] = "web"
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None
    raw: bytes = b""


class Web:
    """Answers each request with itself."""

    def __init__(self, faults: Faults, journal: Journal) -> None:
        self.accepted = Records("web", Asked, journal)
        self._faults = faults

    def router(self) -> APIRouter:
        """Give the paths."""
        router = APIRouter()
        router.add_api_route(PATH, self.echo, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        return router

    async def echo(self, request: Request, path: str) -> Response:
        """Tell what was asked."""
        raw = await request.body()
        asked = Asked(
            method=request.method,
            path=path,
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=_read(raw),
            raw=raw,
        )
        return await answer(self._faults.take("web", path), lambda: self._accept(asked), _refuse)

    def _accept(self, asked: Asked) -> Response:
        self.accepted.add(asked)
        return JSONResponse(asked.model_dump(mode="json", exclude={"provider", "received_at", "raw"}))


def _read(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def _refuse(fault: Fault) -> Response:
    status = fault.code or 503
    return JSONResponse({"error": fault.body or "Simulated refusal"}, status, retry_after(fault))
