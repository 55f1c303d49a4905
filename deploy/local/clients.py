"""Clients of a running installation, as its users have them: a manager's, a form's, and the simulator's controls."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx

Json = dict[str, Any]


class Refused(Exception):
    """The other side refused; the message is what it said."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
        self.answer = answer


class Client:
    """One address, one connection pool."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask and give the JSON of the answer; raises `Refused`."""
        answer = await self.http.request(method, path, **more)
        if answer.is_error:
            raise Refused(answer)
        return answer.json() if answer.content else None

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()


class Crm(Client):
    """crm-api, as the manager asks it."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, {"Authorization": f"Bearer {token}"})

    async def configure(self, kind: str, id_: str, record: Json) -> Json:
        """Write one config record."""
        return await self.ask("PUT", f"/v1/config/{kind}/{id_}", json=record)  # type: ignore[no-any-return]

    async def publish(self, pipeline: str, document: Json) -> Json:
        """Publish a pipeline: stages, triggers and rules."""
        return await self.ask("PUT", f"/v1/pipelines/{pipeline}", json=document)  # type: ignore[no-any-return]

    async def create(self, type_: str, **item: Any) -> Json:
        """Create an item."""
        return await self.ask("POST", "/v1/items", json={"type": type_, **item})  # type: ignore[no-any-return]

    async def items(self, **where: Any) -> list[Json]:
        """List items."""
        return (await self.ask("GET", "/v1/items", params=where))["items"]  # type: ignore[no-any-return]

    async def item(self, item: str | UUID) -> Json:
        """Read an item."""
        return await self.ask("GET", f"/v1/items/{item}")  # type: ignore[no-any-return]

    async def change(self, item: str | UUID, **fields: Any) -> Json:
        """Change fields of an item."""
        return await self.ask("PATCH", f"/v1/items/{item}", json={"fields": fields})  # type: ignore[no-any-return]

    async def move(self, item: str | UUID, stage: str) -> Json:
        """Move an item."""
        return await self.ask("POST", f"/v1/items/{item}/move", json={"stage": stage})  # type: ignore[no-any-return]

    async def convert(self, item: str | UUID, **to: Any) -> Json:
        """Make an item from an item."""
        return await self.ask("POST", f"/v1/items/{item}/conversions", json=to)  # type: ignore[no-any-return]

    async def timeline(self, item: str | UUID) -> list[Json]:
        """Read an item's timeline."""
        return (await self.ask("GET", f"/v1/items/{item}/timeline"))["rows"]  # type: ignore[no-any-return]

    async def tasks(self, item: str | UUID) -> list[Json]:
        """Read an item's tasks."""
        return (await self.ask("GET", "/v1/tasks", params={"item": str(item)}))["tasks"]  # type: ignore[no-any-return]

    async def keep_file(self, content: bytes, content_type: str) -> str:
        """Keep bytes and give their hash."""
        answer = await self.ask("POST", "/v1/files", content=content, headers={"Content-Type": content_type})
        return str(answer["hash"])


class Gateway(Client):
    """trigger-gateway, as the outside world meets it; `inside_url` is where the simulated providers reach it."""

    def __init__(self, url: str, inside_url: str = "") -> None:
        super().__init__(url)
        self.inside_url = inside_url or url

    async def submit(self, source: str, token: str, fields: dict[str, str]) -> httpx.Response:
        """Post a form as a browser sends it."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        return await self.http.post(f"/in/{source}/{token}", content=urlencode(fields), headers=headers)


class Simulators(Client):
    """The controls of the providers' simulator.

    `smtp` is where its mail server listens, `inside_url` where the workers reach it.
    """

    def __init__(self, url: str, smtp: str, inside_url: str = "") -> None:
        super().__init__(url)
        self.smtp = smtp
        self.inside_url = inside_url or url

    async def accepted(self, provider: str) -> list[Json]:
        """Give what a provider accepted, in order."""
        return await self.ask("GET", "/_control/accepted", params={"provider": provider})  # type: ignore[no-any-return]

    async def fail(self, provider: str, kind: str, *, times: int = 1, **more: Any) -> None:
        """Let a provider fail."""
        await self.ask("POST", "/_control/faults", json={"provider": provider, "kind": kind, "times": times, **more})

    async def pay(self, **payment: Any) -> Json:
        """Make a payment and deliver its webhook."""
        return await self.ask("POST", "/_control/stripe/pay", json=payment)  # type: ignore[no-any-return]

    async def call_back(self, **which: Any) -> Json:
        """Send Twilio's signed status callbacks."""
        return await self.ask("POST", "/_control/twilio/callbacks", json=which)  # type: ignore[no-any-return]
