"""The provider's end: it answers as Twilio does, at once, later or never, as the account's number says."""

import argparse
import asyncio
import contextlib
import json
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import cast

import httpx
import uvloop
from stack.ports import free_port
from typing_extensions import override

HANGS = 3_600_000
HEAD = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
BEHIND = b"\r\n\r\n"
LENGTH = b"content-length:"
ACCOUNT = b"/Accounts/"
# An answer of Twilio's but for its ids.
TOLD = {
    "api_version": "2010-04-01",
    "body": "Your order is ready.",
    "date_created": "Thu, 24 Aug 2028 05:01:45 +0000",
    "date_sent": None,
    "date_updated": "Thu, 24 Aug 2028 05:01:45 +0000",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": "+15005550006",
    "num_media": "0",
    "num_segments": "1",
    "price": None,
    "price_unit": "USD",
    "status": "queued",
    "to": "+351910000000",
}


def account(pause: int) -> str:
    """Give the SID of the account that answers after so many milliseconds."""
    return f"AC{pause:032d}"


class End(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, accepted: Counter[int]) -> None:
        self.accepted = accepted
        self.heard = b""
        self.transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    @override
    def data_received(self, data: bytes) -> None:
        self.heard += data
        head, behind, body = self.heard.partition(BEHIND)
        if not behind or len(body) < length(head):
            return
        self.heard = b""
        if head.startswith(b"GET"):
            self._answer(200, json.dumps(self.accepted).encode())
            return
        sid = head.split(ACCOUNT, 1)[1][:34].decode()
        pause = int(sid[2:])
        self.accepted[pause] += 1
        made = json.dumps({**TOLD, "sid": "SM" + secrets.token_hex(16), "account_sid": sid}).encode()
        if pause:
            asyncio.get_running_loop().call_later(pause / 1000, self._answer, 201, made)
        else:
            self._answer(201, made)

    def _answer(self, status: int, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(HEAD % (status, len(body), body))


def length(head: bytes) -> int:
    """Give how long a request's body is."""
    lines = head.lower().split(b"\r\n")
    return next((int(line.removeprefix(LENGTH)) for line in lines if line.startswith(LENGTH)), 0)


class Provider:
    """The provider as a run sees it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.AsyncClient(base_url=self.url, trust_env=False)

    async def accepted(self, pause: int) -> int:
        """Give how many requests the account of this pause has accepted."""
        return int((await self.http.get("/")).json().get(str(pause), 0))


@contextlib.contextmanager
def answering() -> Iterator[Provider]:
    """Run the provider's end as a process of its own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.effects.provider", str(port)])  # noqa: S603
    try:
        yield Provider(port)
    finally:
        process.terminate()
        process.wait()


async def serve(port: int) -> None:
    """Answer until ended."""
    accepted: Counter[int] = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: End(accepted), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve on a port."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
