"""call-app: an action of an installed app, named `app:<app>/<action>`, answered at once or later."""

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from automation.app_actions import app_of
from automation.knowledge import Knowledge
from chassis.answer_tokens import AnswerToken
from chassis.errors import Rejected
from contracts.app_answers import read_answer
from contracts.app_values import WrongValue, of_texts, read_values
from contracts.apps import LONGEST_CALL, AppAction
from contracts.config import Connection
from contracts.data import JsonObject, Part
from pydantic import Field

from action_workers.actions.action import Action, Errand
from action_workers.answers import Accepted, Sent, Uncertain
from action_workers.effect import Effect
from action_workers.guarded import is_broken_off
from action_workers.providers.apps import Apps

NAME: Final = "call-app"
# How long an app may take to say that it answers later, in seconds.
SAYS_LATER = 15.0
Calling = Errand["CallApp", Apps]


class CallApp(Part):
    """What the rule gives; `idempotent` is what the manifest said at dispatch."""

    inputs: JsonObject = Field(default_factory=dict)
    idempotent: bool = False


async def call_app(errand: Calling) -> Sent | Accepted:
    """Call the app and read its answer by its manifest; raises as the provider does."""
    described = action(errand)
    limit = timedelta(seconds=described.time_limit)
    body = json.dumps(call(errand, described, limit), ensure_ascii=False).encode()
    later = described.answers == "later"
    response = await errand.provider.call(body, errand.effect.id, SAYS_LATER if later else described.time_limit)
    if response.status_code != HTTPStatus.ACCEPTED:
        if is_broken_off(response):
            raise Uncertain("its answer broke off before its end, and it may have done it")
        return answered(response.content, described)
    if not later:
        raise Uncertain("it says that it answers later, and its manifest says at once")
    return Accepted(limit, "the app took it, and answers later")


def action(errand: Calling) -> AppAction:
    """Give the action as the manifest says it now; raises `Rejected`."""
    described = errand.provider.manifest.action(errand.effect.action.partition("/")[2])
    if described is None:
        raise Rejected(f"the app '{errand.connection}' has no such action any more")
    return described


def call(errand: Calling, described: AppAction, limit: timedelta) -> JsonObject:
    """Give the call as it travels; raises `Rejected` for inputs that are not what the app takes."""
    effect = errand.effect
    try:
        inputs = read_values(described.inputs, of_texts(described.inputs, errand.params.inputs))
    except WrongValue as error:
        raise Rejected(f"inputs.{error.key}: {error}") from None
    told = {
        "type": "action",
        "app": errand.provider.manifest.id,
        "action": described.key,
        "id": str(effect.id),
        "attempt": effect.attempts,
        "item": str(effect.item),
        "inputs": inputs,
    }
    return told if described.answers == "at_once" else {**told, **how_to_answer(errand, described, limit)}


def how_to_answer(errand: Calling, described: AppAction, limit: timedelta) -> JsonObject:
    """Give where the app answers, and until when; raises `Rejected` where it could not."""
    if not errand.portal.public_url:
        raise Rejected("the portal's public address is not set; without it the app cannot answer")
    if errand.sealer is None:
        raise Rejected("this deployment has no SECRET_KEY; without it the app cannot answer")
    effect, until = errand.effect, datetime.now(UTC) + limit
    token = AnswerToken(
        errand.provider.manifest.id, described.key, effect.id, effect.item, effect.attempts, until
    ).seal(errand.sealer)
    return {
        "answer_to": f"{errand.portal.public_url.rstrip('/')}/callbacks/app/{token}",
        "answer_by": until.isoformat(),
    }


def answered(content: bytes, described: AppAction) -> Sent:
    """Read an answer at once; raises `Rejected` where it failed, `Uncertain` where nobody can read it."""
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        raise Uncertain("it answered with something that is no JSON, and may have done it") from None
    try:
        answer = read_answer(described, given)
    except WrongValue as error:
        raise Rejected(f"its answer is not what its manifest says: {error.key}: {error}") from None
    if answer.outcome == "failed":
        raise Rejected(answer.reason)
    return Sent(results=answer.results)


def account(effect: Effect, knowledge: Knowledge) -> Connection:
    """Give the way to the app that an effect is for; raises `Rejected` where it is not installed."""
    app = knowledge.apps.get(app_of(effect.action))
    if app is None:
        raise Rejected(f"the app '{app_of(effect.action)}' is not installed any more")
    told = {"manifest": app.model_dump(mode="json", exclude={"secrets"})}
    return Connection(id=app.id, provider=Apps.NAME, settings=told, secrets=app.secrets)


def is_harmless(params: JsonObject) -> bool:
    """Say whether the app knows a second call by its id."""
    return params.get("idempotent") is True


ACTION = Action(NAME, "app", CallApp, Apps, call_app, timeout=LONGEST_CALL + 5.0, harmless=is_harmless, account=account)
