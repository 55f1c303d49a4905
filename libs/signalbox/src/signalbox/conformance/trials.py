"""The trials: each makes one or two calls of an action, and says what is wrong and how to mend it."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import uuid4

from chassis.standard_webhooks import new_secret
from contracts.app_answers import read_answer
from contracts.app_values import WrongValue
from contracts.apps import AppAction

from signalbox.checks import Finding
from signalbox.conformance.calling import Caller, Heard, within
from signalbox.conformance.samples import sample, without_required

OLD = timedelta(minutes=10)
NO_ACTION = "no-such-action"
SIGN = "check the signature over the raw body before anything else, and answer 401 where it does not hold"
Trial = Callable[[Caller, AppAction], Awaitable[Finding]]


def ended(action: AppAction, what: str, trouble: str = "", *, looked: bool = True) -> Finding:
    """Say how a trial of an action ended."""
    return Finding(f"{action.key}: {what}", trouble, looked=looked)


async def good_call(caller: Caller, action: AppAction) -> Finding:
    """A call as it should be is answered as the manifest says."""
    what = "a good call is answered as the manifest says"
    call = caller.call(action, sample(action.inputs))
    trouble = misfit(await caller.make(action, call), action)
    if trouble or action.answers == "at_once":
        return ended(action, what, trouble)
    return ended(action, what, await later(caller, action, str(call["id"])))


async def later(caller: Caller, action: AppAction, call: str) -> str:
    """Wait for the answer that comes later, where it can come; gives what is wrong with it."""
    if caller.answers is None:
        return ""
    try:
        given = await caller.answers.of(call, min(action.time_limit, caller.patience))
    except TimeoutError:
        return (
            f"nothing came to `answer_to` within {min(action.time_limit, caller.patience):g} s; post the answer there"
        )
    return unreadable(given, action)


async def repeated_call(caller: Caller, action: AppAction) -> Finding:
    """A second call of the same id gives the same answer."""
    what = "a call that comes again is answered alike"
    if not action.idempotent:
        return ended(action, what, "the manifest does not say `idempotent`, so it is never called again", looked=False)
    call = caller.call(action, sample(action.inputs))
    first, second = await caller.make(action, call), await caller.make(action, {**call, "attempt": 2})
    if trouble := misfit(first, action) or misfit(second, action):
        return ended(action, what, trouble)
    if said(first) != said(second):
        told = f"first {first.words()}; then {second.words()}; keep the answer under the call's `id`, and give it again"
        return ended(action, what, told)
    return ended(action, what)


async def two_signatures(caller: Caller, action: AppAction) -> Finding:
    """Of several signatures one that holds is enough, as while a secret is changed."""
    what = "one of two signatures is enough"
    call = caller.call(action, sample(action.inputs))
    body = json.dumps(call).encode()
    signature = caller.signature(str(call["id"]), body, new_secret(), caller.secret)
    heard = await caller.send(body, signature, within(action))
    fix = "look at each signature of the header, which stand behind spaces"
    return ended(action, what, "" if heard.took_it else f"{heard.words()}; {fix}")


async def wrong_secret(caller: Caller, action: AppAction) -> Finding:
    """A call that somebody else signed is refused."""
    call = caller.call(action, sample(action.inputs))
    body = json.dumps(call).encode()
    heard = await caller.send(body, caller.signature(str(call["id"]), body, new_secret()), within(action))
    return ended(action, "a call that somebody else signed is refused", unless_refused(heard, SIGN))


async def no_signature(caller: Caller, action: AppAction) -> Finding:
    """A call without a signature is refused."""
    heard = await caller.send(json.dumps(caller.call(action, sample(action.inputs))).encode(), {}, within(action))
    return ended(action, "a call without a signature is refused", unless_refused(heard, SIGN))


async def changed_body(caller: Caller, action: AppAction) -> Finding:
    """A call that was changed on its way is refused."""
    call = caller.call(action, sample(action.inputs))
    signature = caller.signature(str(call["id"]), json.dumps(call).encode())
    heard = await caller.send(json.dumps({**call, "id": str(uuid4())}).encode(), signature, within(action))
    return ended(action, "a call that was changed on its way is refused", unless_refused(heard, SIGN))


async def old_call(caller: Caller, action: AppAction) -> Finding:
    """A call that was signed long ago is refused."""
    call = caller.call(action, sample(action.inputs))
    body = json.dumps(call).encode()
    signature = caller.signature(str(call["id"]), body, at=datetime.now(UTC) - OLD)
    heard = await caller.send(body, signature, within(action))
    fix = "refuse a `webhook-timestamp` that is more than 5 minutes from now"
    return ended(action, "a call that was signed 10 minutes ago is refused", unless_refused(heard, fix))


async def unknown_action(caller: Caller, action: AppAction) -> Finding:
    """An action that the app does not have is refused."""
    heard = await caller.make(action, caller.call(action, sample(action.inputs), NO_ACTION))
    return ended(action, "an action that there is not is refused", unless_refused(heard, "answer 404"))


async def missing_input(caller: Caller, action: AppAction) -> Finding:
    """A call without what is required is refused, or fails in words."""
    what = "a call without what is required is refused, or fails in words"
    inputs = without_required(action.inputs)
    if inputs is None:
        return ended(action, what, "nothing is required", looked=False)
    heard = await caller.make(action, caller.call(action, inputs))
    if heard.refused or (heard.status == HTTPStatus.OK and '"failed"' in heard.body.decode(errors="replace")):
        return ended(action, what)
    return ended(action, what, f'{heard.words()}; answer 422, or 200 with the outcome "failed" and a reason')


async def no_json(caller: Caller, action: AppAction) -> Finding:
    """A signed body that is no JSON is refused."""
    body = b'{"action": '
    heard = await caller.send(body, caller.signature(str(uuid4()), body), within(action))
    return ended(action, "a body that is no JSON is refused", unless_refused(heard, "answer 400, and go on"))


def misfit(heard: Heard, action: AppAction) -> str:
    """Say what is wrong with the answer to a good call, "" where nothing is."""
    if heard.silence:
        return f"{heard.silence}; answer sooner, or say `answers: later` in the manifest"
    if heard.status == HTTPStatus.ACCEPTED:
        fix = "answer 200 with the outcome, or say `answers: later` in the manifest"
        return "" if action.answers == "later" else f"it answered 202; {fix}"
    if heard.status != HTTPStatus.OK:
        return f"{heard.words()}; answer 200 with the outcome{', or 202' if action.answers == 'later' else ''}"
    try:
        return unreadable(json.loads(heard.body), action)
    except ValueError:
        return "the body is no JSON; answer an object with outcome, results and reason"


def unreadable(given: object, action: AppAction) -> str:
    """Say what of an answer is not as the manifest says."""
    try:
        read_answer(action, given)
    except WrongValue as error:
        return f"{error.key}: {error}; answer what the manifest says, or correct the manifest"
    return ""


def unless_refused(heard: Heard, fix: str) -> str:
    """Say what is wrong unless a call was refused."""
    return "" if heard.refused else f"{heard.words()}; {fix}"


def said(heard: Heard) -> object:
    """Give what an answer said, to compare it."""
    return heard.status, json.loads(heard.body) if heard.body else None


TRIALS: tuple[Trial, ...] = (
    good_call,
    repeated_call,
    two_signatures,
    wrong_secret,
    no_signature,
    changed_body,
    old_call,
    unknown_action,
    missing_input,
    no_json,
)
