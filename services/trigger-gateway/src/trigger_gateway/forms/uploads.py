"""Files that come with a form: looked at, then streamed to crm-api, which keeps them by the hash of their content."""

from collections.abc import AsyncIterator, Mapping

import httpx
from chassis.problems import Problem
from contracts.data import JsonObject
from contracts.forms import Form, FormField
from starlette.datastructures import UploadFile

from trigger_gateway.forms.submission import Wrong

MOST_OF_A_FIELD = 5
LARGEST_FILE = 10 * 1024 * 1024
LONGEST_NAME = 200
CHUNK = 65_536
# How contents of these types begin: a name says nothing about what is inside.
BEGINS = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF8",),
    "application/zip": (b"PK",),
}
Uploads = Mapping[str, tuple[UploadFile, ...]]
Files = dict[str, tuple[JsonObject, ...]]


async def check(form: Form, uploads: Uploads) -> dict[str, Wrong]:
    """Give the fields whose files are too many, too large, or of a kind that the form does not take."""
    asked = {field.key: field for field in form.fields if field.kind == "file"}
    return {key: "file" for key, files in uploads.items() if key in asked and not await _acceptable(asked[key], files)}


async def keep(form: Form, uploads: Uploads, crm: httpx.AsyncClient) -> Files:
    """Keep the files that the form asks for; raises a 503 problem while crm-api cannot take them."""
    asked = {field.key for field in form.fields if field.kind == "file"}
    kept: Files = {}
    for key, files in uploads.items():
        if key in asked:
            kept[key] = tuple([await _keep(key, upload, crm) for upload in files])
    return kept


async def _acceptable(field: FormField, files: tuple[UploadFile, ...]) -> bool:
    if len(files) > MOST_OF_A_FIELD:
        return False
    for upload in files:
        kind = _type(upload)
        begins = await upload.read(max(map(len, BEGINS.get(kind, (b"",)))))
        await upload.seek(0)
        fits = begins.startswith(BEGINS.get(kind, (b"",)))
        if kind not in field.accept or not fits or not 0 < (upload.size or 0) <= LARGEST_FILE:
            return False
    return True


async def _keep(key: str, upload: UploadFile, crm: httpx.AsyncClient) -> JsonObject:
    try:
        answer = await crm.post("/v1/files", content=_chunks(upload), headers={"Content-Type": _type(upload)})
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Problem(503, "The files cannot be kept now; try again") from error
    kept = answer.json()
    name = "".join(c for c in upload.filename or "" if c.isprintable())[-LONGEST_NAME:]
    return {"field": key, "name": name, "hash": kept["hash"], "type": _type(upload), "size": kept["size"]}


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(CHUNK):
        yield chunk


def _type(upload: UploadFile) -> str:
    return (upload.content_type or "").partition(";")[0].strip().lower()
