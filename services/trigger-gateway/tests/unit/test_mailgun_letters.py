"""Letters as Mailgun reads them: who wrote, under which signature, and what it hears so that it sends again or not."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from chassis.problems import Problem
from contracts.config import Portal, Source
from trigger_gateway.knocks import Knock
from trigger_gateway.sources import mailgun
from trigger_gateway.sources.mailgun import LONGEST_TOKEN, Signature
from trigger_gateway.sources.multipart import MOST_PARTS
from trigger_gateway.sources.source_kind import Setup, Taken, Told

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEYS = ("old-key", "new-key")
SETUP = Setup(Source(id="letters", kind="mailgun", token="t"), KEYS, Portal(country="PT"))
FORM = {"content-type": "application/x-www-form-urlencoded"}
LETTER = {
    "recipient": "Shop@example.com",
    "sender": "bounce-77@mailer.example",
    "from": "Rita Silva <rita@example.com>",
    "subject": "An offer",
    "body-plain": "Yes, please\n\n> Dear Rita",
    "message-headers": json.dumps([["Message-Id", "<m1@example.com>"], ["Precedence", "bulk"]]),
}


def signed(token: str = "t1", *, late: float = 0, key: str = "new-key") -> dict[str, str]:
    at = str(int((AT - timedelta(seconds=late)).timestamp()))
    made = hmac.digest(key.encode(), (at + token).encode(), hashlib.sha256).hex()
    return {"timestamp": at, "token": token, "signature": made}


def knock(fields: dict[str, str]) -> Knock:
    return Knock(urlencode(fields).encode(), FORM, AT)


def read(**changes: Any) -> Told:
    fields = {name: value for name, value in {**LETTER, **signed(), **changes}.items() if value is not None}
    return mailgun.read(knock(fields), SETUP)


def test_a_letter_tells_who_wrote_what_and_its_token_is_used_up() -> None:
    told = read()
    assert (told.kind, told.delivery, told.nonce) == ("email.received", "<m1@example.com> shop@example.com", "t1")
    assert [(one.kind, one.value) for one in told.identities] == [("email", "rita@example.com")]
    assert (told.payload["name"], told.payload["subject"], told.payload["text"]) == (
        "Rita Silva",
        "An offer",
        "Yes, please",
    )
    assert told.payload["automatic"] is True


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ('"Silva, Rita" <rita@example.com>', "Silva, Rita", "rita@example.com"),
        ("Silva, Rita <rita@example.com>", "Silva, Rita", "rita@example.com"),
        ("<rita@example.com>", "rita@example.com", "rita@example.com"),
        ("rita@example.com", "rita@example.com", "rita@example.com"),
        ("rita@example.com (Rita Silva)", "Rita Silva", "rita@example.com"),
        ("Рита <rita@example.com>", "Рита", "rita@example.com"),
        ("a < b <rita@example.com>", "a < b", "rita@example.com"),
        ("Rita\r\nSilva <rita@example.com>", "Rita Silva", "rita@example.com"),
        ("", "bounce-77@mailer.example", "bounce-77@mailer.example"),
        ("nobody", "bounce-77@mailer.example", "bounce-77@mailer.example"),
        ("Rita <nobody>", "Rita", "bounce-77@mailer.example"),
    ],
)
def test_who_wrote_it_is_who_stands_in_the_letter_and_only_else_who_sent_it(
    written: str, name: str, address: str
) -> None:
    payload = read(**{"from": written}).payload
    assert (payload["name"], payload["from"]) == (name, address)


def test_a_letter_of_nobody_is_refused() -> None:
    with pytest.raises(Problem, match="who wrote it") as refused:
        read(**{"from": "nobody", "sender": None})
    assert refused.value.status == 422


def test_where_there_is_no_plain_text_the_page_is_read() -> None:
    page = "<style>p{}</style><p>Yes,<br>please</p><blockquote>Dear</blockquote>"
    text = read(**{"body-plain": "", "body-html": page}).payload["text"]
    assert text.split()[:2] == ["Yes,", "please"]
    assert "p{}" not in text


@pytest.mark.parametrize("written", ["", "no JSON", "{}", '[["a"]]', '[["a", 1]]', "[" * 5000, "null", '"x"'])
def test_headers_that_cannot_be_read_are_none(written: str) -> None:
    told = read(**{"message-headers": written, "Message-Id": "<m2@example.com>"})
    assert (told.delivery, told.payload["automatic"]) == ("<m2@example.com> shop@example.com", False)


def test_of_two_headers_of_one_name_the_first_one_counts() -> None:
    headers = [["In-Reply-To", "<a@b>"], ["message-id", "<m1@x>"], ["Message-ID", "<m2@x>"]]
    assert read(**{"message-headers": json.dumps(headers)}).delivery == "<m1@x> shop@example.com"


def test_without_an_id_a_letter_is_known_by_its_text_and_recipient() -> None:
    bare: dict[str, Any] = {"message-headers": "[]"}
    assert read(**bare).delivery == read(**bare, **signed("t2")).delivery
    assert read(**bare).delivery != read(**bare, recipient="other@example.com").delivery
    assert read(**bare).delivery != read(**bare, **{"body-plain": "No"}).delivery


@pytest.mark.parametrize("late", [0, 900, -900])
@pytest.mark.parametrize("key", KEYS)
def test_each_key_that_is_valid_now_signs_for_so_long(late: float, key: str) -> None:
    assert mailgun.read(knock({**LETTER, **signed(late=late, key=key)}), SETUP).kind == "email.received"


@pytest.mark.parametrize(
    "wrong",
    [
        signed(late=901),
        signed(late=-901),
        signed(key="another"),
        signed(key=""),
        signed(""),
        signed("x" * (LONGEST_TOKEN + 1)),
        {**signed(), "token": "t2"},
        {**signed(), "timestamp": str(int(AT.timestamp()) + 1)},
        {**signed(), "signature": signed()["signature"].upper()},
        {**signed(), "signature": ""},
    ],
)
def test_any_other_signature_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        mailgun.read(knock({**LETTER, **wrong}), SETUP)
    assert refused.value.status == 401


def test_a_token_may_be_so_long_and_an_empty_key_signs_nothing() -> None:
    assert read(**signed("x" * LONGEST_TOKEN)).kind
    empty = signed(key="")
    assert not Signature(empty["timestamp"], empty["token"], empty["signature"]).holds(["", ""], AT)


@pytest.mark.parametrize(
    ("status", "heard"),
    [(400, 406), (401, 406), (404, 406), (413, 406), (415, 406), (422, 406), (408, 408), (429, 429), (503, 503)],
)
def test_what_another_try_would_not_mend_is_not_sent_again(status: int, heard: int) -> None:
    assert mailgun.refuse(knock({}), Problem(status, "No")).status_code == heard


@pytest.mark.parametrize(("outcome", "heard"), [("first", 200), ("repeated", 200), ("quarantined", 406)])
def test_all_that_is_kept_is_answered_alike(outcome: Any, heard: int) -> None:
    assert mailgun.answer(knock({}), SETUP, Taken(outcome, None)).status_code == heard


def test_a_raw_letter_says_who_wrote_it_whatever_stands_beside_it() -> None:
    raw = "From: Ana <ana@example.com>\r\nMessage-ID: <m9@x>\r\nSubject: Raw\r\n\r\nHello"
    told = read(**{"body-mime": raw})
    assert (told.payload["from"], told.payload["subject"], told.delivery) == (
        "ana@example.com",
        "Raw",
        "<m9@x> shop@example.com",
    )
    with pytest.raises(Problem) as refused:
        read(**{"body-mime": "no letter"})
    assert refused.value.status == 422


def test_what_was_kept_is_read_again_without_its_signature() -> None:
    assert mailgun.retell(knock(LETTER), SETUP).delivery == "<m1@example.com> shop@example.com"


def test_no_byte_that_is_packed_into_a_form_loses_the_letter() -> None:
    told = read(**{"subject": "An\x00 offer", "body-plain": b"Ol\xe1\x00, yes", "x\x00": "y\x00"})
    assert (told.payload["subject"], told.payload["text"]) == ("An offer", "Ol\ufffd, yes")


def test_a_raw_letter_in_one_line_keeps_the_bytes_of_its_charset() -> None:
    head = b"From: Rita <rita@example.com>\r\nMessage-ID: <m9@example.com>\r\n"
    told = read(**{"body-mime": head + b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nOl\xe1\r\n"})
    assert (told.delivery, told.payload["text"]) == ("<m9@example.com> shop@example.com", "Olá")


def test_of_two_values_of_one_name_the_first_counts_and_there_are_not_too_many() -> None:
    fields = [*{**LETTER, **signed()}.items(), ("subject", "Another")]
    told = mailgun.read(Knock(urlencode(fields).encode(), FORM, AT), SETUP)
    assert told.payload["subject"] == "An offer"
    with pytest.raises(Problem, match=f"It may have {MOST_PARTS}"):
        mailgun.read(Knock(urlencode([*fields, *([("X-Hop", "1")] * MOST_PARTS)]).encode(), FORM, AT), SETUP)
