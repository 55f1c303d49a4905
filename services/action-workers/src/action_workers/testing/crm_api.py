"""The far end of tasks, notices and documents: a real HTTP server that keeps what it is given."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response

TOKEN = "ours"  # noqa: S105  opens nothing but tests


@dataclass
class CrmApi:
    """Answers as crm-api's tasks, notices, files and documents do; fails as often as it is told to."""

    url: str = ""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: int = 0
    asked: int = 0

    def app(self) -> FastAPI:
        """Give the application."""
        app = FastAPI()
        app.middleware("http")(self.door)
        app.add_api_route("/v1/tasks", self.make_task, methods=["POST"])
        app.add_api_route("/v1/notices", self.make_notice, methods=["POST"])
        app.add_api_route("/v1/files", self.put_file, methods=["POST"])
        app.add_api_route("/v1/files/{hash_}", self.file, methods=["GET"])
        app.add_api_route("/v1/documents", self.make_document, methods=["POST"])
        return app

    async def door(self, request: Request, follow: Callable[[Request], Awaitable[Response]]) -> Response:
        """Count the request; refuse an unknown token, fail while told to."""
        self.asked += 1
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        if self.failing:
            self.failing -= 1
            return Response(status_code=503)
        return await follow(request)

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
        kind, content = self.files[hash_]
        return Response(content, media_type=kind)

    async def make_document(self, request: Request) -> dict[str, Any]:
        """Number a document, or give the one of this id."""
        document = await request.json()
        made = {**document, "number": str(len(self.documents) + 1), "token": f"secret{len(self.documents) + 1}"}
        return self.documents.setdefault(document["id"], made)

    def keep(self, content: bytes, kind: str = "text/html") -> str:
        """Keep bytes, and give their hash."""
        hash_ = hashlib.sha256(content).hexdigest()
        self.files[hash_] = (kind, content)
        return hash_
