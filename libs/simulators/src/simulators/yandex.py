"""Yandex's end: segments of own data in the Audience API."""

import csv
import io
import re
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings

SEGMENTS = "/v1/management/segments"
MODIFY = "/v1/management/segment/{segment}/modify_data"
HASH = re.compile(r"[0-9a-f]{64}")
COLUMNS = frozenset({"email", "phone", "ext_id"})
REACH = ("email", "phone")
SMALLEST = 100
CHANGES: dict[str, Literal["add", "remove"]] = {"addition": "add", "subtraction": "remove"}
TYPES = {400: "invalid_parameter", 401: "unauthorized", 403: "access_denied", 404: "not_found", 429: "quota_exceeded"}


class SegmentChange(Accepted):
    """A change of a segment as it came."""

    provider: Literal["yandex"] = "yandex"
    segment_id: str
    change: Literal["add", "remove"]
    columns: list[str]
    rows: list[list[str]]


class Yandex:
    """Takes changes of segments that were made of hashed CRM data; `unknown` are segments that do not exist."""

    def __init__(self, settings: Settings, faults: Faults, journal: Journal) -> None:
        self.accepted = Records("yandex", SegmentChange, journal)
        self.unknown = {"404"}
        self._faults = faults
        self._token = settings.yandex_access_token.get_secret_value()

    def router(self) -> APIRouter:
        """Give the paths of the API."""
        router = APIRouter()
        router.add_api_route(SEGMENTS, self.segments, methods=["GET"])
        router.add_api_route(MODIFY, self.modify, methods=["POST"])
        return router

    async def segments(self, request: Request) -> Response:
        """List the segments."""
        if request.headers.get("authorization") != f"OAuth {self._token}":
            return error_response(401, "Invalid oauth_token")
        shown = {"segments": [{"id": 777, "name": "Buyers", "type": "uploading", "status": "processed"}]}
        return await answer(self._faults.take("yandex"), lambda: JSONResponse(shown), _refuse)

    async def modify(self, request: Request, segment: str) -> Response:
        """Answer a request to change the data of a segment."""
        if request.headers.get("authorization") != f"OAuth {self._token}":
            return error_response(401, "Invalid oauth_token")
        content = await _file(request)
        query = dict(request.query_params)
        fault = self._faults.take("yandex", segment)
        return await answer(fault, lambda: self._accept(segment, query, content), _refuse)

    def _accept(self, segment: str, query: dict[str, str], content: bytes | None) -> Response:
        if segment in self.unknown or not segment.isdigit():
            return error_response(404, "Segment not found")
        change = CHANGES.get(query.get("modification_type", ""))
        if change is None or content is None:
            return error_response(400, "modification_type and file are required")
        columns, *rows = list(csv.reader(io.StringIO(content.decode()))) or [[]]
        if words := _objection(columns, rows, small=query.get("check_size") == "false"):
            return error_response(400, words)
        self.accepted.add(SegmentChange(segment_id=segment, change=change, columns=columns, rows=rows))
        told = {
            "id": int(segment),
            "type": "uploading",
            "status": "is_processed",
            "hashed": True,
            "content_type": "crm",
        }
        return JSONResponse({"segment": told})


def error_response(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """Render an error as the API does."""
    error: dict[str, Any] = {"error_type": TYPES.get(status, "backend_error"), "message": message}
    return JSONResponse({"errors": [error], "code": status, "message": message}, status, headers)


async def _file(request: Request) -> bytes | None:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return None
    async with request.form() as form:
        file = form.get("file")
        return await file.read() if isinstance(file, UploadFile) else None


def _objection(columns: list[str], rows: list[list[str]], *, small: bool) -> str:
    """Say what is wrong with a file."""
    named = frozenset(columns)
    if not named <= COLUMNS or named.isdisjoint(REACH):
        return f"Unknown or missing columns: {', '.join(columns)}"
    if len(rows) < SMALLEST and not small:
        return f"The file has {len(rows)} records, at least {SMALLEST} are needed"
    wrong = next((number for number, row in enumerate(rows, start=2) if not _is_hashed(columns, row)), None)
    return f"Line {wrong} is not hashed with SHA-256" if wrong else ""


def _is_hashed(columns: list[str], row: list[str]) -> bool:
    """Say whether a row names somebody, by hashes alone."""
    if len(row) != len(columns):
        return False
    reach = [value for name, value in zip(columns, row, strict=True) if name in REACH and value]
    return bool(reach) and all(HASH.fullmatch(value) for value in reach)


def _refuse(fault: Fault) -> Response:
    status = fault.code or 503
    return error_response(status, fault.body or "Simulated refusal", retry_after(fault))
