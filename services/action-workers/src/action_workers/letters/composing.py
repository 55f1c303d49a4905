"""Putting a letter together as it travels (RFC 5322, RFC 2045, RFC 8058)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import idna
from chassis.errors import Rejected

from action_workers.letters.headers import HEADERS
from action_workers.letters.writing import Writing

WIRE = SMTP.clone(cte_type="7bit", max_line_length=78, header_factory=HEADERS)
UNICODE_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")  # RFC 6531 beside RFC 5322
WIRE_UTF8 = WIRE.clone(utf8=True)
# What Python reads as an encoded word (RFC 2047) wherever it stands, and writes decoded: with line ends, if it has any.
ENCODED = re.compile(r"=\?(?=[^?]*\?[bq]\?)", re.IGNORECASE)
# Types whose names can travel (RFC 6838).
READABLE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it goes with a letter."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a letter is made of; `unsubscribe` is an address that takes one click, empty for none.

    `calendar` is iCalendar text beside what people read, `method` what is asked by it (RFC 6047).
    """

    sender: Address
    to: Address
    subject: str
    writing: Writing
    message_id: str
    at: datetime
    attachments: Sequence[Attachment] = ()
    unsubscribe: str = ""
    calendar: str = ""
    method: str = ""

    @property
    def needs_utf8(self) -> bool:
        """Say whether an address has letters that only SMTPUTF8 (RFC 6531) carries."""
        return not (self.sender.addr_spec + self.to.addr_spec).isascii()


def address(written: str, name: str = "") -> Address:
    """Read an address, its domain in the letters that DNS knows; raises `Rejected`."""
    local, _, domain = written.rpartition("@")
    if "=?" in written:  # which would be read as another one
        raise Rejected(f"'{written}' is not an email address")
    try:
        if not local.isascii() and UNICODE_LOCAL.fullmatch(local):
            return Address(oneline(name), local, ascii_domain(domain))
        return Address(oneline(name), addr_spec=f"{local}@{ascii_domain(domain)}")
    except Exception as error:  # the parser raises many kinds
        raise Rejected(f"'{written}' is not an email address") from error


def ascii_domain(domain: str) -> str:
    """Give a domain as DNS knows it; raises `idna.IDNAError` for one in other letters that cannot be."""
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def oneline(written: str) -> str:
    """Give a text that a header can hold, and nothing decodes: what would end the line, or nobody sees, is a blank."""
    return ENCODED.sub("= ?", " ".join("".join(c if c.isprintable() else " " for c in written).split()))


def compose(letter: Letter) -> EmailMessage:
    """Compose a letter; the same effect always has the same Message-ID, by which receivers know a repeat."""
    message = EmailMessage(policy=WIRE_UTF8 if letter.needs_utf8 else WIRE)
    message["From"] = letter.sender
    message["To"] = letter.to
    message["Subject"] = oneline(letter.subject)
    message["Date"] = letter.at
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.writing.text)
    message.add_alternative(letter.writing.html, subtype="html")
    if letter.calendar:
        message.add_alternative(letter.calendar, subtype="calendar", params={"method": letter.method})
    for file in letter.attachments:
        attach(message, file)
    return message


def attach(message: EmailMessage, file: Attachment) -> None:
    """Add a file; what has no readable type is just bytes, and a text stays the bytes that it is."""
    main, _, sub = file.content_type.partition("/")
    if not READABLE.fullmatch(file.content_type) or main in {"message", "multipart"}:
        main, sub = "application", "octet-stream"
    message.add_attachment(file.content, maintype=main, subtype=sub, filename=oneline(file.name))
