"""A mailbox over IMAP (RFC 3501, IDLE by RFC 2177); its calls block, so each mailbox has a thread of its own."""

import contextlib
import re
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from trigger_gateway.letters.mime import LARGEST
from trigger_gateway.sources.mailbox import MailboxSettings
from trigger_gateway.timestamps import in_utc

ANSWER_WITHIN = 30.0
SLICE = 1.0
ARRIVED, SIZE = re.compile(rb'INTERNALDATE "([^"]+)"'), re.compile(rb"RFC822\.SIZE (\d+)")
WAYS: dict[str, type[BaseMailBox]] = {"implicit": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}


class LetterTooLarge(Exception):
    """A letter is larger than what is taken; it was not fetched."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a folder's letters are numbered, and the number of its newest."""

    validity: int
    newest: int


@dataclass(frozen=True, slots=True)
class Raw:
    """A letter as it lies in the mailbox, and when it came there."""

    uid: int
    at: datetime
    content: bytes


class Imap:
    """An open folder; raises `OSError`, `imaplib.IMAP4.error` or `ImapToolsError`. Nothing in it is changed."""

    def __init__(self, settings: MailboxSettings, password: str) -> None:
        self.folder = settings.folder
        way: Any = WAYS[settings.tls]
        # Without a context of ours the library would take any certificate.
        more = {} if settings.tls == "none" else {"ssl_context": ssl.create_default_context()}
        self.mailbox: BaseMailBox = way(settings.host, settings.port, timeout=ANSWER_WITHIN, **more)
        try:
            self.mailbox.login(settings.user, password, initial_folder=None)
            self.mailbox.folder.set(settings.folder, readonly=True)
        except BaseException:
            self.close()
            raise
        # Servers say more of themselves to whom they know.
        _, told = self.mailbox.client.capability()
        self.idles = b"IDLE" in told[-1].upper().split()

    def standing(self) -> Standing:
        """Say how the folder stands now."""
        self.mailbox.client.noop()
        told = self.mailbox.folder.status(self.folder, ["UIDVALIDITY", "UIDNEXT"])
        return Standing(told["UIDVALIDITY"], told["UIDNEXT"] - 1)

    def after(self, uid: int) -> list[int]:
        """Give the numbers of the letters after this one, in order."""
        found = self.mailbox.uids(f"UID {uid + 1}:*")  # it names the newest too, where none is after it
        return sorted(one for one in map(int, found) if one > uid)

    def fetch(self, uid: int) -> Raw | None:
        """Fetch a letter, None where it is gone meanwhile; raises `LetterTooLarge`."""
        about, _ = self._ask(uid, "(INTERNALDATE RFC822.SIZE)")
        arrived, size = ARRIVED.search(about), SIZE.search(about)
        if arrived is None or size is None:
            return None
        if int(size[1]) > LARGEST:
            raise LetterTooLarge(f"it is {int(size[1])} bytes; a letter may have {LARGEST}")
        return Raw(uid, read_arrival(arrived[1]) or datetime.now(UTC), self._ask(uid, "(BODY.PEEK[])")[1])

    def rest(self, stopped: threading.Event, seconds: float) -> None:
        """Wait until the server tells of something, it was told to stop, or so many seconds."""
        if not self.idles:
            stopped.wait(seconds)
            return
        left = seconds
        with self.mailbox.idle as idle:
            while left > 0 and not stopped.is_set() and not idle.poll(timeout=min(SLICE, left)):
                left -= SLICE

    def close(self) -> None:
        """Leave, without a word if need be."""
        with contextlib.suppress(OSError, ImapToolsError, self.mailbox.client.error):
            self.mailbox.logout()
        with contextlib.suppress(OSError):
            self.mailbox.client.shutdown()

    def _ask(self, uid: int, parts: str) -> tuple[bytes, bytes]:
        """Fetch parts of a letter, as (what the server says of it, its content)."""
        _, answer = self.mailbox.client.uid("FETCH", str(uid), parts)
        said, content = b"", b""
        for one in answer:
            if isinstance(one, tuple):
                said, content = said + one[0], content + one[1]
            elif isinstance(one, bytes):
                said += one
        return said, content


def read_arrival(written: bytes) -> datetime | None:
    """Read when a letter came, as its server writes it; None for what is no such moment."""
    try:
        return in_utc(datetime.strptime(written.decode().strip(), "%d-%b-%Y %H:%M:%S %z"))
    except ValueError:
        return None
