"""A mail server, over SMTP (RFC 5321)."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, Self

import aiosmtplib
from chassis.errors import Rejected, Retryable
from pydantic import Field, SecretStr
from typing_extensions import override

from action_workers.answers import Down, Sent, Uncertain, Unwanted
from action_workers.letters.composing import WIRE, WIRE_UTF8, Letter, address, compose
from action_workers.providers.accounts import Account, Provider, Works, read_account
from action_workers.providers.mail_connections import MailConnections

PERMANENT = range(500, 600)
TEMPORARY = range(400, 500)
# Enhanced status codes, and not parts of IP addresses, which many refusals name.
NO_SUCH_MAILBOX = re.compile(r"(?<![\w.])5\.1\.(1|2|3|6|10)(?!\.?\w)")
MAILBOX_FULL = re.compile(r"(?<![\w.])5\.2\.2(?!\.?\w)")  # a permanent code that time often heals
CLOSES = 421  # the whole server takes nothing now, not only this letter
AUTHENTICATION = frozenset({530, 534, 535})
PER_COMMAND = 8.0
LONGEST_GREETING = 200
PRIVACY = {"none": "without TLS", "starttls": "after STARTTLS", "implicit": "over TLS"}
UTF8, DSN = "smtputf8", "dsn"
NO_XTEXT = re.compile(r"[^!-*,-<>-~]")


class SmtpAccount(Account):
    """A mailbox on a mail server; `sender` is the address that mail comes from, `name` how readers see it.

    `connections` are open at once in each process, each for so many letters; `largest` is the most bytes of files in
    a letter; `track` tells of openings and links where a rule does not say.
    """

    host: str
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(alias="from")
    name: str = ""
    track: bool = False
    largest: int = Field(15_000_000, gt=0)
    connections: int = Field(4, ge=1, le=50)
    letters_per_connection: int = Field(100, ge=1)


class Smtp(Provider):
    """Sends mail. A letter whose final dot got no answer must not be sent again by itself."""

    NAME: ClassVar[str] = "smtp"

    def __init__(self, account: SmtpAccount) -> None:
        self.account: SmtpAccount = account
        self.sender = address(account.sender, account.name)
        self._connections = MailConnections(
            self._connect, most=account.connections, letters=account.letters_per_connection
        )

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(SmtpAccount, connection, values))

    @override
    async def close(self) -> None:
        await self._connections.close()

    @override
    async def check(self) -> Works:
        """Log in, name the sender, and leave; no letter follows."""
        account, server = self.account, self._server()
        try:
            with before_the_message():
                _, greeting = await server.connect()
                await self._log_in(server)
                await self._name_sender(server)
                with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                    await server.quit()
        finally:
            server.close()
        greeting = " ".join(greeting.split())[:LONGEST_GREETING]
        who = f"lets the user '{account.user}' in" if account.user else "asks for no login"
        words = f"the mail server greets as '{greeting}', {who} {PRIVACY[account.tls]}"
        return Works(f"{words}, and takes {account.sender} as sender", {"greeting": greeting, "user": account.user})

    async def _log_in(self, server: aiosmtplib.SMTP) -> None:
        account = self.account
        try:
            if account.user:
                await server.login(account.user, account.password.get_secret_value())
        except aiosmtplib.SMTPAuthenticationError as error:
            if error.code not in AUTHENTICATION:
                raise
            said = f"{error.code} {' '.join(error.message.split())}"
            words = f"the mail server refuses the user '{account.user}': wrong user or password ({said})"
            raise Rejected(words) from error

    async def _name_sender(self, server: aiosmtplib.SMTP) -> None:
        """Begin a letter, and take it back."""
        try:
            await server.mail(self.sender.addr_spec)
        except aiosmtplib.SMTPSenderRefused as error:
            if error.code in TEMPORARY:
                raise
            said = f"{error.code} {' '.join(error.message.split())}"
            words = f"the mail server lets us in, and refuses {self.sender.addr_spec} as sender ({said})"
            raise Rejected(f"{words}; send from an address that the account may use") from error
        await server.rset()

    async def send_email(self, letter: Letter) -> Sent:
        """Send one letter to one recipient."""
        content = compose(letter).as_bytes(policy=WIRE_UTF8 if letter.needs_utf8 else WIRE)
        async with self._connections.lent() as server:
            with before_the_message():
                await self._address(server, letter)
            try:
                await server.data(content)
            except aiosmtplib.SMTPDataError as error:
                raise refusal(error.code, error.message) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise Uncertain(f"the mail server did not answer, and may have accepted it: {error}") from error
        return Sent(letter.message_id, {"message_id": letter.message_id})

    async def _address(self, server: aiosmtplib.SMTP, letter: Letter) -> None:
        await greet(server)
        options, encoding = [], "ascii"
        if letter.needs_utf8:
            if not server.supports_extension(UTF8):
                raise Rejected(f"the mail server cannot carry the address '{letter.to.addr_spec}'; it knows only ASCII")
            options, encoding = [UTF8.upper()], "utf-8"
        reports = server.supports_extension(DSN)
        if reports:
            options += ["RET=HDRS", f"ENVID={xtext(letter.message_id.strip('<>'))}"]
        await server.mail(letter.sender.addr_spec, options=options, encoding=encoding)
        asked = ["NOTIFY=FAILURE,DELAY"] if reports else []
        await server.rcpt(letter.to.addr_spec, options=asked, encoding=encoding)

    def _server(self) -> aiosmtplib.SMTP:
        account = self.account
        return aiosmtplib.SMTP(
            hostname=account.host,
            port=account.port,
            use_tls=account.tls == "implicit",
            start_tls=account.tls == "starttls",
            timeout=PER_COMMAND,
        )

    async def _connect(self) -> aiosmtplib.SMTP:
        account, server = self.account, self._server()
        try:
            with before_the_message():
                await server.connect()
                if account.user:
                    await server.login(account.user, account.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server


async def greet(server: aiosmtplib.SMTP) -> None:
    """Greet a server that was not greeted yet, and hear what it can do."""
    if not server.is_ehlo_or_helo_needed:
        return
    try:
        await server.ehlo()
    except aiosmtplib.SMTPHeloError:
        await server.helo()


def xtext(written: str) -> str:
    """Write a text as parameters of delivery reports have it (RFC 3461)."""
    return NO_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", written)


@contextlib.contextmanager
def before_the_message() -> Iterator[None]:
    """Say of any failure here that the message was not sent."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        raise unsent(refusal(error.code, error.message)) from error
    except OSError as error:  # the library's own kinds of silence and disconnection among them
        raise Down(f"the mail server cannot be reached: {error}") from error
    except aiosmtplib.SMTPException as error:
        raise Rejected(f"the mail server cannot do what the connection asks for: {error}") from error


def unsent(refused: Exception) -> Exception:
    """Read a reply before the message: one that nobody can read is no acceptance, as no letter was sent."""
    return Down(str(refused)) if isinstance(refused, Uncertain) else refused


def refusal(code: int, said: str) -> Exception:
    """Read a reply that does not accept: 4yz later, 5yz never; anything else is no answer at all."""
    words = " ".join(said.split())
    if code in AUTHENTICATION:
        return Rejected(f"the mail server refuses the connection's user name or password ({code} {words})")
    if code in TEMPORARY or (code in PERMANENT and MAILBOX_FULL.search(words)):
        said = f"the mail server answered {code} {words}"
        return Down(said) if code == CLOSES else Retryable(said)
    if code in PERMANENT:
        return for_good(f"the mail server refused: {code} {words}")
    return Uncertain(f"the mail server gave an answer that cannot be read: {words!r}")


def for_good(refused: str) -> Rejected:
    """Read a 5yz: where there is no such mailbox, it is written to no more."""
    if NO_SUCH_MAILBOX.search(refused):
        return Unwanted(refused, suppress="the mailbox does not exist")
    return Rejected(refused)
