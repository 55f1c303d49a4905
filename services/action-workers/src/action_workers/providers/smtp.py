"""A mail server, over SMTP (RFC 5321)."""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, ClassVar, Literal, Self

import aiosmtplib
from chassis.errors import Rejected, Retryable
from pydantic import Field, SecretStr
from typing_extensions import override

from action_workers.answers import Sent, Uncertain
from action_workers.providers.accounts import Account, Provider, read_account

WIRE = SMTP.clone(cte_type="7bit", max_line_length=78)
PERMANENT = range(500, 600)
TEMPORARY = range(400, 500)
MAILBOX_FULL = re.compile(r"\b5\.2\.2\b")  # a permanent code that time often heals
AUTHENTICATION = frozenset({530, 534, 535})
PER_COMMAND = 8.0


class SmtpAccount(Account):
    """A mailbox on a mail server; `sender` is the address that mail comes from, `name` how readers see it."""

    host: str
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(alias="from")
    name: str = ""


class Smtp(Provider):
    """Sends mail, one conversation for each. A mail whose final dot got no answer must not be sent again by itself."""

    NAME: ClassVar[str] = "smtp"

    def __init__(self, account: SmtpAccount) -> None:
        self.account: SmtpAccount = account
        self.domain = address(account.sender).domain

    @classmethod
    @override
    def of(cls, connection: str, values: Mapping[str, Any]) -> Self:
        return cls(read_account(SmtpAccount, connection, values))

    @override
    async def close(self) -> None:
        return None

    async def send_email(self, message: EmailMessage, to: str) -> Sent:
        """Send one mail to one recipient."""
        message_id = str(message["Message-ID"])
        async with self._conversation() as server:
            with before_the_message():
                await server.mail(self.account.sender)
                await server.rcpt(to)
            try:
                await server.data(message.as_bytes(policy=WIRE))
            except aiosmtplib.SMTPDataError as error:
                raise refusal(error.code, error.message) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise Uncertain(f"the mail server did not answer, and may have accepted it: {error}") from error
        return Sent(message_id, {"message_id": message_id})

    @asynccontextmanager
    async def _conversation(self) -> AsyncIterator[aiosmtplib.SMTP]:
        account = self.account
        server = aiosmtplib.SMTP(
            hostname=account.host,
            port=account.port,
            use_tls=account.tls == "implicit",
            start_tls=account.tls == "starttls",
            timeout=PER_COMMAND,
        )
        try:
            with before_the_message():
                await server.connect()
                if account.user:
                    await server.login(account.user, account.password.get_secret_value())
            yield server
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await server.quit()
        finally:
            server.close()


@contextlib.contextmanager
def before_the_message() -> Iterator[None]:
    """Say of any failure here that the message was not sent."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        raise refusal(error.code, error.message) from error
    except OSError as error:  # the library's own kinds of silence and disconnection among them
        raise Retryable(f"the mail server cannot be reached: {error}") from error
    except aiosmtplib.SMTPException as error:
        raise Rejected(f"the mail server cannot do what the connection asks for: {error}") from error


def refusal(code: int, said: str) -> Exception:
    """Read a reply that does not accept: 4yz later, 5yz never; anything else is no answer at all."""
    words = " ".join(said.split())
    if code in AUTHENTICATION:
        return Rejected(f"the mail server refuses the connection's user name or password ({code} {words})")
    if code in TEMPORARY or (code in PERMANENT and MAILBOX_FULL.search(words)):
        return Retryable(f"the mail server answered {code} {words}")
    if code in PERMANENT:
        return Rejected(f"the mail server refused: {code} {words}")
    return Uncertain(f"the mail server gave an answer that cannot be read: {words!r}")


def address(written: str, name: str = "") -> Address:
    """Read an address; raises `Rejected`."""
    try:
        return Address(" ".join(name.split()), addr_spec=written)
    except Exception as error:  # the parser raises many kinds
        raise Rejected(f"'{written}' is not an email address") from error


def compose(sender: Address, to: Address, subject: str, text: str, *, message_id: str, at: datetime) -> EmailMessage:
    """Compose a mail; the same effect always has the same Message-ID, by which receivers know a repeat."""
    message = EmailMessage(policy=WIRE)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = " ".join(subject.split())
    message["Date"] = at
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
