"""Exports over HTTP: chosen columns of the items that the caller may export, as CSV or XLSX."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from automation.knowledge import Knowledge
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field

from crm_api.access.rights import ANY, Forbidden
from crm_api.http.asking import Asked, Body, ByPerson
from crm_api.lists import reading
from crm_api.lists.filters import WrittenCondition
from crm_api.lists.reading import Wanted
from crm_api.spreadsheets import exporting
from crm_api.spreadsheets.cells import Telling
from crm_api.spreadsheets.columns import Columns
from crm_api.spreadsheets.exporting import Export
from crm_api.spreadsheets.texts import told

router = APIRouter(prefix="/v1/exports", tags=["exports"])
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as it is written.",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()},
    }
}
UNFIT_FOR_SHEET = re.compile(r"[\[\]:*?/\\']")
LONGEST_SHEET_NAME = 24


class ExportRequest(Body):
    """Which items, and how: empty `pipeline`, `stage` and `search` mean any; conditions are those of a list.

    Without `sort` (a field, with a minus before it where the largest come first) they come as they were made, each once
    whatever happens meanwhile; sorted, an item whose value changes meanwhile may be missed or met twice.

    `columns` in the order of the file are attributes (`id`, `title`, `pipeline`, `stage`, `responsible`, `created_at`,
    `entered_at`, `version`), fields, and fields of what the items link to, such as `contact.phone`; without them those
    of the type's list. `language` is that of the headings; empty: the portal's. `bom` helps older spreadsheet programs
    to see that a CSV file is UTF-8.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "deal", "columns": ["title", "stage", "contact.phone"]}]}
    )

    type: str
    pipeline: str = ""
    stage: str = ""
    all: list[WrittenCondition] = Field(default_factory=list)
    search: str = ""
    sort: str = "id"
    columns: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list)
    format: Literal["csv", "xlsx"] = "csv"
    language: str = Field("", max_length=20)
    bom: bool = True


@router.post("", response_class=StreamingResponse, responses=ANSWER)
async def export(body: ExportRequest, request: ByPerson) -> StreamingResponse:
    """Export items as a file; each is in it once, as it stands when its part of the file is written."""
    async with request.transaction() as tx:
        now = await tx.now()
        asked = export_of(body, request, now)
        await request.audit(tx, f"type/{body.type}", pipeline=body.pipeline, stage=body.stage, format=body.format)
    name = told(request.knowledge.types[body.type].name, language(body, request.knowledge), body.type)
    stream = (
        exporting.as_csv(asked, request.transaction, bom=body.bom)
        if body.format == "csv"
        else exporting.as_xlsx(asked, request.transaction, sheet_name(name, body.type))
    )
    headers = {"Content-Disposition": attachment(name, now, body), "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(stream, media_type=MEDIA[body.format], headers=headers)


def export_of(body: ExportRequest, request: Asked, now: datetime) -> Export:
    """Give what is asked for; raises `FieldError` for what there is not, `Forbidden` for what the caller may not."""
    knowledge, rights = request.knowledge, request.rights
    reach, zone = rights.reach("export"), ZoneInfo(knowledge.portal.zone)
    wanted = Wanted(body.type, body.pipeline, body.stage, body.all, body.search, body.sort)
    which = reading.read(knowledge, wanted, reach, now.astimezone(zone).date())
    if not any(t in {ANY, body.type} and p in {ANY, body.pipeline or p} for t, p, _ in reach.places):
        raise Forbidden(f"export items of {body.type}")
    columns = Columns(knowledge, knowledge.types[body.type], Telling(language(body, knowledge), zone))
    return Export(which, rights.reach("read"), columns.chosen(body.columns))


def language(body: ExportRequest, knowledge: Knowledge) -> str:
    """Give the language in which the file is told."""
    return body.language or knowledge.portal.language


def attachment(name: str, at: datetime, body: ExportRequest) -> str:
    """Give the header that names the file (RFC 6266): for old programs in ASCII, else as it is called."""
    ending = f"{at:%Y-%m-%d}.{body.format}"
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", body.type)
    return f"attachment; filename=\"{plain}-{ending}\"; filename*=UTF-8''{quote(f'{name} {ending}', safe='')}"


def sheet_name(name: str, otherwise: str) -> str:
    """Give a name that a sheet of a workbook may have."""
    return UNFIT_FOR_SHEET.sub("", name).strip()[:LONGEST_SHEET_NAME] or otherwise[:LONGEST_SHEET_NAME]
