"""Keys that a client presses in a call of ours: each is a signal about the item for which the call was made."""

from automation.knowledge import Knowledge
from chassis.config_copy import ConfigCopy
from chassis.database import Database
from chassis.problems import Problem
from chassis.secrets import Sealer
from contracts.config import Source
from starlette.requests import Request
from starlette.responses import Response

from trigger_gateway.callbacks import read_id
from trigger_gateway.deliveries import Deliveries
from trigger_gateway.knocks import Bounds, knock
from trigger_gateway.sources.source_kind import Told
from trigger_gateway.twilio import TWILIO, tokens_of, verified
from trigger_gateway.twiml import twiml

KIND = "call.key_pressed"
LONGEST = 32


class KeyPresses:
    """Takes what Twilio gathered in a call."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], deliveries: Deliveries, sealer: Sealer, bounds: Bounds
    ) -> None:
        self.database = database
        self.config = config
        self.deliveries = deliveries
        self.sealer = sealer
        self.bounds = bounds

    async def receive(self, request: Request) -> Response:
        """Take the keys of one question, once for each; the call then ends."""
        came = await knock(request, self.bounds)
        connection = request.path_params["connection"]
        async with self.database.transaction() as tx:
            knowledge = await self.config.view(tx)
            tokens = tokens_of(knowledge, self.sealer, connection)
            fields = verified(came, knowledge.portal.public_url, tokens)
            effect, item = read_id(request, "effect"), read_id(request, "item")
            call, keys = fields.get("CallSid", ""), fields.get("Digits", "")[:LONGEST]
            if not call or not keys:
                raise Problem(422, "No key was pressed", detail="It has no CallSid or Digits.")
            payload = {"call": call, "key": keys, "effect": str(effect), "connection": connection}
            told = Told(delivery=f"{call}:keys:{keys}", kind=KIND, binding=item, payload=payload)
            await self.deliveries.observe(tx, Source(id=connection, kind=TWILIO, token=""), told)
        return twiml()
