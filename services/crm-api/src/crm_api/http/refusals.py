"""How the errors of the domain are answered: which status, which field, and how to mend it."""

import asyncpg
import structlog
from chassis.database import UNREACHABLE
from chassis.errors import Rejected
from chassis.problems import Problem, on_unreachable
from contracts.items import Item
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic_core import PydanticSerializationError

from crm_api.access.audit import REFUSED
from crm_api.access.rights import ROLE, Forbidden
from crm_api.fields import FieldError
from crm_api.record.items import ItemGone, ItemUnknown
from crm_api.rules.drafts import DraftOutdated, PipelineUnknown
from crm_api.rules.publishing import NotPublishable, Warned

UNKEEPABLE = (asyncpg.UntranslatableCharacterError, asyncpg.CharacterNotInRepertoireError, UnicodeEncodeError)
log = structlog.get_logger()
CATALOGUE = "correct this part; /v1/catalogue says what it can be"


async def on_field_error(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 for a value that its field cannot hold."""
    assert isinstance(error, FieldError)  # noqa: S101  registered for nothing else
    problem = Problem(422, "A value does not fit", detail=error.problem, field=error.field, fix=error.fix)
    return problem.response()


def told(error: NotPublishable) -> list[dict[str, str]]:
    """Tell of every finding; what a mistake in form should be instead, the catalogue says."""
    return [{"field": f.path, "problem": f.message, "fix": f.fix or CATALOGUE} for f in error.findings]


async def on_not_publishable(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 for a pipeline that cannot run, with every finding."""
    assert isinstance(error, NotPublishable)  # noqa: S101  registered for nothing else
    problem = Problem(422, "The pipeline cannot run as it is", detail=f"{len(error.findings)} to mend")
    problem.errors = told(error)
    return problem.response()


async def on_warned(_: Request, error: Exception) -> JSONResponse:
    """Answer 409 for a pipeline with warnings that nobody said to publish over, with every one."""
    assert isinstance(error, Warned)  # noqa: S101  registered for nothing else
    fix = "mend them, or send override_warnings: true; then it is kept that you did"
    problem = Problem(409, "There are warnings", detail=f"{len(error.findings)} warnings; {fix}")
    problem.errors = told(error)
    return problem.response()


async def on_draft_outdated(_: Request, error: Exception) -> JSONResponse:
    """Answer 409 for a draft that someone else has changed meanwhile, or whose pipeline was published."""
    assert isinstance(error, DraftOutdated)  # noqa: S101  registered for nothing else
    extra = {"current": error.current}
    problem = Problem(409, "The draft is another one", detail=str(error), field="version", fix=error.fix, **extra)
    return problem.response()


async def on_no_pipeline(_: Request, error: Exception) -> JSONResponse:
    """Answer 404 for a pipeline, or a part of one, that does not exist."""
    return Problem(404, "There is no such thing in a pipeline", detail=str(error)).response()


async def on_unknown(_: Request, error: Exception) -> JSONResponse:
    """Answer 404 for an item that never was."""
    return Problem(404, "There is no such item", detail=str(error)).response()


async def on_gone(_: Request, error: Exception) -> JSONResponse:
    """Answer 410 for an item that is deleted."""
    assert isinstance(error, ItemGone)  # noqa: S101  registered for nothing else
    fix = f"what was not erased comes back with POST /v1/items/{error.item}/restore"
    return Problem(410, "The item is deleted", detail=f"{error}; {fix}").response()


async def on_forbidden(request: Request, error: Exception) -> JSONResponse:
    """Answer 403 for what the caller's rights do not allow, and keep it in the audit log."""
    assert isinstance(error, Forbidden)  # noqa: S101  registered for nothing else
    asked = request.state.asked
    try:
        async with asked.process.database.transaction() as tx:
            await asked.audit(tx, request.url.path, outcome=REFUSED, why=str(error))
    except UNREACHABLE as away:
        return await on_unreachable(request, away)
    limited = asked.principal.scope is not None and error.fix == ROLE
    fix = f"{ROLE}, or use a key with a wider scope" if limited else error.fix
    return Problem(403, error.title, detail=f"{error}; {fix}").response()


async def on_rejected(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 for what is too large to be told to the other services."""
    return Problem(422, "This is too large", detail=str(error), field="body", fix="send less").response()


async def on_unkeepable(_: Request, __: Exception) -> JSONResponse:
    """Answer 422 for text that the database cannot keep."""
    fix = "leave out NUL characters and halves of surrogate pairs"
    return Problem(422, "A text cannot be kept", detail="it is not Unicode text", field="body", fix=fix).response()


async def on_misfit(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 for a value that the database has no place for, such as a number that is out of its range."""
    log.warning("http: a value that nobody checked does not fit the database", error=repr(error))
    field = getattr(error, "column_name", None) or "body"
    fix = "send another value in its place"
    return Problem(422, "A value does not fit", detail=str(error), field=field, fix=fix).response()


async def on_unwritable(request: Request, error: Exception) -> JSONResponse:
    """Answer 422 for halves of surrogate pairs deep inside a value, which are found when it is written as JSON."""
    if UnicodeEncodeError.__name__ not in str(error):
        raise error
    return await on_unkeepable(request, error)


def expect_version(item: Item, version: int | None) -> None:
    """Refuse a change that was decided on another version than the present one: 409 that tells it."""
    if version is not None and version != item.version:
        raise Problem(
            409,
            "The item has changed meanwhile",
            detail=f"it has version {item.version}, not {version}",
            field="version",
            fix="look at the current item and send its version",
            current=item.model_dump(mode="json"),
        )


def install(app: FastAPI) -> None:
    """Let an application answer the errors of the domain."""
    app.add_exception_handler(FieldError, on_field_error)
    app.add_exception_handler(NotPublishable, on_not_publishable)
    app.add_exception_handler(Warned, on_warned)
    app.add_exception_handler(DraftOutdated, on_draft_outdated)
    app.add_exception_handler(PipelineUnknown, on_no_pipeline)
    app.add_exception_handler(ItemUnknown, on_unknown)
    app.add_exception_handler(ItemGone, on_gone)
    app.add_exception_handler(Forbidden, on_forbidden)
    app.add_exception_handler(Rejected, on_rejected)
    app.add_exception_handler(asyncpg.DataError, on_misfit)
    for error in UNKEEPABLE:
        app.add_exception_handler(error, on_unkeepable)
    app.add_exception_handler(PydanticSerializationError, on_unwritable)
