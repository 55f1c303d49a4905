"""Letters as they travel: what is read of them, which answer ours, which machines wrote, and what is refused."""

import base64
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from chassis.signing import Signer
from contracts.letters import signed_part, write_message_id
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from trigger_gateway.letters.letter import File
from trigger_gateway.letters.mime import LARGEST, LetterUnreadable, read
from trigger_gateway.letters.quotes import without_quotes
from trigger_gateway.sources.letters import told

SIGNER = Signer(SecretStr(base64.b64encode(bytes(32)).decode()), "letters")
EFFECT, ITEM = UUID(int=1), UUID(int=2)
FROM, MULTIPART = b"From: a@b.example\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
OURS = write_message_id(EFFECT, ITEM, SIGNER.tag(signed_part(EFFECT, ITEM), 8), "shop.example")
FORGED = write_message_id(EFFECT, ITEM, b"12345678", "shop.example")


def letter(text: str = "Yes, please", **headers: str) -> EmailMessage:
    """Make a letter as a client's program does."""
    message = EmailMessage()
    told_of = {"From": "Rita Silva <Rita@Example.com>", "To": "shop@example.com", "Subject": "Re: An offer"}
    for name, value in {**told_of, "Message_ID": "<m1@example.com>", **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_a_letter_tells_who_wrote_what_to_whom() -> None:
    message = letter("Olá,\n\npodem ligar?\n", Cc="Rui <rui@example.com>, x@y.example")
    message.add_attachment(b"12345", maintype="application", subtype="pdf", filename="Planta 1.pdf")
    message.add_attachment(b"x", maintype="image", subtype="png")
    read_letter = read(message.as_bytes())
    assert (read_letter.sender, read_letter.name) == ("Rita@Example.com", "Rita Silva")
    assert read_letter.to == ("shop@example.com", "rui@example.com", "x@y.example")
    assert (read_letter.subject, read_letter.text) == ("Re: An offer", "Olá,\n\npodem ligar?")
    assert read_letter.files == (File("Planta 1.pdf", 5, "application/pdf"), File("", 1, "image/png"))
    heard = told(read_letter, SIGNER)
    assert (heard.kind, heard.delivery, heard.binding) == ("email.received", "<m1@example.com>", None)
    assert [(one.kind, one.value) for one in heard.identities] == [("email", "rita@example.com")]
    assert heard.payload["from"] == "Rita@Example.com"


@pytest.mark.parametrize(
    ("headers", "bound"),
    [
        ({"In_Reply_To": OURS}, True),
        ({"In_Reply_To": OURS.upper()}, True),
        ({"References": f"<a@b> {OURS} <c@d>"}, True),
        ({"References": f"<a@b>{OURS}"}, True),
        ({"In_Reply_To": FORGED}, False),
        ({"In_Reply_To": "<a@b>"}, False),
    ],
)
def test_an_answer_to_a_letter_of_ours_is_bound_to_its_item(headers: dict[str, str], bound: object) -> None:
    heard = told(read(letter(**headers).as_bytes()), SIGNER)
    assert heard.binding == (ITEM if bound else None)
    assert heard.payload["answers"] == (str(EFFECT) if bound else "")


def test_a_letter_that_we_wrote_ourselves_is_no_signal() -> None:
    assert told(read(letter(Message_ID=OURS).as_bytes()), SIGNER).kind == ""
    assert told(read(letter(Message_ID=FORGED).as_bytes()), SIGNER).kind == "email.received"


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"Auto_Submitted": "no"}, False),
        ({"Auto_Submitted": "auto-replied; owner=x"}, True),
        ({"Precedence": "Bulk"}, True),
        ({"Precedence": "first-class"}, False),
        ({"Return_Path": "<>"}, True),
        ({"List_Id": "<list.example>"}, True),
        ({"X_Autoreply": "yes"}, True),
    ],
)
def test_what_a_machine_wrote_is_marked(headers: dict[str, str], automatic: object) -> None:
    assert told(read(letter(**headers).as_bytes()), SIGNER).payload["automatic"] is automatic


REPORT = (
    b"From: MAILER-DAEMON@mx.example\r\nTo: shop@example.com\r\nMessage-ID: <r1@mx.example>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nSorry\r\n--b\r\n'
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Final-Recipient: rfc822; ana@example.com\r\nAction: %(action)s\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--b\r\nContent-Type: %(kind)s\r\n\r\n"
    b"From: shop@example.com\r\nMessage-ID: %(id)s\r\nSubject: An offer\r\n\r\nDear Ana\r\n--b--\r\n"
)


@pytest.mark.parametrize("kind", [b"message/rfc822", b"text/rfc822-headers"])
def test_a_report_of_a_letter_of_ours_is_told_of_its_effect(kind: bytes) -> None:
    heard = told(read(REPORT % {b"action": b"failed", b"kind": kind, b"id": OURS.encode()}), SIGNER)
    assert heard.kind == ""
    (report,) = heard.reports
    assert (report.kind, report.effect, report.item) == ("email", EFFECT, ITEM)
    assert report.reason == "5.1.1 550 5.1.1 User unknown"
    assert report.suppress == "the mailbox does not exist"


@pytest.mark.parametrize("envelope", [OURS[1:-1], OURS[1:-1].replace("-", "+2D").replace("@", "+40")])
def test_a_report_without_the_letter_names_it_by_the_envelope(envelope: str) -> None:
    parts = b"Reporting-MTA: dns; mx.example\r\nOriginal-Envelope-Id: %b\r\n" % envelope.encode()
    raw = REPORT.replace(b"Reporting-MTA: dns; mx.example\r\n", parts.replace(b"%", b"%%"))
    heard = told(read(raw % {b"action": b"failed", b"kind": b"text/plain", b"id": b"<none@x>"}), SIGNER)
    assert [(report.effect, report.item) for report in heard.reports] == [(EFFECT, ITEM)]


def test_a_full_mailbox_is_no_reason_never_to_write_again() -> None:
    full = REPORT.replace(b"5.1.1", b"5.2.2") % {b"action": b"failed", b"kind": b"message/rfc822", b"id": OURS.encode()}
    (report,) = told(read(full), SIGNER).reports
    assert report.suppress == ""


@pytest.mark.parametrize(("action", "id_"), [(b"delayed", OURS), (b"failed", FORGED), (b"failed", "<a@b>")])
def test_other_reports_are_letters_of_a_machine(action: bytes, id_: str) -> None:
    heard = told(read(REPORT % {b"action": action, b"kind": b"message/rfc822", b"id": id_.encode()}), SIGNER)
    assert (heard.kind, heard.reports) == ("email.received", ())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no headers"),
        (b"\x00\xff\xfe", "no headers"),
        (b"Subject: x\r\n\r\nno sender", "who wrote it"),
        (b"From: nobody\r\n\r\n", "who wrote it"),
        (FROM + b"x" * LARGEST, "may have"),
        (
            b"From: a@b.example\r\n" + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 101,
            "parts of parts",
        ),
        (
            b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 600,
            "parts",
        ),
    ],
    ids=["empty", "noise", "sender", "nobody", "large", "deep", "parts"],
)
def test_what_is_no_letter_is_refused_with_its_reason(raw: bytes, words: str) -> None:
    with pytest.raises(LetterUnreadable, match=words):
        read(raw)


@pytest.mark.parametrize(
    "head",
    [
        b"From: =?utf-8?q?=00=01?= <a@b.example>\r\nSubject: =?bad?x?y?=\r\nTo: <<>>,;:\r\nMessage-ID: <\r\n",
        b"From: a@b.example\r\nContent-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n",
        b"From: a@b.example\r\nContent-Type: ;;;\r\nContent-Disposition: =\r\nDate: x\r\nReferences: <\xff>\r\n",
        b"From: \xc3\xa9 <a@b.example>\r\nSubject: caf\xe9\r\nIn-Reply-To: [Your message]\r\n",
    ],
)
def test_what_mail_programs_write_wrongly_is_read_as_far_as_it_goes(head: bytes) -> None:
    heard = told(read(head + b"\r\nol\xe9\x00!!\r\n"), SIGNER)
    assert heard.payload["from"] == "a@b.example"
    assert "\x00" not in str(heard.payload)
    assert str(heard.payload).encode()


@given(st.binary(max_size=400), st.sampled_from([b"From: a@b.example\r\n", b"", b"Content-Type: multipart/report\r\n"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_letter_or_refused(raw: bytes, head: bytes) -> None:
    try:
        heard = told(read(head + raw), SIGNER)
    except LetterUnreadable:
        return
    assert heard.delivery


ANSWERS: list[Any] = [
    ("Yes\n\nOn Mon, 23 Nov 2026 Shop <s@x.example> wrote:\n> Dear\n> offer\n", "Yes"),
    ("Sim\n\nEm seg., 23 de nov. de 2026 às 10:00,\nShop <s@x.example> escreveu:\n\n> Cara\n", "Sim"),
    ("Да\n\nпн, 23 ноября, Магазин <s@x.example>:\n> Здравствуйте\n", "Да"),
    ("> When?\nTomorrow\n> Where?\nAt home", "Tomorrow\nAt home"),
    ("Yes\n\n-----Original Message-----\nFrom: Shop <s@x.example>\nSent: Monday\nTo: Rita\n\nDear", "Yes"),
    ("Si\n________________\nDa: Shop <s@x.example>\nInviato: lunedì\nA: Rita\nOggetto: x\n\nCara", "Si"),
    ("Yes\n\n*From:* Shop <s@x.example>\n*Sent:* Monday\n*To:* Rita\n\nDear", "Yes"),
    ("Yes\n-- \nRita Silva\n+351", "Yes"),
    ("Colours:\n\nred\nName: oak\nSize: 2: 3\nWood: elm", "Colours:\n\nred\nName: oak\nSize: 2: 3\nWood: elm"),
    ("All three things:\none\ntwo\nthree:\n> quoted", "All three things:\none\ntwo"),
]


@pytest.mark.parametrize(("text", "new"), ANSWERS)
def test_of_an_answer_what_is_new_is_told(text: str, new: str) -> None:
    assert without_quotes(text) == new


@pytest.mark.parametrize("piece", ["\n", "> ", ":\n", "a:\n>\n", "-", "From: a@b\n", " ", "On a\n"])
def test_long_texts_take_no_long_time(piece: str) -> None:
    # It ends at all: a library that was tried took minutes for some of these.
    assert isinstance(without_quotes(piece * (200_000 // len(piece))), str)
