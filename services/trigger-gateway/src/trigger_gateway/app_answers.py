"""Answers of apps that come later, at the address that came with the call: each counts once, and is read by kind."""

import hashlib
from datetime import datetime

import msgspec
import structlog
from automation.knowledge import Knowledge
from chassis.answer_tokens import AnswerToken, NoToken
from chassis.config_copy import ConfigCopy
from chassis.database import Database, Transaction
from chassis.ids import new_id
from chassis.outbox import About, Outbox
from chassis.problems import Problem
from chassis.secrets import Sealer
from contracts import ids, topics
from contracts.actions import AppAnswered
from contracts.app_answers import AppAnswer, read_answer
from contracts.app_values import WrongValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trigger_gateway.deliveries import root
from trigger_gateway.knocks import Bounds, Knock, knock
from trigger_gateway.sources.bodies import read_json
from trigger_gateway.store import deliveries as stored
from trigger_gateway.store.deliveries import Delivery

LONGEST_TOKEN = 1000
log = structlog.get_logger()


class AppAnswers:
    """Hands the answers of apps to the worker that keeps the ledger."""

    def __init__(
        self, database: Database, config: ConfigCopy[Knowledge], outbox: Outbox, sealer: Sealer, bounds: Bounds
    ) -> None:
        self.database = database
        self.config = config
        self.outbox = outbox
        self.sealer = sealer
        self.bounds = bounds

    async def receive(self, request: Request) -> Response:
        """Take one answer: 200 once it is written, the same for the same answer again, 409 for another one."""
        came = await knock(request, self.bounds)
        token = self._token(request.path_params["token"])
        async with self.database.transaction() as tx:
            answer = read(came, token, await self.config.view(tx))
            if not await self._take(tx, token, answer):
                raise Problem(409, "The call was answered before", detail="Only the first answer counts.")
        return JSONResponse({"status": "received"})

    def _token(self, written: str) -> AnswerToken:
        try:
            return AnswerToken.open(written[:LONGEST_TOKEN], self.sealer)
        except NoToken:
            raise nowhere() from None

    async def _take(self, tx: Transaction, token: AnswerToken, answer: AppAnswer) -> bool:
        """Keep an answer and hand it on; says whether it counts, or is the one that did."""
        now = await tx.now()
        row = delivery_of(token, answer, now)
        if not await stored.keep(tx, [row]):
            return bool(await stored.count_repeats(tx, [row]))
        data = AppAnswered(
            app=token.app,
            effect=token.effect,
            attempt=token.attempt,
            outcome=answer.outcome,
            reason=answer.reason,
            results=answer.results,
            at=now,
        )
        about = About(now, root(), id=ids.derived(data.TYPE, token.effect, token.attempt))
        await self.outbox.publish(tx, [self.outbox.message(topics.ACTIONS["app"], token.item, data, about)])
        log.info("answer", app=token.app, effect=str(token.effect), outcome=answer.outcome, late=now > token.until)
        return True


def delivery_of(token: AnswerToken, answer: AppAnswer, now: datetime) -> Delivery:
    """Make what is kept of an answer: that it came, and a digest; what it tells goes on, nobody knows of whom it is."""
    return Delivery(
        id=new_id(),
        source=f"app/{token.app}",
        delivery=f"{token.effect}/{token.attempt}",
        digest=hashlib.sha256(msgspec.json.encode(answer.model_dump(mode="json"), order="sorted")).hexdigest(),
        signal=None,
        body=b"",
        headers={},
        received_at=now,
        identities=(),
    )


def read(came: Knock, token: AnswerToken, knowledge: Knowledge) -> AppAnswer:
    """Read an answer as the manifest says; raises a 422 problem that names the place, and does not use the token up."""
    app = knowledge.apps.get(token.app)
    described = app.action(token.action) if app else None
    if described is None:
        raise nowhere()
    try:
        return read_answer(described, read_json(came.body))
    except WrongValue as error:
        fix = "send outcome, results and reason as the manifest says"
        raise Problem(
            422, "The answer does not fit the manifest", field=error.key, detail=str(error), fix=fix
        ) from None


def nowhere() -> Problem:
    """Give the one answer to any address that was never given out."""
    return Problem(404, "Nothing is here", detail="Answer at the address that came with the call.")
