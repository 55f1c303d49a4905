"""http-fetch: ask a web service, and keep parts of its JSON answer for later rules."""

import json
from typing import Any, Final, Literal, NoReturn

import httpx
import jmespath
from chassis.errors import Rejected
from contracts.data import JsonObject, Part
from jmespath.exceptions import JMESPathError
from pydantic import Field

from action_workers.actions.action import Action, Errand
from action_workers.answers import Down, Sent, Uncertain, Unread
from action_workers.effect import Effect
from action_workers.guarded import LARGEST_ANSWER, is_broken_off, is_cut_off
from action_workers.providers import asking
from action_workers.providers.web import Web

GET: Final = "GET"
JSON: Final = "application/json"
# Results travel with every row of their execution, so they stay small; in bytes.
LARGEST_RESULTS = 20_000


class HttpFetch(Part):
    """What is asked; `read` are JMESPath expressions on the JSON of the answer, by the names of the results."""

    method: Literal["GET", "POST"] = GET
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    read: dict[str, str] = Field(default_factory=dict)


async def http_fetch(errand: Errand[HttpFetch, Web]) -> Sent:
    """Ask; a POST carries the effect's id as its idempotency key, for a service that knows what that is."""
    params = errand.params
    ours, content = {"Accept": JSON}, None
    if params.method != GET:
        content = json.dumps(params.body).encode()
        ours |= {"Content-Type": JSON, "Idempotency-Key": str(errand.effect.id)}
    response = await asked(errand, unless_written(ours, params.headers), content)
    return Sent(results={"status": response.status_code, **read_of(errand.effect, response, params.read)})


async def asked(errand: Errand[HttpFetch, Web], headers: dict[str, str], content: bytes | None) -> httpx.Response:
    """Ask; who did not answer what changes nothing is in trouble, and nothing is in doubt. Raises as the provider."""
    try:
        return await errand.provider.ask(errand.params.method, errand.params.url, headers, content)
    except Uncertain as error:
        if errand.effect.repeatable:
            raise Down(f"it did not answer: {asking.said(error.__cause__ or error)}") from error
        raise


def read_of(effect: Effect, response: httpx.Response, read: dict[str, str]) -> JsonObject:
    """Give what is read of an answer that accepts.

    Where it cannot be read it raises `Rejected`; `Down` where its end was lost and asking changes nothing; `Unread`
    where asking once more may do once more what was asked.
    """
    try:
        return found(response, read)
    except Rejected as error:
        lost = is_broken_off(response)
        if lost and effect.repeatable:
            raise Down(error.reason) from None
        if not lost and (effect.repeatable or effect.at_least_once):
            raise
        raise Unread(f"{error.reason}; what it was asked may be done") from None


def unless_written(ours: dict[str, str], written: dict[str, str]) -> dict[str, str]:
    """Give the headers that a rule wrote, and those of ours that it did not, in whatever case of letters."""
    names = {name.lower() for name in written}
    return {name: value for name, value in ours.items() if name.lower() not in names} | written


def found(response: httpx.Response, read: dict[str, str]) -> JsonObject:
    """Give the parts of an answer that are there; raises `Rejected`."""
    if not read:
        return {}
    told = f"it answered {response.status_code}"
    if is_broken_off(response):
        raise Rejected(f"{told}, and broke off before its end")
    if is_cut_off(response):
        raise Rejected(f"{told}, with more than {LARGEST_ANSWER} bytes")
    try:
        answer = json.loads(response.content, parse_constant=_no_json)
        parts = {name: jmespath.search(path, answer) for name, path in read.items()}
    except JMESPathError as error:
        raise Rejected(f"{told}, and what to read of it cannot be read: {error}") from None
    except (ValueError, RecursionError):
        raise Rejected(f"{told}, with something that is no JSON") from None
    return bounded({name: part for name, part in parts.items() if part is not None}, told)


def bounded(results: JsonObject, told: str) -> JsonObject:
    """Give results that can be kept, and are small enough to travel; raises `Rejected`."""
    try:
        written = json.dumps(results, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise Rejected(f"{told}, with values that cannot be kept") from None
    if b"\\u0000" in written:
        raise Rejected(f"{told}, with values that cannot be kept")
    if len(written) > LARGEST_RESULTS:
        raise Rejected(f"{told}; what is read of it is {len(written)} bytes, and may be {LARGEST_RESULTS}")
    return results


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def is_harmless(params: JsonObject) -> bool:
    """Say whether asking once more changes nothing."""
    return bool(params.get("method", GET) == GET)


ACTION = Action(
    "http-fetch", "webhook", HttpFetch, Web, http_fetch, attempts=6, timeout=25.0, concurrency=40, harmless=is_harmless
)
