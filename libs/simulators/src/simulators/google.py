"""Google's end: audience members in the Data Manager API v1, and the token endpoint of its OAuth."""

import json
import re
import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, read_form, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings

INGEST, REMOVE, STATUS = "/v1/audienceMembers:ingest", "/v1/audienceMembers:remove", "/v1/requestStatus:retrieve"
LISTS = "/v1/accountTypes/GOOGLE_ADS/accounts/{account}/userLists"
TOKEN = "/oauth2/token"  # noqa: S105  a path
HASH = re.compile(r"[0-9a-f]{64}")
EXPIRES_IN = 3599
SUCCESS: dict[str, Any] = {"requestStatus": "SUCCESS"}
NUMBER = re.compile(r"[1-9]\d{9}")
STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}
Digits = Annotated[str, Field(pattern=r"^\d+$")]
ConsentStatus = Literal["CONSENT_GRANTED", "CONSENT_DENIED", "CONSENT_STATUS_UNSPECIFIED"]


class Message(BaseModel):
    """A part of a request in the JSON of protocol buffers; unknown fields are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class Account(Message):
    """Whose audience it is."""

    account_type: Literal["GOOGLE_ADS"]
    account_id: Digits


class Destination(Message):
    """Where members go: `product_destination_id` is the audience."""

    operating_account: Account
    login_account: Account | None = None
    product_destination_id: Digits


class Identifier(Message):
    """One way to know a person."""

    email_address: str | None = None
    phone_number: str | None = None


class UserData(Message):
    """All ways to know one person."""

    user_identifiers: list[Identifier] = Field(min_length=1, max_length=10)


class Member(Message):
    """One person."""

    user_data: UserData


class Consent(Message):
    """What the person agreed to."""

    ad_user_data: ConsentStatus = "CONSENT_STATUS_UNSPECIFIED"
    ad_personalization: ConsentStatus = "CONSENT_STATUS_UNSPECIFIED"


class Terms(Message):
    """That the terms of customer match are accepted."""

    customer_match_terms_of_service_status: Literal["ACCEPTED", "REJECTED"]


class Removal(Message):
    """People who are to leave audiences."""

    destinations: list[Destination] = Field(min_length=1, max_length=10)
    audience_members: list[Member] = Field(min_length=1, max_length=10_000)
    encoding: Literal["HEX"]
    validate_only: bool = False


class Ingestion(Removal):
    """People who are to be in audiences."""

    consent: Consent = Consent()
    terms_of_service: Terms | None = None


class MembersChange(Accepted):
    """A change of an audience as it came; each person is a set of `email:<hash>` and `phone:<hash>`."""

    provider: Literal["google"] = "google"
    audience_id: str
    account_id: str
    change: Literal["add", "remove"]
    people: list[list[str]]
    consent: dict[str, str] = Field(default_factory=dict)
    request_id: str


class Google:
    """Takes changes of audiences and refuses what Google refuses; `unknown` are ids of audiences that do not exist.

    `tokens` are the access tokens that hold; the token endpoint gives another one for the refresh token. `outcome` is
    what the API tells of how requests came out.
    """

    def __init__(self, settings: Settings, faults: Faults, journal: Journal) -> None:
        self.accepted = Records("google", MembersChange, journal)
        self.unknown = {"404"}
        self.tokens = {settings.google_access_token.get_secret_value()}
        self.refreshed = 0
        self.outcome: dict[str, Any] = SUCCESS
        self._refresh_token = settings.google_refresh_token.get_secret_value()
        self._faults = faults

    def clear(self) -> None:
        """Let requests come out well again."""
        self.outcome = SUCCESS

    def router(self) -> APIRouter:
        """Give the paths of the API."""
        router = APIRouter()
        router.add_api_route(INGEST, self.change, methods=["POST"])
        router.add_api_route(REMOVE, self.change, methods=["POST"])
        router.add_api_route(STATUS, self.status, methods=["GET"])
        router.add_api_route(LISTS, self.lists, methods=["GET"])
        router.add_api_route(TOKEN, self.token, methods=["POST"])
        return router

    async def change(self, request: Request) -> Response:
        """Answer a request to add or remove people."""
        if not self._authenticated(request):
            return error_response(401, "Request had invalid authentication credentials.", "ACCESS_TOKEN_EXPIRED")
        removes = request.url.path == REMOVE
        try:
            read = (Removal if removes else Ingestion).model_validate(json.loads(await request.body()))
        except (ValueError, ValidationError) as error:
            return error_response(400, f"Invalid JSON payload received. {error}"[:500], "INVALID_ARGUMENT")
        fault = self._faults.take("google", read.destinations[0].product_destination_id)
        return await answer(fault, lambda: self._accept(read), _refuse)

    async def status(self, request: Request) -> Response:
        """Answer how a request came out."""
        if not self._authenticated(request):
            return error_response(401, "Request had invalid authentication credentials.", "ACCESS_TOKEN_EXPIRED")
        wanted = request.query_params.get("requestId")
        found = next((change for change in self.accepted if change.request_id == wanted), None)
        if found is None:
            return error_response(404, "No such request.", "INVALID_REQUEST_ID")
        return JSONResponse({"requestStatusPerDestination": [self.outcome]})

    async def lists(self, request: Request, account: str) -> Response:
        """List the audiences of an account."""
        if not self._authenticated(request):
            return error_response(401, "Request had invalid authentication credentials.", "ACCESS_TOKEN_EXPIRED")
        if not NUMBER.fullmatch(account):
            return error_response(404, "The account does not exist.", "NOT_FOUND")
        name = f"accountTypes/GOOGLE_ADS/accounts/{account}/userLists/238"
        shown = {"userLists": [{"name": name, "id": "238", "displayName": "Buyers"}]}
        return await answer(self._faults.take("google"), lambda: JSONResponse(shown), _refuse)

    async def token(self, request: Request) -> Response:
        """Give a new access token for the refresh token."""
        form = await read_form(request)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self._refresh_token:
            return JSONResponse({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
        token = f"ya29.{secrets.token_hex(8)}"
        self.tokens.add(token)
        self.refreshed += 1
        return JSONResponse({"access_token": token, "expires_in": EXPIRES_IN, "token_type": "Bearer"})

    def _authenticated(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens

    def _accept(self, read: Removal) -> Response:
        people = [_person(member) for member in read.audience_members]
        if any(person is None for person in people):
            return error_response(400, "An identifier is not a hash in lower hex.", "INVALID_SHA256_FORMAT")
        if read.destinations[0].product_destination_id in self.unknown:
            return error_response(400, "The user list does not exist.", "INVALID_USER_LIST_ID")
        accepted = _change(read, [person for person in people if person])
        self.accepted.add(accepted)
        return JSONResponse({"requestId": accepted.request_id})


def error_response(status: int, message: str, reason: str, headers: dict[str, str] | None = None) -> Response:
    """Render an error as Google's APIs do."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "datamanager.googleapis.com",
    }
    name = STATUS_NAMES.get(status, "UNKNOWN")
    error = {"code": status, "message": message, "status": name, "details": [detail]}
    return JSONResponse({"error": error}, status, headers)


def _refuse(fault: Fault) -> Response:
    status = fault.code or 503
    name = STATUS_NAMES.get(status, "UNKNOWN")
    return error_response(status, fault.body or "Simulated refusal", name, retry_after(fault))


def _change(read: Removal, people: list[list[str]]) -> MembersChange:
    """Give what is kept of a request that is taken."""
    destination, ingestion = read.destinations[0], read if isinstance(read, Ingestion) else None
    return MembersChange(
        audience_id=destination.product_destination_id,
        account_id=destination.operating_account.account_id,
        change="add" if ingestion else "remove",
        people=people,
        consent=ingestion.consent.model_dump() if ingestion else {},
        request_id=secrets.token_hex(8),
    )


def _person(member: Member) -> list[str] | None:
    """Give what a person is known by; None where it is not exactly hashes."""
    known = []
    for one in member.user_data.user_identifiers:
        given = {"email": one.email_address, "phone": one.phone_number}
        present = {name: value for name, value in given.items() if value is not None}
        if len(present) != 1 or not all(HASH.fullmatch(value) for value in present.values()):
            return None
        known += [f"{name}:{value}" for name, value in present.items()]
    return known
