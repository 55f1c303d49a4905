"""Twilio's end for calls: Calls of the 2010-04-01 REST API, what is heard in them, and calls to a company's lines."""

import base64
import secrets
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, ParseError, fromstring

import httpx
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, read_form, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings
from simulators.status_callbacks import API_VERSION, sign
from simulators.twilio import E164, UNAUTHENTICATED, Refusal

CALLS = f"/{API_VERSION}/Accounts/{{account_sid}}/Calls.json"
MAX_TWIML = 4000
ON_THE_WAY = ("initiated", "ringing", "in-progress")


class Call(Accepted):
    """A call that Twilio queued."""

    provider: Literal["twilio-voice"] = "twilio-voice"
    sid: str
    account_sid: str
    to: str
    sender: str
    twiml: str
    status_callback: str | None = None


class Ended(BaseModel):
    """How calls to a number end: the keys that are pressed first, and whether reports come in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str
    status: str = "completed"
    keys: str = ""
    in_order: bool = True


class Ringing(BaseModel):
    """A client calls a line: where its requests go, and how it ends (`dialled` where it is put through)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    url: str
    caller: str
    line: str
    ends: str = "completed"
    dialled: str = ""
    outbound: bool = False


class TwilioCalls:
    """Takes calls with inline TwiML, and plays what people do in them."""

    def __init__(self, settings: Settings, faults: Faults, journal: Journal, client: httpx.AsyncClient) -> None:
        self.accepted = Records("twilio-voice", Call, journal)
        self._faults = faults
        self._client = client
        self._account_sid = settings.twilio_account_sid
        self._token = settings.twilio_auth_token.get_secret_value()
        credentials = f"{self._account_sid}:{self._token}"
        self._authorization = "Basic " + base64.b64encode(credentials.encode()).decode()

    def router(self) -> APIRouter:
        """Give the paths of the API, and the control calls of this end."""
        router = APIRouter()
        router.add_api_route(CALLS, self.create, methods=["POST"])
        router.add_api_route("/_control/twilio/end-calls", self.end, methods=["POST"])
        router.add_api_route("/_control/twilio/ring", self.ring, methods=["POST"])
        return router

    async def create(self, request: Request) -> Response:
        """Answer a request to make one call."""
        form = await read_form(request)
        account = request.path_params["account_sid"]
        if account != self._account_sid or request.headers.get("authorization") != self._authorization:
            return UNAUTHENTICATED.response()
        return await answer(self._faults.take("twilio-voice", form.get("To")), lambda: self._accept(form), _refuse)

    async def end(self, ended: Ended) -> list[int]:
        """Let calls to a number be lived through; gives the statuses of all answers."""
        answers = []
        for call in [one for one in self.accepted if one.to == ended.to]:
            answers += await self.live(call, ended)
        return answers

    async def live(self, call: Call, ended: Ended) -> list[int]:
        """Ring, press keys where the TwiML gathers them, and report each status."""
        answers = []
        gather = fromstring(call.twiml).find("Gather")  # noqa: S314  refused unless it is our own TwiML
        if ended.keys and gather is not None:
            form = {**self._form(call, "in-progress"), "Digits": ended.keys, "msg": "Gather End"}
            answers.append((await self._post(gather.get("action", ""), form)).status_code)
        if call.status_callback:
            statuses = [*ON_THE_WAY, ended.status] if ended.in_order else [ended.status, *reversed(ON_THE_WAY)]
            answers += await self._report(call, call.status_callback, statuses)
        return answers

    async def ring(self, ringing: Ringing) -> list[str]:
        """Call a line, or from it; gives the TwiML of each answer."""
        sid = "CA" + secrets.token_hex(16)
        form = {
            "ApiVersion": API_VERSION,
            "AccountSid": self._account_sid,
            "CallSid": sid,
            "From": ringing.line if ringing.outbound else ringing.caller,
            "To": ringing.caller if ringing.outbound else ringing.line,
            "Direction": "outbound-dial" if ringing.outbound else "inbound",
        }
        heard = []
        if not ringing.outbound:
            heard.append(await self._asked(ringing.url, {**form, "CallStatus": "ringing"}))
            dial = _dial(heard[0])
            if ringing.dialled and dial is not None:
                told = {**form, "CallStatus": "in-progress", "DialCallStatus": ringing.dialled}
                heard.append(await self._asked(dial.get("action", ""), told))
        ended = {**form, "CallStatus": ringing.ends, "CallDuration": "42", "SequenceNumber": "3"}
        return [*heard, await self._asked(ringing.url, ended)]

    async def _report(self, call: Call, url: str, statuses: Sequence[str]) -> list[int]:
        answers = []
        for status in statuses:
            number = ON_THE_WAY.index(status) if status in ON_THE_WAY else len(ON_THE_WAY)
            told = {"SequenceNumber": str(number), "CallbackSource": "call-progress-events"}
            answers.append((await self._post(url, {**self._form(call, status), **told})).status_code)
        return answers

    def _form(self, call: Call, status: str) -> dict[str, str]:
        return {
            "ApiVersion": API_VERSION,
            "AccountSid": call.account_sid,
            "CallSid": call.sid,
            "CallStatus": status,
            "Direction": "outbound-api",
            "From": call.sender,
            "To": call.to,
        }

    async def _asked(self, url: str, form: dict[str, str]) -> str:
        return (await self._post(url, form)).text

    async def _post(self, url: str, form: dict[str, str]) -> httpx.Response:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(url, form, self._token),
        }
        return await self._client.post(url, content=urlencode(form), headers=headers)

    def _accept(self, form: dict[str, str]) -> Response:
        if refusal := _objection(form):
            return refusal.response()
        call = Call(
            sid="CA" + secrets.token_hex(16),
            account_sid=self._account_sid,
            to=form["To"],
            sender=form["From"],
            twiml=form["Twiml"],
            status_callback=form.get("StatusCallback"),
        )
        self.accepted.add(call)
        return JSONResponse(_resource(call), 201)


def _objection(form: dict[str, str]) -> Refusal | None:
    to, twiml = form.get("To", ""), form.get("Twiml", "")
    checks = (
        (not to, Refusal(21201, "No 'To' number is specified")),
        (not E164.fullmatch(to), Refusal(21211, f"Invalid 'To' Phone Number: {to}")),
        (not E164.fullmatch(form.get("From", "")), Refusal(21212, "Invalid 'From' Phone Number")),
        (not twiml, Refusal(21205, "Url parameter is required")),
        (len(twiml) > MAX_TWIML, Refusal(21218, "Twiml is longer than 4000 characters")),
        (not _is_twiml(twiml), Refusal(12100, "Document parse failure")),
    )
    return next((refusal for wrong, refusal in checks if wrong), None)


def _is_twiml(written: str) -> bool:
    try:
        return fromstring(written).tag == "Response"  # noqa: S314  what the tested worker sends
    except ParseError:
        return False


def _dial(written: str) -> Element | None:
    return fromstring(written).find("Dial")  # noqa: S314  the answer of a gateway that is tested


def _resource(call: Call) -> dict[str, Any]:
    return {
        "sid": call.sid,
        "account_sid": call.account_sid,
        "api_version": API_VERSION,
        "direction": "outbound-api",
        "from": call.sender,
        "to": call.to,
        "status": "queued",
        "duration": None,
        "price": None,
        "price_unit": "USD",
        "uri": f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}.json",
    }


def _refuse(fault: Fault) -> Response:
    status = fault.code or 503
    code = fault.error or (UNAUTHENTICATED.code if status == UNAUTHENTICATED.status else 20000 + status)
    return Refusal(code, fault.body or "Simulated refusal", status).response(retry_after(fault))
