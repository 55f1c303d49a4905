"""How an HTTP end answers: as its provider does, unless a fault is due."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from simulators.connection import Cut
from simulators.faults import Fault

GARBAGE = b"<html><body>\x00\xff upstream \xc3\x28"


async def answer(fault: Fault | None, accept: Callable[[], Response], refuse: Callable[[Fault], Response]) -> Response:
    """Accept a request, or fail in the way that was asked for; see Fault for what each kind means."""
    if fault is not None and fault.kind == "status":
        return refuse(fault)
    if fault is not None and fault.kind == "cut_before":
        return Cut()
    response = accept()
    return response if fault is None else await _spoil(fault, response)


async def _spoil(fault: Fault, response: Response) -> Response:
    if fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "garbage":
        return Response(GARBAGE, response.status_code, media_type="application/json")
    return Cut() if fault.kind == "cut_after" else response


def retry_after(fault: Fault) -> dict[str, str]:
    """Give the header that names the wait in seconds, where the fault has one."""
    return {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}


async def read_form(request: Request) -> dict[str, str]:
    """Read form fields, urlencoded or multipart, over those of the query; blank ones are kept."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        fields = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    else:
        fields = parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True)
    return dict(request.query_params) | dict(fields)
