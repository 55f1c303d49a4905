"""Twilio: Messages and Calls of the 2010-04-01 REST API."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import httpx
import smsutil
from chassis.errors import Rejected
from pydantic import Field, SecretStr
from typing_extensions import override

from action_workers.answers import Sent, Unwanted
from action_workers.providers import asking
from action_workers.providers.accounts import Account, Provider, Works, read_account

UNAUTHORISED = 401
ACTIVE = "active"
ALPHABETS = {True: "GSM-7", False: "UCS-2"}
# Twilio's own numbers, as https://www.twilio.com/docs/api/errors lists them.
BAD_CREDENTIALS = 20003
OPTED_OUT = 21610
TRANSIENT = frozenset({20429, 20500, 20503, 30001, 30017, 30022})
WORDS = {
    BAD_CREDENTIALS: "Twilio refuses the account's credentials; check account SID and auth token of the connection",
    21210: "the caller's number is not one that the account may call from",
    21211: "this is not a phone number that Twilio knows",
    21212: "the caller's number cannot make calls",
    21214: "this number cannot be called",
    21215: "the account may not call this country",
    21408: "the account may not send SMS to this country",
    21606: "the sender's number cannot send SMS to this number",
    21610: "the recipient has answered STOP and gets no more SMS from this sender",
    21612: "Twilio has no way to this number from this sender",
    21614: "this is not a mobile phone number",
    21617: "the text is longer than 1600 characters",
    21659: "the sender's number is not one of the account's",
}


class TwilioAccount(Account):
    """An account at Twilio and the number, name or messaging service (`MG…`) that it sends from."""

    base_url: str = "https://api.twilio.com"
    account_sid: str
    auth_token: SecretStr
    sender: str = Field(alias="from")


class Twilio(Provider):
    """Sends SMS and makes calls. Twilio takes no key: a request without an answer must not be repeated."""

    NAME: ClassVar[str] = "twilio"

    def __init__(self, account: TwilioAccount) -> None:
        self.account: TwilioAccount = account
        auth = (account.account_sid, account.auth_token.get_secret_value())
        self._http = asking.client(account.base_url, auth=auth)

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(TwilioAccount, connection, values))

    @override
    async def close(self) -> None:
        await self._http.aclose()

    @override
    async def check(self) -> Works:
        path = f"/2010-04-01/Accounts/{self.account.account_sid}.json"
        response = await asking.look(self._http, "Twilio", "GET", path)
        if not response.is_success:
            raise refusal(response)
        told = asking.seen(response, "Twilio")
        name, status, kind = (str(told.get(key, "")) for key in ("friendly_name", "status", "type"))
        if status != ACTIVE:
            raise Rejected(f"Twilio knows the account '{name}', which is {status}; ask Twilio to open it again")
        return Works(f"Twilio knows the account '{name}', which is {status}", {"name": name, "type": kind})

    async def send_sms(self, to: str, text: str, status_callback: str) -> Sent:
        """Send one SMS; Twilio reports later to the callback's address."""
        sender = "MessagingServiceSid" if self.account.sender.startswith("MG") else "From"
        form = {"To": to, sender: self.account.sender, "Body": text}
        if status_callback:
            form["StatusCallback"] = status_callback
        sid = await self._made("Messages", form)
        parts = smsutil.split(text)
        return Sent(sid, {"sid": sid, "parts": len(parts.parts), "alphabet": ALPHABETS[smsutil.is_valid_gsm(text)]})

    async def make_call(self, to: str, twiml: str, status_callback: str, *, ring: int) -> Sent:
        """Make one call, for which Twilio is told at once what to do; it rings for so many seconds."""
        form = {"To": to, "From": self.account.sender, "Twiml": twiml, "Timeout": str(ring)}
        if status_callback:
            form["StatusCallback"] = status_callback
        sid = await self._made("Calls", form)
        return Sent(sid, {"sid": sid})

    async def _made(self, what: str, form: Mapping[str, str]) -> str:
        path = f"/2010-04-01/Accounts/{self.account.account_sid}/{what}.json"
        response = await asking.ask(self._http, "Twilio", "POST", path, data=form)
        if not response.is_success:
            raise refusal(response)
        return str(asking.body(response, "Twilio").get("sid", ""))


def refusal(response: httpx.Response) -> Exception:
    """Read what Twilio has against a request."""
    status, told = response.status_code, asking.error_body(response)
    code = BAD_CREDENTIALS if status == UNAUTHORISED else asking.number(told.get("code"))
    if code in TRANSIENT or asking.is_transient(status):
        return asking.later(f"Twilio answered {status}", status, asking.retry_after(response))
    words = WORDS.get(code, told.get("message", "Twilio refused"))
    if code == OPTED_OUT:
        return Unwanted(f"{words} (Twilio {code})", suppress="answered STOP")
    return Rejected(f"{words} (Twilio {code or status})")
