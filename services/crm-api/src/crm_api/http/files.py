"""Files over HTTP: put as raw bytes, got by the hash of their content."""

from chassis.problems import Problem
from fastapi import APIRouter, Request, Response

from crm_api.files import LARGEST_FILE, File, content_type, hash_of
from crm_api.http.addresses import FileHash
from crm_api.http.asking import Body, ByAnyone
from crm_api.http.contract import BYTES_OUT, bytes_in
from crm_api.imports.asked import EXAMPLE_FILE
from crm_api.store import files as store

router = APIRouter(prefix="/v1/files", tags=["files"])
# Whatever was put, a browser does not run it.
HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


class KeptFile(Body):
    """A file that is kept."""

    hash: str
    content_type: str
    size: int


@router.post("", status_code=201, openapi_extra=bytes_in(EXAMPLE_FILE.decode()))
async def put(request: ByAnyone, raw: Request) -> KeptFile:
    """Keep the body of the request; the same bytes again are the same file."""
    content = await limited(raw)
    kind = content_type(raw.headers.get("content-type"))
    async with request.transaction() as tx:
        await store.add(tx, File(hash_of(content), kind, content, await tx.now()))
    return KeptFile(hash=hash_of(content), content_type=kind, size=len(content))


@router.get("/{hash_}", response_class=Response, responses=BYTES_OUT)
async def get(hash_: FileHash, request: ByAnyone) -> Response:
    """Give a file's bytes."""
    async with request.transaction() as tx:
        file = await store.load(tx, hash_)
    if file is None:
        raise Problem(404, "There is no such file", detail=f"nothing with the content hash {hash_} is kept")
    return Response(file.content, media_type=file.content_type, headers=HARMLESS | {"ETag": f'"{file.hash}"'})


async def limited(raw: Request) -> bytes:
    """Read a body; raises a 413 problem as soon as it is too large."""
    content = bytearray()
    async for chunk in raw.stream():
        content += chunk
        if len(content) > LARGEST_FILE:
            raise Problem(413, "The file is too large", detail=f"a file may have {LARGEST_FILE} bytes")
    return bytes(content)
