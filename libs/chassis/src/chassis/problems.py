"""Errors over HTTP, as problem+json (RFC 9457): what is wrong, in which field, and how to mend it."""

from typing import Any

import structlog
from asyncpg import QueryCanceledError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from chassis import telemetry
from chassis.database import CONTENDED, UNREACHABLE

log = structlog.get_logger()


class Wrong(BaseModel):
    """One thing to mend: where it is, what is wrong with it, and how to mend it."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    field: str
    problem: str
    fix: str


class ProblemDocument(BaseModel):
    """The body of every refusal; further members tell what belongs to it, such as the current item."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[Wrong] = []


class Problem(Exception):
    """An answer that tells the caller what to mend; `errors` name fields, `extra` are further members.

    `after` is in how many seconds it may be asked again.
    """

    def __init__(
        self,
        status: int,
        title: str,
        *,
        detail: str = "",
        field: str = "",
        fix: str = "",
        after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.detail = detail
        self.after = after
        self.errors = [{"field": field, "problem": detail or title, "fix": fix}] if field else []
        self.extra = extra

    def response(self) -> JSONResponse:
        """Give the answer."""
        body: dict[str, Any] = {"type": "about:blank", "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = self.errors
        return answer(self.status, body | self.extra, self.after)


def answer(status: int, body: dict[str, Any], after: int | None = None) -> JSONResponse:
    """Give a problem document, and count it."""
    telemetry.PROBLEMS.labels(str(status)).inc()
    wait = 1 if after is None and status == 503 else after  # noqa: PLR2004  Service Unavailable
    headers = None if wait is None else {"Retry-After": str(wait)}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


async def on_problem(_: Request, problem: Exception) -> JSONResponse:
    """Answer a problem that an operation raised."""
    assert isinstance(problem, Problem)  # noqa: S101  registered for nothing else
    return problem.response()


FIXES = {
    "json_invalid": "send one JSON object",
    "missing": "send it",
    "extra_forbidden": "leave it out, or correct its name",
}


def wrong_field(error: Any) -> dict[str, str]:
    """Say which part of a request does not fit, and how to mend it; a body that is no JSON has no parts."""
    kind, place = error["type"], error["loc"]
    path = ".".join(map(str, place[1:])) if kind != "json_invalid" else ""
    return {
        "field": path or str(place[0]),
        "problem": error["msg"],
        "fix": FIXES.get(kind, "send what fits the schema"),
    }


async def on_invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer a request whose parts do not fit the operation's model: 422, each wrong field by its path."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for nothing else
    errors = [wrong_field(e) for e in error.errors()]
    return answer(422, {"type": "about:blank", "title": "The request does not fit", "status": 422, "errors": errors})


async def on_http(_: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for nothing else
    return answer(error.status_code, {"type": "about:blank", "title": str(error.detail), "status": error.status_code})


async def on_unreachable(_: Request, error: Exception) -> JSONResponse:
    """Answer while the database is away: nothing was kept, come again."""
    log.warning("http: the database does not answer", error=repr(error))
    return answer(503, {"type": "about:blank", "title": "The database does not answer; try again", "status": 503})


async def on_contended(_: Request, error: Exception) -> JSONResponse:
    """Answer whose change stood in the way of another one and gave way to it: nothing was kept, come again."""
    log.warning("http: gave way to another change", error=repr(error))
    return answer(503, {"type": "about:blank", "title": "Somebody else changes the same; try again", "status": 503})


async def on_too_slow(_: Request, error: Exception) -> JSONResponse:
    """Answer for what took longer than a statement may: nothing was kept, ask for less, or come again."""
    log.warning("http: a statement took too long", error=repr(error))
    return answer(
        503, {"type": "about:blank", "title": "This took too long; ask for less, or try again", "status": 503}
    )


def install(app: FastAPI) -> None:
    """Let an application answer every error as problem+json."""
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    for error in UNREACHABLE:
        app.add_exception_handler(error, on_unreachable)
    app.add_exception_handler(QueryCanceledError, on_too_slow)
    for contended in CONTENDED:
        app.add_exception_handler(contended, on_contended)
