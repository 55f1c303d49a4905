"""Senders on so many connections: each sends its next request, made beforehand, when its last was answered."""

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import cast

from typing_extensions import override

SECRET = "a secret that both sides know"  # noqa: S105  opens nothing but this run
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "X-Signature: sha256={signature}\r\nX-Delivery: {id}\r\nContent-Length: {length}\r\n\r\n"
)
OK = b"HTTP/1.1 200 "


def requests(path: str, run: str, count: int) -> deque[bytes]:
    """Make signed requests, each with an id of its own."""
    return deque(request(path, f"{run}-{n}", n) for n in range(count))


def request(path: str, id_: str, n: int) -> bytes:
    """Make one signed request, of half a kilobyte as a shop would send it."""
    lines = [{"sku": f"oak-{k}", "name": "A table of oak", "price": "450.00", "quantity": k} for k in range(4)]
    customer = {"name": "Rita Silva", "phone": f"+3519{n % 10**8:08d}", "email": f"c{n}@example.com"}
    body = json.dumps(
        {"event": "order.paid", "order": {"id": n, "total": "900.00", "lines": lines}, "customer": customer}
    )
    signature = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    return (HEAD.format(path=path, signature=signature, id=id_, length=len(body)) + body).encode()


@dataclass
class Answered:
    """What was answered: how long each took, in seconds, and what was not a 200."""

    seconds: list[float] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)


class Sender(asyncio.Protocol):
    """One connection."""

    def __init__(self, waiting: deque[bytes], answered: Answered, until: float) -> None:
        self.waiting = waiting
        self.answered = answered
        self.until = until
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent_at = 0.0
        self.heard = b""
        self.transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._send()

    @override
    def data_received(self, data: bytes) -> None:
        self.heard += data
        if not self.heard.endswith(b"}"):
            return
        data, self.heard = self.heard, b""
        now = time.perf_counter()
        self.answered.seconds.append(now - self.sent_at)
        if not data.startswith(OK):
            self.answered.others.append(data)
        if now < self.until and self.waiting:
            self._send()
        else:
            self.transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(self.waiting.popleft())


async def send(port: int, waiting: deque[bytes], connections: int, seconds: float) -> Answered:
    """Send for so many seconds; raises where anything but 200 was answered, or the requests did not suffice."""
    answered, until = Answered(), time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Sender(waiting, answered, until), "127.0.0.1", port)
        for _ in range(connections)
    ]
    async with asyncio.timeout(seconds + 30):
        await asyncio.gather(*(sender.ended for _, sender in opened))
    if answered.others or not waiting:
        raise RuntimeError(f"{len(answered.others)} were refused, {len(waiting)} left: {answered.others[:1]}")
    return answered
