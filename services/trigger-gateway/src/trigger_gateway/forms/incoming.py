"""Reads what a browser sends of a form, with or without files; nothing is held that is above the limits."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from chassis.problems import Problem
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from trigger_gateway.knocks import Bounds, Knock, knock, read_headers
from trigger_gateway.sources import form as posted
from trigger_gateway.sources.multipart import MULTIPART, not_a_form

MOST_PARTS, MOST_FILES = 200, 10
LARGEST_PART = 100_000
LARGEST_UPLOAD = 30 * 1024 * 1024
UPLOADS_TAKE = 8


@dataclass(frozen=True, slots=True)
class Incoming:
    """A form as it came: the request, its texts, and its files, which are not read yet."""

    knock: Knock
    values: Mapping[str, str]
    uploads: Mapping[str, tuple[UploadFile, ...]]

    def kept(self, values: Mapping[str, str]) -> Knock:
        """Give the request as it is kept: of files their hashes, so that it can be read once more."""
        if self.knock.media_type != MULTIPART:
            return self.knock
        headers = {**self.knock.headers, "content-type": posted.URLENCODED}
        return Knock(urlencode({**self.values, **values}).encode(), headers, self.knock.at)

    async def close(self) -> None:
        """Let go of the files."""
        for uploads in self.uploads.values():
            for upload in uploads:
                await upload.close()


async def read(request: Request, bounds: Bounds) -> Incoming:
    """Read a request; raises a problem for what is too large, or no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == MULTIPART:
        return await _in_time(request, bounds)
    came = await knock(request, bounds)
    if came.media_type != posted.URLENCODED:
        raise not_a_form()
    return Incoming(came, posted.read_fields(came.body), {})


async def _in_time(request: Request, bounds: Bounds) -> Incoming:
    # Files take longer than the few words of other deliveries.
    seconds = bounds.seconds * UPLOADS_TAKE
    try:
        async with asyncio.timeout(seconds):
            return await _multipart(request)
    except TimeoutError:
        raise Problem(408, "The form comes too slowly", detail=f"It may take {seconds:g} seconds.") from None


async def _multipart(request: Request) -> Incoming:
    parser = MultiPartParser(
        request.headers,
        _limited(request),
        max_files=MOST_FILES,
        max_fields=MOST_PARTS - MOST_FILES,
        max_part_size=LARGEST_PART,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Problem(400, "The form cannot be read", detail=str(error)) from None
    except ClientDisconnect:
        raise Problem(400, "The body ended too soon", detail="Send the form again.") from None
    values: dict[str, str] = {}
    uploads: dict[str, tuple[UploadFile, ...]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                uploads[name] = (*uploads.get(name, ()), value)
        else:
            posted.put_in(values, name, value)
    return Incoming(Knock(b"", read_headers(request), datetime.now(UTC)), values, uploads)


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_UPLOAD:
            raise Problem(413, "The form is too large", detail=f"With its files it may have {LARGEST_UPLOAD} bytes.")
        yield chunk
