"""Twilio's status callbacks: signed forms to the URL that came with the message."""

import asyncio
import base64
import hashlib
import hmac
import logging
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlencode

import httpx

if TYPE_CHECKING:
    from simulators.twilio import Sms

API_VERSION = "2010-04-01"
SERVICE_NUMBER = "+15005550006"

logger = logging.getLogger(__name__)


def sign(url: str, form: dict[str, str], auth_token: str) -> str:
    """Sign as X-Twilio-Signature: base64 of HMAC-SHA1 over the URL and the sorted fields."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), hashlib.sha1)).decode()


def callback_form(sms: "Sms", status: str, error_code: int | None) -> dict[str, str]:
    """Make the fields of one callback in Twilio's names."""
    form = {
        "ApiVersion": API_VERSION,
        "AccountSid": sms.account_sid,
        "MessageSid": sms.sid,
        "SmsSid": sms.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": sms.to,
        "From": sms.sender or SERVICE_NUMBER,
    }
    if sms.messaging_service_sid:
        form["MessagingServiceSid"] = sms.messaging_service_sid
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    return form


class StatusCallbacks:
    """Sends callbacks, now or by itself `after` seconds; one retry where nobody answers, as Twilio does by default."""

    def __init__(self, auth_token: str, client: httpx.AsyncClient, after: float | None) -> None:
        self._auth_token = auth_token
        self._client = client
        self._after = after
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, sms: "Sms", status: str, error_code: int | None = None) -> int | None:
        """Send one callback; give the HTTP status of the answer, None where there was none."""
        if not sms.status_callback:
            return None
        url = urldefrag(sms.status_callback).url
        form = callback_form(sms, status, error_code)
        for attempt in (1, 2):
            try:
                return (await self.post(url, form)).status_code
            except httpx.TransportError as error:
                logger.warning("status callback of %s, attempt %d: %r", sms.sid, attempt, error)
        return None

    async def post(self, url: str, form: dict[str, str]) -> httpx.Response:
        """Send a signed form."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(url, form, self._auth_token),
        }
        return await self._client.post(url, content=urlencode(form), headers=headers)

    def later(self, sms: "Sms") -> None:
        """Plan the callback of a delivered message, where the settings ask for it."""
        if self._after is not None and sms.status_callback:
            task = asyncio.create_task(self._send_after(self._after, sms))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Drop the callbacks that have not gone out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send_after(self, seconds: float, sms: "Sms") -> None:
        await asyncio.sleep(seconds)
        await self.send(sms, "delivered")
