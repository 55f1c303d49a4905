"""What mail servers refuse: for good or for now, of the letter or of the mailbox, and what was surely not sent."""

import ssl
from types import SimpleNamespace
from typing import Any

import aiosmtplib
import pytest
from action_workers.answers import Down, Uncertain, Unwanted
from action_workers.providers import mail_connections
from action_workers.providers.mail_connections import IDLE_AT_MOST, MailConnections
from action_workers.providers.smtp import before_the_message, refusal, xtext
from chassis.errors import Rejected, Retryable


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (550, "5.1.1 User unknown"),
        (550, "5.1.1: no such user here"),
        (550, "sorry, no mailbox here by that name (#5.1.1)"),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found"),
        (553, "5.1.3 bad destination mailbox address syntax."),
        (550, "5.1.6 has moved"),
        (550, "5.1.2"),
        (550, "unknown user 5.1.1."),
    ],
)
def test_a_mailbox_that_is_not_there_is_written_to_no_more(code: int, said: str) -> None:
    error = refusal(code, said)
    assert isinstance(error, Unwanted)
    assert error.suppress == "the mailbox does not exist"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (550, "5.7.1 Client host [5.1.1.20] blocked using zen.example"),
        (554, "5.7.1 rejected, see https://block.example/?ip=5.1.10.3"),
        (550, "5.7.1 host 10.5.1.1 is not allowed"),
        (550, "5.1.12 no code of this list"),
        (554, "5.7.1 your server 5.2.2.9 is listed"),
        (550, "5.1.0 address rejected"),
        (550, "mailbox unavailable"),
        (554, ""),
    ],
)
def test_other_refusals_for_good_say_nothing_of_the_mailbox(code: int, said: str) -> None:
    assert type(refusal(code, said)) is Rejected


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        (421, "4.3.2 closing", Down),
        (450, "4.2.1 greylisted", Retryable),
        (499, "", Retryable),
        (552, "5.2.2 over quota", Retryable),
        (550, "mailbox full (#5.2.2)", Retryable),
        (552, "5.3.4 message too big", Rejected),
        (530, "5.7.0 authenticate first", Rejected),
        (599, "", Rejected),
        (399, "", Uncertain),
        (600, "", Uncertain),
        (0, "", Uncertain),
    ],
)
def test_the_first_digit_of_a_reply_decides(code: int, said: str, kind: type[Exception]) -> None:
    assert type(refusal(code, said)) is kind


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (aiosmtplib.SMTPServerDisconnected("gone"), Down, "cannot be reached: gone"),
        (aiosmtplib.SMTPConnectError("no"), Down, "cannot be reached"),
        (aiosmtplib.SMTPConnectTimeoutError("slow"), Down, "cannot be reached"),
        (aiosmtplib.SMTPReadTimeoutError("slow"), Down, "cannot be reached"),
        (ssl.SSLCertVerificationError("who is that"), Down, "cannot be reached"),
        (TimeoutError(), Down, "cannot be reached"),
        (aiosmtplib.SMTPNotSupported("STARTTLS"), Rejected, "cannot do what the connection asks for: STARTTLS"),
        (aiosmtplib.SMTPRecipientRefused(550, "5.1.1 no", "a@b.c"), Unwanted, "550 5.1.1 no"),
        (
            aiosmtplib.SMTPResponseException(-1, "HTTP/1.1 400 Bad Request"),
            Down,
            "cannot be read: 'HTTP/1.1 400 Bad Request'",
        ),
        (aiosmtplib.SMTPSenderRefused(451, "later\nplease", "a@b.c"), Retryable, "451 later please"),
        (aiosmtplib.SMTPAuthenticationError(535, "5.7.8 no"), Rejected, "user name or password (535"),
    ],
)
def test_whatever_goes_wrong_before_the_letter_it_was_not_sent(
    error: Exception, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught, before_the_message():
        raise error
    assert type(caught.value) is kind
    assert words in str(caught.value)


def test_what_has_a_meaning_in_parameters_is_written_as_its_code() -> None:
    assert xtext("a+b=c d@e\x7f<~!*,") == "a+2Bb+3Dc+20d@e+7F<~!*,"


class Server:
    """A mail server as conversations see it."""

    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.said: list[str] = []

    async def rset(self) -> None:
        self.said.append("rset")
        if self.forgets:
            raise aiosmtplib.SMTPServerDisconnected("gone")

    async def quit(self) -> None:
        self.said.append("quit")

    def close(self) -> None:
        self.said.append("close")


class Pool:
    """Conversations with servers that are made as they are needed, on a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
        self.now = 1000.0
        monkeypatch.setattr(mail_connections, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.made: list[Server] = []
        self.forgets = False
        self.lent = MailConnections(self._connect, **{"most": 1, "letters": 3, **more}).lent

    async def _connect(self) -> Any:
        self.made.append(Server(forgets=self.forgets))
        return self.made[-1]

    async def letter(self) -> Any:
        async with self.lent() as server:
            return server


async def test_a_conversation_carries_so_many_letters_and_is_ended_then(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(monkeypatch)
    servers = [await pool.letter() for _ in range(4)]
    assert [servers.index(server) for server in servers] == [0, 0, 0, 3]
    assert servers[0].said == ["rset", "rset", "quit", "close"]


async def test_a_conversation_that_rested_too_long_is_ended_without_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(monkeypatch)
    first = await pool.letter()
    pool.now += IDLE_AT_MOST - 0.1
    assert await pool.letter() is first
    pool.now += IDLE_AT_MOST
    assert await pool.letter() is not first
    assert first.said == ["rset", "quit", "close"]


async def test_a_conversation_that_the_server_forgot_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(monkeypatch)
    pool.forgets = True
    first = await pool.letter()
    assert await pool.letter() is not first
    assert first.said == ["rset", "quit", "close"]


async def test_a_conversation_in_which_something_failed_is_not_used_again_and_its_room_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool(monkeypatch)
    with pytest.raises(Rejected):
        async with pool.lent():
            raise Rejected("no such mailbox")
    assert pool.made[0].said == ["close"]
    assert await pool.letter() is pool.made[1]


async def test_where_no_conversation_gets_free_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_connections, "WAIT_AT_MOST", 0.01)
    pool = Pool(monkeypatch, most=1)
    async with pool.lent():
        with pytest.raises(Retryable, match="all 1 connections to the mail server are busy"):
            await pool.letter()
    assert len(pool.made) == 1
