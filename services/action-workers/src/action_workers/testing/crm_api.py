"""The far end of tasks, notices and documents: a real HTTP server that keeps what it is given."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from simulators.answers import GARBAGE, retry_after
from simulators.connection import Cut
from simulators.faults import Fault, Kind

TOKEN = "ours"  # noqa: S105  opens nothing but tests


@dataclass
class CrmApi:
    """Answers as crm-api's tasks, notices, files and documents do; fails as often, and in the ways, it is told to."""

    url: str = ""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    goods: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: int = 0
    asked: int = 0
    faults: deque[Fault] = field(default_factory=deque)

    def app(self) -> FastAPI:
        """Give the application."""
        app = FastAPI()
        app.middleware("http")(self.door)
        app.add_api_route("/v1/tasks", self.make_task, methods=["POST"])
        app.add_api_route("/v1/notices", self.make_notice, methods=["POST"])
        app.add_api_route("/v1/files", self.put_file, methods=["POST"])
        app.add_api_route("/v1/files/{hash_}", self.file, methods=["GET"])
        app.add_api_route("/v1/documents", self.make_document, methods=["POST"])
        app.add_api_route("/v1/items/{item}/goods", self.show_goods, methods=["GET"])
        app.add_api_route("/v1/documents/by-token/{token}", self.document, methods=["GET"])
        return app

    async def door(self, request: Request, follow: Callable[[Request], Awaitable[Response]]) -> Response:
        """Count the request; refuse an unknown token, fail while told to."""
        self.asked += 1
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        if self.failing:
            self.failing -= 1
            return Response(status_code=503)
        if not self.faults or request.url.path.startswith("/v1/files"):
            return await follow(request)
        return await answered(self.faults.popleft(), request, follow)

    def fail(self, kind: Kind, **detail: Any) -> None:
        """Queue a fault for the next request that makes something; `detail` are the further fields of Fault."""
        self.faults.append(Fault(provider="app", kind=kind, **detail))

    async def make_task(self, request: Request) -> dict[str, Any]:
        """Make a task, or give the one of this id."""
        task = await request.json()
        return self.tasks.setdefault(task["id"], task)

    async def make_notice(self, request: Request) -> dict[str, Any]:
        """Keep a notice, or give the one of this id."""
        notice = await request.json()
        return self.notices.setdefault(notice["id"], notice)

    async def put_file(self, request: Request) -> dict[str, str]:
        """Keep a file."""
        return {"hash": self.keep(await request.body(), request.headers["content-type"])}

    async def file(self, hash_: str) -> Response:
        """Give a file."""
        if hash_ not in self.files:
            return Response(status_code=404)
        kind, content = self.files[hash_]
        return Response(content, media_type=kind)

    async def document(self, token: str) -> Response:
        """Give a document's file by the secret part of its address."""
        made = next((one for one in self.documents.values() if one["token"] == token), None)
        if made is None:
            return Response(status_code=404)
        kind, content = self.files[made["file"]]
        return Response(content, media_type=kind, headers={"Document-Template": made["template"]})

    async def make_document(self, request: Request) -> dict[str, Any]:
        """Number a document, or give the one of this id; with its file it is made."""
        document = await request.json()
        number = len(self.documents) + 1
        place = {"number": str(number), "version": 1, "token": f"secret{number}", "day": "2026-11-23", "file": ""}
        numbered = self.documents.setdefault(document["id"], {**document, **place})
        if not numbered["file"]:
            numbered |= {name: document[name] for name in ("file", "name", "content_type") if name in document}
        return numbered

    async def show_goods(self, item: str) -> dict[str, Any]:
        """Give the rows of goods of an item."""
        return self.goods[item]

    def keep(self, content: bytes, kind: str = "text/html") -> str:
        """Keep bytes, and give their hash."""
        hash_ = hashlib.sha256(content).hexdigest()
        self.files[hash_] = (kind, content)
        return hash_


async def answered(fault: Fault, request: Request, follow: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer in the way that a fault asks for; see Fault for what each kind means."""
    if fault.kind == "status":
        return Response(status_code=fault.code or 503, headers=retry_after(fault))
    if fault.kind == "cut_before":
        return Cut()
    response = await follow(request)
    if fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "garbage":
        return Response(GARBAGE, media_type="application/json")
    return Cut() if fault.kind == "cut_after" else response
