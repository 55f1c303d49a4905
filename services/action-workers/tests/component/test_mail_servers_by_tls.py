"""A mail server that asks for TLS and a password: who it is must be proven before anything is said to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from action_workers.testing import Desk
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from chassis.testing.certificate import Certificate, make_certificate

USER, PASSWORD = b"shop", b"letters"


@dataclass
class Server:
    """A mail server that takes letters by STARTTLS from whom it knows, or by TLS from the first byte."""

    port: int = 0
    letters: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a letter."""
        self.letters.append(envelope.content)
        return "250 OK"


def known(_: Any, __: Any, ___: Any, ____: Any, given: Any) -> AuthResult:
    """Let in whoever has the password."""
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (USER, PASSWORD)
    return AuthResult(success=right, handled=False)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@pytest.fixture(params=["starttls", "implicit"])
async def server(certificate: Certificate, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Server, str]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.trusted, certificate.key)
    told, loop = Server(), asyncio.get_running_loop()
    starts = request.param == "starttls"

    def conversation() -> SMTP:
        if not starts:
            return SMTP(told, loop=loop, hostname="localhost")
        asks: dict[str, Any] = {
            "authenticator": known,
            "auth_required": True,
            "require_starttls": True,
            "tls_context": context,
        }
        return SMTP(told, loop=loop, hostname="localhost", **asks)

    listening = await loop.create_server(conversation, "127.0.0.1", 0, ssl=None if starts else context)
    told.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield told, request.param


@pytest.fixture
async def mail(open_desk: Callable[[str], Awaitable[Desk]], server: tuple[Server, str]) -> Desk:
    desk = await open_desk("email")
    told, tls = server
    where = {"host": "localhost", "port": told.port, "tls": tls, "user": USER.decode() if tls == "starttls" else ""}
    await desk.reconnect("mail", **where, password=PASSWORD.decode())
    return desk


async def test_a_letter_goes_to_a_server_that_has_proven_who_it_is(
    mail: Desk, server: tuple[Server, str], certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.trusted))
    await mail.take(mail.action(mail.to("ana@example.com")))
    await mail.work("sent")
    assert b"Subject: Your contract" in server[0].letters[0]


async def test_nothing_is_said_to_a_server_that_nobody_vouches_for(mail: Desk, server: tuple[Server, str]) -> None:
    await mail.take(mail.action(mail.to("ana@example.com")))
    (outcome,) = await mail.work("failed")
    assert "certificate" in outcome.reason.lower()
    assert server[0].letters == []


@pytest.mark.parametrize("server", ["starttls"], indirect=True)
async def test_a_wrong_password_fails_at_once_in_words(
    mail: Desk, server: tuple[Server, str], certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.trusted))
    await mail.reconnect("mail", password="wrong")
    await mail.take(mail.action(mail.to("ana@example.com")))
    (outcome,) = await mail.work("failed")
    assert (outcome.attempts, "user name or password" in outcome.reason) == (1, True)
    assert server[0].letters == []
