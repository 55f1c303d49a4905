"""What mail servers refuse: for good or for now, of the letter or of the mailbox, and what was surely not sent."""

import ssl

import aiosmtplib
import pytest
from action_workers.answers import Down, Uncertain, Unwanted
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
