"""Calls as Signalbox makes them: the body, the signature, and what came back."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
from chassis.standard_webhooks import signed
from contracts.apps import App, AppAction
from contracts.data import JsonObject

from signalbox.conformance.answering import Answers

SAYS_LATER = 15.0
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
ITEM = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: a status of 0 and words in `silence` where nothing did; `seconds` is how long it took."""

    status: int
    body: bytes
    seconds: float
    silence: str = ""

    @property
    def took_it(self) -> bool:
        """Say whether the app took the call."""
        return 200 <= self.status < 300  # noqa: PLR2004  what HTTP calls success

    @property
    def refused(self) -> bool:
        """Say whether the app refused the call as the caller's mistake."""
        return 400 <= self.status < 500  # noqa: PLR2004  what HTTP calls the client's error

    def words(self) -> str:
        """Say what came back."""
        return self.silence or f"it answered {self.status}: {self.body[:100].decode(errors='replace')}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls one app with its secret.

    `answers` hears what comes later, where the app can reach it, and is waited for `patience` seconds.
    """

    app: App
    secret: str
    http: httpx.AsyncClient
    answers: Answers | None = None
    patience: float = 30.0

    def call(self, action: AppAction, inputs: JsonObject, name: str = "") -> JsonObject:
        """Make a call with an id of its own; `name` is another action than this one's."""
        id_ = str(uuid4())
        told = {"type": "action", "app": self.app.id, "action": name or action.key, "id": id_, "attempt": 1}
        known = {**told, "item": str(ITEM), "inputs": inputs}
        if action.answers == "at_once":
            return known
        until = datetime.now(UTC) + timedelta(seconds=action.time_limit)
        where = self.answers.address(id_) if self.answers else "https://signalbox.invalid/callbacks/app/none"
        return {**known, "answer_to": where, "answer_by": until.isoformat()}

    async def make(self, action: AppAction, call: JsonObject) -> Heard:
        """Send a call as it should be."""
        body = json.dumps(call).encode()
        return await self.send(body, self.signature(str(call["id"]), body), within(action))

    def signature(self, id_: str, body: bytes, *secrets: str, at: datetime | None = None) -> dict[str, str]:
        """Sign a body, with the app's secret where none is named."""
        return signed(secrets or (self.secret,), f"msg_{id_.replace('-', '')}", at or datetime.now(UTC), body)

    async def send(self, body: bytes, signature: dict[str, str], limit: float) -> Heard:
        """Send bytes under these headers."""
        began = time.monotonic()
        try:
            answer = await self.http.post(
                self.app.address, content=body, headers={**HEADERS, **signature}, timeout=limit
            )
        except httpx.TimeoutException:
            return Heard(0, b"", time.monotonic() - began, f"it did not answer within {limit:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Heard(0, b"", time.monotonic() - began, f"it cannot be asked: {str(error) or type(error).__name__}")
        return Heard(answer.status_code, answer.content, time.monotonic() - began)


def within(action: AppAction) -> float:
    """Give how long a call may take, in seconds."""
    return SAYS_LATER if action.answers == "later" else action.time_limit
