"""Meta's end: users of a custom audience in the Marketing API."""

import json
import re
import secrets
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, read_form, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings

ME = "/v26.0/me"
USERS = "/v26.0/{audience_id}/users"
HASH = re.compile(r"[0-9a-f]{64}")
PLAIN_KEYS = frozenset({"EXTERN_ID", "MADID", "PAGEUID", "LOOKALIKE_VALUE"})
HASHED_KEYS = frozenset(
    {"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT", "ST", "ZIP", "COUNTRY"},
)
MAX_ROWS = 10_000
MAX_SAMPLES = 10
TOKEN, PARAMETER, THROTTLED, TRANSIENT = 190, 100, 17, 2
UNKNOWN_OBJECT = 33
ERROR_OF_STATUS = {400: PARAMETER, 401: TOKEN, 429: THROTTLED}


class Session(BaseModel):
    """The part of an upload that a call carries; sending the same again is harmless."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_id: int
    batch_seq: int
    last_batch_flag: bool = False
    estimated_num_total: int | None = None


class Payload(BaseModel):
    """Keys and rows of hashed values; one key may stand alone, its rows then being plain strings."""

    model_config = ConfigDict(frozen=True)

    schema_: list[str] = Field(alias="schema", min_length=1)
    data: list[list[str]] = Field(min_length=1, max_length=MAX_ROWS)

    @field_validator("schema_", mode="before")
    @classmethod
    def _one_key(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("schema_")
    @classmethod
    def _known_keys(cls, keys: list[str]) -> list[str]:
        if unknown := {key.removesuffix("_SHA256") for key in keys} - PLAIN_KEYS - HASHED_KEYS:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
        return keys

    @field_validator("data", mode="before")
    @classmethod
    def _rows(cls, rows: Any) -> Any:
        return [[row] if isinstance(row, str) else row for row in rows] if isinstance(rows, list) else rows


class AudienceChange(Accepted):
    """People added to an audience or removed from it, as they came."""

    provider: Literal["meta"] = "meta"
    audience_id: str
    change: Literal["add", "remove"]
    keys: list[str]
    rows: list[list[str]]
    num_invalid_entries: int
    session: Session | None


class Meta:
    """Takes changes of audiences and refuses what Meta refuses; `unknown` are ids of audiences that do not exist."""

    def __init__(self, settings: Settings, faults: Faults, journal: Journal) -> None:
        self.accepted = Records("meta", AudienceChange, journal)
        self.unknown = {"404"}
        self._faults = faults
        self._token = settings.meta_access_token.get_secret_value()

    def router(self) -> APIRouter:
        """Give the paths of the API."""
        router = APIRouter()
        router.add_api_route(ME, self.me, methods=["GET"])
        router.add_api_route(USERS, self.change, methods=["POST", "DELETE"])
        return router

    async def me(self, request: Request) -> Response:
        """Show whose token it is, and the ad accounts that it reaches."""
        if _token(request, dict(request.query_params)) != self._token:
            return error_response(TOKEN, "Invalid OAuth access token - Cannot parse access token")
        accounts = {"data": [{"name": "Furniture", "id": "act_1601"}]}
        shown = {"id": "122100", "name": "Shop system user", "adaccounts": accounts}
        return await answer(self._faults.take("meta"), lambda: JSONResponse(shown), _refuse)

    async def change(self, request: Request, audience_id: str) -> Response:
        """Answer a request to add (POST) or remove (DELETE) people."""
        fields = await _read_fields(request)
        if fields is None:
            return error_response(PARAMETER, "The body is not JSON")
        if _token(request, fields) != self._token:
            return error_response(TOKEN, "Invalid OAuth access token - Cannot parse access token")
        if audience_id in self.unknown:
            words = f"Unsupported {request.method.lower()} request. Object with ID '{audience_id}' does not exist"
            return error_response(PARAMETER, words, subcode=UNKNOWN_OBJECT)
        change: Literal["add", "remove"] = "add" if request.method == "POST" else "remove"
        fault = self._faults.take("meta", audience_id)
        return await answer(fault, lambda: self._accept(audience_id, change, fields), _refuse)

    def _accept(self, audience_id: str, change: Literal["add", "remove"], fields: dict[str, Any]) -> Response:
        try:
            payload = _parse(Payload, fields.get("payload"))
            session = _parse(Session, fields["session"]) if fields.get("session") else None
        except ValidationError as error:
            first = error.errors()[0]
            return error_response(PARAMETER, f"(#100) {'.'.join(map(str, first['loc'])) or 'payload'}: {first['msg']}")
        invalid = [(row, reason) for row in payload.data if (reason := _objection(payload.schema_, row))]
        accepted = AudienceChange(
            audience_id=audience_id,
            change=change,
            keys=payload.schema_,
            rows=payload.data,
            num_invalid_entries=len(invalid),
            session=session,
        )
        self.accepted.add(accepted)
        return JSONResponse(_receipt(accepted, {str(row): reason for row, reason in invalid[:MAX_SAMPLES]}))


def error_response(
    code: int, message: str, status: int = 400, headers: dict[str, str] | None = None, subcode: int | None = None
) -> Response:
    """Render an error as the Graph API does."""
    error: dict[str, Any] = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A" + secrets.token_hex(11),
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    if code in {THROTTLED, TRANSIENT}:
        error["is_transient"] = True
    return JSONResponse({"error": error}, status, headers)


def _refuse(fault: Fault) -> Response:
    status = fault.code or 503
    code = fault.error or ERROR_OF_STATUS.get(status, TRANSIENT)
    return error_response(code, fault.body or f"(#{code}) Simulated refusal", status, retry_after(fault))


def _receipt(accepted: AudienceChange, samples: dict[str, str]) -> dict[str, Any]:
    receipt: dict[str, Any] = {
        "audience_id": accepted.audience_id,
        "num_received": len(accepted.rows),
        "num_invalid_entries": accepted.num_invalid_entries,
        "invalid_entry_samples": samples,
    }
    if accepted.session:
        receipt["session_id"] = str(accepted.session.session_id)
    return receipt


def _objection(keys: list[str], row: list[str]) -> str | None:
    """Say what is wrong with a row; a person may lack some of the keys, but not all."""
    if len(row) != len(keys):
        return f"{len(row)} values for {len(keys)} keys"
    if not any(row):
        return "no value"
    unhashed = [
        key
        for key, value in zip(keys, row, strict=True)
        if key not in PLAIN_KEYS and value and not HASH.fullmatch(value)
    ]
    return f"not SHA-256 in lower hex: {', '.join(unhashed)}" if unhashed else None


def _parse(model: type[Any], value: Any) -> Any:
    return model.model_validate_json(value) if isinstance(value, str) else model.model_validate(value)


def _token(request: Request, fields: dict[str, Any]) -> str | None:
    return fields.get("access_token") or request.headers.get("authorization", "").removeprefix("Bearer ")


async def _read_fields(request: Request) -> dict[str, Any] | None:
    """Read form or JSON fields; None where JSON was promised and is not there."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return await read_form(request)
    try:
        fields = json.loads(await request.body())
    except ValueError:
        return None
    return dict(request.query_params) | fields if isinstance(fields, dict) else None
