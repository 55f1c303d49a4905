"""Twilio's status callbacks: what became of a message or a call later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
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
from contracts.envelope import Cause
from contracts.topics import Topic
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.knocks import Bounds, knock
from trigger_gateway.twilio import TWILIO, tokens_of, verified

State = Literal["sent", "confirmed", "bounced"]
# What a status says of the effect; those on the way to `sent` say nothing new.
STATES: dict[str, State] = {
    "sent": "sent",
    "delivered": "confirmed",
    "read": "confirmed",
    "undelivered": "bounced",
    "failed": "bounced",
    "canceled": "bounced",
}
# A call that was answered is through; what comes after its end changes nothing.
CALL = "CallSid"
CALLS: dict[str, State] = {
    "completed": "confirmed",
    "busy": "bounced",
    "no-answer": "bounced",
    "failed": "bounced",
    "canceled": "bounced",
}
WORDS = {
    "busy": "the line was busy",
    "no-answer": "nobody answered",
    "failed": "the call could not be put through",
    "canceled": "the call was cancelled before it was answered",
}
log = structlog.get_logger()


class TwilioCallbacks:
    """Hands signed status callbacks to the worker that keeps the ledger."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], outbox: Outbox, sealer: Sealer, bounds: Bounds
    ) -> None:
        self.database = database
        self.config = config
        self.outbox = outbox
        self.sealer = sealer
        self.bounds = bounds

    async def receive(self, request: Request) -> Response:
        """Take one callback: 204 once it is written; the query names effect and item."""
        came = await knock(request, self.bounds)
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            tokens = tokens_of(knowledge, self.sealer, request.path_params["connection"])
            fields = verified(came, knowledge.portal.public_url, tokens)
            effect, item = read_id(request, "effect"), read_id(request, "item")
            callback = told(fields, effect, at=await tx.now())
            if callback is not None:
                await self._hand_on(tx, topics.ACTIONS["call" if CALL in fields else "sms"], callback, item)
        return Response(status_code=204)

    async def _hand_on(self, tx: Transaction, topic: Topic, callback: ProviderCallback, item: UUID) -> None:
        event = new_id()
        cause = Cause(correlation=event, causation=event, traceparent=telemetry.new_trace())
        about = About(callback.at, cause)
        await self.outbox.publish(tx, [self.outbox.message(topic, item, callback, about)])
        log.info("callback", provider=TWILIO, effect=str(callback.effect), state=callback.state)


def read_id(request: Request, name: str) -> UUID:
    """Read an id from the query; raises a 422 problem."""
    try:
        return UUID(request.query_params.get(name, ""))
    except ValueError:
        fix = "send the callback to the address that came with the message"
        raise Problem(422, "The address is not whole", field=name, detail="is not an id", fix=fix) from None


def told(fields: Mapping[str, str], effect: UUID, *, at: datetime) -> ProviderCallback | None:
    """Give what a callback says of its effect, None where it says nothing new."""
    status = fields.get("CallStatus", "") if CALL in fields else fields.get("MessageStatus", "")
    state = (CALLS if CALL in fields else STATES).get(status)
    if state is None:
        return None
    code = fields.get("ErrorCode", "")
    words = WORDS.get(status, status) if CALL in fields else status
    return ProviderCallback(
        provider=TWILIO,
        effect=effect,
        reference=fields.get(CALL) or fields.get("MessageSid", ""),
        state=state,
        reason=(f"{words}, Twilio error {code}" if code else words) if state == "bounced" else "",
        at=at,
    )
