"""Imports over HTTP: a first look at a file, then the job that imports it."""

import asyncio
from typing import Any

from chassis.database import Transaction
from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from crm_api.access.rights import ANY, Forbidden
from crm_api.background import working
from crm_api.fields import FieldError
from crm_api.files import File, hash_of
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.http.jobs import ShownJob
from crm_api.imports import importing
from crm_api.imports.asked import EXAMPLE_FILE, Import, Written
from crm_api.imports.guessing import guess
from crm_api.imports.reading import Reading, sheet_of
from crm_api.imports.rows import RowReader
from crm_api.record import places
from crm_api.spreadsheets.reading import Sheet
from crm_api.store import files

router = APIRouter(prefix="/v1/imports", tags=["imports"])
SHOWN = 10


class Look(Written):
    """A file to look at, and the type that its rows are to be."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"file": hash_of(EXAMPLE_FILE), "type": "deal"}]}
    )

    type: str


class ImportRequest(Import):
    """What is to be imported; a key that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Preview(Body):
    """How a file reads: its columns, its first rows, and a mapping of its columns by their names."""

    encoding: str
    delimiter: str
    columns: list[str]
    rows: list[list[Any]]
    mapping: dict[str, str] = Field(description="What each column fills, as far as its name says it.")
    total: int | None = Field(description="How many rows there are; null where the file does not say.")


@router.post("/preview")
async def preview(body: Look, request: ByPerson) -> Preview:
    """Read the first rows of a file that /v1/files keeps, and guess what its columns fill."""
    async with request.transaction() as tx:
        places.known_type(request.knowledge, body.type)
        file = await kept(tx, body)
    sheet, rows, total = await asyncio.to_thread(looked_at, file, body)
    return Preview(
        encoding=sheet.file.encoding,
        delimiter=sheet.file.delimiter,
        columns=list(sheet.columns),
        rows=rows,
        mapping=guess(request.knowledge, body.type, sheet.columns),
        total=total,
    )


@router.post("", status_code=202)
async def begin(body: ImportRequest, request: ByPerson, response: Response) -> ShownJob:
    """Begin to import a file as a job; what does not fit the file or the type as a whole is refused at once."""
    async with request.transaction() as tx:
        may_import(request, body)
        file = await kept(tx, body)
    sheet, _, total = await asyncio.to_thread(looked_at, file, body)
    async with request.transaction() as tx:
        RowReader(body, sheet.columns, request.knowledge)
        params = body.model_dump(mode="json")
        job = await working.start(tx, importing.KIND, params, request.principal, total=total)
        await request.audit(tx, f"job/{job.id}", type=body.type, pipeline=body.pipeline)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return ShownJob.of(job)


def looked_at(file: File, written: Written) -> tuple[Sheet, list[list[Any]], int | None]:
    """Open a file, and give its first rows and how many there are; raises `FieldError`."""
    sheet = sheet_of(file, written)
    rows = [list(cells) for _, cells in Reading(sheet).take(SHOWN)]
    return sheet, rows, sheet.file.count()


async def kept(tx: Transaction, written: Written) -> File:
    """Give the file that is named; raises `FieldError`."""
    file = await files.load(tx, written.file)
    if file is None:
        raise FieldError("file", "nothing with this hash is kept", "put the file to /v1/files and send its hash")
    return file


def may_import(request: Asked, body: Import) -> None:
    """Refuse what the caller may not add, and a key with limits: a job outlives what its limits were meant for."""
    if request.principal.scope is not None:
        raise Forbidden("import with a limited key", fix="sign in as yourself")
    places.known_type(request.knowledge, body.type)
    add = request.rights.reach("add")
    if not any(t in {ANY, body.type} and p in {ANY, body.pipeline} for t, p, _ in add.places):
        raise Forbidden(f"add {body.pipeline or body.type}")
