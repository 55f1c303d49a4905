"""A small third-party app, as its author would write it: it scores clients, and passes the conformance kit."""

import asyncio
import json
from datetime import UTC, datetime
from importlib import resources
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, Body, Request
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings

PATH = "/app"
NOBODY = "nobody"
LONG_NAME = 5
Careless = Literal["signature", "repeat", "action", "inputs", "results", "later"]


class Called(Accepted):
    """One call that the app took on: `id` is the caller's, the same for a repeat."""

    provider: Literal["app"] = "app"
    id: str
    action: str
    attempt: int
    item: str
    inputs: dict[str, Any]
    headers: dict[str, str]
    answer_to: str = ""
    answer_by: str = ""


class App:
    """Answers calls of the actions in `app.json`; what is in `careless` it does not look after, as a bad app would.

    What is answered later it answers by itself where `answers_later` is set; else whoever holds it does.
    """

    def __init__(self, settings: Settings, faults: Faults, journal: Journal) -> None:
        self.accepted = Records("app", Called, journal)
        self.careless: set[Careless] = set()
        self.secret = settings.app_secret.get_secret_value()
        self._settings, self._faults = settings, faults
        self.answers_later = False
        self._answers: dict[str, dict[str, Any]] = {}
        self._answering: set[asyncio.Task[httpx.Response]] = set()

    def router(self) -> APIRouter:
        """Give the path."""
        router = APIRouter()
        router.add_api_route(PATH, self.called, methods=["POST"])
        router.add_api_route(f"{PATH}/secret", self.enter, methods=["PUT"], status_code=204)
        return router

    def clear(self) -> None:
        """Forget what was answered, and be careful again, with the secret of the settings."""
        self.secret = self._settings.app_secret.get_secret_value()
        self._answers.clear()
        self.careless.clear()
        self.answers_later = False

    async def enter(self, secret: Annotated[str, Body(embed=True)]) -> None:
        """Take the secret that an admin enters, as Signalbox showed it when the app was installed."""
        self.secret = secret

    async def called(self, request: Request) -> Response:
        """Take one call: check the signature over the raw body, then what is asked, then answer."""
        raw = await request.body()
        if not self._is_signed(raw, dict(request.headers)):
            return JSONResponse({"error": "the signature does not hold"}, 401)
        try:
            call = json.loads(raw)
        except ValueError:
            return JSONResponse({"error": "the body is no JSON"}, 400)
        if call["action"] not in ACTIONS and "action" not in self.careless:
            return JSONResponse({"error": f"there is no action {call['action']!r}"}, 404)
        if not isinstance(call["inputs"].get("client"), str) and "inputs" not in self.careless:
            return JSONResponse({"error": "inputs.client is missing"}, 422)
        fault = self._faults.take("app", call["action"])
        return await answer(fault, lambda: self._take(call, dict(request.headers)), _refuse)

    def _is_signed(self, raw: bytes, headers: dict[str, str]) -> bool:
        try:
            Webhook(self.secret).verify(raw, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):
            return "signature" in self.careless
        return True

    def _take(self, call: dict[str, Any], headers: dict[str, str]) -> Response:
        if call["id"] not in self._answers or "repeat" in self.careless:
            told = {name: call.get(name, "") for name in ("answer_to", "answer_by")}
            known = {name: call[name] for name in ("id", "action", "attempt", "item", "inputs")}
            self.accepted.add(Called(**known, **told, headers=headers))
            self._answers[call["id"]] = self._done(call)
        if call.get("answer_to") or "later" in self.careless:
            if self.answers_later:
                self._answer_later(call)
            return Response(status_code=202)
        return JSONResponse(self._answers[call["id"]])

    def _answer_later(self, call: dict[str, Any]) -> None:
        task = asyncio.create_task(post(call["answer_to"], self._answers[call["id"]]))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    def _done(self, call: dict[str, Any]) -> dict[str, Any]:
        client = str(call["inputs"].get("client", ""))
        if client == NOBODY:
            return {"outcome": "failed", "reason": "there is no such client"}
        if call["action"] == "inspect":
            return {"outcome": "done", "results": {"verdict": 5 if "results" in self.careless else "sound"}}
        score: Any = "many" if "results" in self.careless else min(100, 10 * len(client)) + len(self._answers) % 2
        return {"outcome": "done", "results": {"score": score, "level": "high" if len(client) >= LONG_NAME else "low"}}


async def post(to: str, answer: dict[str, Any]) -> httpx.Response:
    """Answer a call later, where it said."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.post(to, json=answer)


def _refuse(fault: Fault) -> Response:
    return JSONResponse({"error": fault.body or "Simulated refusal"}, fault.code or 503, retry_after(fault))


def manifest(address: str) -> dict[str, Any]:
    """Give the app's manifest, at an address."""
    written = resources.files("simulators").joinpath("app.json").read_bytes()
    return {**json.loads(written), "address": address}


ACTIONS = frozenset(action["key"] for action in manifest("")["actions"])


async def tell(http: httpx.AsyncClient, to: str, secret: str, event: dict[str, Any]) -> httpx.Response:
    """Tell of something that happened at the app, signed with its secret; `event` has an `id` of its own."""
    body, at = json.dumps(event), datetime.now(UTC)
    signature = Webhook(secret).sign(event["id"], at, body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event["id"],
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return await http.post(to, content=body, headers=headers)
