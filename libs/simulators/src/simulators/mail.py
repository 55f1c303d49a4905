"""A real SMTP server that keeps the mail it accepts."""

import asyncio
import email
import email.policy
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from typing_extensions import override

from simulators.faults import AFTER_DATA, AT_RECIPIENT, Fault, Faults
from simulators.records import Accepted, Journal, Records

REPORTS = frozenset({"RET", "ENVID", "NOTIFY", "ORCPT"})
REFUSALS = {451: "4.3.0 Try again later", 550: "5.1.1 User unknown"}


class Mail(Accepted):
    """A message as it was accepted: the envelope, the raw bytes, and what a reader sees."""

    provider: Literal["smtp"] = "smtp"
    sender: str
    recipients: list[str]
    raw: bytes
    message_id: str | None
    subject: str
    text: str
    reports: dict[str, str]


class MailConnection(SMTP):
    """One SMTP conversation that can be cut, from within or when the server stops."""

    def __init__(self, mailbox: "Mailbox") -> None:
        super().__init__(
            mailbox,
            hostname="simulator",
            ident="SMTP",
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
            authenticator=mailbox.log_in,
            auth_require_tls=False,
        )
        self._open = mailbox.open
        self.reports: dict[str, str] = {}

    @override
    async def smtp_MAIL(self, arg: str | None) -> None:
        self.reports = {}
        await super().smtp_MAIL(self._without_reports(arg))

    @override
    async def smtp_RCPT(self, arg: str | None) -> None:
        await super().smtp_RCPT(self._without_reports(arg))

    def _without_reports(self, arg: str | None) -> str | None:
        """Take from a command what it says of delivery reports (RFC 3461), which the library does not know."""
        words = (arg or "").split(" ")
        asked = {name: value for name, _, value in (word.partition("=") for word in words) if name in REPORTS}
        self.reports |= asked
        return " ".join(word for word in words if word.partition("=")[0] not in asked) if asked else arg

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._open.add(self)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        super().connection_lost(error)

    def cut(self) -> None:
        """Close at once, without a word."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()


class Mailbox:
    """Decides on recipients and messages; the method names are aiosmtpd's hooks."""

    def __init__(self, faults: Faults, journal: Journal, user: str = "", password: str = "") -> None:
        self.accepted = Records("smtp", Mail, journal)
        self.open: set[MailConnection] = set()
        self.conversations = 0
        self._faults = faults
        self._known = LoginPassword(user.encode(), password.encode())

    def log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
        """Let in whoever knows the password; letters are taken from anybody."""
        return AuthResult(success=given == self._known, handled=False)

    def connection(self) -> MailConnection:
        """Begin a conversation, and count it."""
        self.conversations += 1
        return MailConnection(self)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: MailConnection, session: Session, _envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        """Say that delivery reports can be asked for."""
        session.host_name = hostname
        return [*answers[:-1], "250-DSN", answers[-1]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: MailConnection, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a sender, or fail as a fault says that names the sender's address."""
        named = any(one.to == address for one in self._faults.waiting() if one.provider == "smtp")
        fault = self._faults.take("smtp", address) if named else None
        if fault and fault.kind == "status":
            return f"{fault.code or 451} {fault.body or 'Simulated refusal'}"
        if fault:
            await _spoil(fault, server)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: MailConnection, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, or refuse it where a fault says so."""
        if fault := self._faults.take("smtp", address, AT_RECIPIENT):
            code = fault.code or 451
            return f"{code} {fault.body or REFUSALS.get(code, 'Simulated refusal')}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: MailConnection, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Accept a message after its final dot, or fail in the way that was asked for."""
        faults = (self._faults.take("smtp", to, AFTER_DATA) for to in envelope.rcpt_tos)
        fault = next((each for each in faults if each), None)
        if fault and fault.kind == "cut_before":
            await _cut(server)
        mail = _read(envelope, server.reports)
        self.accepted.add(mail)
        if fault:
            await _spoil(fault, server)
        return "???" if fault and fault.kind == "garbage" else f"250 2.0.0 OK {len(self.accepted)}"


async def _spoil(fault: Fault, server: MailConnection) -> None:
    if fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "cut_after":
        await _cut(server)


async def _cut(server: MailConnection) -> None:
    """Cut and wait for the end: losing the connection cancels the conversation, so nothing more is said."""
    server.cut()
    await asyncio.Event().wait()


def _read(envelope: Envelope, reports: dict[str, str]) -> Mail:
    raw = envelope.original_content or b""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    return Mail(
        sender=envelope.mail_from,
        recipients=envelope.rcpt_tos,
        raw=raw,
        message_id=message["Message-ID"],
        subject=message.get("Subject", ""),
        text=body.get_content() if body else "",
        reports=reports,
    )
