"""Twilio's end: Messages of the 2010-04-01 REST API, and the account itself."""

import base64
import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal, NamedTuple

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, read_form, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.segments import count_segments
from simulators.settings import Settings
from simulators.status_callbacks import API_VERSION, StatusCallbacks

ACCOUNT = f"/{API_VERSION}/Accounts/{{account_sid}}"
MESSAGES = f"{ACCOUNT}/Messages"
E164 = re.compile(r"\+[1-9]\d{6,14}")
MAX_BODY = 1600
PAGE_SIZE = 50
ACTIVE = "active"
# What Twilio understands by itself.
STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
STARTS = frozenset({"START", "UNSTOP", "YES"})


class Sms(Accepted):
    """A message that Twilio queued; the caller's own id travels in `status_callback`."""

    provider: Literal["twilio"] = "twilio"
    sid: str
    account_sid: str
    to: str
    sender: str | None
    messaging_service_sid: str | None
    body: str
    num_segments: int
    status_callback: str | None


class Texting(BaseModel):
    """A client sends an SMS: where its webhook goes; `opt_out` is what Advanced Opt-Out says of it, "" where it is off.

    A number that texted STOP is refused later, as at Twilio, until it texts START.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    sender: str
    to: str
    text: str
    opt_out: str = ""
    sid: str = ""


class Refusal(NamedTuple):
    """An error in Twilio's own numbers."""

    code: int
    message: str
    status: int = 400

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """Render as Twilio does."""
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        content = {"code": self.code, "message": self.message, "more_info": more_info, "status": self.status}
        return JSONResponse(content, self.status, headers)


UNAUTHENTICATED = Refusal(20003, "Authenticate", 401)


class Twilio:
    """Takes messages, lists them, and refuses what Twilio refuses; `status` is the account's."""

    def __init__(self, settings: Settings, faults: Faults, journal: Journal, callbacks: StatusCallbacks) -> None:
        self.accepted = Records("twilio", Sms, journal)
        self.opted_out: set[str] = set()
        self._callbacks = callbacks
        self._faults = faults
        self._account_sid = settings.twilio_account_sid
        credentials = f"{settings.twilio_account_sid}:{settings.twilio_auth_token.get_secret_value()}"
        self._authorization = "Basic " + base64.b64encode(credentials.encode()).decode()
        self._statuses: dict[str, str] = {}
        self.status = ACTIVE

    def clear(self) -> None:
        """Forget who opted out and what was reported; the account is active again."""
        self.opted_out.clear()
        self._statuses.clear()
        self.status = ACTIVE

    def router(self) -> APIRouter:
        """Give the paths of the API."""
        router = APIRouter()
        router.add_api_route(f"{ACCOUNT}.json", self.account, methods=["GET"])
        router.add_api_route(f"{MESSAGES}.json", self.create, methods=["POST"])
        router.add_api_route(f"{MESSAGES}.json", self.list, methods=["GET"])
        router.add_api_route(f"{MESSAGES}/{{sid}}.json", self.fetch, methods=["GET"])
        router.add_api_route("/_control/twilio/text", self.text, methods=["POST"])
        return router

    async def account(self, request: Request) -> Response:
        """Show the account."""
        if not self._authenticated(request):
            return UNAUTHENTICATED.response()
        shown = {
            "sid": self._account_sid,
            "friendly_name": "Furniture shop",
            "status": self.status,
            "type": "Full",
            "owner_account_sid": self._account_sid,
            "uri": request.url.path,
        }
        return await answer(self._faults.take("twilio"), lambda: JSONResponse(shown), _refuse)

    async def create(self, request: Request) -> Response:
        """Answer a request to send one message."""
        form = await read_form(request)
        if not self._authenticated(request):
            return UNAUTHENTICATED.response()
        return await answer(self._faults.take("twilio", form.get("To")), lambda: self._accept(form), _refuse)

    async def list(self, request: Request) -> Response:
        """List accepted messages, newest first; filters To, From and DateSent with its two bounds."""
        if not self._authenticated(request):
            return UNAUTHENTICATED.response()
        size = int(request.query_params.get("PageSize", PAGE_SIZE))
        page = int(request.query_params.get("Page", 0))
        found = [sms for sms in reversed(self.accepted) if _matches(sms, dict(request.query_params))]
        shown = [self._resource(sms) for sms in found[page * size : (page + 1) * size]]
        following = request.url.include_query_params(Page=page + 1, PageSize=size)
        more = f"{following.path}?{following.query}" if len(found) > (page + 1) * size else None
        return JSONResponse({"messages": shown, "page": page, "page_size": size, "next_page_uri": more})

    async def fetch(self, request: Request, sid: str) -> Response:
        """Show one message."""
        if not self._authenticated(request):
            return UNAUTHENTICATED.response()
        for sms in self.accepted:
            if sms.sid == sid:
                return JSONResponse(self._resource(sms))
        return Refusal(20404, f"The requested resource {request.url.path} was not found", 404).response()

    async def text(self, texting: Texting) -> dict[str, Any]:
        """Let a client write to a number; gives the webhook's answer."""
        word = texting.opt_out or texting.text.strip().upper()
        if word in STOPS:
            self.opted_out.add(texting.sender)
        elif word in STARTS:
            self.opted_out.discard(texting.sender)
        sid = texting.sid or "SM" + secrets.token_hex(16)
        form = {
            "ToCountry": "PT",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": texting.text,
            "To": texting.to,
            "From": texting.sender,
            "NumSegments": str(count_segments(texting.text)),
            "MessageSid": sid,
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
        }
        if texting.opt_out:
            form["OptOutType"] = texting.opt_out
        answered = await self._callbacks.post(texting.url, form)
        return {"status": answered.status_code, "text": answered.text, "sid": sid}

    async def report(self, sms: Sms, status: str = "delivered", error_code: int | None = None) -> int | None:
        """Call back with a status; give the HTTP status of the answer, None where there was none."""
        self._statuses[sms.sid] = status
        return await self._callbacks.send(sms, status, error_code)

    def _authenticated(self, request: Request) -> bool:
        account = request.path_params["account_sid"]
        return account == self._account_sid and request.headers.get("authorization") == self._authorization

    def _accept(self, form: dict[str, str]) -> Response:
        if refusal := self._objection(form):
            return refusal.response()
        sms = Sms(
            sid="SM" + secrets.token_hex(16),
            account_sid=self._account_sid,
            to=form["To"],
            sender=form.get("From"),
            messaging_service_sid=form.get("MessagingServiceSid"),
            body=form["Body"],
            num_segments=count_segments(form["Body"]),
            status_callback=form.get("StatusCallback"),
        )
        self.accepted.add(sms)
        self._callbacks.later(sms)
        return JSONResponse(self._resource(sms) | {"status": "queued", "date_sent": None}, 201)

    def _objection(self, form: dict[str, str]) -> Refusal | None:
        to, body, callback = form.get("To", ""), form.get("Body", ""), form.get("StatusCallback")
        checks = (
            (not to, Refusal(21604, "A 'To' phone number is required.")),
            (not E164.fullmatch(to), Refusal(21211, f"Invalid 'To' Phone Number: {to}")),
            (
                not (form.get("From") or form.get("MessagingServiceSid")),
                Refusal(21603, "A 'From' phone number is required."),
            ),
            (not body, Refusal(21602, "Message body is required.")),
            (len(body) > MAX_BODY, Refusal(21617, "The concatenated message body exceeds the 1600 character limit.")),
            (
                callback and not callback.startswith(("http://", "https://")),
                Refusal(21609, "StatusCallback is not a URL."),
            ),
            (to in self.opted_out, Refusal(21610, "Attempt to send to unsubscribed recipient")),
        )
        return next((refusal for wrong, refusal in checks if wrong), None)

    def _resource(self, sms: Sms) -> dict[str, Any]:
        when = format_datetime(sms.received_at)
        return {
            "sid": sms.sid,
            "account_sid": sms.account_sid,
            "api_version": API_VERSION,
            "body": sms.body,
            "date_created": when,
            "date_sent": when,
            "date_updated": when,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": sms.sender,
            "messaging_service_sid": sms.messaging_service_sid,
            "num_media": "0",
            "num_segments": str(sms.num_segments),
            "price": None,
            "price_unit": "USD",
            "status": self._statuses.get(sms.sid, "sent"),
            "subresource_uris": {"media": f"{MESSAGES.format(account_sid=sms.account_sid)}/{sms.sid}/Media.json"},
            "to": sms.to,
            "uri": f"{MESSAGES.format(account_sid=sms.account_sid)}/{sms.sid}.json",
        }


def _refuse(fault: Fault) -> Response:
    """Refuse with the number asked for, else with Twilio's general number of that status."""
    status = fault.code or 503
    code = fault.error or (UNAUTHENTICATED.code if status == UNAUTHENTICATED.status else 20000 + status)
    return Refusal(code, fault.body or "Simulated refusal", status).response(retry_after(fault))


def _matches(sms: Sms, query: dict[str, str]) -> bool:
    wanted = (("To", sms.to), ("From", sms.sender))
    return all(query.get(name) in {None, value} for name, value in wanted) and _sent_within(sms.received_at, query)


def _sent_within(sent: datetime, query: dict[str, str]) -> bool:
    """Compare by whole seconds, or by days where the query names a day."""
    checks = (("DateSent>", datetime.__ge__), ("DateSent<", datetime.__le__), ("DateSent", datetime.__eq__))
    return all(compare(*_align(sent, query[name])) for name, compare in checks if query.get(name))


def _align(sent: datetime, text: str) -> tuple[datetime, datetime]:
    bound = datetime.fromisoformat(text)
    sent = sent.replace(microsecond=0)
    if len(text) == len("2026-01-31"):
        sent = sent.replace(hour=0, minute=0, second=0)
    return sent, bound if bound.tzinfo else bound.replace(tzinfo=UTC)
