"""The way to addresses that people write into rules: outside only, and only to the address that was looked at.

1. The URL is read once, and refused for what no rule needs: other schemes and ports, a password inside.
2. A name is resolved once. Where any of its addresses is not a public one, it is refused; else the connection goes to
   the very addresses that were looked at. Host and certificate are still those of the name.
3. Redirects are not followed; nothing is decompressed; an answer that is too long, or breaks off, says so: what its
   status says holds all the same.

Each request opens its own connection, so that no answer to an earlier question stands for a later one.
"""

import asyncio
import socket
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore
import httpx
from typing_extensions import override

CONNECT, READ = 5.0, 10.0
WHOLE = 20.0
LARGEST_ANSWER = 1_000_000
# What an answer says of itself that was longer, and of one whose end did not come.
CUT_OFF, BROKEN_OFF = "cut_off", "broken_off"
# What is raised where no answer comes, or its end does not.
SILENT = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.RemoteProtocolError, TimeoutError)
SCHEMES = {"http": 80, "https": 443}
NAT64 = ip_network("64:ff9b::/96")
# What the library holds for global, or held in some of its versions, and what leads inside all the same.
INSIDE = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "168.63.129.16/32",  # a cloud's own services
            "192.0.0.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)


class NotAllowed(Exception):
    """Nobody may be asked at this address; says why."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be asked: `ports` outside, and `inside` the hosts, as `host` or `host:port`, that an operator named."""

    ports: frozenset[int] = frozenset({80, 443})
    inside: frozenset[str] = frozenset()

    def is_inside(self, host: str, port: int) -> bool:
        """Say whether an operator allows a host wherever it leads."""
        return bool(self.inside & {host.lower(), f"{host.lower()}:{port}"})

    def check_port(self, url: httpx.URL) -> None:
        """Refuse a port that may not be asked; raises `NotAllowed`."""
        port = SCHEMES.get(url.scheme, 0) if url.port is None else url.port
        if port not in self.ports and not self.is_inside(url.host, port):
            known = ", ".join(map(str, sorted(self.ports)))
            raise NotAllowed(f"port {port} may not be asked; allowed are {known}")


def is_public(address: str) -> bool:
    """Say whether an address is one of the public network, whichever way it is written."""
    ip = ip_address(address.partition("%")[0])
    carried = _carried(ip)
    if carried is not None:
        return is_public(str(carried))
    return ip.is_global and not any(ip in network for network in INSIDE if network.version == ip.version)


def _carried(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Give the address that another one stands for."""
    if not isinstance(ip, IPv6Address):
        return None
    return IPv4Address(ip.packed[-4:]) if ip in NAT64 else ip.ipv4_mapped


class Guarded(httpcore.AsyncNetworkBackend):
    """Connects by a road where it is allowed to, and nowhere else."""

    def __init__(self, allowed: Allowed, road: httpcore.AsyncNetworkBackend) -> None:
        self.allowed = allowed
        self._road = road

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve a name once, look at all that it leads to, and connect to that."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolved(host, port)
                return await self._first(addresses, port, timeout, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} does not answer") from error

    async def _resolved(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} is not known: {error}") from error
        addresses = list(dict.fromkeys(str(where[0]) for *_, where in found))
        if not self.allowed.is_inside(host, port) and not all(map(is_public, addresses)):
            raise NotAllowed(f"{host} leads inside, where rules may not ask; an operator can allow this host")
        return addresses

    async def _first(self, addresses: Collection[str], port: int, *more: Any) -> httpcore.AsyncNetworkStream:
        last: Exception = httpcore.ConnectError("the name leads nowhere")
        for address in addresses:
            try:
                return await self._road.connect_tcp(address, port, *more)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """The guard as the transport of a client, for accounts whose address a person sets.

    Raises `NotAllowed` as it connects, for ports too.
    """

    def __init__(self, allowed: Allowed) -> None:
        super().__init__(trust_env=False)
        self.allowed = allowed
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_keepalive_connections=0,
            network_backend=Guarded(allowed, httpcore.AnyIOBackend()),
        )

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.allowed.check_port(request.url)
        return await super().handle_async_request(request)


class Guard:
    """Asks addresses that people wrote; `httpcore` raises what went wrong on the way."""

    def __init__(self, allowed: Allowed, road: httpcore.AsyncNetworkBackend | None = None) -> None:
        self.allowed = allowed
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            # How many go at once is for accounts to say: those of a host that hangs take no room from those of others.
            max_connections=None,
            max_keepalive_connections=0,
            network_backend=Guarded(allowed, road or httpcore.AnyIOBackend()),
        )

    async def ask(
        self,
        method: str,
        written: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        within: float | None = None,
    ) -> httpx.Response:
        """Ask once and give any answer: whole, or what there is where it `is_cut_off` or `is_broken_off`.

        Raises `NotAllowed`, `TimeoutError` where its status does not come within so many seconds.
        """
        url = self.read(written)
        sent = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity", **headers}
        if content is not None:
            sent["Content-Length"] = str(len(content))
        limits = {"connect": CONNECT, "pool": CONNECT, "read": within or READ, "write": READ}
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        async with (
            asyncio.timeout(within or WHOLE) as limit,
            self._pool.stream(
                method, target, headers=_encoded(sent), content=content, extensions={"timeout": limits}
            ) as answer,
        ):
            until = limit.when()
            limit.reschedule(None)  # the status is there: from here on it is the body alone that is waited for
            body, ending = await _read(answer, until)
        # The client would unpack what says that it is packed, however large that becomes.
        told = [(name, value) for name, value in answer.headers if name.lower() != b"content-encoding"]
        return httpx.Response(answer.status, headers=told, content=body, extensions={ending: True} if ending else {})

    def read(self, written: str) -> httpx.URL:
        """Read an address; raises `NotAllowed` for what no rule may ask."""
        try:
            url = httpx.URL(written.strip())
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise NotAllowed(f"{written:.200} is no address: {error}") from None
        if url.scheme not in SCHEMES or not url.host:
            raise NotAllowed(f"{written:.200} is no address that can be asked; it begins with https:// or http://")
        if url.userinfo:
            raise NotAllowed("the address has a name or password in it; send it in a header")
        self.allowed.check_port(url)
        return url

    async def close(self) -> None:
        """Close what is open."""
        await self._pool.aclose()


def is_cut_off(response: httpx.Response) -> bool:
    """Say whether an answer is longer than what was read of it."""
    return CUT_OFF in response.extensions


def is_broken_off(response: httpx.Response) -> bool:
    """Say whether an answer ended, or fell silent, before its end; its status is what it is."""
    return BROKEN_OFF in response.extensions


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    try:
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    except UnicodeEncodeError as error:
        raise NotAllowed(f"a header cannot hold {error.object!r:.100}") from None


async def _read(answer: httpcore.Response, until: float | None) -> tuple[bytes, str]:
    """Give the bytes of an answer, as many as anybody wants to read, and what it says of itself unless they are all."""
    body = bytearray()
    try:
        async with asyncio.timeout_at(until):
            async for part in answer.aiter_stream():
                body += part
                if len(body) > LARGEST_ANSWER:
                    return bytes(body[:LARGEST_ANSWER]), CUT_OFF
    except SILENT:
        return bytes(body), BROKEN_OFF
    return bytes(body), ""
