"""Twilio's status callbacks: what became of a message later, signed as Twilio signs forms (X-Twilio-Signature)."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from uuid import UUID

import structlog
from automation.knowledge import Knowledge
from chassis import telemetry
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from chassis.problems import Problem
from chassis.secrets import Sealer
from contracts import topics
from contracts.actions import ProviderCallback
from contracts.config import Connection
from contracts.envelope import Cause
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.knocks import Knock, knock
from trigger_gateway.sources.source_kind import not_signed

TWILIO = "twilio"
DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_FIELDS = 200
State = Literal["sent", "confirmed", "bounced"]
Fields = Sequence[tuple[str, str]]
# What a status says of the effect; those on the way to `sent` say nothing new.
STATES: dict[str, State] = {
    "sent": "sent",
    "delivered": "confirmed",
    "read": "confirmed",
    "undelivered": "bounced",
    "failed": "bounced",
    "canceled": "bounced",
}
log = structlog.get_logger()


class TwilioCallbacks:
    """Hands signed status callbacks to the worker that keeps the ledger."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], outbox: Outbox, sealer: Sealer, limit: int
    ) -> None:
        self.database = database
        self.config = config
        self.outbox = outbox
        self.sealer = sealer
        self.limit = limit

    async def receive(self, request: Request) -> Response:
        """Take one callback: 204 once it is written; the query names effect and item."""
        came = await knock(request, self.limit)
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            connection = self._connection(knowledge, request.path_params["connection"])
            fields = self._verified(came, connection, signed_url(knowledge.portal.public_url, request))
            effect, item = read_id(request, "effect"), read_id(request, "item")
            callback = told(dict(fields), effect, at=await tx.now())
            if callback is not None:
                await self._hand_on(tx, callback, item)
        return Response(status_code=204)

    def _connection(self, knowledge: Knowledge, name: str) -> Connection:
        connection = knowledge.connections.get(name)
        if connection is None or connection.provider != TWILIO or "auth_token" not in connection.secrets:
            raise Problem(404, "Nothing is here", detail="Check the address that the provider was given.")
        return connection

    def _verified(self, came: Knock, connection: Connection, url: str) -> Fields:
        token = self.sealer.open(connection.secrets["auth_token"], f"connection/{connection.id}/auth_token")
        fields = read_fields(came.body)
        if not is_signed(came.headers.get("x-twilio-signature", ""), url, fields, token):
            raise not_signed()
        return fields

    async def _hand_on(self, tx: Transaction, callback: ProviderCallback, item: UUID) -> None:
        event = new_id()
        cause = Cause(correlation=event, causation=event, traceparent=telemetry.new_trace())
        about = About(callback.at, cause)
        await self.outbox.publish(tx, [self.outbox.message(topics.ACTIONS["sms"], item, callback, about)])
        log.info("callback", provider=TWILIO, effect=str(callback.effect), state=callback.state)


def signed_url(public_url: str, request: Request) -> str:
    """Give the address as the provider was given it: the `Host` that a request names proves nothing."""
    path, query = (str(request.scope[part], "latin-1") for part in ("raw_path", "query_string"))
    return public_url.rstrip("/") + path + (f"?{query}" if query else "")


def read_fields(body: bytes) -> Fields:
    """Read the form with its blank values, which are signed too; raises a 400 problem."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Problem(400, "The body is not a form") from None


def is_signed(signature: str, url: str, fields: Fields, token: str) -> bool:
    """Say whether the token made the signature, over the address with or without the scheme's own port."""
    made = [sign(spelling, fields, token).encode() for spelling in spellings(url)]
    return any(hmac.compare_digest(one, signature.encode()) for one in made)


def sign(url: str, fields: Fields, token: str) -> str:
    """Give base64 of HMAC-SHA1 over the address and the fields in their order, each value once."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def spellings(url: str) -> Iterable[str]:
    """Give the address as it is, and with the scheme's own port left out or written."""
    yield url
    parts = urlsplit(url)
    port = DEFAULT_PORTS.get(parts.scheme)
    if parts.port is None:
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{port}"))
    elif parts.port == port:
        yield urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{port}")))


def read_id(request: Request, name: str) -> UUID:
    """Read an id from the query; raises a 422 problem."""
    try:
        return UUID(request.query_params.get(name, ""))
    except ValueError:
        fix = "send the callback to the address that came with the message"
        raise Problem(422, "The address is not whole", field=name, detail="is not an id", fix=fix) from None


def told(fields: dict[str, str], effect: UUID, *, at: datetime) -> ProviderCallback | None:
    """Give what a callback says of its effect, None where it says nothing new."""
    state = STATES.get(fields.get("MessageStatus", ""))
    if state is None:
        return None
    code = fields.get("ErrorCode", "")
    words = f"{fields['MessageStatus']}, Twilio error {code}" if code else fields["MessageStatus"]
    reference = fields.get("MessageSid", "")
    return ProviderCallback(
        provider=TWILIO,
        effect=effect,
        reference=reference,
        state=state,
        reason=words if state == "bounced" else "",
        at=at,
    )
