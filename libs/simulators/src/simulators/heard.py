"""Every byte of every HTTP request that reached the simulator, for whoever looks for what should not have left."""

from collections import deque

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 10_000


class Heard:
    """Keeps requests as they came, the latest ones: address, headers, body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.requests: deque[bytes] = deque(maxlen=MOST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and keep it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        line = scope["method"].encode() + b" " + scope["raw_path"] + b"?" + scope["query_string"]
        parts = [line, *(name + b": " + value for name, value in scope["headers"]), b""]

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                parts.append(message.get("body", b""))
            return message

        try:
            await self.app(scope, heard, send)
        finally:
            if not scope["path"].startswith("/_control"):
                self.requests.append(b"\n".join(parts))
