"""The guarded client: it reaches the public network and what an operator allows, and nothing else."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
from action_workers.guarded import LARGEST_ANSWER, Allowed, Guard, NotAllowed, is_cut_off, is_public
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from simulators.serving import serving_http
from typing_extensions import override

PUBLIC = "93.184.216.34"
INSIDE = """
    127.0.0.1 127.9.9.9 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 169.254.0.1
    100.64.0.1 100.100.100.200 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.255 168.63.129.16 192.88.99.1
    ::1 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1
    64:ff9b:1::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 2002:7f00:1:: 2001::1 100::1
"""
OUTSIDE = (
    f"{PUBLIC} 8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 ::ffff:8.8.8.8 64:ff9b::808:808 2606:4700::1111 2a00:1450::1"
)


@pytest.mark.parametrize("address", INSIDE.split())
def test_an_address_that_leads_inside_is_known_in_every_way_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://shop.example/x", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("//shop.example", "begins with https"),
        ("https://", "begins with https"),
        ("not an address", "begins with https"),
        ("https://user:secret@shop.example/", "password in it"),
        ("https://user@shop.example/", "password in it"),
        ("http://shop.example:0/", "port 0 may not be asked"),
        ("http://shop.example:22/", "port 22 may not be asked; allowed are 80, 443"),
        ("http://shop.example:99999/", "port 99999 may not be asked"),
        ("http://[::1/", "is no address"),
        ("http://sh\u0000op.example/", "is no address"),
    ],
)
def test_what_no_rule_may_ask_is_refused_before_anything_is_looked_up(url: str, words: str) -> None:
    with pytest.raises(NotAllowed, match=words) as refused:
        Guard(Allowed()).read(url)
    assert "secret" not in str(refused.value)


class Road(httpcore.AnyIOBackend):
    """Leads every address to one port of this machine, and notes which was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0

    @override
    async def connect_tcp(self, host: str, port: int, *more: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        self.asked.append(host)
        return await super().connect_tcp("127.0.0.1", self.port or port, *more, **named)


class Names:
    """Answers look-ups of names, each time with the next of what it was told; the last again and again."""

    def __init__(self, **told: Iterable[str]) -> None:
        self.told = {name: list(answers) for name, answers in told.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        answers = self.told[host.partition(".")[0]]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(2, 1, 6, "", (address, port)) for address in found.split()]


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """Give the address of a server that answers in many ways."""
    app = FastAPI()

    @app.get("/long")
    async def long() -> Response:
        return Response(b"x" * 1_100_000)

    @app.get("/elsewhere")
    async def elsewhere() -> Response:
        return RedirectResponse("http://169.254.169.254/latest/meta-data")

    @app.get("/")
    async def seen(request: Request) -> dict[str, str]:
        return dict(request.headers)

    async with serving_http(app, "127.0.0.1", 0) as url:
        yield url


def port_of(url: str) -> int:
    return httpx.URL(url).port or 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"])
async def test_no_way_to_write_this_machine_leads_to_it(server: str, host: str) -> None:
    port = port_of(server)
    guard = Guard(Allowed(frozenset({port})))
    with pytest.raises((NotAllowed, httpcore.ConnectError), match=r"leads inside|is not known"):
        await guard.ask("GET", f"http://{host}:{port}/", {})
    await guard.close()


async def test_what_an_operator_allows_is_asked_wherever_it_leads(server: str) -> None:
    guard = Guard(Allowed(inside=frozenset({f"127.0.0.1:{port_of(server)}"})))
    answer = await guard.ask("GET", f"{server}/", {"X-Shop": "1"})
    assert (answer.status_code, answer.json()["x-shop"], answer.json()["accept-encoding"]) == (200, "1", "identity")
    with pytest.raises(NotAllowed, match="port 81"):
        await guard.ask("GET", "http://127.0.0.1:81/", {})
    await guard.close()


async def test_a_name_that_leads_outside_and_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    road, names = Road(), Names(both=[f"{PUBLIC} 10.0.0.1"])
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names)
    with pytest.raises(NotAllowed, match=r"both\.example leads inside") as refused:
        await Guard(Allowed(), road).ask("GET", "https://both.example/", {})
    assert (road.asked, "10.0.0.1" in str(refused.value)) == ([], False)


async def test_a_name_that_turns_inside_behind_the_look_is_reached_where_it_was_looked_at(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    road, names = Road(), Names(turns=[PUBLIC, "127.0.0.1"])
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names)
    road.port = port_of(server)
    guard = Guard(Allowed(), road)
    answer = await guard.ask("GET", "http://turns.example/", {})
    assert (answer.json()["host"], road.asked, names.asked) == ("turns.example", [PUBLIC], ["turns.example"])
    with pytest.raises(NotAllowed):
        await guard.ask("GET", "http://turns.example/", {})
    assert road.asked == [PUBLIC]
    await guard.close()


async def test_a_redirect_is_an_answer_and_a_long_answer_is_cut_off(server: str) -> None:
    guard = Guard(Allowed(inside=frozenset({"127.0.0.1"})))
    assert (await guard.ask("GET", f"{server}/elsewhere", {})).status_code == 307
    long = await guard.ask("GET", f"{server}/long", {})
    assert (long.status_code, len(long.content), is_cut_off(long)) == (200, LARGEST_ANSWER, True)
    whole = await guard.ask("GET", f"{server}/", {})
    assert (whole.status_code, is_cut_off(whole)) == (200, False)
    await guard.close()


@pytest.mark.parametrize("headers", [{"X-A": "a\r\nX-B: b"}, {"X\r\nA": "a"}, {"X-A": "\u20ac"}, {"\u20ac": "a"}])
async def test_a_header_cannot_smuggle_another(server: str, headers: dict[str, str]) -> None:
    guard = Guard(Allowed(inside=frozenset({"127.0.0.1"})))
    with pytest.raises((NotAllowed, httpcore.LocalProtocolError)):
        await guard.ask("GET", f"{server}/", headers)
    await guard.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for `shop.example`."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    forms = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "shop.pem"
    path.write_bytes(key.private_bytes(*forms) + made.public_bytes(serialization.Encoding.PEM))
    return path


async def test_the_certificate_must_be_that_of_the_name_though_an_address_is_connected_to(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names(shop=[PUBLIC], other=[PUBLIC]))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    road = Road()
    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context) as listening:
        road.port = listening.sockets[0].getsockname()[1]
        guard = Guard(Allowed(), road)
        assert (await guard.ask("GET", "https://shop.example/", {})).text == "hi"
        with pytest.raises(httpcore.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await guard.ask("GET", "https://other.example/", {})
        await guard.close()
